"""
Backups: one file, the same for both databases: a SQLite store with every row, taken while the bot runs.

So a backup can be opened, checked, restored to either database, or simply be used as a store.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from store.copying import Progress, copy_store
from store.database import Database, StoreUnavailable, store_url
from store.leases import take
from store.upgrade import upgrade

RUNNING = "run"
"""The lease that a running bot holds on a SQLite store."""


class NoBackup(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """The file is missing, broken, or no backup of a Vuoro store."""


async def backup(url: URL, file: Path, progress: Progress | None = None) -> int:
    """
    Write a backup of the store at *url* to *file* and return its size in bytes.

    The store may be in use; the backup is one moment of it, checked before it gets its name. An existing *file* is
    replaced only by a whole one. Raises StoreUnavailable, NoBackup when the store itself is broken.
    """
    partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        if url.get_backend_name() == "sqlite":
            await asyncio.to_thread(_copy_file, Path(url.database or ""), partial)
        else:
            await copy_store(url, store_url(f"sqlite:///{partial}"), progress)
        await asyncio.to_thread(_settle, partial)
        await asyncio.to_thread(check_file, partial)
        return await asyncio.to_thread(_put, partial, file)
    finally:
        _remove(partial)


async def restore(file: Path, url: URL, progress: Progress | None = None) -> Path | None:
    """
    Make the store at *url* what it was when *file* was backed up; an older schema is upgraded.

    A SQLite store that is there is kept beside the new one, and its path is returned; a PostgreSQL database must be
    empty. Refused while a bot runs on the store. Raises NoBackup, StoreNotEmpty, StoreTooNew or StoreUnavailable.
    """
    await asyncio.to_thread(check_file, file)
    if url.get_backend_name() != "sqlite":
        await _restore_rows(file, url, progress)
        return None
    target = Path(url.database or "")
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    lease = await take(Database(url), RUNNING)
    if lease is None:
        raise StoreUnavailable("the store is in use by a running bot; stop it, then restore")
    try:
        await asyncio.to_thread(_copy_file, file, partial)
        await upgrade(store_url(f"sqlite:///{partial}"))
        await asyncio.to_thread(_settle, partial)
        return await asyncio.to_thread(_swap, partial, target)
    finally:
        await lease.release()
        _remove(partial)


def check_file(file: Path) -> None:
    """Make sure that *file* is a whole SQLite store of Vuoro's; raises NoBackup with what is wrong."""
    if not file.is_file():
        raise NoBackup(f"{file}: there is no such file; give the one that `vuoro store backup` wrote")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict == "ok":
                connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise NoBackup(f"{file}: is no backup of a Vuoro store ({error}); give another file") from None
    if verdict != "ok":
        raise NoBackup(f"{file}: the database is broken ({verdict}); take an older backup")


async def _restore_rows(file: Path, url: URL, progress: Progress | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "backup.db"
        await asyncio.to_thread(_copy_file, file, copy)
        await upgrade(store_url(f"sqlite:///{copy}"))
        await copy_store(store_url(f"sqlite:///{copy}"), url, progress)


def _copy_file(source: Path, target: Path) -> None:
    """Copy one moment of a SQLite file; writers go on meanwhile."""
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True, timeout=10)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"the copy of {source.name} could not be written ({error})") from None
    except sqlite3.DatabaseError as error:
        raise NoBackup(f"{source}: the database is broken ({error}); restore an older backup") from None


def _settle(file: Path) -> None:
    """Make it one single file, and safe on the disk."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _swap(new: Path, target: Path) -> Path | None:
    """Put *new* in the place of *target*; the old store is kept under a name of its own."""
    if not target.exists():
        new.replace(target)
        return None
    with closing(sqlite3.connect(target)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    number = 1
    while (kept := target.with_name(f"{target.name}.before-restore-{number}")).exists():
        number += 1
    target.replace(kept)
    _remove(target)
    new.replace(target)
    return kept


def _put(new: Path, target: Path) -> int:
    new.replace(target)
    return target.stat().st_size


def _remove(file: Path) -> None:
    for left in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        left.unlink(missing_ok=True)
