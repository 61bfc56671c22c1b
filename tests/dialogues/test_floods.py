"""Floods and mutes: every word is kept, staff get what they can read, and nobody is told twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.floods import Kept, Mute
from scheduler.floods import FloodNotices
from store.cases import cases_of
from store.contacts import kept_contacts
from store.customers import customers_by_chat
from store.database import Database
from store.floods import count_kept, first_kept, forget_flood
from store.mutes import keep_mute, lift_mute, mute_of
from store.tables import contacts, floods
from tests.dialogues.conductor_stand import START, Stand

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def stand(database: Database, tmp_path: Path) -> Stand:
    """A conductor on each database; 20 messages a minute are passed on."""
    return Stand(database, tmp_path)


async def flooded(stand: Stand, count: int, chat: int = 7) -> list[str]:
    """Let somebody send *count* messages at once; return what she is told."""
    rows = await stand.hear(*(stand.words(f"word {number}", chat) for number in range(1, count + 1)))
    return [row.message.text for row in rows]


def passed_on(stand: Stand) -> list[Any]:
    """Return the words that staff got."""
    return [what for kind, what in stand.staff.told if kind == "wrote"]


def told_kept(stand: Stand) -> list[int]:
    """Return how many kept messages staff heard of, each time."""
    return [what for kind, what in stand.staff.told if kind == "kept"]


async def muted(stand: Stand, *, until: dt.datetime | None = None, chat: int = 7) -> int:
    """Mute somebody who has written before; return her id."""
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [chat]))[chat].id
        await keep_mute(tx, Mute(who, stand.now, until, 11, "the same again and again"))
    return who


async def tick(stand: Stand) -> None:
    """Let the scheduler look."""
    await FloodNotices(stand.database, stand.conductor.running.floods).tick(stand.now)


async def test_flood_is_kept_whole_and_passed_on_in_part(stand: Stand) -> None:
    """Twenty go to staff; the rest is on her timeline, marked; she is warned once, and answered once."""
    said = await flooded(stand, 50)
    assert passed_on(stand) == [f"word {number}" for number in range(1, 21)]
    assert len([text for text in said if "faster than we can read" in text]) == 1
    assert len(said) == 2
    async with stand.database.read() as tx:
        reasons = (await tx.execute(select(contacts.c.reason).where(contacts.c.direction == "in"))).scalars().all()
    assert (len(reasons), reasons.count(Kept.FLOOD.value)) == (50, 30)


async def test_staff_hear_once_how_many_were_kept_when_the_minute_is_over(stand: Stand) -> None:
    """Not before, not twice, and the button finds exactly these."""
    await flooded(stand, 50)
    stand.now += MINUTE - dt.timedelta(seconds=1)
    await tick(stand)
    assert told_kept(stand) == []
    stand.now += dt.timedelta(seconds=1)
    await tick(stand)
    await tick(stand)
    assert told_kept(stand) == [30]
    async with stand.database.read() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        first = await first_kept(tx, who, Kept.FLOOD, 30)
        assert first is not None
        found = await kept_contacts(tx, who, [Kept.FLOOD.value], first, offset=0, limit=100)
    assert [contact.text for contact in found] == [f"word {number}" for number in range(21, 51)]


async def test_who_goes_on_is_passed_on_again_after_what_was_kept_is_told(stand: Stand) -> None:
    """The notice stands before the next words, and she is not warned a second time that day."""
    await flooded(stand, 25)
    stand.now += MINUTE
    said = await flooded(stand, 25)
    assert told_kept(stand) == [5]
    kinds = [kind for kind, _ in stand.staff.told]
    assert kinds == ["wrote"] * 20 + ["kept"] + ["wrote"] * 20
    assert not [text for text in said if "faster" in text]


async def test_flood_of_one_is_nothing_to_another(stand: Stand) -> None:
    """Each is counted by herself."""
    await flooded(stand, 40)
    await stand.says("I am somebody else", chat=8)
    assert passed_on(stand)[-1] == "I am somebody else"


async def test_answers_in_a_dialogue_count_as_ever(stand: Stand) -> None:
    """What is not for staff is never kept back."""
    await stand.says("/complaint")
    await flooded(stand, 40)
    await stand.says("/done")
    assert [kind for kind, _ in stand.staff.told] == ["new_case"]
    (_, case) = stand.staff.told[0]
    assert "word 40" in case.summary


async def test_muted_customer_is_told_once_and_her_words_are_kept(stand: Stand) -> None:
    """Staff get nothing; asking for a person is answered with the same sentence."""
    await stand.says("Hello")
    who = await muted(stand, until=stand.now + dt.timedelta(days=7))
    said = [row.message.text for text in ("Hear me", "Hear me!") for row in await stand.says(text)]
    assert len(said) == 1
    assert "kept, but for now they are not passed on" in said[0]
    (talk,) = await stand.says("/talk")
    assert "not passed on" in talk.message.text
    await stand.edits(1, "Hello?")
    assert stand.staff.told == [("wrote", "Hello")]
    async with stand.database.read() as tx:
        assert await count_kept(tx, who, Kept.MUTED, START) == 2


async def test_mute_that_is_over_or_lifted_passes_words_on(stand: Stand) -> None:
    """Nobody need do anything for the first."""
    await stand.says("Hello")
    who = await muted(stand, until=stand.now + dt.timedelta(days=1))
    stand.now += dt.timedelta(days=1)
    await stand.says("A day later")
    await muted(stand)
    async with stand.database.write() as tx:
        assert await mute_of(tx, who, stand.now + dt.timedelta(days=999)) is not None
        await lift_mute(tx, who)
    await stand.says("Forgiven")
    assert passed_on(stand) == ["Hello", "A day later", "Forgiven"]


async def test_muted_customer_opens_one_case_a_day(stand: Stand) -> None:
    """A complaint is heard whoever brings it; the second is kept and points to the first."""
    await stand.says("Hello")
    who = await muted(stand)
    said = []
    for hours in (0, 1, 24):
        stand.now += dt.timedelta(hours=hours)
        await stand.says("/complaint")
        await stand.says("It broke")
        said.append((await stand.says("/done"))[-1].message.text)
    async with stand.database.read() as tx:
        assert len((await cases_of(tx, [who]))[who]) == 2
    assert "your words are kept. No 1" in said[1]


async def test_own_data_say_since_when_words_are_not_passed_on(stand: Stand) -> None:
    """The fact and its days, not staff's words about her."""
    await stand.says("Hello")
    await muted(stand, until=stand.now + dt.timedelta(days=7))
    letter = (await stand.says("/mydata"))[-1].message.text
    assert "not passed on to our staff" in letter
    assert "again and again" not in letter


async def test_forgetting_leaves_no_trace(stand: Stand) -> None:
    """Of how fast she wrote."""
    await flooded(stand, 30)
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        await forget_flood(tx, who)
        assert (await tx.execute(select(floods))).all() == []
