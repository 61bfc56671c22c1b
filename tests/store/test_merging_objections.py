"""Merging, and what customers said no to: it counts at once, for whoever of the two it may have been."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert, select

from domain.customers import Consent, Purpose
from domain.duplicates import Merge
from store.consents import consents_of, give_consents
from store.customers import add_customers
from store.database import Database, Tx
from store.merging import merge_customers, unmerge
from store.pictures import picture_of, put_pictures
from store.profiling import keep_profiling_segments
from store.stale import mark_stale
from store.tables import segment_members, stale_customers

NOW = dt.datetime(2027, 3, 2, 10, 0, tzinfo=dt.UTC)
KEPT, GONE = 11, 12


async def _two(tx: Tx) -> None:
    await add_customers(tx, [{"id": KEPT, "created_at": NOW}, {"id": GONE, "chat_id": 900, "created_at": NOW}])


async def _say(tx: Tx, who: int, purpose: Purpose, given: bool, days: int = 0) -> None:
    at = NOW + dt.timedelta(days=days)
    await give_consents(tx, [(who, Consent(purpose, given, "v1", "test", at))])


async def _merged(tx: Tx) -> Merge:
    merge = await merge_customers(tx, KEPT, GONE, NOW)
    assert isinstance(merge, Merge)
    return merge


async def _current(tx: Tx, who: int) -> Consent:
    return (await consents_of(tx, who))[0]


@pytest.mark.parametrize("objector", [KEPT, GONE])
async def test_whoever_objected_to_profiling_has_no_class_and_is_in_no_judging_segment_once_merged(
    database: Database, objector: int
) -> None:
    """No night has to come first, and no membership of the other reaches who objects."""
    async with database.write() as tx:
        await _two(tx)
        await keep_profiling_segments(tx, ["good"])
        await _say(tx, objector, Purpose.PROFILING, given=False)
        other = GONE if objector == KEPT else KEPT
        await put_pictures(tx, {"customer_id": [other], "day": [NOW.date()], "due_on": [NOW.date()], "recency": [5]})
        await tx.execute(insert(segment_members).values(segment="good", customer_id=other, since=NOW.date()))
        await _merged(tx)
    async with database.read() as tx:
        picture = await picture_of(tx, KEPT)
        assert picture is None or picture.recency is None
        assert (await tx.scalars(select(segment_members.c.customer_id))).all() == []


async def test_a_no_said_after_the_merge_is_a_no_of_both_once_it_is_undone(database: Database) -> None:
    """Her chat goes back with the one who was gone, and in it she had said stop: no newsletter may come there."""
    async with database.write() as tx:
        await _two(tx)
        await _say(tx, GONE, Purpose.MARKETING, given=True, days=-9)
        merge = await _merged(tx)
        await _say(tx, KEPT, Purpose.MARKETING, given=False, days=1)
        assert isinstance(await unmerge(tx, merge.id, NOW + dt.timedelta(days=2)), Merge)
    async with database.read() as tx:
        assert not (await _current(tx, KEPT)).given
        assert not (await _current(tx, GONE)).given
        assert len(await consents_of(tx, GONE)) == 2


async def test_a_no_of_the_kept_one_from_before_stays_hers_alone(database: Database) -> None:
    """What was never said of the other is not put into her mouth by an undo."""
    async with database.write() as tx:
        await _two(tx)
        await _say(tx, KEPT, Purpose.MARKETING, given=False, days=-9)
        await _say(tx, GONE, Purpose.MARKETING, given=True, days=-3)
        merge = await _merged(tx)
        assert not (await _current(tx, KEPT)).given
        assert isinstance(await unmerge(tx, merge.id, NOW), Merge)
    async with database.read() as tx:
        assert not (await _current(tx, KEPT)).given
        assert (await _current(tx, GONE)).given


async def test_who_is_stale_already_is_noted_again_with_the_newer_time(database: Database) -> None:
    """The row is written, and so locked: a night at the same customer waits for what changes her."""
    later = NOW + dt.timedelta(hours=1)
    async with database.write() as tx:
        await _two(tx)
        await mark_stale(tx, [KEPT], NOW)
        await mark_stale(tx, [KEPT, KEPT], later)
        assert (await tx.execute(select(stale_customers.c.customer_id, stale_customers.c.at))).all() == [(KEPT, later)]
