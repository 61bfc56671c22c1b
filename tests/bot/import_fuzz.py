"""Broken tables for imports, made by chance, and what must hold of an import whatever its file holds."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import itertools
import random
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import event, func, select

from bot.imports import ImportReport, ImportSettings
from bot.imports_kinds import KINDS
from bot.imports_running import ImportBroken, map_header, open_source, run_import
from domain.company import Company
from domain.faults import Faults
from domain.imports import ImportKind, ImportState
from store.customers import add_customers
from store.database import Database
from store.imports import import_run, undo_import
from store.tables import consents, customers, facts, foreign_records, purchases

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
NUMBERS = tuple(str(4700 + each) for each in range(20))
_WORDS = (
    "ruoka",
    "Mäkelä",
    "žluťoučký kůň",
    "it's",
    'a "quoted" word',
    "x;y",
    "1,5",
    "",
    " ",
    "=1+1",
    "a\nb",
    "\x00",
    "😀",
)
_AMOUNTS = (
    "12,50",
    "12.50",
    "1 234,56",
    "1,234.56",
    "-5.00",
    "12,50 €",
    "1,234",
    "3.4999999999",
    "abc",
    "",
    "nan",
    "1e400",
)
_TIMES = (
    "2026-03-02",
    "2.3.2026 14:30",
    "2026-03-02T14:30:00+02:00",
    "3/2/2026",
    "0001-01-01",
    "31.2.2026",
    "9999-12-31",
    "",
)
_COMPANY = Company()
_ITS_OWN = frozenset({"id"})
_NO_ROOM = re.compile("[\0\ud800-\udfff]")


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: refused with a sentence, or imported with its report."""

    refused: str | None = None
    report: ImportReport | None = None


class FuzzedImports:
    """Imports broken files into one store and checks that each leaves nothing half done; the store stays as it was."""

    def __init__(self, database: Database) -> None:
        self._database = database
        event.listen(database.engine.sync_engine, "connect", _hurry)

    async def prepare(self) -> None:
        """Put in the customers that some rows mean."""
        async with self._database.write() as tx:
            await add_customers(tx, [{"number": number, "name": "Ann", "created_at": NOW} for number in NUMBERS])

    async def check(self, kind: ImportKind, data: bytes, *, new_customers: bool = False) -> Outcome:
        """Import *data*, assert what must hold, and undo it; whatever is raised but our refusals is a mistake."""
        counts, before = await self._counts(), await self._all()
        refused: str | None = None
        settings = ImportSettings(_COMPANY, NOW, _COMPANY.zone, "EUR", new_customers=new_customers)
        try:
            source = open_source("fuzz", lambda: io.BytesIO(data), batch=50)
            async with self._database.read() as tx:
                mapped = await map_header(tx, kind, source)
            dry = await run_import(self._database, kind, source, mapped, dataclasses.replace(settings, dry_run=True))
            assert await self._all() == before, "a dry run stores nothing"
            report = await run_import(self._database, kind, source, mapped, settings)
        except (Faults, ImportBroken) as refusal:
            refused = str(refusal)
        if refused is not None:
            assert refused.strip(), "a refusal says why"
            assert await self._all() == before, "what is refused leaves the store as it was"
            return Outcome(refused=refused)
        self._check_report(report)
        assert dry.read == report.read
        if kind is ImportKind.PURCHASES:  # a customer whom a dry run would make is new again in its next batch
            assert (dry.kept, dry.skipped) == (report.kept, report.skipped), "a dry run tells what an import does"
        if report.id is None:
            assert report.read == 0, "only a file without rows makes no import"
            assert await self._all() == before, "what makes no import stores nothing"
            return Outcome(report=report)
        await self._check_store(kind, report, report.id, counts)
        await undo_import(self._database, report.id, NOW)
        assert await self._all() == before, "an undo takes all of it back"
        return Outcome(report=report)

    def _check_report(self, report: ImportReport) -> None:
        assert report.kept + report.skipped + len(report.bad) == report.read, "each row is kept, known or bad"
        assert len({each.line for each in report.bad}) == len(report.bad), "a bad row is named once"
        for each in report.bad:
            assert each.line >= 1
            assert each.problem.strip()
            assert each.problem.isprintable(), each.problem
            assert each.problem.encode()

    async def _check_store(
        self, kind: ImportKind, report: ImportReport, import_id: int, before: tuple[int, int]
    ) -> None:
        async with self._database.read() as tx:
            run = await import_run(tx, import_id)
            mine = select(func.count()).select_from(purchases).where(purchases.c.import_id == import_id)
            assert run is not None
            assert run.state is ImportState.DONE
            assert (run.read, run.kept, run.skipped, run.bad) == (
                report.read, report.kept, report.skipped, len(report.bad)
            )  # fmt: skip
            if kind is ImportKind.PURCHASES:
                assert await tx.scalar(mine) == report.kept, "the store holds what was kept"
        await self._check_texts()
        if kind is ImportKind.PURCHASES:
            customers_now, purchases_now = await self._counts()
            assert (customers_now, purchases_now) == (before[0] + report.new_customers, before[1] + report.kept)

    async def _counts(self) -> tuple[int, int]:
        async with self._database.read() as tx:
            counts = [await tx.scalar(select(func.count()).select_from(each)) for each in (customers, purchases)]
        return counts[0] or 0, counts[1] or 0

    async def _check_texts(self) -> None:
        """Assert that PostgreSQL has room for every text too: it takes neither a NUL nor half a surrogate pair."""
        for row in itertools.chain.from_iterable(await self._all()):
            for value in row:
                assert not isinstance(value, str) or not _NO_ROOM.search(value), value

    async def _all(self) -> list[list[tuple[object, ...]]]:
        """Return whatever an import may change and an undo restores; what was said before and is history stays so."""
        found = []
        async with self._database.read() as tx:
            for table in (customers, purchases, facts, consents, foreign_records):
                columns = [column for column in table.c if table is customers or column.name not in _ITS_OWN]
                wanted = select(*columns)
                if "current" in table.c:
                    wanted = wanted.where(table.c.current)
                rows = (await tx.execute(wanted)).all()
                found.append(sorted((tuple(row) for row in rows), key=repr))
        return found


def _hurry(connection: Any, _record: Any) -> None:
    """Spare the disk: what is tried here survives no power cut, and need not."""
    connection.cursor().execute("PRAGMA synchronous=OFF")


def broken_file(chance: random.Random, kind: ImportKind) -> bytes:
    """Make a table of the kind, and break it in up to four ways; some stay whole, and some are nothing but noise."""
    if chance.random() < 0.03:
        return chance.randbytes(chance.randrange(400))
    data = _parquet(chance, kind) if chance.random() < 0.15 else _csv(chance, kind)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
        data = chance.choice(_BREAKS)(data, chance)
    return data


def _csv(chance: random.Random, kind: ImportKind) -> bytes:
    delimiter = chance.choice(",,;;\t|")
    header = _header(chance, kind)
    lines = [[name for name, _ in header]]
    lines += [[_cell(chance, column) for _, column in header] for _ in range(chance.choice((0, 1, 3, 12, 120)))]
    end = chance.choice(("\n", "\n", "\r\n", "\r"))
    text = end.join(delimiter.join(_quote(cell, delimiter, chance) for cell in line) for line in lines)
    encoding = chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "windows-1252", "windows-1250", "iso-8859-15"))
    return text.encode(encoding, "replace")


def _header(chance: random.Random, kind: ImportKind) -> list[tuple[str, str]]:
    """Give (header, column) pairs in any order; some columns are left out, some have a name from elsewhere."""
    found = []
    for column in KINDS[kind].columns:
        if (column.required and chance.random() < 0.97) or chance.random() < 0.6:
            name = chance.choice((column.name, *column.synonyms))
            found.append((name.upper() if chance.random() < 0.1 else name, column.name))
    if chance.random() < 0.1:
        found.append((chance.choice(_WORDS), "other"))
    if chance.random() < 0.3:
        chance.shuffle(found)
    return found or [("customer", "customer")]


def _cell(chance: random.Random, column: str) -> str:
    cell = _usual_cell(chance, column)
    if chance.random() < 0.02:
        place = chance.randrange(len(cell) + 1)
        cell = cell[:place] + chance.choice(("\x00", "\x1b", "\n", "\u2028", "\u00a0")) + cell[place:]
    return cell


def _usual_cell(chance: random.Random, column: str) -> str:
    if chance.random() < 0.04:
        return chance.choice((*_WORDS, "x" * chance.choice((65, 129, 600)), "\u202e", "'", '"'))
    match column:
        case "customer" | "number":
            return chance.choice(NUMBERS) if chance.random() < 0.9 else str(chance.randrange(4690, 4740))
        case "at" | "consent_at" | "birth_date":
            return (
                chance.choice(_TIMES)
                if chance.random() < 0.2
                else f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}"
            )
        case "amount":
            return chance.choice(_AMOUNTS) if chance.random() < 0.3 else f"{chance.randint(-500, 5000) / 100:.2f}"
        case "language":
            return chance.choice(("fi", "en", "cs", "suomi", ""))
        case "kind":
            return chance.choice(("consumer", "company", "yritys", ""))
        case "email":
            return chance.choice(("", f"ann{chance.randrange(99)}@example.com"))
        case "phone" | "other_phone":
            return chance.choice(("", f"+3584012345{chance.randrange(10, 99)}"))
        case "telegram_id":
            return chance.choice(("", str(chance.randrange(500, 600))))
        case "marketing_consent" | "opted_out" | "do_not_call":
            return chance.choice(("yes", "no", "", "kyllä"))
        case "quantity":
            return chance.choice(("1", "2", "0", "1.250", "-1", "1,5", "x", "", "1e9", "99999999999999"))
        case "currency":
            return chance.choice(("EUR", "eur", "CZK", "JPY", "", "€", "EURO"))
        case "external_id":
            return chance.choice(("", f"id-{chance.randrange(60)}"))
        case "receipt":
            return f"R{chance.randrange(30)}"
    return chance.choice(_WORDS[:3])


def _quote(cell: str, delimiter: str, chance: random.Random) -> str:
    if (
        any(sign in cell for sign in (delimiter, '"', "\n", "\r")) and chance.random() < 0.95
    ) or chance.random() < 0.05:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _parquet(chance: random.Random, kind: ImportKind) -> bytes:
    import pyarrow
    from pyarrow import parquet

    count = chance.choice((0, 1, 7, 120))
    header = list(dict(_header(chance, kind)).items())
    columns = [_arrow(chance, column, count) for _, column in header]
    table = pyarrow.Table.from_arrays(columns, names=[name for name, _ in header])
    sink = io.BytesIO()
    parquet.write_table(table, sink, row_group_size=50)
    return sink.getvalue()


def _arrow(chance: random.Random, column: str, count: int) -> Any:
    import pyarrow

    def filled(make: Callable[[], Any], kind: Any) -> Any:
        return pyarrow.array([None if chance.random() < 0.05 else make() for _ in range(count)], kind)

    number = float("nan"), float("inf"), 3.4999999999, 1e300, -5.0, 12.5, 0.1
    whole = chance.choice((lambda: chance.randrange(4690, 4740), lambda: chance.choice((0, 2**62, -(2**63)))))
    kinds: list[Callable[[], Any]] = [
        lambda: filled(whole, pyarrow.int64()),
        lambda: filled(lambda: chance.choice(number), pyarrow.float64()),
        lambda: filled(lambda: chance.choice((0, 1, 10**15, -(10**17), 2**62)), pyarrow.timestamp("ns")),
        lambda: filled(lambda: chance.choice((0, 10**12, 2**62, -(2**62))), pyarrow.timestamp("us", "Europe/Prague")),
        lambda: filled(lambda: chance.choice((0, 20_000, 2**31 - 1)), pyarrow.date32()),
        lambda: filled(lambda: Decimal("12.50"), pyarrow.decimal128(12, 2)),
        lambda: filled(lambda: True, pyarrow.bool_()),
        lambda: filled(lambda: chance.randbytes(4), pyarrow.binary()),
        lambda: filled(lambda: ["a"], pyarrow.list_(pyarrow.string())),
        lambda: filled(lambda: {"a": 1}, pyarrow.struct([("a", pyarrow.int64())])),
        lambda: filled(lambda: 1, pyarrow.time32("s")),
        lambda: filled(lambda: "ruoka", pyarrow.string()).dictionary_encode(),
        lambda: pyarrow.nulls(count),
    ]
    if chance.random() < 0.12:
        return chance.choice(kinds)()
    if column == "amount":
        return filled(lambda: chance.randint(-500, 5000) / 100, pyarrow.float64())
    if column == "at":
        return filled(lambda: dt.datetime(2026, 3, chance.randint(1, 28), 12), pyarrow.timestamp("ns"))  # noqa: DTZ001
    return filled(lambda: _cell(chance, column), pyarrow.string())


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(min(len(changed), chance.choice((1, 1, 5, 50)))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random) -> bytes:
    start, stop = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return data[:start] + data[stop:] if chance.random() < 0.5 else data[:stop]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    start, stop = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return data[:stop] + data[start:]


def _insert(data: bytes, chance: random.Random) -> bytes:
    noise = (
        b'"',
        b'""',
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\xe4",
        b"\x9d",
        b";;;",
        b'"\n"',
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
    )
    place = chance.randrange(len(data) + 1)
    huge = (b"y" * 140_000, b'"' + b"z\n" * 70_000)
    return data[:place] + chance.choice(huge if chance.random() < 0.01 else noise) + data[place:]


_BREAKS: tuple[Callable[[bytes, random.Random], bytes], ...] = (_flip, _flip, _cut, _repeat, _insert, _insert)
