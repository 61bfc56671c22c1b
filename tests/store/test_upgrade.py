"""Upgrading: from nothing to exactly the tables, twice without harm, never a newer database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from store.database import Database, store_url
from store.tables import metadata
from store.upgrade import StoreNotUpgraded, StoreTooNew, latest_revision, ready, revision_of, upgrade
from tests.store.baseline import DIALECTS, FOLDER, script_for

_OF_POSTGRESQL = """
SELECT table_name, concat_ws(' ', column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,
    is_nullable, column_default, is_identity) FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT sequence_name, data_type FROM information_schema.sequences WHERE sequence_schema = 'public'
"""


def _sqlite_schema(connection: Connection) -> list[str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master"))
    return sorted(
        f"{row.name} {' '.join((row.sql or '').split())}"
        for row in rows
        if not row.name.startswith(("sqlite_seq", "alembic", "sqlite_autoindex_alembic"))
    )


def _postgresql_schema(connection: Connection) -> list[str]:
    rows = connection.execute(text(_OF_POSTGRESQL))
    return sorted(f"{row[0]} {row[1]}" for row in rows if row[0] != "alembic_version")


async def _schema(database: Database) -> list[str]:
    async with database.read() as tx:
        return await tx.run_sync(_sqlite_schema if database.is_sqlite else _postgresql_schema)


async def test_upgrade_from_nothing_equals_the_tables(database: Database) -> None:
    """What the revisions build is, column for column and index for index, what `store.tables` says."""
    upgraded = await _schema(database)
    async with database.write() as tx:
        await tx.execute(text("DROP TABLE alembic_version"))
        await tx.run_sync(metadata.drop_all)
    assert await _schema(database) == []
    async with database.write() as tx:
        await tx.run_sync(metadata.create_all)
    assert await _schema(database) == upgraded


@pytest.mark.parametrize("name", DIALECTS)
def test_first_revision_is_written_from_the_tables(name: str) -> None:
    """Until the first release, `python -m tests.store.baseline` keeps the first revision and the tables together."""
    script = (FOLDER / f"r0001_initial.{name}.sql").read_text(encoding="utf-8")
    assert script == script_for(DIALECTS[name])


async def test_second_upgrade_finds_nothing_to_do(database: Database) -> None:
    """Upgrading is safe to repeat: the rows stay and the revision is the same before and after."""
    async with database.write() as tx:
        await tx.execute(text("INSERT INTO settings (name, value) VALUES ('kept', '1')"))
    assert await upgrade(database.url) == (latest_revision(), latest_revision())
    async with database.read() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM settings")) == 1


async def test_two_upgrades_at_once_build_the_schema_once(postgresql_database: Database) -> None:
    """Processes that start together on an empty database wait for each other."""
    async with postgresql_database.write() as tx:
        await tx.execute(text("DROP TABLE alembic_version"))
        await tx.run_sync(metadata.drop_all)
    results = await asyncio.gather(*(upgrade(postgresql_database.url) for _ in range(3)))
    assert sorted(results, key=str) == [(latest_revision(),) * 2, (latest_revision(),) * 2, (None, latest_revision())]


async def _pretend(database: Database, revision: str) -> None:
    async with database.write() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


async def test_newer_database_is_refused_and_left_alone(database: Database) -> None:
    """An older program must not touch a newer store; the sentence names both schemas and the way out."""
    await _pretend(database, "r9999")
    with pytest.raises(StoreTooNew, match=r"schema r9999 of a newer Vuoro.*downgrade refused: install"):
        await upgrade(database.url)
    with pytest.raises(StoreTooNew, match="downgrade refused"):
        await ready(database.url)
    async with database.read() as tx:
        assert await revision_of(tx) == "r9999"


async def test_start_on_an_empty_database_builds_the_schema(tmp_path: Path) -> None:
    """The first start needs no command before it."""
    url: URL = store_url(f"sqlite:///{tmp_path}/new.db")
    await ready(url)
    database = Database(url)
    async with database.read() as tx:
        assert await revision_of(tx) == latest_revision()
    await database.close()


async def test_start_on_an_older_database_asks_for_the_upgrade(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade of a store with data is the admin's own step, after a backup."""
    monkeypatch.setattr("store.upgrade._revisions", lambda: ["r0002", "r0001"])
    with pytest.raises(StoreNotUpgraded, match=r"older schema r0001.*needs r0002.*vuoro store upgrade"):
        await ready(database.url)
