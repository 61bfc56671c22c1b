"""/mydata: what is known of her, hers to correct by the question it came from, or to take away."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from dialogues.fact_files import load_facts
from dialogues.own_sections import OwnSections
from domain.company import Company
from domain.customers import KnownFact
from domain.effects import ClickKind
from domain.lives import REFERRED_BY
from domain.loyalty import Loyalty
from domain.messages import Act, Waiting
from store.clicks import count_click
from store.customers import add_customers, customers_by_chat
from store.database import Database
from store.facts import known_facts, set_facts
from store.own_data import own_data
from store.own_data_rules import Section
from store.tables import consents, facts, import_changes, imports, recipients
from store.topic_choices import choose_topics
from templates.words import SHIPPED, Words
from tests.dialogues.conductor_stand import Stand
from tests.dialogues.test_small_questions import ends_a_contact, labels
from tests.store.sending_rows import put_sending

BIRTHDAY = """\
[[fact]]
name = "moved_in"
kind = "date past"
again = "90d"
label.en = "Moved in"
label.fi = "Muutto"
say.en = "When did you move in?"
say.fi = "Milloin muutit?"
"""


@pytest.fixture
def stand(database: Database, tmp_path: Path) -> Stand:
    """A conductor that has one thing to ask."""
    stand = Stand(database, tmp_path)
    folder = tmp_path / "facts"
    folder.mkdir()
    (folder / "home.toml").write_text(BIRTHDAY)
    stand.conductor.library.facts = load_facts([folder], ("en", "fi"))
    return stand


async def learns(stand: Stand, *known: KnownFact) -> None:
    """Let facts be known of Ann, who has met us."""
    await stand.says("/help")
    async with stand.database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        await set_facts(tx, [(ann.id, fact) for fact in known])


def edited(stand: Stand) -> Waiting:
    """Return the newest edit of a message."""
    return [row for row in sorted(stand.sent, key=lambda row: row.id) if row.act is Act.EDIT][-1]


async def test_she_corrects_a_fact_by_its_own_question_and_the_older_value_stays_as_history(stand: Stand) -> None:
    """Whatever its kind; its source is now she herself."""
    await learns(stand, KnownFact("moved_in", "2020-05-01", "import", stand.now))
    (letter,) = await stand.says("/mydata")
    assert "<b>Moved in</b>: 1 May 2020 <i>(customer register" in letter.message.text
    assert (labels(letter)[0], labels(letter)[-1]) == ("Change something", "Don’t profile me")
    await stand.taps(letter, "Change something")
    assert labels(edited(stand)) == ["Moved in: 1 May 2020", "Back"]
    await stand.taps(edited(stand), "Moved in: 1 May 2020")
    assert labels(edited(stand)) == ["Change", "Remove", "Back"]
    (asked,) = await stand.taps(edited(stand), "Change")
    assert asked.message.text == "When did you move in?"
    assert not asked.proactive
    assert labels(asked) == ["Cancel"]
    (noted,) = await stand.says("1.6.2021")
    assert noted.message.text == "Thanks, noted."
    async with stand.database.read() as tx:
        rows = (await tx.execute(select(facts.c.value, facts.c.source, facts.c.current).order_by(facts.c.id))).all()
    assert [tuple(row) for row in rows] == [("2020-05-01", "import", False), ("2021-06-01", "customer", True)]


async def test_what_a_dialogue_learnt_is_corrected_by_the_question_of_the_dialogue(stand: Stand) -> None:
    """And a correction in the middle of a dialogue goes back to it."""
    await learns(stand, KnownFact("nps", 3, "dialogue:nps", stand.now))
    (what,) = await stand.says("/feedback")
    assert what.message.text == "What is it?"
    (letter,) = await stand.says("/mydata")
    await stand.taps(letter, "Change something")
    await stand.taps(edited(stand), "Recommending us (0–10): 3")
    (asked,) = await stand.taps(edited(stand), "Change")
    assert asked.message.text.startswith("How likely?")
    noted, back = await stand.taps(asked, "8")
    assert noted.message.text == "Thanks, noted."
    assert back.message.text.startswith("Back to")
    (letter,) = await stand.says("/mydata")
    assert "Recommending us (0–10)</b>: 8" in letter.message.text


async def test_what_does_not_fit_a_correction_is_told_so_and_a_person_is_offered(stand: Stand) -> None:
    """She asked for it herself, so her words are her answer; a way out and a person stay within reach."""
    await learns(stand, KnownFact("moved_in", "2020-05-01", "import", stand.now))
    (letter,) = await stand.says("/mydata")
    await stand.taps(letter, "Change something")
    await stand.taps(edited(stand), "Moved in: 1 May 2020")
    await stand.taps(edited(stand), "Change")
    for words in ("dunno", "when I was small"):
        (again,) = await stand.says(words)
        assert labels(again) == ["Cancel"]
    (third,) = await stand.says("long ago")
    assert labels(third) == ["Cancel", "Talk to a person"]
    await stand.taps(third, "Talk to a person")
    assert [told for told, _ in stand.staff.told] == ["new_case"]


async def test_what_she_removes_is_unknown_and_not_asked_again_for_a_while(stand: Stand) -> None:
    """As long as after any asking of it."""
    await learns(stand, KnownFact("moved_in", "2020-05-01", "import", stand.now))
    (letter,) = await stand.says("/mydata")
    await stand.taps(letter, "Change something")
    one = edited(stand)
    await stand.taps(one, "Moved in: 1 May 2020")
    await stand.taps(edited(stand), "Remove")
    assert edited(stand).message.text.startswith("<b>Moved in</b> is removed.")
    async with stand.database.read() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        assert (await known_facts(tx, [ann.id])).get(ann.id, []) == []
    await stand.taps(one, "Moved in: 1 May 2020")  # an old message of hers
    assert edited(stand).message.text.startswith("Nothing is noted of what you")
    stand.now += dt.timedelta(days=89)
    assert len(await ends_a_contact(stand)) == 1
    stand.now += dt.timedelta(days=2)
    assert len(await ends_a_contact(stand)) == 2


async def test_a_fact_that_nobody_asks_can_be_removed_and_fifteen_fit_one_message(stand: Stand) -> None:
    """For a change of it she is told to write to us."""
    told = [KnownFact(f"fact_{number}", "x" * 300, "staff", stand.now) for number in range(15)]
    await learns(stand, *told)
    (letter,) = await stand.says("/mydata")
    assert len(letter.message.text) < 4096
    assert letter.message.text.count("customer service") == 15
    await stand.taps(letter, "Change something")
    choice = labels(edited(stand))
    assert len(choice) == 16
    assert all(len(label) <= 40 for label in choice)
    await stand.taps(edited(stand), choice[0])
    assert labels(edited(stand)) == ["Remove", "Back"]
    assert "just write to us" in edited(stand).message.text
    await stand.taps(edited(stand), "Back")
    await stand.taps(edited(stand), "Back")
    assert edited(stand).message.text == letter.message.text


async def test_what_she_followed_in_newsletters_is_among_it_with_its_day(stand: Stand) -> None:
    """Each newsletter once, with how often and when last; without any there is no word of it."""
    (before,) = await stand.says("/mydata")
    assert "followed" not in before.message.text
    async with stand.database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        sending_id = await put_sending(tx)
        await tx.execute(insert(recipients).values(sending_id=sending_id, customer_id=ann.id, state="sent"))
        for day in (2, 3):
            at = dt.datetime(2027, 3, day, 9, tzinfo=dt.UTC)
            assert await count_click(tx, sending_id, ann.id, ClickKind.LINK, "https://shop.example/", at)
        await choose_topics(tx, ann.id, {"offers": False}, "stop", stand.now)
    (letter,) = await stand.says("/mydata")
    assert "What you followed in our newsletters\nspring: 2 × <i>(last on 3 Mar 2027)</i>" in letter.message.text
    assert "offers: – <i>(" in letter.message.text


async def test_who_brought_her_is_a_friend_and_no_number_of_another_customer(stand: Stand) -> None:
    """Neither in the letter nor among what she can change; without a yes or a no there is no heading for them."""
    await learns(stand, KnownFact(REFERRED_BY, 4711, "referral", stand.now))
    async with stand.database.write() as tx:
        await tx.execute(delete(consents))
    (letter,) = await stand.says("/mydata")
    assert "<b>How you came to us</b>: by a friend’s link <i>(our chat, 2 Mar 2027)</i>" in letter.message.text
    assert "What you agreed to" not in letter.message.text
    await stand.taps(letter, "Change something")
    assert "4711" not in letter.message.text + str(labels(edited(stand)))
    async with stand.database.read() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        document = await own_data(tx, ann.id, stand.now)
    (fact,) = document["sections"]["facts"]
    assert fact["value"] == "another customer"


async def test_what_an_import_brought_is_told_in_words_with_its_file_and_day(database: Database) -> None:
    """Nothing of how it is kept: labels and values; the profile's fields say in the file which import gave them."""
    day = dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC)
    put_in = {"name": "Raja", "town": "Turku", "kind": "consumer"}
    notes = [("", 1, put_in), ("chat_id", 2, 77), ("fact:shoe_size", 2, 5), ("town", 2, "Lahti")]
    async with database.write() as tx:
        made = {"id": 9, "created_at": day, "town": "Lahti", "chat_id": 77, "kind": "consumer"}
        await add_customers(tx, [made | {"name": "Raja M"}])
        for number, source in ((1, "m.csv"), (2, "http")):
            at = day + dt.timedelta(days=number)
            values = {"id": number, "kind": "customers", "source": source, "state": "done", "started_at": at}
            await tx.execute(insert(imports).values(values))
        for field, number, after in notes:
            row = {"import_id": number, "customer_id": 9, "field": field, "after": after}
            await tx.execute(insert(import_changes).values(row))
        profile = (await own_data(tx, 9, day))["sections"]["profile"]
    assert all(item["at"] for item in profile)
    (mine,) = [item for item in profile if item["what"] == "profile"]
    first, second = (day + dt.timedelta(days=number) for number in (1, 2))
    assert mine["sources"] == {
        "kind": {"source": "import: m.csv", "at": first.isoformat()},
        "town": {"source": "import: http", "at": second.isoformat()},
        "chat_id": {"source": "import: http", "at": second.isoformat()},
    }
    words = Words.load([SHIPPED], ("en", "fi", "cs"))
    letter = OwnSections(Company(languages=("en", "fi", "cs")), words, Loyalty())
    english = letter.text(Section.PROFILE, profile, "en")
    assert "2 Feb 2027: We noted you down from the file m.csv: Name Raja, Town Turku, Private" in english
    assert "3 Feb 2027: We took over from another of our systems: Town Lahti" in english
    assert "systems: Telegram account 77" in english
    assert "systems: shoe size" in english
    for language in ("en", "fi", "cs"):
        assert not set("{}'[]") & set(letter.text(Section.PROFILE, profile, language)), language
