"""Leases: which of several processes polls Telegram and which one sends. A lease dies with its holder, at once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import sqlite3
from typing import Protocol

from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database, StoreUnavailable


class Lease(Protocol):
    """The right to be the only one; it ends with `release`, or when the process or its connection dies."""

    async def is_held(self) -> bool:
        """Say whether the lease is still ours."""
        ...

    async def release(self) -> None:
        """Give it back."""
        ...


async def take(database: Database, name: str) -> Lease | None:
    """
    Return the lease *name* of this database, or None while another process holds it.

    No clock is involved, so a stopped process never keeps others waiting, and a slow one never loses its lease by
    being slow: SQLite holds an exclusive lock on a small file beside the database, PostgreSQL an advisory lock of a
    session. Raises StoreUnavailable.
    """
    if database.is_sqlite:
        return await asyncio.to_thread(_lock_file, f"{database.url.database}-{name}.lock")
    return await _lock_session(database, name)


class _FileLease:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._held = True

    async def is_held(self) -> bool:
        return self._held

    async def release(self) -> None:
        self._held = False
        self._connection.close()


def _lock_file(path: str) -> _FileLease | None:
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"{path} cannot be opened ({error}); check its folder") from error
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return None
        raise StoreUnavailable(f"{path} cannot be locked ({error}); check its folder") from error
    return _FileLease(connection)


class _SessionLease:
    def __init__(self, connection: AsyncConnection, key: int) -> None:
        self._connection = connection
        self._key = key

    async def is_held(self) -> bool:
        if self._connection.closed:
            return False
        try:
            await self._connection.execute(text("SELECT 1"))
        except (exc.DBAPIError, OSError):
            return False
        return True

    async def release(self) -> None:
        with contextlib.suppress(exc.DBAPIError, OSError):
            await self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
        await self._connection.close()


async def _lock_session(database: Database, name: str) -> _SessionLease | None:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    try:
        connection = await database.engine.connect()
        try:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            for setting in _NOTICES_A_DEAD_MACHINE:
                await connection.execute(text(setting))
            taken = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
        except BaseException:
            await connection.invalidate()
            await connection.close()
            raise
    except (exc.OperationalError, exc.InterfaceError, OSError) as error:
        raise StoreUnavailable(f"the database cannot be used ({error})") from error
    if taken:
        return _SessionLease(connection, key)
    await connection.close()
    return None


# Without these the server would keep the lock of a machine that lost its power for two hours.
_NOTICES_A_DEAD_MACHINE = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
