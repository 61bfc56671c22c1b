"""A customer and her own cases: seen in plain words, added to, accepted, and opened again while there is time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dialogues.cases import Mover, Particulars, move_case
from domain.cases import Actor, Case, CaseState, Move
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.messages import Waiting
from store.cases import case_by_id, case_history
from store.contacts import add_contacts, timeline
from store.database import Database
from store.ids import new_id
from tests.dialogues.conductor_stand import Stand

OLGA = Mover(Actor.AGENT, 11, "Olga")


@pytest.fixture
def stand(sqlite_database: Database, tmp_path: Path) -> Stand:
    """Ann and the conductor."""
    return Stand(sqlite_database, tmp_path)


async def complains(stand: Stand, what: str, chat: int = 7) -> None:
    """Let her open a complaint."""
    await stand.says("/complaint", chat)
    await stand.says(what, chat)
    await stand.says("Done", chat)


async def case(stand: Stand, number: int) -> Case:
    """Return a case as it stands."""
    async with stand.database.read() as tx:
        found = await case_by_id(tx, number)
    assert found is not None
    return found


async def moves(stand: Stand, number: int, move: Move, particulars: Particulars = Particulars()) -> None:  # noqa: B008 - frozen
    """Let Olga make a move."""
    async with stand.database.write() as tx:
        found = await case_by_id(tx, number)
        assert found is not None
        company = stand.conductor.company
        moved = await move_case(tx, company, found, move, OLGA, now=stand.now, particulars=particulars)
        assert isinstance(moved, Case)


async def said_to_her(stand: Stand, number: int, text: str) -> None:
    """Put something on her timeline that was said to her about a case."""
    about = await case(stand, number)
    contact = Contact(
        id=new_id(),
        customer_id=about.customer_id,
        at=stand.now,
        channel=Channel.TELEGRAM,
        direction=Direction.OUT,
        kind=ContactKind.SERVICE,
        text=text,
        state=ContactState.SENT,
        message_id=5000 + number,
        case_id=number,
    )
    async with stand.database.write() as tx:
        await add_contacts(tx, [contact])


def labels(row: Waiting) -> list[str]:
    """Return a message's buttons."""
    return [button.label for line in row.message.keyboard for button in line]


async def test_she_sees_her_cases_in_plain_words(stand: Stand) -> None:
    """Number, words, day and state, the newest first, and a button for what she can do with each."""
    await complains(stand, "The box was <wet>\nand torn")
    await complains(stand, "Late")
    await complains(stand, "Rude")
    await moves(stand, 2, Move.RESOLVE)
    await moves(stand, 3, Move.SPAM)
    (shown,) = await stand.says("/cases")
    title, *lines = shown.message.text.split("\n")
    assert title == "<b>Your cases with us</b>"
    assert lines == [
        "<b>No 3</b> · Complaint: <i>Rude</i>, 2 Mar",
        "   closed",
        "<b>No 2</b> · Complaint: <i>Late</i>, 2 Mar",
        "   settled from our side; is it from yours?",
        "<b>No 1</b> · Complaint: <i>The box was &lt;wet&gt; and torn</i>, 2 Mar",
        "   we have got it, and will answer soon",
    ]
    assert labels(shown) == ["Not settled: No 2", "Add to No 1"]


async def test_at_most_ten_of_her_cases_are_shown(stand: Stand) -> None:
    """The newest ten fit on a screen."""
    for number in range(12):
        await complains(stand, f"Matter {number}")
    (shown,) = await stand.says("/cases")
    assert shown.message.text.count("<b>No ") == 10
    assert "No 12" in shown.message.text
    assert "No 2<" not in shown.message.text


async def test_whoever_has_no_cases_is_offered_to_tell_something(stand: Stand) -> None:
    """An empty list is no dead end, and nobody sees another's cases."""
    await complains(stand, "Late", chat=8)
    (shown,) = await stand.says("/cases")
    assert shown.message.text.startswith("You have no cases with us.")
    assert labels(shown) == ["Make a complaint", "Give feedback"]


async def test_what_she_adds_goes_to_the_case_that_she_chose(stand: Stand) -> None:
    """With two open her words are about the one that was spoken of last, or the one whose message she quotes."""
    await complains(stand, "The box was wet")
    await complains(stand, "Late")
    (shown,) = await stand.says("/cases")
    (asked,) = await stand.taps(shown, "Add to No 1")
    assert "add to No 1" in asked.message.text
    assert asked.case_id == 1
    await said_to_her(stand, 1, asked.message.text)
    (added,) = await stand.says("and torn")
    assert "No 1" in added.message.text
    await said_to_her(stand, 2, "We are sorry")
    await said_to_her(stand, 1, "We are sorry, too")
    await stand.says("No wonder", reply_to=5002)
    async with stand.database.read() as tx:
        newest = await timeline(tx, added.customer_id or 0, limit=6)
    about = {contact.text: contact.case_id for contact in newest}
    assert (about["and torn"], about["No wonder"]) == (1, 2)


async def test_word_after_the_decision_is_about_the_decision(stand: Stand) -> None:
    """She need not find the button: her words stay with the case, and she is asked once more whether it is settled."""
    await complains(stand, "Late")
    await moves(stand, 1, Move.RESOLVE)
    await said_to_her(stand, 1, "Is everything all right now?")
    (asked,) = await stand.says("It still has not come")
    assert asked.message.text == "Thank you, I added this to your case No 1. Is it settled now?"
    assert labels(asked) == ["Yes, all right", "Not yet"]
    assert (await case(stand, 1)).state is CaseState.RESOLVED
    assert ("wrote", "It still has not come") in stand.staff.told
    (reopened,) = await stand.taps(asked, "Not yet")
    assert reopened.message.text.startswith("Case No 1 is open again.")
    assert (await case(stand, 1)).state is CaseState.OPEN


async def test_late_not_settled_opens_a_new_case_about_the_old_one_once(stand: Stand) -> None:
    """She is told the new number and need not tell it again; a second tap opens nothing more."""
    await complains(stand, "Late")
    await moves(stand, 1, Move.TAKE)
    await moves(stand, 1, Move.RESOLVE)
    await stand.hear(stand.tap("m.accept.1"))
    assert (await case(stand, 1)).state is CaseState.CLOSED
    stand.now += stand.conductor.company.cases.reopen + dt.timedelta(seconds=1)
    (told,) = await stand.hear(stand.tap("m.reopen.1"))
    (again,) = await stand.hear(stand.tap("m.reopen.1"))
    assert told.message.text == again.message.text
    assert "a new case for it: No 2" in told.message.text
    new = await case(stand, 2)
    assert (new.about_case, new.summary, new.state) == (1, "Late", CaseState.NEW)
    (shown,) = await stand.says("/cases")
    assert labels(shown) == ["Add to No 2"]


async def test_button_that_came_too_late_says_where_the_case_stands(stand: Stand) -> None:
    """Staff have opened it again meanwhile, so her yes closes nothing; and a stranger's button is nobody's."""
    await complains(stand, "Late")
    await moves(stand, 1, Move.RESOLVE)
    await moves(stand, 1, Move.REOPEN)
    (told,) = await stand.hear(stand.tap("m.accept.1"))
    assert told.message.text.startswith("Case No 1: we are looking into it.")
    await stand.says("hello", chat=8)
    await stand.hear(stand.tap("m.accept.1", chat=8))
    await stand.hear(stand.tap("m.reopen.999999999999999999999"))
    assert (await case(stand, 1)).state is CaseState.OPEN


async def test_buttons_of_a_merged_case_are_those_of_the_one_it_went_into(stand: Stand) -> None:
    """What she was once asked about No 2 is answered for No 1."""
    await complains(stand, "Late")
    await complains(stand, "Late, I said")
    await moves(stand, 2, Move.MERGE, Particulars(into=await case(stand, 1)))
    await moves(stand, 1, Move.RESOLVE)
    await stand.hear(stand.tap("m.reopen.2"))
    assert (await case(stand, 1)).state is CaseState.OPEN
    assert (await case(stand, 2)).state is CaseState.MERGED
    (shown,) = await stand.says("/cases")
    assert "goes on as No 1" in shown.message.text


async def test_every_word_of_hers_is_in_the_history_of_its_case(stand: Stand) -> None:
    """So the clock of the next answer knows since when she waits."""
    await complains(stand, "Late")
    await stand.says("Hello?")
    await moves(stand, 1, Move.WAIT)
    await stand.says("Here is the number")
    async with stand.database.read() as tx:
        history = [(event.move, event.state) for event in await case_history(tx, 1)]
    assert history == [
        (Move.CUSTOMER_WRITES, CaseState.NEW),
        (Move.WAIT, CaseState.WAITING_CUSTOMER),
        (Move.CUSTOMER_WRITES, CaseState.OPEN),
    ]
