"""Segments are renewed by the night: who belongs in comes in, who does not goes out, each with a dated move."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

import scheduler.segments
from domain.customers import Consent, CustomerKind, Purpose
from domain.people import ContactKind
from domain.rules import parse_rule
from domain.segments import InSegment, Segment
from scheduler.segments import renew_segments, segment_parts
from store.consents import give_consents
from store.customers import add_customers
from store.database import Database
from store.ids import new_id
from store.segment_renewal import Change, move_members
from store.segments import latest_moves, members_of, segments_of
from store.tables import customers, moves, purchases, segment_members

ZONE = ZoneInfo("Europe/Helsinki")
NIGHT = dt.datetime(2027, 3, 3, 3, tzinfo=ZONE)
DAY = dt.timedelta(days=1)
BUYERS = Segment("buyers", parse_rule("visits(12m) >= 2"))
FINNS = Segment("finns", parse_rule('language = "fi"'))
FIRMS = Segment("firms", parse_rule("visits(12m) >= 1"), kind=CustomerKind.COMPANY)


@pytest.fixture
async def people(database: Database) -> Database:
    """Five customers, of whom 1 and 2 bought twice, 3 once, and 4 is a company that bought once; 1 speaks Finnish."""
    rows: list[dict[str, Any]] = [{"id": i, "name": f"C{i}", "created_at": NIGHT} for i in range(1, 6)]
    rows[0]["language"] = "fi"
    rows[3]["kind"] = "company"
    for row in rows:
        row.setdefault("language", "en")
        row.setdefault("kind", "consumer")
    async with database.write() as tx:
        await add_customers(tx, rows)
    for who, days in ((1, (5, 10)), (2, (20, 300)), (3, (7,)), (4, (3,))):
        await buy(database, who, days)
    return database


async def buy(database: Database, who: int, days_ago: Sequence[int], at: dt.datetime = NIGHT) -> None:
    rows = [
        {
            "id": new_id(),
            "customer_id": who,
            "receipt": f"r{who}.{days}",
            "at": at - days * DAY,
            "amount_minor": 1000,
            "currency": "EUR",
        }
        for days in days_ago
    ]
    async with database.write() as tx:
        await tx.execute(insert(purchases), rows)


async def renew(database: Database, *segments: Segment, at: dt.datetime = NIGHT, step: int = 2) -> int:
    return await renew_segments(database, segments, at.date(), at, "EUR", ZONE, step=step)


async def members(database: Database, name: str) -> list[int]:
    async with database.read() as tx:
        return [member.id for member in await members_of(tx, name)]


async def all_moves(database: Database) -> list[tuple[int, str, str, dt.date]]:
    async with database.read() as tx:
        rows = await tx.execute(select(moves).order_by(moves.c.day, moves.c.customer_id))
        return [(row.customer_id, row.name, row.after, row.day) for row in rows]


async def test_first_night_fills_each_segment_with_its_own_kind_and_moves_nobody(people: Database) -> None:
    """A first filling is no coming: nobody would want a thousand moves for a file that was just written."""
    assert await renew(people, BUYERS, FINNS, FIRMS) == 4
    assert await members(people, "buyers") == [1, 2]
    assert await members(people, "finns") == [1]
    assert await members(people, "firms") == [4]
    assert await all_moves(people) == []


async def test_second_time_in_a_row_changes_nothing(people: Database) -> None:
    """The nightly work may be begun again at any time."""
    await renew(people, BUYERS, FINNS)
    assert await renew(people, BUYERS, FINNS) == 0
    assert await all_moves(people) == []


async def test_who_comes_and_goes_is_written_down_with_what_was_measured(people: Database) -> None:
    """Customer 3 buys again; 2's older purchase falls out of the year."""
    await renew(people, BUYERS)
    later = NIGHT + 100 * DAY
    await buy(people, 3, (1,), later)
    assert await renew(people, BUYERS, at=later) == 2
    assert await members(people, "buyers") == [1, 3]
    assert await all_moves(people) == [(2, "buyers", "out", later.date()), (3, "buyers", "in", later.date())]
    async with people.read() as tx:
        told = {move.customer_id: move.evidence for move, _ in await latest_moves(tx, "buyers")}
        assert await segments_of(tx, 3) == [InSegment("buyers", later.date())]
    assert told == {2: "visits(12m): 1 >= 2 no", 3: "visits(12m): 2 >= 2 yes"}


async def test_beyond_the_explained_ones_the_rule_is_the_evidence(
    people: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night of a million moves is not held up by a million explanations."""
    monkeypatch.setattr(scheduler.segments, "MOST_EXPLAINED", 1)
    await renew(people, FINNS)
    async with people.write() as tx:
        await tx.execute(update(customers).where(customers.c.id.in_([2, 3])).values(language="fi"))
    await renew(people, FINNS)
    async with people.read() as tx:
        told = [move.evidence for move, _ in await latest_moves(tx, "finns")]
    assert sorted(told) == ['language = "fi"', 'language: "fi" = "fi" yes']


async def test_segment_without_its_file_is_emptied_with_moves_and_new_when_it_comes_back(people: Database) -> None:
    """What a segment once meant is told by the moves out of it."""
    await renew(people, BUYERS, FINNS)
    assert await renew(people, FINNS, at=NIGHT + DAY) == 2
    assert await members(people, "buyers") == []
    assert {after for _, _, after, _ in await all_moves(people)} == {"out"}
    await renew(people, BUYERS, FINNS, at=NIGHT + 2 * DAY)
    assert await members(people, "buyers") == [1, 2]
    assert len(await all_moves(people)) == 2


async def test_first_filling_that_was_cut_short_makes_no_moves_when_it_goes_on(people: Database) -> None:
    """Killed after one step, the rest of the first filling is still the first filling."""
    async with people.write() as tx:
        rows = [{"segment": "buyers", "customer_id": 1, "since": NIGHT.date()}]
        await tx.execute(insert(segment_members), rows)
    await renew(people, BUYERS)
    assert await members(people, "buyers") == [1, 2]
    assert await all_moves(people) == []


async def test_who_objects_to_profiling_leaves_segments_of_purchases_and_stays_in_others(people: Database) -> None:
    """Her language is no profile; what she buys is."""
    await renew(people, BUYERS, FINNS)
    objection = Consent(Purpose.PROFILING, False, "1", "test", NIGHT)
    async with people.write() as tx:
        await give_consents(tx, [(1, objection)])
    await renew(people, BUYERS, FINNS)
    assert await members(people, "buyers") == [2]
    assert await members(people, "finns") == [1]
    async with people.read() as tx:
        ((move, who),) = await latest_moves(tx, "buyers")
    assert (move.evidence, who) == ("objects to profiling", "C1")


async def test_objection_between_finding_and_moving_keeps_her_out(people: Database) -> None:
    """Who is to enter is asked once more in the transaction that lets her in."""
    async with people.write() as tx:
        await give_consents(tx, [(1, Consent(Purpose.PROFILING, False, "1", "test", NIGHT))])
        change = Change((1, 2), ())
        assert await move_members(tx, BUYERS, change, NIGHT.date(), {}, profiling=True) == 1
    assert await members(people, "buyers") == [2]


async def test_contact_of_another_kind_is_no_member(people: Database) -> None:
    """Suppliers who buy are not the customers of a segment, unless it is one of suppliers."""
    async with people.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(contact_kind="supplier"))
    suppliers = Segment("suppliers", parse_rule("visits(12m) >= 2"), contact=ContactKind.SUPPLIER)
    await renew(people, BUYERS, suppliers)
    assert await members(people, "buyers") == [2]
    assert await members(people, "suppliers") == [1]


async def test_segment_made_of_another_follows_it_in_the_same_night(people: Database) -> None:
    """It is renewed behind the one that it asks for, whatever the order of their names."""
    above = Segment("above", parse_rule('segment("buyers") and language != "fi"'))
    await renew(people, above, BUYERS)
    assert await members(people, "above") == [2]
    later = NIGHT + DAY
    await buy(people, 3, (1,), later)
    await renew(people, above, BUYERS, at=later)
    assert await members(people, "above") == [2, 3]
    async with people.read() as tx:
        ((move, _),) = await latest_moves(tx, "above")
    assert (move.customer_id, move.evidence) == (3, 'segment("buyers"): yes yes; language: "en" != "fi" yes')


async def test_renewal_beside_another_process_waits_for_its_turn_and_leaves_nobody_out(people: Database) -> None:
    """Whoever goes on without the lock would leave members wrong until the next night."""
    async with people.write() as tx:
        assert await people.lock(tx, "segments")
        renewing = asyncio.create_task(renew(people, BUYERS))
        done, _ = await asyncio.wait({renewing}, timeout=0.2)
        assert not done
    assert await renewing == 2
    assert await members(people, "buyers") == [1, 2]


async def test_renewal_in_parts_gives_others_their_turn_after_each_step(people: Database) -> None:
    """Nothing is locked in between, and the last part says how many moved."""
    found = []
    async for moved in segment_parts(people, [BUYERS], NIGHT.date(), NIGHT, "EUR", ZONE, step=1):
        async with people.write() as tx:
            await tx.execute(update(customers).where(customers.c.id == 5).values(name=f"C{moved}"))
        found.append(moved)
    assert found[0] == 0
    assert found[-1] == 2
    assert len(found) > 5
