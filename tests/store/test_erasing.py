"""Requirement T3: after she is forgotten no byte of hers is left, and the sums are what they were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import String, func, select, text, update

from store import erasing
from store.backup import backup
from store.database import Database, Tx
from store.erasing_bytes import scrub
from store.erasing_rules import ERASING, HUSK, Fate
from store.erasures import append, ask, ask_again, keep_counts, mark_done, open_erasures, written_line
from store.inbox import keep
from store.tables import (
    answers,
    cases,
    contacts,
    coupons,
    customers,
    inbox,
    merges,
    metadata,
    outbox,
    points_entries,
    points_lots,
    purchases,
    recipients,
)
from store.tallies import recount
from store.types import Json
from tests.store.erasing_rows import CHAT, HER, MARK, SHOE, put_her
from tests.store.merging_rows import NOW

FIGURES = {("sc1", SHOE), ("sc0", SHOE), ("sc2", SHOE)}


def test_every_table_has_its_fate_and_every_column_with_words_too() -> None:
    """A new table cannot be forgotten: what it holds of a customer goes, or is named as a code or a figure."""
    assert set(ERASING) == set(metadata.tables)
    for name, table in metadata.tables.items():
        erasing_ = ERASING[name]
        assert set(erasing_.by) <= set(table.c.keys()), name
        assert erasing_.kept | set(erasing_.blank) <= set(table.c.keys()), name
        if erasing_.fate is Fate.BLANK:
            words = {column.name for column in table.columns if isinstance(column.type, Json | String)}
            assert words <= erasing_.kept | set(erasing_.blank), name
    assert set(HUSK) | {"id", "created_at", "met_at", "kind", "contact_kind", "ended_at"} == set(customers.c.keys())


async def test_nothing_of_hers_is_left_in_any_row_and_sums_are_what_they_were(database: Database) -> None:
    """Rows, figures and ids stay for the sums; words, names, numbers, chats and files of hers are nowhere."""
    async with database.write() as tx:
        await put_her(tx)
        await tx.execute(update(outbox).values(state="waiting"))
    async with database.read() as tx:
        before = await _sums(tx)
        assert MARK in "".join([line async for line in _everything(tx)])
    async with database.write() as tx:
        counts = await erasing.erase(tx, HER, NOW, FIGURES)
    async with database.read() as tx:
        left = [line async for line in _everything(tx) if MARK in line or MARK.lower() in line or str(CHAT) in line]
        assert left == []
        assert await _sums(tx) == before
        assert await recount(tx) == {}
        assert await tx.scalar(select(cases.c.state).where(cases.c.customer_id == HER)) == "closed"
        assert (await tx.scalars(select(answers.c.value).order_by(answers.c.id))).all() == [9, None]
        assert not (await tx.scalars(select(merges.c.id))).all()
    assert counts["contacts"] >= 2
    assert counts["customers"] == 1
    async with database.write() as tx:
        again = await erasing.erase(tx, HER, NOW, FIGURES)
    assert set(again) <= set(counts)


async def test_an_update_of_hers_that_is_offered_again_is_known_without_its_words(database: Database) -> None:
    """Telegram may offer the very tap again that asked for it: it is not taken for a new one."""
    async with database.write() as tx:
        await put_her(tx)
        body: str | None = await tx.scalar(select(inbox.c.body).where(inbox.c.update_id == 1))
        await erasing.erase(tx, HER, NOW, FIGURES)
    assert body is not None
    async with database.write() as tx:
        assert await keep(tx, [(1, body)], NOW) == 0


async def test_no_byte_of_hers_is_in_the_files_nor_in_a_backup_made_after(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """The database, its journal and its index of pages, and what is copied from them later."""
    async with sqlite_database.write() as tx:
        await put_her(tx)
    file = Path(sqlite_database.url.database or "")
    assert _holds(file.parent, MARK)
    async with sqlite_database.write() as tx:
        await ask(tx, HER, "customer", NOW)
        (erasure,) = await open_erasures(tx)
        await keep_counts(tx, erasure, await erasing.erase(tx, HER, NOW, FIGURES), "proof")
    assert await scrub(sqlite_database, ["contacts"])
    async with sqlite_database.write() as tx:
        append(file.with_name("vuoro.db.erasures"), await written_line(tx, erasure))
        await mark_done(tx, erasure, NOW)
    await backup(sqlite_database.url, tmp_path / "after.backup")
    for word in (MARK, MARK.lower(), str(CHAT)):
        assert not _holds(file.parent, word), word


async def test_without_rewriting_deleted_bytes_are_overwritten_too(sqlite_database: Database) -> None:
    """A file too large to be rewritten: what SQLite deletes it overwrites, and the journal is emptied."""
    async with sqlite_database.write() as tx:
        await put_her(tx)
    async with sqlite_database.write() as tx:
        await erasing.erase(tx, HER, NOW, FIGURES)
    assert await scrub(sqlite_database, ["contacts"], most=0)
    assert not _holds(Path(sqlite_database.url.database or "").parent, MARK)


async def test_postgresql_tables_hold_no_byte_of_hers_after_they_are_rewritten(postgresql_database: Database) -> None:
    """The data files; its write-ahead log keeps the bytes until the server recycles it, and docs/trust.md says so."""
    async with postgresql_database.write() as tx:
        await put_her(tx)
    async with postgresql_database.write() as tx:
        counts = await erasing.erase(tx, HER, NOW, FIGURES)
    assert await scrub(postgresql_database, [*counts, "outbox"])
    async with postgresql_database.read() as tx:
        folder = await tx.scalar(text("SHOW data_directory"))
        number = await tx.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    assert not _holds(Path(str(folder)) / "base" / str(number), MARK)


async def test_a_backup_from_before_is_erased_again_and_a_stranger_with_her_id_is_not(
    database: Database, tmp_path: Path
) -> None:
    """The journal beside the store outlives a restore; only the same id made at the same moment is the same person."""
    journal = tmp_path / "journal"
    async with database.write() as tx:
        await put_her(tx)
        await ask(tx, HER, "customer", NOW)
        erasure = next(each for each in await open_erasures(tx) if each.was_id == HER)
        line = await written_line(tx, erasure)
        append(journal, line)
        append(journal, line)
        append(journal, line.replace(f'"was_id": {HER}', f'"was_id": {HER + 1}').replace("2027", "2026"))
        await mark_done(tx, erasure, NOW)
    assert len(journal.read_text().splitlines()) == 2
    async with database.write() as tx:
        assert await ask_again(tx, journal, NOW) == 0  # it is known to be done
        await tx.execute(text("DELETE FROM erasures"))  # as in a backup from before
        assert await ask_again(tx, journal, NOW) == 1
        assert [each.was_id for each in await open_erasures(tx)] == [HER]


async def _everything(tx: Tx) -> Any:
    """Give every row of every table as text."""
    for table in metadata.sorted_tables:
        for row in await tx.execute(select(table)):
            yield f"{table.name}: {tuple(row)!r}"


async def _sums(tx: Tx) -> list[Any]:
    """Return the totals that must not change."""
    asked = (
        select(purchases.c.group_name, func.sum(purchases.c.amount_minor), func.count()).group_by(
            purchases.c.group_name
        ),
        select(contacts.c.kind, contacts.c.direction, func.count()).group_by(contacts.c.kind, contacts.c.direction),
        select(recipients.c.sending_id, func.count()).group_by(recipients.c.sending_id),
        select(func.sum(points_lots.c.points), func.sum(points_lots.c.points_left)),
        select(func.sum(points_entries.c.points), func.count()),
        select(func.count()).select_from(coupons),
        select(func.count()).select_from(cases),
        select(func.count()).select_from(customers),
        select(func.count()).select_from(answers),
    )
    return [sorted(map(repr, await tx.execute(each))) for each in asked]


def _files(folder: Path) -> Iterator[Path]:
    yield from (file for file in folder.rglob("*") if file.is_file())


def _holds(folder: Path, word: str) -> bool:
    return any(word.encode() in file.read_bytes() for file in _files(folder))
