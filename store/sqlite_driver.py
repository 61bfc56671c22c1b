"""
SQLAlchemy's asynchronous SQLite driver with fewer trips to its thread: one for a statement with its rows, where there
are four, and none within a transaction that is said to be quick.

A trip costs more processor time than most of our statements, which find a few rows by an index.
"""

from __future__ import annotations

import asyncio
import collections
import sqlite3
from typing import Any

import aiosqlite
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Holds the driver's own cursor; whatever a statement returns is fetched with it, as the base class does."""

    __slots__ = ()

    _adapt_connection: QuickConnection
    _cursor: Any  # sqlite3.Cursor: made, read and closed on the spot, which takes no lock

    def __init__(self, adapt_connection: QuickConnection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = collections.deque()
        try:
            self._cursor = adapt_connection.file.cursor()
        except Exception as error:
            adapt_connection._handle_exception(error)

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        """Carry the statement out and fetch its rows."""
        return self._carried_out(self._cursor.execute, operation, parameters or ())

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        """Carry the statement out once for each row."""
        return self._carried_out(self._cursor.executemany, operation, seq_of_parameters)

    def close(self) -> None:
        """Forget the rows; nothing else is held."""
        self._rows.clear()
        self._cursor.close()

    async def _async_soft_close(self) -> None:
        """Do nothing: every row has been fetched, so the statement is over."""

    def _carried_out(self, execute: Any, operation: Any, parameters: Any) -> Any:
        def work() -> list[Any]:
            execute(operation, parameters)
            return self._cursor.fetchall() if self._cursor.description else []

        connection = self._adapt_connection
        try:
            rows = await_(connection.carry_out(work))
        except Exception as error:
            connection._handle_exception(error)
        self._rows = collections.deque(rows)
        return self


class QuickConnection(AsyncAdapt_aiosqlite_connection):
    """A connection that may be told to be quick."""

    __slots__ = ("left_at_work", "quick", "waits")

    _cursor_cls: Any = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self.quick = False
        self.waits = True
        self.left_at_work = False  # a trip to the thread was cancelled: what it does there, it may still be doing

    @property
    def file(self) -> sqlite3.Connection:
        """The open file. Raises ValueError when it has been closed."""
        opened: sqlite3.Connection = self._connection._conn
        return opened

    @property
    def is_at_hand(self) -> bool:
        """Say whether a statement may be carried out on the spot: nothing is at work in the thread."""
        return self.quick and not self.left_at_work and not self._execute_mutex.locked()

    async def carry_out(self, work: Any) -> Any:
        """Carry *work* out, on the spot or in the driver's thread after what is at work there."""
        if self.is_at_hand:
            return work()
        async with self._execute_mutex:
            try:
                return await self._connection._execute(work)
            except asyncio.CancelledError:
                self.left_at_work = True
                raise

    async def plain_rows(self, statement: str, values: Any) -> list[Any]:
        """Carry the statement out and give its rows as SQLite does."""
        return list(await self.carry_out(lambda: self.file.execute(statement, values).fetchall()))

    def begins(self, *, quick: bool, writes: bool, synced: bool = True) -> None:
        """
        Begin a transaction. Only to wait for the write lock, and later to commit to disk, the thread is needed.

        Where nothing is *synced* a commit does not wait for the disk.
        """
        self.quick, self.waits = quick, writes and synced
        if writes and self.is_at_hand and self._has_lock_at_once():
            return
        self.quick = quick and not writes
        cursor = self.cursor()
        cursor.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        cursor.close()
        self.quick = quick

    def _has_lock_at_once(self) -> bool:
        """Begin to write if no other process does; False when it would have to be waited for."""
        patience = self.file.execute("PRAGMA busy_timeout").fetchone()[0]
        self.file.execute("PRAGMA busy_timeout = 0")
        try:
            self.file.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        finally:
            self.file.execute(f"PRAGMA busy_timeout = {patience}")
        return True

    def commit(self) -> None:
        """Commit, on the spot where it does not wait for the disk."""
        if self.is_at_hand and not self.waits:
            self.file.commit()
            return
        self.left_at_work = True
        super().commit()
        self.left_at_work = False

    def rollback(self) -> None:
        """Roll back; where no transaction is open, as at each return to the pool after a commit, do nothing."""
        is_open = self._connection._connection is not None
        if is_open and (self.left_at_work or self._execute_mutex.locked() or self.file.in_transaction):
            super().rollback()
            self.left_at_work = False


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    """The driver's module, whose connections are ours."""

    def connect(self, *arg: Any, **kw: Any) -> QuickConnection:
        """Open a file. The thread and the spot take turns, so the driver's own check of threads is off."""
        opened = self.aiosqlite.connect(*arg, **{**kw, "check_same_thread": False})
        opened._thread.daemon = True  # as SQLAlchemy does
        return QuickConnection(self, await_(opened))


class SqliteDialect(SQLiteDialect_aiosqlite):
    """
    The dialect of this driver. All of ours are alike, and so are equal: what one engine has compiled serves another,
    if they share a cache.
    """

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> _Driver:
        """Give the driver's module."""
        return _Driver(aiosqlite, sqlite3)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SqliteDialect)

    def __hash__(self) -> int:
        return hash(SqliteDialect)


NAME = "sqlite+vuoro"
"""The driver's name in the URL of an engine."""
registry.register("sqlite.vuoro", __name__, "SqliteDialect")
