"""Opening the store and its transactions: one writer at a time on SQLite, many on PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event, exc, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import LRUCache

from store import sqlite_driver

Tx = AsyncConnection
_LOOKS, _LOOK_AGAIN_S = 200, 0.005
_COMPILED: LRUCache[Any, Any] = LRUCache(1000)
"""The statements of every SQLite store of this process, as the driver takes them."""

_LATE, _AT_HAND = dt.timedelta(minutes=10), dt.timedelta(seconds=1)


class StoreUnavailable(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """The database is locked, full, gone or refuses the connection: stop acknowledging, say so, and try again later."""


def store_url(url: str, base: Path | None = None) -> URL:
    """
    Turn a configured `sqlite:///file` or `postgresql://...` into the URL of the asynchronous driver.

    A relative SQLite file is taken from *base* (the folder of the config file). Raises ValueError with a remedy.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise ValueError(f"{url!r} is no database URL; write sqlite:///vuoro.db or postgresql://...") from error
    match parsed.get_backend_name():
        case "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("sqlite needs a file; write sqlite:///vuoro.db")
            path = Path(parsed.database)
            if base is not None and not path.is_absolute():
                path = base / path
            return parsed.set(drivername="sqlite+aiosqlite", database=str(path))
        case "postgresql":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise ValueError(f"the store cannot use {other}; use sqlite or postgresql")


class Database:
    """
    The open store. `write()` gives a transaction that commits at the end, `read()` one that only looks.

    Without *synced* SQLite does not wait for the disk: for a copy that may be lost with the machine's power. With
    *hurried* every transaction is quick: for a process that serves nobody else meanwhile.
    """

    def __init__(self, url: URL, *, synced: bool = True, hurried: bool = False) -> None:
        self.url = url
        self._hurried, self._synced = hurried, synced
        self.late = _AT_HAND if hurried else _LATE
        """So long after its ids were made a transaction may commit: what came in is looked for so far back."""
        self.is_sqlite = url.get_backend_name() == "sqlite"
        # Errors are logged; what customers wrote stands in the parameters and must not be.
        engine_url = url.set(drivername=sqlite_driver.NAME) if self.is_sqlite else url
        self.engine: AsyncEngine = create_async_engine(engine_url, hide_parameters=True, **self._options())
        self._writer = asyncio.Lock() if self.is_sqlite else None
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            if not synced:
                event.listen(self.engine.sync_engine, "connect", _do_not_sync)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    def _options(self) -> dict[str, Any]:
        if self.is_sqlite:
            opening = {"timeout": 5, "cached_statements": 1000}  # we have some hundred, each to be read once
            shared = {"compiled_cache": _COMPILED}
            sizes = {"pool_size": 4, "max_overflow": 4, "pool_use_lifo": True}  # the last one knows most pages
            return {"connect_args": opening, "execution_options": shared, **sizes}
        return {"pool_size": 8, "max_overflow": 8, "pool_pre_ping": True}

    @contextlib.asynccontextmanager
    async def write(self, *, quick: bool = False) -> AsyncIterator[Tx]:
        """
        Run a block in one transaction: all of it is stored, or nothing.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so what was read in it is still true when it
        commits. With *quick* its statements, which must find few rows by an index, run on the spot: nothing else in
        this process goes on meanwhile (see `unhurried`). Raises StoreUnavailable when the database cannot take it now.
        """
        async with self._writer or contextlib.nullcontext():
            with _mapped():
                async with self.engine.connect() as connection:
                    await connection.execution_options(
                        vuoro_write=True, vuoro_quick=quick or self._hurried, vuoro_synced=self._synced
                    )
                    async with connection.begin():
                        yield connection

    @contextlib.asynccontextmanager
    async def read(self, *, quick: bool = False) -> AsyncIterator[Tx]:
        """Run a block that only looks, on one consistent snapshot; *quick* as in `write`. Raises StoreUnavailable."""
        with _mapped():
            async with self.engine.connect() as connection:
                if quick or self._hurried:
                    await connection.execution_options(vuoro_quick=True)
                if not self.is_sqlite:  # PostgreSQL by itself gives each statement a snapshot of its own
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                async with connection.begin():
                    yield connection

    async def lock(self, tx: Tx, name: str) -> bool:
        """
        Take the lock *name* until the transaction ends; False when another process holds it.

        SQLite has one writer anyway, so there the answer is always True.
        """
        if self.is_sqlite:
            return True
        key = int.from_bytes(name.encode()[:8].ljust(8, b"\0"), "big", signed=True)
        return bool(await tx.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": key}))

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Hold back the other writers of this process, without a transaction, for what cannot be in one."""
        async with self._writer or contextlib.nullcontext():
            yield

    async def close(self) -> None:
        """Give back every connection, also that of a task which was cancelled just now and is still on its way out."""
        if self.is_sqlite:
            await self._given_back()
        await self.engine.dispose()

    async def _given_back(self) -> None:
        """Wait a moment for connections in use: given back to a pool that is no more, nobody would close them."""
        pool: Any = self.engine.pool
        for _ in range(_LOOKS):
            if not pool.checkedout():
                return
            await asyncio.sleep(_LOOK_AGAIN_S)


@contextlib.contextmanager
def unhurried(tx: Tx) -> Iterator[None]:
    """Let what takes long run within a quick transaction: other work of this process goes on meanwhile."""
    assert tx.sync_connection is not None
    driver: Any = tx.sync_connection.connection.dbapi_connection
    if not isinstance(driver, sqlite_driver.QuickConnection) or not driver.quick:
        yield
        return
    driver.quick = False
    try:
        yield
    finally:
        driver.quick = True


_OF_A_COPY = ("synchronous=OFF", "secure_delete=OFF", "mmap_size=2147483648", "cache_size=-64000")


def _do_not_sync(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _OF_A_COPY:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-16000",
    "secure_delete=ON",  # what is deleted is overwritten, as most systems' SQLite does by itself
)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late: see _begin_sqlite
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    driver = connection.connection.dbapi_connection
    driver.begins(
        quick=options.get("vuoro_quick", False),
        writes=options.get("vuoro_write", False),
        synced=options.get("vuoro_synced", True),
    )


@contextlib.contextmanager
def _mapped() -> Any:
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, sqlite3.OperationalError) as error:
        raise StoreUnavailable(_sentence(error)) from error
    except exc.DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable(_sentence(error)) from error
        raise
    except (ConnectionError, OSError) as error:
        raise StoreUnavailable(_sentence(error)) from error


def _sentence(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    words = str(origin).strip() or type(origin).__name__
    if "locked" in words:
        return "the database is locked by another program; close what else has it open"
    if "full" in words:
        return "the disk that holds the database is full; free some room"
    return f"the database cannot be used ({words})"
