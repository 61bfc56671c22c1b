"""Copying a whole store into another, empty one, on either database: all of it, or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from sqlalchemy import Integer, Table, func, select, text
from sqlalchemy.engine import URL, Row

from store.database import Database, Tx
from store.tables import merges, metadata
from store.upgrade import StoreNotUpgraded, latest_revision, revision_of, upgrade

_AT_ONCE = 2000
Progress = Callable[[str, int], None]
"""Told of each batch: the table, and how many of its rows are copied so far."""


class StoreNotEmpty(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """The target already holds rows, which a copy would mix with or lose."""


class StoreIncomplete(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """What was copied is not what was there; nothing was kept."""


async def copy_store(source: URL, target: URL, progress: Progress | None = None) -> dict[str, int]:
    """
    Copy every row of *source* to *target*, whose schema is made first; return the rows of each table.

    The source is read in one snapshot and may be in use. The target must be empty; it gets everything in one
    transaction, counted before it is committed. Raises StoreNotEmpty, StoreNotUpgraded for a source of another
    schema, StoreTooNew, StoreIncomplete or StoreUnavailable.
    """
    reader, writer = Database(source), Database(target)
    try:
        async with reader.read() as from_:
            await _same_snapshot(from_)
            await _refuse_other_schema(from_)
            await upgrade(target)
            async with writer.write() as to:
                return await _copy(from_, to, progress)
    finally:
        await reader.close()
        await writer.close()


async def _copy(from_: Tx, to: Tx, progress: Progress | None) -> dict[str, int]:
    await _refuse_rows(to)
    counts = {table.name: await _copy_table(from_, to, table, progress) for table in metadata.sorted_tables}
    for table in metadata.sorted_tables:
        await _check_count(to, table, counts[table.name])
    if to.dialect.name == "postgresql":
        await _advance_sequences(to)
    await _spare_gone(to)
    return counts


async def _refuse_other_schema(tx: Tx) -> None:
    found = await revision_of(tx)
    if found != latest_revision():
        raise StoreNotUpgraded(
            f"store: the source has the schema {found or 'of nothing at all'}, and this program copies "
            f"{latest_revision()}; run: vuoro store upgrade"
        )


async def _same_snapshot(tx: Tx) -> None:
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


async def _refuse_rows(tx: Tx) -> None:
    for table in metadata.sorted_tables:
        if await tx.scalar(select(1).select_from(table).limit(1)):
            raise StoreNotEmpty(
                f"store: the target already has rows in {table.name}; give an empty database, or another file"
            )


async def _copy_table(from_: Tx, to: Tx, table: Table, progress: Progress | None) -> int:
    copied = 0
    async for rows in _batches(from_, table):
        await to.execute(table.insert(), [dict(row._mapping) for row in rows])
        copied += len(rows)
        if progress is not None:
            progress(table.name, copied)
    return copied


async def _batches(tx: Tx, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    result = await tx.stream(select(table).order_by(*table.primary_key.columns))
    async for rows in result.partitions(_AT_ONCE):
        yield rows


async def _check_count(tx: Tx, table: Table, expected: int) -> None:
    found = await tx.scalar(select(func.count()).select_from(table))
    if found != expected:
        raise StoreIncomplete(
            f"store: {table.name} has {found} rows of {expected} after the copy; nothing was kept, try again"
        )


async def _advance_sequences(tx: Tx) -> None:
    """Let the numbers that PostgreSQL gives out go on after the copied ones."""
    for table in metadata.sorted_tables:
        for column in table.primary_key.columns:
            if column is table.autoincrement_column and isinstance(column.type, Integer):
                await tx.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "  # noqa: S608 - own names
                        f"coalesce(max({column.name}), 1), max({column.name}) IS NOT NULL) FROM {table.name}"
                    )
                )


async def _spare_gone(tx: Tx) -> None:
    """Let no new customer get the id of one who was merged into another, so that the merge can be undone here too."""
    last = await tx.scalar(select(func.max(merges.c.gone_id)))
    if last is None:
        return
    statement = {
        "sqlite": "UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = 'customers'",
        "postgresql": "SELECT setval(pg_get_serial_sequence('customers', 'id'), "
        "greatest(CAST(:last AS bigint), (SELECT max(id) FROM customers)))",
    }
    await tx.execute(text(statement[tx.dialect.name]), {"last": last})
