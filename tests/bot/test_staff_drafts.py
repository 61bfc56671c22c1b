"""Before a newsletter goes: the check that names whom it fails for, who does not get it, its time, the test list."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.newsletters import load_newsletters
from bot.staff_drafts import CheckLine
from bot.staff_send_times import offered, read_moment
from bot.staff_visit import Visit
from domain.company import Company
from domain.customers import KnownFact
from domain.incoming import Place
from domain.messages import Message
from domain.newsletters import SendingState
from domain.staff import Role
from store import sendings
from store.customers import customers_by_chat
from store.facts import set_facts
from store.staff import find_member
from tests.bot.letter_scene import (
    READERS,
    add_readers,
    approval_scene,
    let_it_go,
    open_letter,
    sending_now,
    write_newsletter,
)
from tests.bot.staff_scene import START, Scene, found_in, staff_scene

ZONE = "Europe/Helsinki"


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Olga alone decides; thirty readers, of whom two are on the test list."""
    content = write_newsletter(tmp_path)
    listed = ("K7000", "K7001", "nobody")
    async with staff_scene(tmp_path, sqlite_url, forum=False, content=content, test_list=listed) as opened:
        await add_readers(opened)
        yield opened


async def test_newsletter_that_fails_for_somebody_has_no_button_that_starts_it(tmp_path: Path, sqlite_url: str) -> None:
    """Each of the first twenty is named with a link, the line and the reason; corrected, it may go."""
    content = write_newsletter(tmp_path, "Hello {{ name }}, your size is {{ fact.size | default(38) | number }}.")
    async with staff_scene(tmp_path, sqlite_url, forum=False, content=content) as scene:
        await add_readers(scene)
        chats = range(7000, 7000 + READERS)
        async with scene.app.database.write() as tx:
            known = await customers_by_chat(tx, chats)
            await set_facts(tx, [(known[7003].id, KnownFact("size", "big", "test", START))])
        await open_letter(scene)
        summary = scene.olga.chat.live[-1]
        assert "❌ 1 of 25 messages would fail, so it cannot start:" in summary.text
        assert "• Reader 7003 (K7003), letter.en.j2:5: " in summary.text
        assert [each["user"]["id"] for each in summary.data["entities"] if each["type"] == "text_mention"] == [7003]
        assert summary.labels == [["Look at it again", "Who does not"], ["Not now"]]
        data = summary.buttons[0].fields["callback_data"].replace(".look", ".start.25.8")
        assert await sending_now(scene) is SendingState.DRAFT
        write_newsletter(tmp_path, "Hello {{ name }}.")
        scene.app.parts.newsletters.files.take(
            load_newsletters(content, ("en", "fi", "cs"), scene.app.parts.room.library)
        )
        scene.olga.taps("Look at it again")
        await scene.settle()
        assert "✅ 25 messages come out well" in scene.told(scene.olga)[-1]
        stale = scene.olga.taps_data(summary, data)
        await scene.settle()
        assert (await stale.answer).text.startswith("This has changed meanwhile.")
        assert await sending_now(scene) is SendingState.DRAFT


async def test_who_does_not_get_it_is_listed_with_names_before_it_starts(scene: Scene) -> None:
    """Page by page: those who did not agree, with their customer numbers."""
    await open_letter(scene)
    scene.olga.taps("Who does not")
    await scene.settle()
    listed = scene.told(scene.olga)[-1]
    assert listed.startswith("Spring letter: would not get it now\n\n")
    assert "• Reader 7025 (K7025): did not agree to it" in listed
    assert "• Ann Smith: did not agree to it" in listed
    assert listed.count("•") == 8


async def test_long_list_of_those_who_do_not_get_it_has_pages(tmp_path: Path, sqlite_url: str) -> None:
    """Twenty a page; each customer on exactly one, those who get it on none."""
    content = write_newsletter(tmp_path)
    async with staff_scene(tmp_path, sqlite_url, forum=False, content=content) as scene:
        await add_readers(scene, agreed=3)
        await open_letter(scene)
        scene.olga.taps("Who does not")
        await scene.settle()
        first = scene.told(scene.olga)[-1]
        scene.olga.taps("More ›")
        await scene.settle()
        second = scene.told(scene.olga)[-1]
        lines = [line for line in (first + "\n" + second).splitlines() if line.startswith("•")]
        assert (first.count("•"), len(lines), len(set(lines))) == (20, 30, 30)
        assert scene.olga.chat.live[-1].labels == []


async def test_test_list_gets_the_message_and_the_account_knows_nothing_of_it(scene: Scene) -> None:
    """Those on the list get it at once; a number that nobody has is said."""
    await open_letter(scene)
    scene.olga.taps("Test list")
    await scene.settle()
    told = scene.told(scene.olga)[-1]
    assert told == "Spring letter goes to 2 of the test list.\n• nobody: no customer has this number"
    for reader, count in ((7000, 1), (7001, 1), (7002, 0)):
        got = [message.text for message in scene.play.world.person(reader).chat.live]
        assert got == [f"Hello Reader {reader}, spring is here."] * count
    assert await sending_now(scene) is SendingState.DRAFT


async def test_later_is_a_choice_of_times_on_the_companys_clock(scene: Scene) -> None:
    """An hour from now, tomorrow at ten; the card says when, and it starts then and not before."""
    await open_letter(scene)
    scene.olga.taps("Later …")
    await scene.settle()
    choices = scene.olga.chat.live[-1]
    assert choices.labels == [["In an hour, 11:00"], ["Tomorrow 10:00"], ["Another time …"], ["Not now"]]
    scene.olga.taps("In an hour, 11:00")
    await scene.settle()
    assert await sending_now(scene) is SendingState.SCHEDULED
    card = found_in(scene.olga.chat.live, "Spring letter · scheduled")
    assert "Starts on 02/03/2027 at 11:00" in card.text or "at 11:00" in card.text
    scene.clock.advance(dt.timedelta(minutes=58))
    await let_it_go(scene, 1)
    assert await sending_now(scene) is SendingState.SCHEDULED
    scene.clock.advance(dt.timedelta(minutes=2))
    await let_it_go(scene, 3)
    assert await sending_now(scene) is SendingState.FINISHED
    assert "Sent 25 of 25" in card.text


async def test_typed_time_is_asked_back_and_an_unreadable_one_asked_again(scene: Scene) -> None:
    """Nobody's newsletter goes at a time that she did not mean."""
    await open_letter(scene)
    scene.olga.taps("Later …")
    await scene.settle()
    scene.olga.taps("Another time …")
    await scene.settle()
    scene.olga.sends("when the snow melts")
    await scene.settle()
    assert scene.told(scene.olga)[-1].startswith("I do not read a time in that.")
    scene.olga.sends("today 9:00")
    await scene.settle()
    assert scene.told(scene.olga)[-1].endswith("is over. Write a later time.")
    scene.olga.sends("5.3. 9.30")
    await scene.settle()
    assert "on Friday, 5 March 2027 at 09:30?" in scene.told(scene.olga)[-1]
    scene.olga.taps("Yes, then")
    await scene.settle()
    async with scene.app.database.read() as tx:
        (sending,) = await sendings.in_state(tx, SendingState.SCHEDULED)
    assert sending.due_at == dt.datetime(2027, 3, 5, 7, 30, tzinfo=dt.UTC)


async def test_reason_of_whoever_declines_reaches_the_author(tmp_path: Path, sqlite_url: str) -> None:
    """She declines in one tap; her next words, if she writes any, are passed on."""
    async with approval_scene(tmp_path, sqlite_url, pete=Role.MANAGER) as scene:
        await open_letter(scene)
        scene.olga.taps("Later …")
        await scene.settle()
        scene.olga.taps("Tomorrow 10:00")
        await scene.settle()
        request = scene.told(scene.pete)[-1]
        assert "to 25 customers. 8 of its audience would not get it." in request
        assert "it goes on" in request
        scene.pete.taps("Who does not")
        await scene.settle()
        assert scene.told(scene.pete)[-1].count("did not agree to it") == 8
        scene.pete.taps("Decline")
        await scene.settle()
        scene.pete.sends("The price is wrong")
        await scene.settle()
        assert scene.told(scene.pete)[-1] == "The author has your words."
        assert scene.told(scene.olga)[-1] == "Pete did not approve Spring letter: The price is wrong"


async def test_check_that_takes_long_says_how_far_it_is_in_one_message(scene: Scene) -> None:
    """One line that is edited at most every three seconds, and becomes the summary."""
    async with scene.app.database.write() as tx:
        member = await find_member(tx, scene.olga.id)
        assert member is not None
        visit = Visit(scene.app.parts.room, tx, member, Place(scene.olga.id, private=True), scene.clock.now())
    line = CheckLine(visit, "Spring letter")
    for second in range(1, 7):  # told at 2, and again at 5
        scene.clock.advance(dt.timedelta(seconds=1))
        await line.told(second * 200, 5000)
        await scene.settle()
    live = found_in(scene.olga.chat.live, "Checking Spring letter")
    assert len(live.edits) == 1
    async with scene.app.database.write() as tx:
        again = visit.again(tx)
        await line.end(again, Message("Done"))
    scene.app.wake()
    await scene.settle()
    assert live.text == "Done"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("10:15", "2027-03-02 10:15"),
        ("9.30", "2027-03-03 09:30"),
        ("klo 12", "2027-03-02 12:00"),
        ("tomorrow 10", "2027-03-03 10:00"),
        ("Huomenna klo 10.15", "2027-03-03 10:15"),
        ("zítra v 7:05", "2027-03-03 07:05"),
        ("today 9:00", "2027-03-02 09:00"),
        ("24.12. 9:30", "2027-12-24 09:30"),
        ("1.3. 10:00", "2028-03-01 10:00"),
        ("24.12.2028 klo 9", "2028-12-24 09:00"),
        ("2027-12-24T09:30", "2027-12-24 09:30"),
        ("28.3.2027 3:30", "2027-03-28 04:30"),  # the clocks go from three to four
        ("31.10.2027 3:30", "2027-10-31 03:30"),
        ("31.2. 10:00", ""),
        ("25:00", ""),
        ("10:61", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_times_are_read_as_people_type_them(typed: str, meant: str) -> None:
    """In three languages, on the company's clock, the next one of that name."""
    read = read_moment(typed, START, ZONE)
    local = "" if read is None else f"{read.astimezone(Company(timezone=ZONE).zone):%Y-%m-%d %H:%M}"
    assert local == meant


def test_offered_times_are_right_when_the_clocks_change_at_night() -> None:
    """Tomorrow at ten is ten on that day's clock."""
    before = dt.datetime(2027, 3, 27, 20, 0, 31, tzinfo=dt.UTC)
    assert offered(before, ZONE) == (
        dt.datetime(2027, 3, 27, 21, tzinfo=dt.UTC),
        dt.datetime(2027, 3, 28, 7, tzinfo=dt.UTC),
    )


async def test_every_variant_that_is_tried_is_shown_and_checked(tmp_path: Path, sqlite_url: str) -> None:
    """Whoever sends or approves an experiment has seen all of it."""
    content = write_newsletter(tmp_path, "Hello {% if variant == 'long' %}dear {% endif %}{{ name }}!")
    file = content / "newsletters" / "letter.en.j2"
    test = '[test]\nvariants = ["short", "long"]\n'
    file.write_text(file.read_text().replace("canary = 0\n", f"canary = 0\n{test}"), encoding="utf-8")
    async with staff_scene(tmp_path, sqlite_url, forum=False, content=content) as scene:
        await add_readers(scene)
        await open_letter(scene)
        assert scene.told(scene.olga)[-5:-1] == ["Variant short:", "Hello Olga!", "Variant long:", "Hello dear Olga!"]
        assert "✅" in scene.told(scene.olga)[-1]


async def test_editor_asks_for_approval_reminds_and_cannot_approve(tmp_path: Path, sqlite_url: str) -> None:
    """What an editor may do sends nothing to customers."""
    async with approval_scene(tmp_path, sqlite_url, pete=Role.EDITOR) as scene:
        scene.pete.sends("/newsletter letter")
        await scene.settle()
        scene.pete.taps("Ask for approval")
        await scene.settle()
        scene.pete.sends("/newsletter letter")
        await scene.settle()
        refused = scene.pete.taps("Approve and send")
        await scene.settle()
        assert (await refused.answer).text == "This takes the role manager."
        scene.pete.taps("Ask again")
        await scene.settle()
        assert [text.startswith("Pete would like to send") for text in scene.told(scene.olga)].count(True) == 2
        assert await sending_now(scene) is SendingState.APPROVAL
