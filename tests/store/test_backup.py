"""Backups and copies: whole, from a running store, to either database, never over what is there."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from store.backup import RUNNING, NoBackup, backup, restore
from store.checking import check_store
from store.copying import StoreNotEmpty, copy_store
from store.customers import add_customers, search_customers
from store.database import Database, StoreUnavailable, store_url
from store.leases import take
from store.tables import cases, customers, inbox, purchases
from store.upgrade import StoreTooNew, upgrade

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)


async def _fill(database: Database, count: int = 3) -> None:
    async with database.write() as tx:
        await add_customers(
            tx,
            [
                {
                    "name": f"Mäkelä {n} \N{SMILING FACE WITH SMILING EYES}",
                    "chat_id": 100 + n,
                    "created_at": NOW,
                    "tags": ["vip", n],
                }
                for n in range(count)
            ],
        )
        (first, *_) = (await tx.scalars(select(customers.c.id).order_by(customers.c.id))).all()
        await tx.execute(
            insert(purchases).values(
                id=1,
                customer_id=first,
                receipt="R1",
                at=NOW,
                quantity=Decimal("1.250"),
                amount_minor=-1999,
                currency="EUR",
            )
        )
        await tx.execute(
            insert(cases).values(
                customer_id=first, kind="complaint", category="delivery", state="new", priority="normal", opened_at=NOW
            )
        )


async def _rows(database: Database) -> list[object]:
    async with database.read() as tx:
        found: list[object] = []
        for table in (customers, purchases, cases):
            found += [tuple(row) for row in await tx.execute(select(table).order_by(table.c.id))]
        return found


async def test_backup_of_either_database_restores_to_both(
    database: Database, tmp_path: Path, second_postgresql_url: str
) -> None:
    """One kind of file serves both databases, so a company can move by it."""
    await _fill(database)
    expected = await _rows(database)
    file = tmp_path / "kept.backup"
    assert await backup(database.url, file) > 0
    for url in (store_url(f"sqlite:///{tmp_path}/restored.db"), store_url(second_postgresql_url)):
        assert await restore(file, url) is None
        again = Database(url)
        assert await _rows(again) == expected
        await again.close()
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]  # noqa: PTH208


async def test_backup_is_taken_while_a_writer_is_at_work(database: Database, tmp_path: Path) -> None:
    """A backup neither waits for an open transaction nor sees half of it."""
    await _fill(database)
    expected = await _rows(database)
    async with database.write() as tx:
        await add_customers(tx, [{"name": "Half", "created_at": NOW}])
        await backup(database.url, tmp_path / "kept.backup")
    restored = Database(store_url(f"sqlite:///{tmp_path}/restored.db"))
    await restore(tmp_path / "kept.backup", restored.url)
    assert await _rows(restored) == expected
    await restored.close()


async def test_restore_keeps_the_store_that_was_there(sqlite_database: Database, tmp_path: Path) -> None:
    """A mistaken restore loses nothing: the old file stays beside the new one."""
    await backup(sqlite_database.url, tmp_path / "empty.backup")
    await _fill(sqlite_database)
    await sqlite_database.close()
    kept = await restore(tmp_path / "empty.backup", sqlite_database.url)
    assert kept is not None
    before = Database(store_url(f"sqlite:///{kept}"))
    assert len(await _rows(before)) == 5
    assert await _rows(sqlite_database) == []
    await before.close()


async def test_restore_under_a_running_bot_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    """The file is not pulled away under a process that writes to it."""
    await backup(sqlite_database.url, tmp_path / "kept.backup")
    lease = await take(sqlite_database, RUNNING)
    assert lease is not None
    with pytest.raises(StoreUnavailable, match="in use by a running bot; stop it"):
        await restore(tmp_path / "kept.backup", sqlite_database.url)
    await lease.release()
    assert await restore(tmp_path / "kept.backup", sqlite_database.url) is not None


async def test_copy_over_rows_is_refused(database: Database, sqlite_url: str, tmp_path: Path) -> None:
    """A copy never mixes two stores."""
    await _fill(database)
    source = store_url(f"sqlite:///{tmp_path}/source.db")
    await upgrade(source)
    with pytest.raises(StoreNotEmpty, match="already has rows in customers"):
        await copy_store(source, database.url)


async def test_copy_to_postgresql_goes_on_counting_cases(
    sqlite_database: Database, postgresql_database: Database
) -> None:
    """After the move to PostgreSQL the next case gets the next number, and everything is found as before."""
    await _fill(sqlite_database, 5000)
    told: list[tuple[str, int]] = []
    counts = await copy_store(
        sqlite_database.url, postgresql_database.url, lambda table, copied: told.append((table, copied))
    )
    assert counts["customers"] == 5000
    assert ("customers", 2000) in told
    assert ("customers", 5000) in told
    assert await _rows(postgresql_database) == await _rows(sqlite_database)
    async with postgresql_database.write() as tx:
        values = {"kind": "question", "category": "", "state": "new", "priority": "normal", "opened_at": NOW}
        first = await tx.scalar(select(customers.c.id).limit(1))
        number = await tx.scalar(insert(cases).values(customer_id=first, **values).returning(cases.c.id))
        assert number == 2
        assert len(await search_customers(tx, "makela 4999")) == 1


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
async def test_file_that_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    """A wrong file is named before anything is touched."""
    (tmp_path / "wrong").write_bytes(content)
    with pytest.raises(NoBackup, match="is no backup of a Vuoro store"):
        await restore(tmp_path / "wrong", store_url(f"sqlite:///{tmp_path}/new.db"))
    with pytest.raises(NoBackup, match="there is no such file"):
        await restore(tmp_path / "missing", store_url(f"sqlite:///{tmp_path}/new.db"))
    assert not (tmp_path / "new.db").exists()


async def test_broken_backup_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    """A page that a disk spoilt is found before the restore."""
    await _fill(sqlite_database, 500)
    file = tmp_path / "kept.backup"
    await backup(sqlite_database.url, file)
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 3000] = bytes(3000)
    file.write_bytes(content)
    with pytest.raises(NoBackup, match="broken"):
        await restore(file, store_url(f"sqlite:///{tmp_path}/new.db"))


async def test_backup_of_a_newer_program_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    """Downgrading by the back door is refused too, and the store stays as it was."""
    await backup(sqlite_database.url, tmp_path / "kept.backup")
    connection = sqlite3.connect(tmp_path / "kept.backup")
    connection.execute("UPDATE alembic_version SET version_num = 'r9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreTooNew, match="downgrade refused"):
        await restore(tmp_path / "kept.backup", sqlite_database.url)


async def test_check_counts_and_names_what_is_stuck(database: Database) -> None:
    """An admin sees at one glance how much there is and what needs a hand."""
    await _fill(database)
    report = await check_store(database)
    assert (report.counts["customers"], report.counts["cases"], report.problems) == (3, 1, ())
    async with database.write() as tx:
        await tx.execute(insert(inbox).values(update_id=1, received_at=NOW, body="{}", state="parked", error="?"))
    report = await check_store(database)
    assert report.problems == ("1 updates could not be read and are set aside; see the log for the reasons",)
    assert report.counts["inbox parked"] == 1
