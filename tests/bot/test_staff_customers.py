"""`/customer` and `/log`: finding somebody, her card, and contacts outside Telegram in three taps."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Consent, Customer, KnownFact, Purpose
from domain.people import CompanyRole
from store.audit import acts
from store.consents import give_consents
from store.contacts import add_contacts, timeline
from store.customers import add_customers, search_customers
from store.facts import set_facts
from store.ids import new_id
from store.people import people_at
from store.profiles import profile_of
from tests.bot.staff_scene import START, Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff without a group, Ann past the welcome, and two called Mäkelä."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        opened.ann.taps("Cancel")
        await opened.settle()
        async with opened.app.database.write() as tx:
            rows = [
                {"number": "A1", "name": "Liisa Mäkelä", "town": "Oulu", "created_at": START},
                {
                    "number": "A2",
                    "name": "Matti Mäkelä",
                    "company": "Mäkelä Oy",
                    "kind": "company",
                    "created_at": START,
                },
            ]
            await add_customers(tx, [{"company": None, "kind": "consumer", "town": None, **row} for row in rows])
        yield opened


async def the_one(scene: Scene, word: str) -> Customer:
    """Return the only customer that *word* finds."""
    async with scene.app.database.read() as tx:
        (found,) = await search_customers(tx, word)
    return found


@pytest.mark.parametrize("word", ["Mäk", "makela", "MÄKELÄ"])
async def test_several_hits_become_buttons_that_tell_them_apart(scene: Scene, word: str) -> None:
    """The button opens the card."""
    scene.pete.sends(f"/customer {word}")
    await scene.settle()
    listed = found_in(scene.pete.chat.live, "Which one?")
    assert listed.labels == [["Liisa Mäkelä · Oulu · A1"], ["Matti Mäkelä · Mäkelä Oy · A2"]]
    scene.pete.taps("Matti Mäkelä · Mäkelä Oy · A2")
    await scene.settle()
    card = scene.told(scene.pete)[-1]
    assert card.startswith("Matti Mäkelä\nCompany · Mäkelä Oy · No A2")
    assert "Never met in Telegram" in card


async def test_nobody_found_says_how_to_search(scene: Scene) -> None:
    """The word is shown as it was typed, markup and all."""
    scene.pete.sends("/customer <b>x</b>")
    await scene.settle()
    assert scene.told(scene.pete)[-1].startswith("Nobody found for “<b>x</b>”.")


async def test_card_shows_what_is_known_with_source_and_date(scene: Scene) -> None:
    """Consents, facts, scores and cases on the card; its timeline page has ten lines, older ones behind a button."""
    ann = await scene.customer()
    at = START - dt.timedelta(days=40)
    async with scene.app.database.write() as tx:
        await give_consents(tx, [(ann.id, Consent(Purpose.MARKETING, True, "v1", "dialogue:welcome", at))])
        await set_facts(tx, [(ann.id, KnownFact("favourite_store", "Kamppi <3", "import:7", at))])
        lines = [
            Contact(
                new_id(), ann.id, at + dt.timedelta(hours=hour), Channel.PHONE, Direction.IN, ContactKind.WORDS,
                f"call number {hour}", ContactState.RECEIVED, staff_id=scene.olga.id, feeling=4,
            )
            for hour in range(12)
        ]  # fmt: skip
        await add_contacts(tx, lines)
    await scene.case()
    scene.olga.sends("/customer Ann")
    await scene.settle()
    card = scene.told(scene.olga)[-1]
    for words in (
        "Ann Smith\nConsumer · en",
        "✓ News and offers (herself, 21/01/2027)",
        "Favourite store: Kamppi <3 (register, 21/01/2027)",
        "No 1 · Delivery · new",
        "Our feeling: 4 of 5 (21/01/2027) · mean of 12: 4.0",
    ):
        assert words in card
    scene.olga.taps("Timeline")
    await scene.settle()
    page = scene.told(scene.olga)[-1]
    assert page.startswith("Ann Smith · timeline\n\n2 Mar 10:00 💬")
    assert "call number 11 (4/5)" in page
    assert "call number 1 (4/5)" not in page
    scene.olga.taps("Older")
    await scene.settle()
    older = scene.told(scene.olga)[-1]
    assert "call number 1 (4/5)" in older
    assert "call number 11" not in older
    scene.olga.taps("‹ Card")
    await scene.settle()
    assert scene.told(scene.olga)[-1] == card
    assert sum(text.startswith("Ann Smith") for text in scene.told(scene.olga)) == 1


async def test_a_newsletter_that_was_taken_back_says_so_on_her_card(scene: Scene) -> None:
    """Whoever reads the timeline knows that she does not have it any more."""
    ann = await scene.customer()
    async with scene.app.database.write() as tx:
        line = Contact(
            new_id(), ann.id, START, Channel.TELEGRAM, Direction.OUT, ContactKind.NEWSLETTER,
            "Spring is here", ContactState.DELETED, reason="recalled",
        )  # fmt: skip
        await add_contacts(tx, [line])
    scene.olga.sends("/customer Ann")
    await scene.settle()
    assert "Spring is here [taken back]" in scene.told(scene.olga)[-1]


async def test_every_look_at_a_card_is_audited(scene: Scene) -> None:
    """The audit says who looked at whom."""
    liisa = await the_one(scene, "Liisa")
    scene.pete.sends("/customer Liisa")
    await scene.settle()
    async with scene.app.database.read() as tx:
        assert (scene.pete.id, "customer.look", f"customer:{liisa.id}") in [line[1:] for line in await acts(tx)]


async def test_call_is_logged_in_three_taps(scene: Scene) -> None:
    """Customer, channel, feeling; then the words. It stands on her timeline as a contact by phone."""
    scene.pete.sends("/log Mäk")
    await scene.settle()
    scene.pete.taps("Liisa Mäkelä · Oulu · A1")
    await scene.settle()
    scene.pete.taps("Phone: to us")
    await scene.settle()
    scene.pete.taps("🙂 4")
    await scene.settle()
    scene.pete.sends("She asked for a new contract")
    await scene.settle()
    assert scene.told(scene.pete)[-1] == "✓ On Liisa Mäkelä’s timeline: Phone."
    liisa = await the_one(scene, "Liisa")
    async with scene.app.database.read() as tx:
        (line,) = await timeline(tx, liisa.id)
    assert (line.channel, line.direction, line.text) == (Channel.PHONE, Direction.IN, "She asked for a new contract")
    assert (line.feeling, line.staff_id) == (4, scene.pete.id)


async def test_log_offers_those_she_last_had_to_do_with(scene: Scene) -> None:
    """Without a word the first tap is the customer whose card she just saw."""
    for word in ("Liisa", "Matti"):
        scene.pete.sends(f"/customer {word}")
    scene.pete.sends("/log")
    await scene.settle()
    asked = found_in(scene.pete.chat.live, "Whom was it with?")
    assert [row[0][:5] for row in asked.labels] == ["Matti", "Liisa"]


async def test_log_can_be_cancelled_and_says_how_it_works(scene: Scene) -> None:
    """After Cancel the next words belong to nothing."""
    scene.pete.sends("/log")
    await scene.settle()
    assert scene.told(scene.pete)[-1].startswith("Write whom it was with")
    scene.pete.sends("/log Liisa")
    await scene.settle()
    scene.pete.taps("Meeting")
    await scene.settle()
    scene.pete.taps("Cannot say")
    await scene.settle()
    scene.pete.taps("Cancel")
    scene.pete.sends("Just talking")
    await scene.settle()
    liisa = await the_one(scene, "Liisa")
    async with scene.app.database.read() as tx:
        assert await timeline(tx, liisa.id) == []


async def test_many_hits_are_turned_page_by_page_in_the_order_of_the_asker(scene: Scene) -> None:
    """Ten at a time; the list stays one message."""
    async with scene.app.database.write() as tx:
        rows = [{"number": f"X{n}", "name": f"Xa {name}", "created_at": START} for n, name in enumerate("ABCDEFGHIJKL")]
        await add_customers(tx, rows)
    scene.pete.sends("/customer xa")
    await scene.settle()
    listed = found_in(scene.pete.chat.live, "12 found for “xa”, 1 to 10.")
    assert [row[0] for row in listed.labels[:10]] == [f"Xa {name} · X{n}" for n, name in enumerate("ABCDEFGHIJ")]
    scene.pete.taps("More ›")
    await scene.settle()
    turned = found_in(scene.pete.chat.live, "12 found for “xa”, 11 to 12.")
    assert turned is listed or listed not in scene.pete.chat.live
    assert turned.labels == [["Xa K · X10"], ["Xa L · X11"], ["‹ Before"]]


async def owner_of(scene: Scene, customer: Customer) -> int | None:
    """Return whose customer she is."""
    async with scene.app.database.read() as tx:
        profile = await profile_of(tx, customer.id)
    assert profile is not None
    return profile.owner_id


async def test_agent_takes_a_customer_and_gives_her_back(scene: Scene) -> None:
    """Nobody else's: that takes a manager. Each change is in the audit log."""
    liisa = await the_one(scene, "Liisa")
    scene.pete.sends("/customer Liisa")
    await scene.settle()
    scene.pete.taps("Owner: nobody")
    await scene.settle()
    assert found_in(scene.pete.chat.live, "Whose customer is Liisa").labels == [["Me"], ["‹ Card"]]
    scene.pete.taps("Me")
    await scene.settle()
    assert await owner_of(scene, liisa) == scene.pete.id
    assert "Owner: Pete" in found_in(scene.pete.chat.live, "Liisa Mäkelä\n").text
    scene.olga.sends("/customer Liisa")
    await scene.settle()
    scene.olga.taps("Owner: Pete")
    await scene.settle()
    scene.olga.taps("Me")
    await scene.settle()
    assert await owner_of(scene, liisa) == scene.olga.id
    scene.pete.taps("Owner: Pete")  # an old button: hers now
    await scene.settle()
    assert found_in(scene.pete.chat.live, "Whose customer is Liisa").labels == [["Me"], ["‹ Card"]]
    scene.olga.taps("Owner: Olga")
    await scene.settle()
    scene.olga.taps("Nobody")
    await scene.settle()
    assert await owner_of(scene, liisa) is None
    async with scene.app.database.read() as tx:
        noted = [line[1:] for line in await acts(tx) if line[2] == "customer.owner"]
    assert noted == [(who.id, "customer.owner", f"customer:{liisa.id}") for who in (scene.olga, scene.olga, scene.pete)]


async def test_person_gets_roles_at_a_company_by_taps(scene: Scene) -> None:
    """Seen from both cards; a second tap takes a role away, and the person off the company."""
    matti = await the_one(scene, "A2")
    scene.pete.sends("/person A2 Liisa")
    await scene.settle()
    for role in ("buyer", "user", "decider", "✓ user"):
        scene.pete.taps(role)
        await scene.settle()
    async with scene.app.database.read() as tx:
        (part,) = await people_at(tx, matti.id)
    assert part.roles == (CompanyRole.DECIDER, CompanyRole.BUYER)
    scene.pete.taps("People")
    await scene.settle()
    page = found_in(scene.pete.chat.live, "👤 Liisa Mäkelä: decider, buyer")
    assert page.labels == [["Liisa Mäkelä", "✏️"], ["‹ Card"]]
    scene.pete.taps("Liisa Mäkelä")
    await scene.settle()
    assert "🏢 Mäkelä Oy: decider, buyer" in scene.told(scene.pete)[-1]
    scene.pete.taps("✏️")
    await scene.settle()
    scene.pete.taps("Take off this company")
    await scene.settle()
    async with scene.app.database.read() as tx:
        assert await people_at(tx, matti.id) == []


@pytest.mark.parametrize(
    "said",
    ["/person", "/person A2", "/person nobody Liisa", "/person A2 qqq", "/person A2 A2", "/person A1 A2"],
)
async def test_person_command_says_what_is_missing(scene: Scene, said: str) -> None:
    """Nothing is kept by half."""
    before = len(scene.told(scene.pete))
    scene.pete.sends(said)
    await scene.settle()
    assert len(scene.told(scene.pete)) == before + 1
    assert scene.pete.chat.live[-1].labels == []
