"""The SQLite driver: quick transactions hold what slow ones hold, and what takes long lets others go on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import exc, text

from store.database import Database, store_url, unhurried
from store.settings import get_setting, put_setting
from store.tables import settings

_LONG = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n")


async def test_a_quick_transaction_that_fails_leaves_nothing_behind(sqlite_database: Database) -> None:
    """Quick or not, all of it is stored, or nothing; and the next one finds the store free."""

    async def fail_half_way() -> None:
        async with sqlite_database.write(quick=True) as tx:
            await put_setting(tx, "seen", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_half_way()
    async with sqlite_database.write(quick=True) as tx:
        assert await get_setting(tx, "seen") is None
        await put_setting(tx, "seen", 2)
    async with sqlite_database.read(quick=True) as tx:
        assert await get_setting(tx, "seen") == 2


@pytest.mark.parametrize("quick", [True, False])
async def test_a_statement_tells_its_rows_its_count_and_its_error(sqlite_database: Database, quick: bool) -> None:
    """Rows, RETURNING, the number of changed rows and the database's refusals are those of the plain driver."""
    rows = [{"name": name, "value": name} for name in ("one", "two")]
    async with sqlite_database.write(quick=quick) as tx:
        returned = await tx.execute(settings.insert().returning(settings.c.name), rows)
        assert sorted(returned.scalars()) == ["one", "two"]
        changed = await tx.execute(settings.update().values(value="changed"))
        assert changed.rowcount == 2
        assert (await tx.execute(settings.select().where(settings.c.name == "none"))).first() is None
        with pytest.raises(exc.IntegrityError):
            await tx.execute(settings.insert(), rows)


async def test_what_takes_long_lets_the_rest_of_the_process_go_on(sqlite_database: Database) -> None:
    """A quick statement has the process to itself; within `unhurried` others have their turns meanwhile."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with sqlite_database.write(quick=True) as tx:
        beside = asyncio.create_task(others())
        await asyncio.sleep(0)
        before = turns
        await tx.execute(_LONG)
        assert turns == before
        with unhurried(tx):
            await tx.execute(_LONG)
        assert turns > before + 1
        before = turns
        await tx.execute(_LONG)
        assert turns == before
        beside.cancel()


async def test_a_quick_transaction_cancelled_while_it_waits_leaves_the_store_free(sqlite_url: str) -> None:
    """A kill at any moment leaves nothing behind, neither rows nor a lock."""
    database = Database(store_url(sqlite_url))

    async def one() -> None:
        async with database.write(quick=True) as tx:
            await put_setting(tx, "seen", 1)
            with unhurried(tx):
                await tx.execute(_LONG)

    for laps in (1, 3, 5, 7):
        working = asyncio.create_task(one())
        for _ in range(laps):
            await asyncio.sleep(0)
        working.cancel()
        await asyncio.wait([working])
        assert working.cancelled()
    async with database.write(quick=True) as tx:
        assert await get_setting(tx, "seen") is None
    await database.close()


async def test_connection_of_a_task_on_its_way_out_is_closed_with_the_store(sqlite_url: str) -> None:
    """Who cancels a task and closes the store at once leaves no open file: closing waits for what is given back."""
    database = Database(store_url(sqlite_url))
    begun, opened = asyncio.Event(), list[Any]()

    async def look() -> None:
        async with database.read() as tx:
            assert tx.sync_connection is not None
            driver: Any = tx.sync_connection.connection.dbapi_connection
            opened.append(driver._connection)
            await tx.execute(text("SELECT 1"))
            begun.set()
            await asyncio.Event().wait()  # for something that is not the store

    task = asyncio.create_task(look())
    await begun.wait()
    task.cancel()
    await database.close()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert opened[0]._connection is None
