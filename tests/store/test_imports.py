"""Imports in the store: what broke off is taken back by the next who opens it, what is undone stays undone."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from domain.imports import ImportKind, ImportRun, ImportState, Taken
from domain.purchases import Purchase
from store import leases
from store.customers import add_customers
from store.database import Database
from store.imports import (
    ImportUnderWay,
    begun,
    count_batch,
    end,
    import_run,
    is_running,
    latest_imports,
    undo_import,
    undo_unfinished,
)
from store.purchases import add_purchases
from store.tables import customers, purchases, stale_customers

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
LINE = Purchase("R1", NOW, 1999, "EUR", "p1", "Coffee", "food", Decimal(1), "Turku")


async def _broken_off(database: Database, *, ends: bool = False) -> int:
    """Leave an import of three lines of Ann behind, as a kill would."""
    async with database.write() as tx:
        await add_customers(tx, [{"name": "Ann", "created_at": NOW}])
        ann = await tx.scalar(select(customers.c.id))
    assert ann is not None
    async with begun(database, ImportKind.PURCHASES, "till.csv", NOW, detail={"mapping": {"at": "pvm"}}) as running:
        async with database.write() as tx:
            await add_purchases(tx, [(ann, LINE)] * 3, running.id)
            await add_purchases(tx, [(ann, dataclasses.replace(LINE, receipt="own"))])
            await count_batch(tx, running.id, Taken(kept=3, skipped=1), 4)
        if ends:
            async with database.write() as tx:
                await end(tx, running.id, NOW, {"mapping": {}})
        assert await is_running(database, await _run(database, running.id)) is not ends
        assert await undo_unfinished(database, NOW) == []
        return running.id


async def _run(database: Database, import_id: int) -> ImportRun:
    async with database.read() as tx:
        run = await import_run(tx, import_id)
    assert run is not None
    return run


async def _count(database: Database) -> int:
    async with database.read() as tx:
        return await tx.scalar(select(func.count()).select_from(purchases)) or 0


async def test_import_that_broke_off_is_taken_back_by_the_next_that_looks(database: Database) -> None:
    """Only its own lines go, its customer is stale, and it is undone once; while it runs nobody touches it."""
    import_id = await _broken_off(database)
    assert await _count(database) == 4
    undone = await undo_unfinished(database, NOW)
    assert [(each.id, each.purchases) for each in undone] == [(import_id, 3)]
    assert await _count(database) == 1
    assert await undo_unfinished(database, NOW) == []
    run = await _run(database, import_id)
    assert (run.state, run.read, run.kept, run.skipped) == (ImportState.UNDONE, 4, 3, 1)
    async with database.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(stale_customers))).scalar() == 1


async def test_import_that_is_done_is_left_alone_until_it_is_undone(database: Database) -> None:
    """A whole import stays; its undo is told once, and a second undo changes nothing."""
    import_id = await _broken_off(database, ends=True)
    assert await undo_unfinished(database, NOW) == []
    assert (await undo_import(database, import_id, NOW)).purchases == 3
    assert (await undo_import(database, import_id, NOW)).was_undone
    assert await _count(database) == 1
    with pytest.raises(LookupError, match="no such import"):
        await undo_import(database, 99, NOW)


async def test_second_import_waits_until_the_first_is_over(database: Database) -> None:
    """What a second one knew from the first would be lost if the first broke off; so it is refused with what to do."""
    async with begun(database, ImportKind.PURCHASES, "a.csv", NOW) as first:
        with pytest.raises(ImportUnderWay, match="wait until it is over"):
            async with begun(database, ImportKind.PURCHASES, "b.csv", NOW):
                pass
        assert await undo_unfinished(database, NOW) == []
    with pytest.raises(ImportUnderWay):  # it broke off and is not taken back yet
        async with begun(database, ImportKind.PURCHASES, "b.csv", NOW):
            pass
    assert [each.id for each in await undo_unfinished(database, NOW)] == [first.id]
    async with begun(database, ImportKind.PURCHASES, "b.csv", NOW) as second, database.read() as tx:
        assert (await latest_imports(tx, 1))[0].id == second.id


async def test_import_that_ends_while_somebody_looks_for_broken_ones_stays_whole(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was running when they looked, and over when they had the lease: a whole import is nobody's to take back."""
    take = leases.take
    async with contextlib.AsyncExitStack() as running:
        first = await running.enter_async_context(begun(database, ImportKind.PURCHASES, "a.csv", NOW))

        async def take_late(store: Database, name: str) -> leases.Lease | None:
            async with database.write() as tx:
                await end(tx, first.id, NOW, {})
            await running.aclose()
            return await take(store, name)

        monkeypatch.setattr(leases, "take", take_late)
        assert await undo_unfinished(database, NOW) == []
    assert (await _run(database, first.id)).state is ImportState.DONE
