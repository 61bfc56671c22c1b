"""Decided cases settle by the clock: each once, whatever is killed, with a word to the customer and her rating."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from sqlalchemy import insert, select

from dialogues.case_moves import CaseMoves
from dialogues.cases import Mover, move_case, open_case_for
from dialogues.library import Library
from domain.cases import Actor, Case, CaseKind, CaseState, Move
from domain.company import Company
from domain.dialogues import OpenCase
from scheduler.cases import Cases
from store.cases import case_by_id, case_history, change_case
from store.database import Database, Tx, store_url
from store.tables import customers, outbox, waves
from templates.words import SHIPPED, Words
from tests.dialogues.conductor_stand import RememberedStaffLine
from tests.scheduler.stage import Killed, MortalDatabase

LANGUAGES = ("en", "fi")
COMPANY = Company(name="Aurora", languages=LANGUAGES)
NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
OVER = NOW + COMPANY.cases.settle
OLGA = Mover(Actor.AGENT, 11, "Olga")
RATING = """
id = "rating"
version = 1
start = { after = "case_closed", delay = "1h" }
title.en = "How was it?"
title.fi = "Miten meni?"

[[ask]]
id = "score"
kind = "stars"
say.en = "How was it?"
say.fi = "Miten meni?"

[[done]]
say.en = "Thank you."
say.fi = "Kiitos."
"""


def job(database: Database, folder: Path) -> Cases:
    """Make the job with a rating after each case."""
    (folder / "rating.toml").write_text(RATING)
    library = Library.load([folder], LANGUAGES)
    moves = CaseMoves(COMPANY, Words.load([SHIPPED], LANGUAGES), library, RememberedStaffLine())
    return Cases(database, moves)


async def decided(database: Database, count: int) -> list[int]:
    """Put in *count* customers with one resolved case each."""
    async with database.write() as tx:
        row = {"language": "en", "reach": "reachable", "created_at": NOW}
        people = [{"id": each, "chat_id": 500 + each, "name": f"Ann {each}", **row} for each in range(1, count + 1)]
        await tx.execute(insert(customers), people)
        numbers = []
        for who in range(1, count + 1):
            case = await open_case_for(tx, COMPANY, who, OpenCase(CaseKind.COMPLAINT, "delivery"), NOW)
            assert isinstance(await move_case(tx, COMPANY, case, Move.RESOLVE, OLGA, now=NOW), Case)
            numbers.append(case.id)
    return numbers


async def closings(tx: Tx, number: int) -> int:
    """Count how often a case was closed by the clock."""
    return sum(event.move is Move.EXPIRE for event in await case_history(tx, number))


async def test_resolved_case_closes_when_her_time_is_over(sqlite_database: Database, tmp_path: Path) -> None:
    """She is told until when she can have it opened again, with the button; an hour later she may rate it."""
    (number,) = await decided(sqlite_database, 1)
    cases = job(sqlite_database, tmp_path)
    await cases.tick(OVER - dt.timedelta(seconds=1))
    async with sqlite_database.read() as tx:
        assert await cases.next_due(tx, NOW) == OVER
        assert await closings(tx, number) == 0
    await cases.tick(OVER)
    async with sqlite_database.read() as tx:
        case = await case_by_id(tx, number)
        row = (await tx.execute(select(outbox))).one()
        invited = (await tx.execute(select(waves))).one()
        assert await cases.next_due(tx, OVER) is None
    assert case is not None
    assert (case.state, case.closed_at) == (CaseState.CLOSED, OVER)
    assert "tell us before 8 April 2027" in row.payload["text"]
    assert f"m.reopen.{number}" in str(row.payload["keyboard"])
    assert (invited.script_id, invited.started_by) == ("rating", f"event:case:{number}")
    assert invited.due_at == OVER + dt.timedelta(hours=1)


async def test_case_that_was_decided_by_an_older_version_gets_its_whole_time(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """After the upgrade nobody's old case closes at once, nor waits for ever; another start changes nothing."""
    (number,) = await decided(sqlite_database, 1)
    async with sqlite_database.write() as tx:
        await change_case(tx, number, settle_by=None)
    cases = job(sqlite_database, tmp_path)
    started = NOW + dt.timedelta(days=100)
    await cases.prepare(started)
    await cases.prepare(started + dt.timedelta(days=1))
    await cases.tick(started)
    async with sqlite_database.read() as tx:
        assert await closings(tx, number) == 0
        assert await cases.next_due(tx, started) == started + COMPANY.cases.settle


async def test_nobody_is_woken_because_time_has_passed(sqlite_database: Database, tmp_path: Path) -> None:
    """What was resolved at night closes at night; she reads it in the morning."""
    await decided(sqlite_database, 1)
    night = OVER.replace(hour=22)
    await job(sqlite_database, tmp_path).tick(night)
    async with sqlite_database.read() as tx:
        row = (await tx.execute(select(outbox))).one()
    assert row.not_before == dt.datetime(2027, 3, 10, 6, tzinfo=dt.UTC)  # 8 o'clock in Helsinki


async def test_each_case_closes_exactly_once_whenever_the_process_dies(sqlite_url: str, tmp_path: Path) -> None:
    """Killed at every boundary of a transaction and started again: one closing, one message, one rating each."""
    database = MortalDatabase(store_url(sqlite_url))
    numbers = await decided(database, 3)
    cases = job(database, tmp_path)
    deaths = 0
    for fuse in range(1, 12):
        database.fuse = fuse % 4 + 1
        try:
            await cases.tick(OVER)
        except Killed:
            deaths += 1
    database.fuse = None
    await cases.tick(OVER)
    async with database.read() as tx:
        assert [await closings(tx, number) for number in numbers] == [1, 1, 1]
        told = (await tx.scalars(select(outbox.c.case_id))).all()
        rated = (await tx.scalars(select(waves.c.started_by))).all()
    await database.close()
    assert deaths > 3
    assert sorted(told) == numbers
    assert sorted(rated) == [f"event:case:{number}" for number in numbers]


async def test_two_processes_close_each_case_once(database: Database, database_url: str, tmp_path: Path) -> None:
    """On PostgreSQL two machines tick at the same moment."""
    numbers = await decided(database, 5)
    second = Database(store_url(database_url))
    try:
        await asyncio.gather(job(database, tmp_path).tick(OVER), job(second, tmp_path).tick(OVER))
    finally:
        await second.close()
    async with database.read() as tx:
        assert [await closings(tx, number) for number in numbers] == [1] * 5
        assert sorted((await tx.scalars(select(outbox.c.case_id))).all()) == numbers
