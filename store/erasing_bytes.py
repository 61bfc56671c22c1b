"""
How what was erased leaves the disk, too: the file is rewritten where it is small enough, the journal is emptied.

SQLite overwrites what is deleted (`secure_delete`, on every connection); rewriting takes away what older programs left.
PostgreSQL keeps the bytes of old rows until their tables are rewritten, and its write-ahead log until that is recycled.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import exc, text

from store.database import Database

REWRITTEN = 256 * 2**20
"""Bytes up to which a SQLite file is rewritten at once; a table of PostgreSQL, locked meanwhile, up to a quarter."""

_WAIT_S = 5.0


async def scrub(database: Database, tables: Collection[str], *, most: int = REWRITTEN) -> bool:
    """
    Have what was deleted from *tables* overwritten on the disk; False when others are in the way: ask again later.

    Nothing of the store's content changes. Not in a transaction: it has its own connection.
    """
    if not database.is_sqlite:
        await _scrub_postgresql(database, sorted(tables), most)
        return True
    async with database.alone():
        return await asyncio.to_thread(_scrub_sqlite, Path(database.url.database or ""), most)


def _scrub_sqlite(file: Path, most: int) -> bool:
    with closing(sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        try:
            if file.stat().st_size <= most:
                connection.execute("VACUUM")
            (
                busy,
                *_,
            ) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:  # locked by a reader or another process
            return False
    return not busy


async def _scrub_postgresql(database: Database, tables: Collection[str], most: int) -> None:
    async with database.engine.connect() as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for name in tables:
            size = await free.scalar(text("SELECT pg_total_relation_size(CAST(:name AS regclass))"), {"name": name})
            if int(size or 0) <= most // 4:  # nobody reads or writes the table meanwhile; of larger ones the server
                await free.execute(text(f"VACUUM (FULL, ANALYZE) {name}"))  # takes dead rows away by itself
        with suppress(exc.DBAPIError):  # only some may ask for it; the server does it by itself within minutes
            await free.execute(text("CHECKPOINT"))
