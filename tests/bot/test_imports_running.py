"""The import engine: others write meanwhile, what breaks is taken back, some things only the whole file tells."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from bot.imports import ImportReport, ImportSettings, Source
from bot.imports_csv import CsvSource
from bot.imports_running import ImportBroken, map_header, open_source, run_import
from domain.company import Company
from domain.faults import Faults
from domain.imports import Batch, ImportKind, ImportState, Mapped, RowProblem
from store.customers import add_customers
from store.database import Database
from store.imports import latest_imports, patient_write, undo_import
from store.tables import customers, purchases, stale_customers

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
_COMPANY = Company()
_SETTINGS = ImportSettings(_COMPANY, NOW, _COMPANY.zone, "EUR")
_HEADER = "customer;receipt;at;amount\n"


async def _prepared(database: Database) -> None:
    async with database.write() as tx:
        await add_customers(tx, [{"name": "Ann", "number": "4711", "created_at": NOW}])


def _till(rows: int) -> str:
    return _HEADER + "".join(f"4711;R{number};2026-03-02;{number},50\n" for number in range(rows))


def _source(text: str, batch: int = 10) -> Source:
    return open_source("till.csv", lambda: io.BytesIO(text.encode()), batch=batch)


async def _import(database: Database, source: Source, settings: ImportSettings = _SETTINGS) -> ImportReport:
    async with database.read() as tx:
        mapped = await map_header(tx, ImportKind.PURCHASES, source)
    return await run_import(database, ImportKind.PURCHASES, source, mapped, settings)


async def _count(database: Database) -> int:
    async with database.read() as tx:
        return await tx.scalar(select(func.count()).select_from(purchases)) or 0


async def test_table_of_something_else_is_refused_as_a_whole(sqlite_database: Database) -> None:
    """A picture, or any file whose headers mean nothing to us, is no import of bad rows only."""
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
    for content, shown in ((png, "PNG"), (b"abc;def\n1;2\n", '"abc", "def"')):
        source = open_source("contacts.csv", partial(io.BytesIO, content))
        with pytest.raises(Faults, match="no header means a column of customers") as refused:
            async with sqlite_database.read() as tx:
                await map_header(tx, ImportKind.CUSTOMERS, source)
        assert shown in refused.value.faults[0].remedy


async def test_what_a_terminal_would_obey_in_a_header_is_never_shown(sqlite_database: Database) -> None:
    """A damaged header is told without its control signs, and one with a line end or a hard blank can be read."""
    header = '\x1b[31mcustomer,"units\nprice",a\u00a0mount,\x00tuote'
    source = open_source("till.csv", partial(io.BytesIO, f"{header}\n1,2,3,4\n".encode()))
    with pytest.raises(Faults, match="proposed so far: ") as refused:
        async with sqlite_database.read() as tx:
            await map_header(tx, ImportKind.PURCHASES, source, {"customer": "\x1b[31mcustomer", "store": "\x1bshop"})
    told = [*(f"{fault.problem} {fault.remedy}" for fault in refused.value.faults)]
    assert all(map(str.isprintable, told))
    assert '"?[31mcustomer", "units price", "a mount", "?tuote"' in told[-1]
    assert "product=?tuote" in told[-1]


async def test_two_headers_of_one_name_are_refused_until_it_is_said_which(sqlite_database: Database) -> None:
    """Neither is dropped silently; a header that is written otherwise can be chosen, or both are left out."""

    async def mapped(header: str, **given: str) -> dict[str, str]:
        source = open_source("people.csv", partial(io.BytesIO, f"{header}\nA-1,Eva,Ewa,Brno\n".encode()))
        async with sqlite_database.read() as tx:
            return (await map_header(tx, ImportKind.CUSTOMERS, source, given)).headers

    with pytest.raises(Faults, match='columns 2 \\("name"\\) and 3 \\("name"\\) mean the same, name') as refused:
        await mapped("number,name,name,town")
    assert "renaming all but one in the file, or leave all of them out with --map name=" in str(refused.value)
    with pytest.raises(Faults, match='say which with --map name="Name"'):
        await mapped("number,Name,name,town")
    assert await mapped("number,Name,name,town", name="name") == {"number": "number", "name": "name", "town": "town"}
    assert await mapped("number,name,name,town", name="") == {"number": "number", "town": "town"}


async def test_list_in_parquet_is_as_many_tags(sqlite_database: Database) -> None:
    """A column of lists of texts gives each text as a tag of its own, and an empty list none."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(pyarrow.table({"number": [1, 2, 3], "tags": [["vip", "summer"], [], None]}), file)
    source = open_source("people.parquet", partial(io.BytesIO, file.getvalue()))
    async with sqlite_database.read() as tx:
        mapped = await map_header(tx, ImportKind.CUSTOMERS, source)
    await run_import(sqlite_database, ImportKind.CUSTOMERS, source, mapped, _SETTINGS)
    async with sqlite_database.read() as tx:
        found = {row.number: row.tags for row in await tx.execute(select(customers.c.number, customers.c.tags))}
    assert (set(found["1"] or ()), found["2"] or [], found["3"] or []) == ({"vip", "summer"}, [], [])


async def test_file_comes_in_once_and_goes_out_whole(database: Database) -> None:
    """On both databases: batch after batch, again without any change, and undone with her picture gone stale."""
    await _prepared(database)
    first = await _import(database, _source(_till(35)))
    assert (first.read, first.kept, first.bad) == (35, 35, [])
    again = await _import(database, _source(_till(36)))
    assert (again.kept, again.skipped) == (1, 35)
    assert first.id is not None
    undone = await undo_import(database, first.id, NOW)
    assert (undone.purchases, await _count(database)) == (35, 1)
    async with database.read() as tx:
        assert len((await tx.execute(select(stale_customers))).all()) == 1


async def test_customer_of_a_number_alone_is_made_and_taken_back(database: Database) -> None:
    """Asked for with --new-customers, on both databases; whom somebody else's purchase hangs on stays."""
    settings = ImportSettings(_COMPANY, NOW, _COMPANY.zone, "EUR", new_customers=True)
    first = await _import(database, _source(f"{_HEADER}1;R1;2026-03-02;5\n2;R2;2026-03-02;5\n"), settings)
    await _import(database, _source(f"{_HEADER}2;R3;2026-03-02;5\n"), settings)
    assert (first.new_customers, first.id is not None) == (2, True)
    undone = await undo_import(database, first.id or 0, NOW)
    assert (undone.purchases, undone.customers, sum(undone.left.values())) == (2, 1, 1)
    async with database.read() as tx:
        assert list(await tx.scalars(select(customers.c.number))) == ["2"]


async def test_others_write_between_the_batches(sqlite_database: Database) -> None:
    """The bot goes on while an import runs: whoever waits for the store gets it before the import's next batch."""
    await _prepared(sqlite_database)
    told: list[str] = []

    async def answer() -> None:
        async with sqlite_database.write() as tx:
            await add_customers(tx, [{"name": "Bea", "created_at": NOW}])
        told.append("answered")

    source = _source(_till(100))
    async with sqlite_database.read() as tx:
        mapped = await map_header(tx, ImportKind.PURCHASES, source)
    answering: list[asyncio.Task[None]] = []

    def progress(report: ImportReport, _source: Source) -> None:
        told.append(f"{report.read}")
        if not answering:
            answering.append(asyncio.create_task(answer()))

    await run_import(sqlite_database, ImportKind.PURCHASES, source, mapped, _SETTINGS, progress)
    assert told.index("answered") <= 3
    await asyncio.gather(*answering)


class _Breaking(CsvSource):
    """A file whose disk gives up in the middle, or whose reader is interrupted."""

    error: BaseException = OSError("the disk is gone")

    def batches(
        self, mapped: Mapped, bad: list[RowProblem], together: str | None = None, *, whole: bool = True
    ) -> Iterator[Batch]:
        for number, batch in enumerate(super().batches(mapped, bad, together, whole=whole)):
            if number == 2:
                raise self.error
            yield batch


@pytest.mark.parametrize("error", [OSError("the disk is gone"), asyncio.CancelledError(), ZeroDivisionError()])
async def test_what_breaks_in_the_middle_is_taken_back_at_once(sqlite_database: Database, error: BaseException) -> None:
    """A disk that gives up, Ctrl-C, a mistake of ours: nothing stays, and the import is told as undone."""
    await _prepared(sqlite_database)
    source = _Breaking("till.csv", lambda: io.BytesIO(_till(50).encode()), batch=10)
    source.error = error
    with pytest.raises((ImportBroken, type(error))) as raised:
        await _import(sqlite_database, source)
    if isinstance(error, OSError):
        assert "nothing of it was kept" in str(raised.value)
    assert await _count(sqlite_database) == 0
    async with sqlite_database.read() as tx:
        assert [run.state for run in await latest_imports(tx)] == [ImportState.UNDONE]


async def test_amount_of_two_meanings_is_told_by_the_rest_of_the_file(sqlite_database: Database) -> None:
    """Also by rows that come long after it; where the whole file does not tell, the row is bad."""
    await _prepared(sqlite_database)
    early = f"{_HEADER}4711;R1;2026-03-02;1.234\n" + _till(40).removeprefix(_HEADER)
    report = await _import(sqlite_database, _source(early))
    assert (report.kept, report.bad) == (41, [])
    async with sqlite_database.read() as tx:
        assert await tx.scalar(select(func.max(purchases.c.amount_minor))) == 123400
    report = await _import(sqlite_database, _source(f"{_HEADER}4711;R9;2026-03-02;1,234\n4711;R9;2026-03-02;7\n"))
    assert [(each.line, each.column) for each in report.bad] == [(2, "amount")]
    assert "may be a thousand or three decimals" in report.bad[0].problem


async def test_receipt_is_the_moment_where_the_file_has_none(sqlite_database: Database) -> None:
    """What she bought at one moment is one visit; an empty cell where there is a column is a problem."""
    await _prepared(sqlite_database)
    rows = "4711;2026-03-02 12:00;5\n4711;2026-03-02 12:00;6\n4711;2026-03-02 13:00;7\n"
    assert (await _import(sqlite_database, _source(f"customer;at;amount\n{rows}"))).kept == 3
    async with sqlite_database.read() as tx:
        assert await tx.scalar(select(func.count(purchases.c.receipt.distinct()))) == 2
    report = await _import(sqlite_database, _source(f"{_HEADER}4711;;2026-03-02;5\n"))
    (bad,) = report.bad
    assert (bad.column, bad.problem.startswith("is empty; fill it in, or leave the whole column out")) == (
        "receipt",
        True,
    )


async def test_store_in_other_capitals_is_the_one_that_is_known(database: Database) -> None:
    """It has one name, also for lines that were stored before with another; the same file again changes nothing."""
    await _prepared(database)
    header = "customer;receipt;at;amount;store\n"
    first = f"{header}4711;R1;2026-03-02;1;Tampere\n4711;R2;2026-03-02;1;TAMPERE\n4711;R3;2026-03-02;1;tampere\n"
    assert (await _import(database, _source(first))).kept == 3
    more = f"{header}4711;R4;2026-03-02;1;TAMPERE\n4711;R5;2026-03-02;1;ÄÄNEKOSKI\n4711;R6;2026-03-02;1;Äänekoski\n"
    assert (await _import(database, _source(more))).kept == 3
    names = select(purchases.c.store).distinct().order_by(purchases.c.store)
    async with database.write() as tx:
        assert sorted(await tx.scalars(names)) == ["Tampere", "ÄÄNEKOSKI"]
        await tx.execute(update(purchases).where(purchases.c.receipt == "R1").values(store="tAmPeRe"))
    again = await _import(database, _source(first))
    assert (again.kept, again.skipped) == (0, 3)


async def test_dry_run_that_breaks_says_so(sqlite_database: Database) -> None:
    """It stores nothing either way."""
    await _prepared(sqlite_database)
    source = _Breaking("till.csv", lambda: io.BytesIO(_till(50).encode()), batch=10)
    dry = ImportSettings(_COMPANY, NOW, _COMPANY.zone, "EUR", dry_run=True)
    with pytest.raises(ImportBroken, match="the disk is gone"):
        await _import(sqlite_database, source, dry)
    assert await _count(sqlite_database) == 0


async def test_full_disk_ends_the_import_and_nothing_of_it_stays(sqlite_database: Database) -> None:
    """The sentence says what to do, and what had been stored is taken back."""
    await _prepared(sqlite_database)
    async with sqlite_database.read() as tx:
        pages = int((await tx.exec_driver_sql("PRAGMA page_count")).scalar_one())
    await sqlite_database.engine.dispose()

    def no_room(connection: Any, _record: Any) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count={pages + 20}")

    event.listen(sqlite_database.engine.sync_engine, "connect", no_room)
    with pytest.raises(ImportBroken, match=r"the disk that holds the database is full.*nothing of it was kept"):
        await _import(sqlite_database, _source(_till(3000), batch=100))
    assert await _count(sqlite_database) == 0


async def test_store_that_others_hold_for_long_is_waited_for(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program may write for longer than the store waits; the import goes on when it is over."""
    monkeypatch.setattr("store.imports._PAUSE_S", 0)
    path = sqlite_database.url.database
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    write = sqlite_database.write
    tries: list[int] = []

    def held_twice() -> Any:
        tries.append(len(tries))
        if len(tries) == 3:
            other.execute("ROLLBACK")
        return write()

    monkeypatch.setattr(sqlite_database, "write", held_twice)
    event.listen(sqlite_database.engine.sync_engine, "connect", _impatient)
    other.execute("BEGIN IMMEDIATE")
    async with patient_write(sqlite_database) as tx:
        await add_customers(tx, [{"name": "Bea", "created_at": NOW}])
    other.close()
    assert len(tries) == 3


def _impatient(connection: Any, _record: Any) -> None:
    connection.cursor().execute("PRAGMA busy_timeout=1")
