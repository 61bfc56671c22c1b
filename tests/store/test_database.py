"""Transactions: all or nothing, one truth at a time, and plain sentences when the store cannot be used."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import exc, func, select

from store.database import Database, StoreUnavailable, store_url
from store.settings import get_setting, put_setting
from store.tables import customers, settings


async def test_a_block_that_fails_leaves_nothing_behind(database: Database) -> None:
    """All of a transaction is stored, or nothing."""

    async def fail_half_way() -> None:
        async with database.write() as tx:
            await put_setting(tx, "seen", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_half_way()
    async with database.read() as tx:
        assert await get_setting(tx, "seen") is None


async def test_what_was_read_in_a_write_is_still_true_when_it_commits(sqlite_database: Database) -> None:
    """Fifty that each add one make fifty: SQLite's own default would lose some."""

    async def add_one() -> None:
        async with sqlite_database.write() as tx:
            seen = await get_setting(tx, "seen") or 0
            await asyncio.sleep(0)
            await put_setting(tx, "seen", seen + 1)

    await asyncio.gather(*(add_one() for _ in range(50)))
    async with sqlite_database.read() as tx:
        assert await get_setting(tx, "seen") == 50


async def test_what_is_read_together_is_of_one_moment(database: Database) -> None:
    """No commit of another is seen between two statements: what the first says of the store holds for the next."""
    counted = select(func.count()).select_from(settings)
    async with database.read() as tx:
        before = await tx.scalar(counted)
        async with database.write() as other:
            await put_setting(other, "between", 1)
        assert await tx.scalar(counted) == before
    async with database.read() as tx:
        assert await tx.scalar(counted) == (before or 0) + 1


async def test_a_lock_is_had_by_one_transaction_at_a_time(postgresql_database: Database) -> None:
    """Two processes do not do the same work twice; the lock ends with its transaction."""
    async with postgresql_database.write() as first:
        assert await postgresql_database.lock(first, "conduct")
        async with postgresql_database.write() as second:
            assert not await postgresql_database.lock(second, "conduct")
            assert await postgresql_database.lock(second, "ticker")
    async with postgresql_database.write() as third:
        assert await postgresql_database.lock(third, "conduct")


async def test_a_locked_file_is_said_in_a_sentence(sqlite_url: str) -> None:
    """Another program that holds the file is named as what it is."""
    database = Database(store_url(sqlite_url))
    async with database.read() as tx:
        await tx.execute(select(customers.c.id))
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StoreUnavailable, match="locked by another program"):
            async with database.write() as tx:
                await put_setting(tx, "seen", 1)
    finally:
        holder.close()
        await database.close()


async def test_an_error_never_shows_what_customers_wrote(database: Database) -> None:
    """Errors are logged, so they hold the statement but no values."""
    with pytest.raises(exc.IntegrityError) as caught:
        async with database.write() as tx:
            await tx.execute(customers.insert().values(name="secret words", number="1"))
    assert "secret words" not in str(caught.value).split("DETAIL")[0]


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("mysql://x", "use sqlite or postgresql"),
        ("sqlite://", "sqlite needs a file"),
        ("nonsense", "is no database URL"),
    ],
)
def test_an_url_that_cannot_be_used_says_what_to_write(url: str, remedy: str) -> None:
    """Bad input gets a remedy."""
    with pytest.raises(ValueError, match=remedy):
        store_url(url)


def test_a_relative_file_lies_beside_the_config(tmp_path: Path) -> None:
    """The store does not depend on where the program was started."""
    assert store_url("sqlite:///vuoro.db", tmp_path).database == str(tmp_path / "vuoro.db")
