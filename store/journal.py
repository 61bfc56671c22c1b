"""SQLite's write-ahead journal: folded back into the database file, so that it does not grow for ever."""

from __future__ import annotations

from store.database import Database


async def fold_journal(database: Database) -> bool:
    """
    Write the journal back and cut it to nothing; False when somebody is reading just now, and it was done in part.

    It waits for nobody and holds nobody up. On PostgreSQL there is nothing to do.
    """
    if not database.is_sqlite:
        return True
    async with database.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.execute("PRAGMA busy_timeout=0")
        try:
            cursor = await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, _, _ = await cursor.fetchone()
            await cursor.close()
        finally:
            await raw.execute("PRAGMA busy_timeout=5000")
    return not busy
