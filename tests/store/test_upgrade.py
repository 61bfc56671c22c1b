"""Upgrading: from nothing to exactly the tables, twice without harm, never a newer database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, select, text
from sqlalchemy.engine import URL

from domain.newsletters import Account
from store import recipients
from store.customers import search_customers
from store.database import Database, store_url
from store.tables import customers, invitations, metadata, waves
from store.upgrade import (
    StoreNotUpgraded,
    StoreTooNew,
    _config,
    latest_revision,
    newest_by_name,
    ready,
    revision_of,
    upgrade,
)

_OF_POSTGRESQL = """
SELECT table_name, concat_ws(' ', column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,
    is_nullable, column_default, is_identity) FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT sequence_name, data_type FROM information_schema.sequences WHERE sequence_schema = 'public'
"""


def _sqlite_schema(connection: Connection) -> list[str]:
    """Give columns, keys and indexes one by one: an added column stands elsewhere in the text than in the tables."""
    found = []
    tables = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    for name, sql in tables.all():
        if name.startswith(("sqlite_", "alembic")):
            continue
        found.append(f"{name} autoincrement={'AUTOINCREMENT' in sql}")
        found += [f"{name} column {row[1:]}" for row in _pragma(connection, "table_info", name)]
        found += [f"{name} foreign {row[2:]}" for row in _pragma(connection, "foreign_key_list", name)]
        for index in _pragma(connection, "index_list", name):
            columns = [row[2] for row in _pragma(connection, "index_info", index[1])]
            found.append(f"{name} index {columns} {index[2:]}")
    named = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
    return sorted([*found, *(f"{name} {' '.join(sql.split())}" for name, sql in named.all())])


def _pragma(connection: Connection, pragma: str, name: str) -> Iterator[list[Any]]:
    yield from map(list, connection.execute(text(f"PRAGMA {pragma}({name})")))


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


async def test_older_store_with_rows_keeps_them_through_the_upgrade(database: Database) -> None:
    """A store of the first release comes to the present tables with all that it holds, and works."""
    async with database.write() as tx:
        await tx.execute(text("DROP TABLE alembic_version"))
        await tx.run_sync(metadata.drop_all)
        await tx.run_sync(_first_release)
        await tx.execute(text("INSERT INTO customers (name, created_at) VALUES ('Ann', '2026-01-02 03:04:05')"))
        await tx.execute(
            text(
                "INSERT INTO waves (id, script_id, started_at, started_by, frozen) "
                "VALUES (7, 'nps', '2026-01-02 03:04:05', 'schedule', true)"
            )
        )
        await tx.execute(text("INSERT INTO invitations (wave_id, customer_id, state) VALUES (7, 1, 'invited')"))
        await tx.execute(
            text(
                "INSERT INTO sendings (id, name, digest, content, state, created_at, on_unknown, frozen) "
                "VALUES (8, 'spring', 'd', '{}', 'finished', '2026-01-02 03:04:05', 'never_twice', true)"
            )
        )
        await tx.execute(text("INSERT INTO recipients (sending_id, customer_id, state) VALUES (8, 1, 'sent')"))
        await tx.execute(text("INSERT INTO customers (id, name, created_at) VALUES (2, 'Eve', '2026-01-02 03:04:05')"))
        await tx.execute(text("INSERT INTO recipients (sending_id, customer_id, state) VALUES (8, 2, 'failed')"))
        await tx.execute(text("INSERT INTO exclusions (sending_id, customer_id, reason) VALUES (8, 1, 'paused')"))
    with pytest.raises(StoreNotUpgraded, match="older schema r0001"):
        await ready(database.url)
    assert await upgrade(database.url) == ("r0001", latest_revision())
    async with database.read() as tx:
        found = await tx.execute(select(invitations.c.state, invitations.c.stratum, invitations.c.draw))
        assert found.all() == [("invited", "", None)]
        assert await tx.scalar(select(waves.c.sampling)) is None
        assert await tx.scalar(select(customers.c.name).where(customers.c.id == 1)) == "Ann"
        assert [each.name for each in await search_customers(tx, "an")] == ["Ann"]
        assert await recipients.account(tx, 8) == Account(sent=1, failed={"failed": 1}, excluded={"paused": 1})


def _first_release(connection: Connection) -> None:
    command.upgrade(_config(connection=connection), "r0001")


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
    before = latest_revision()
    assert newest_by_name() == before  # what is looked at first
    monkeypatch.setattr("store.upgrade.newest_by_name", lambda: "r9999")
    monkeypatch.setattr("store.upgrade._revisions", lambda: ["r9999", before])
    with pytest.raises(StoreNotUpgraded, match=rf"older schema {before}.*needs r9999.*vuoro store upgrade"):
        await ready(database.url)


async def test_id_of_a_customer_who_is_gone_is_never_given_to_another(database: Database) -> None:
    """A merge can be undone because nobody takes the place of the one who is gone, on SQLite neither."""
    async with database.write() as tx:
        await tx.execute(text("INSERT INTO customers (name, created_at) VALUES ('Ann', '2026-01-02 03:04:05')"))
        await tx.execute(text("DELETE FROM customers"))
        await tx.execute(text("INSERT INTO customers (name, created_at) VALUES ('Bo', '2026-01-02 03:04:05')"))
        assert await tx.scalar(select(customers.c.id)) == 2
