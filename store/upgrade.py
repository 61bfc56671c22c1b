"""Bringing a database to the schema of this program, from nothing or from an older one; never back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL

from store.database import Database, Tx

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_LOCK = 0x7675_6F72_6F  # "vuoro": one process at a time upgrades a PostgreSQL store


class StoreTooNew(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """The database was made by a newer program, whose data this one might harm."""


class StoreNotUpgraded(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """The database is older than this program; the admin decides when to upgrade it."""


async def upgrade(url: URL) -> tuple[str | None, str]:
    """
    Bring the database at *url* to this program's schema, in one transaction; give its revision before and after.

    Before is None for an empty database. A second process waits for the first and then finds nothing to do. Raises
    StoreTooNew for the database of a newer program: a downgrade is refused, nothing is touched. Raises
    StoreUnavailable.
    """
    database = Database(url)
    try:
        async with database.write() as tx:
            if not database.is_sqlite:
                await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            before = await revision_of(tx)
            after = await asyncio.to_thread(_refuse_newer, before)
            if before != after:
                await tx.run_sync(_run)
        return before, after
    finally:
        await database.close()


async def ready(url: URL) -> None:
    """
    Make sure that this program may work on the database: an empty one gets the schema, any other must have it.

    Raises StoreTooNew, StoreNotUpgraded or StoreUnavailable.
    """
    database = Database(url)
    try:
        async with database.read() as tx:
            found = await revision_of(tx)
    finally:
        await database.close()
    if found is None:
        await upgrade(url)
        return
    if found == newest_by_name():
        return
    wanted = await asyncio.to_thread(_refuse_newer, found)
    if found != wanted:
        raise StoreNotUpgraded(
            f"store: the database has the older schema {found}, and this program needs {wanted}; "
            "make a backup (vuoro store backup FILE), then run: vuoro store upgrade"
        )


async def revision_of(tx: Tx) -> str | None:
    """Give the schema revision that the database says it has; None for an empty one."""
    if not await tx.run_sync(lambda connection: inspect(connection).has_table("alembic_version")):
        return None
    return (await tx.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()


def latest_revision() -> str:
    """Give the revision that this program brings a database to."""
    return _revisions()[0]


def newest_by_name() -> str:
    """Give the same as `latest_revision` by the names of files, which takes no time: every command begins with it."""
    return max(path.stem for path in _VERSIONS.glob("r[0-9]*.py")).partition("_")[0]


def _revisions() -> list[str]:
    from alembic.script import ScriptDirectory  # slow to import: only where a schema is looked at

    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def _refuse_newer(found: str | None) -> str:
    known = _revisions()
    if found is not None and found not in known:
        raise StoreTooNew(
            f"store: the database has the schema {found} of a newer Vuoro, and this one knows {known[0]}; downgrade "
            "refused: install the newer program again, or restore a backup from before its upgrade"
        )
    return known[0]


def _config(**attributes: Any) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "store:migrations")
    config.attributes.update(attributes)
    return config


def _run(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection=connection), "head")
