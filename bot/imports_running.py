"""Runs one import: settles which header means which column, takes batch after batch, takes all back if it breaks."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from bot.imports import ImportReport, ImportSettings, KindOfImport, Source
from bot.imports_csv import CsvSource
from bot.imports_kinds import KINDS
from bot.imports_parquet import MAGIC, ParquetSource
from domain.faults import FaultList, Faults, did_you_mean
from domain.folding import printable
from domain.imports import Cell, ImportKind, Mapped, RowProblem, Taken, doubled, header_digest, plain_header, propose
from store.database import Database, StoreUnavailable, Tx
from store.imports import begun, count_batch, end, patient_write, undo_import
from store.settings import get_setting, put_setting

Progress = Callable[[ImportReport, Source], None]
_PROBLEMS_KEPT = 100
_SHOWN_HEADERS = 30
_NOT_TABLES = {
    b"PK\x03\x04": ("a spreadsheet or an archive, not a table of text", "save it as CSV (UTF-8) and import that"),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet, not a table of text", "save it as CSV (UTF-8) and import that"),
    b"\x1f\x8b": ("compressed", "unpack it (gunzip) and import what comes out"),
    b"%PDF": ("a PDF document, not a table", "ask its source for CSV"),
}


class ImportBroken(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """An import broke off in its middle; the message says why and that nothing of it was kept."""


def open_source(
    name: str,
    opener: Callable[[], BinaryIO],
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    batch: int | None = None,
) -> Source:
    """
    Open a CSV or Parquet file, told apart by its first bytes; *opener* gives a fresh stream each time it is called.

    Raises Faults when it is no table, and OSError.
    """
    with opener() as stream:
        start = stream.read(4)
    size = {} if batch is None else {"batch": batch}
    if start == MAGIC:
        return ParquetSource(name, opener, **size)
    for mark, (problem, remedy) in _NOT_TABLES.items():
        if start.startswith(mark):
            faults = FaultList()
            faults.add(name, None, None, f"the file is {problem}", remedy)
            faults.raise_if_any()
    return CsvSource(name, opener, delimiter=delimiter, encoding=encoding, **size)


def open_file(path: Path, *, delimiter: str | None = None, encoding: str | None = None) -> Source:
    """Open a file by its path, as `open_source` does."""
    return open_source(path.name, lambda: path.open("rb"), delimiter=delimiter, encoding=encoding)


async def map_header(tx: Tx, kind: ImportKind, source: Source, given: Mapping[str, str] | None = None) -> Mapped:
    """
    Settle which header means which column: what was *given* {column: header} goes before a kept mapping, that before
    a header that is recognised as a whole, that before a guess by known names. An empty header leaves its column out.

    Raises Faults with all that is wrong, the headers that were found, and the mapping that was guessed.
    """
    known = KINDS[kind]
    kept = await get_setting(tx, _name_of_kept(kind, source.header))
    recognised = known.recognise(source.header)
    if kept is None:
        base = dict(recognised) if recognised is not None else propose(source.header, known.columns)
    else:
        base = dict(kept)
    faults = FaultList()
    _overlay(base, given or {}, known, source, faults)
    places: dict[str, int] = {}
    for column, header in base.items():
        place = _place(source, column, header, faults)
        if place is not None:
            places[column] = place
    is_guess = kept is None and recognised is None
    told = _told_of_doubled(source, known, base, given or {}, faults) if is_guess else set[str]()
    missing = [column.name for column in known.columns if column.required and column.name not in {*base, *told}]
    if missing:
        faults.extend(_missing(known, source, base, missing).faults)
    elif source.header and not base and not told:
        remedy = f"add --map COLUMN=HEADER; its headers are {_shown(source.header)}"
        faults.add(source.name, 1, None, f"no header means a column of {kind.value}", remedy)
    faults.raise_if_any()
    ordered = {column.name: places.pop(column.name) for column in known.columns if column.name in places} | places
    return Mapped(source.header, ordered, is_kept=kept is not None)


async def keep_mapping(tx: Tx, kind: ImportKind, mapped: Mapped) -> None:
    """Keep a mapping, so that the next file with this header is mapped so by itself."""
    await put_setting(tx, _name_of_kept(kind, mapped.header), mapped.headers)


async def run_import(
    database: Database,
    kind: ImportKind,
    source: Source,
    mapped: Mapped,
    settings: ImportSettings,
    progress: Progress = lambda _report, _source: None,
) -> ImportReport:
    """
    Import all of *source*: its good rows are kept and the bad ones named, in one short transaction for each batch.

    Raises ImportBroken when it cannot be brought to its end; what had been stored is taken back first, or by the next
    `undo_unfinished` where the store cannot be written any more. A file without rows makes no import. Raises
    `store.imports.ImportUnderWay`.
    """
    settings = dataclasses.replace(settings, look_ahead=_look_ahead(source, mapped))
    report = ImportReport(None, mapped, source.notes, dry_run=settings.dry_run)
    if settings.dry_run:
        try:
            await _take_all(database, kind, source, report, settings, progress)
        except (Faults, StoreUnavailable, OSError, UnicodeError) as error:
            raise ImportBroken(f"{source.name}: {_words(error)}") from error
        return report
    if _has_no_rows(source, mapped):
        return report
    detail = {"mapping": mapped.headers, "reading": dict(source.notes)}
    async with begun(
        database, kind, source.name, settings.now, digest=source.digest, staff_id=settings.staff_id, detail=detail
    ) as running:
        report.id = running.id
        try:
            await _take_all(database, kind, source, report, settings, progress)
            detail["problems"] = [dataclasses.asdict(each) for each in report.bad[:_PROBLEMS_KEPT]]
            detail["new_customers"] = report.new_customers
            detail["warnings"] = report.warnings
            async with patient_write(database) as tx:
                await end(tx, running.id, settings.now, detail)
        except (Faults, StoreUnavailable, OSError, UnicodeError) as error:
            is_undone = await _take_back(database, running.id, settings)
            raise ImportBroken(f"{source.name}: {_words(error)}; {_AFTER[is_undone]}") from error
        except BaseException:
            await asyncio.shield(_take_back(database, running.id, settings))
            raise
    return report


_AFTER = {
    True: "nothing of it was kept",
    False: "what was stored of it is taken back by the next `vuoro import` or `vuoro run`",
}


def _has_no_rows(source: Source, mapped: Mapped) -> bool:
    """Say whether a file is a header alone; one that cannot be read is for the import to tell."""
    broken: list[RowProblem] = []
    try:
        return next(source.batches(mapped, broken, whole=False), None) is None and not broken
    except (Faults, OSError, UnicodeError):
        return False


async def _take_all(
    database: Database,
    kind: ImportKind,
    source: Source,
    report: ImportReport,
    settings: ImportSettings,
    progress: Progress,
) -> None:
    known = KINDS[kind]
    importer = known.make(settings, report.mapped)
    broken: list[RowProblem] = []
    for batch in source.batches(report.mapped, broken, known.together, whole=known.whole):
        with contextlib.suppress(_DryRun):
            async with patient_write(database) as tx:
                taken = await importer.take(tx, report.id or 0, batch)
                _count(report, taken, broken, len(batch))
                if settings.dry_run:
                    raise _DryRun
                await count_batch(tx, report.id or 0, _with(taken, broken), len(batch) + len(broken))
        broken.clear()
        progress(report, source)
    if broken:
        _count(report, Taken(), broken, 0)
        if report.id is not None:
            async with patient_write(database) as tx:
                await count_batch(tx, report.id, Taken(bad=broken), len(broken))
    report.bad.sort(key=lambda each: each.line)
    report.warnings = [] if report.is_all_bad else importer.warnings()
    progress(report, source)


class _DryRun(Exception):  # noqa: N818 - rolls a transaction back, and is seen nowhere else
    pass


def _count(report: ImportReport, taken: Taken, broken: list[RowProblem], rows: int) -> None:
    report.read += rows + len(broken)
    report.kept += taken.kept
    report.skipped += taken.skipped
    report.new_customers += taken.new_customers
    report.bad += taken.bad
    report.bad += broken


def _with(taken: Taken, broken: list[RowProblem]) -> Taken:
    return dataclasses.replace(taken, bad=taken.bad + broken) if broken else taken


async def _take_back(database: Database, import_id: int, settings: ImportSettings) -> bool:
    try:
        await undo_import(database, import_id, settings.now)
    except StoreUnavailable:
        return False
    return True


def _look_ahead(source: Source, mapped: Mapped) -> Callable[[str], Iterator[Cell]]:
    def cells(column: str) -> Iterator[Cell]:
        return source.column(mapped.places[column]) if column in mapped.places else iter(())

    return cells


def _words(error: Exception) -> str:
    match error:
        case StoreUnavailable():
            return f"store: {error}"
        case Faults():
            return "; ".join(f"{fault.problem}; {fault.remedy}" for fault in error.faults)
        case OSError():
            return f"cannot be read further ({error.strerror or error})"
    return f"cannot be read further ({error}); give --encoding"


def _overlay(
    base: dict[str, str], given: Mapping[str, str], known: KindOfImport, source: Source, faults: FaultList
) -> None:
    names = [column.name for column in known.columns]
    for column, header in given.items():
        if column not in names and not known.takes(column):
            remedy = did_you_mean(column, names, otherwise=f"the columns are {', '.join(names)}")
            faults.add(source.name, None, f"--map {column}", "no such column", remedy)
        elif header:
            base[column] = header
        else:
            base.pop(column, None)


def _told_of_doubled(
    source: Source, known: KindOfImport, base: Mapping[str, str], given: Mapping[str, str], faults: FaultList
) -> set[str]:
    """Refuse headers of one name that could each mean a column, unless it was said what to do; return those columns."""
    several = doubled(source.header, known.columns)
    told = {column: places for column, places in several.items() if column not in base and column not in given}
    for column, places in told.items():
        where = " and ".join(f"{place + 1} ({_shown([source.header[place]])})" for place in places)
        one = f"--map {column}=HEADER, after renaming all but one in the file"
        if len({source.header[place] for place in places}) == len(places):
            one = f"--map {column}={_shown([source.header[places[0]]])}"
        remedy = f"say which with {one}, or leave all of them out with --map {column}="
        faults.add(source.name, 1, column, f"columns {where} mean the same, {column}", remedy)
    return set(told)


def _place(source: Source, column: str, header: str, faults: FaultList) -> int | None:
    """Return where *header* stands, written exactly or as `plain_header` has it; None with a fault otherwise."""
    exact = [place for place, name in enumerate(source.header) if name == header]
    found = exact or [place for place, name in enumerate(source.header) if plain_header(name) == plain_header(header)]
    if len(found) == 1:
        return found[0]
    if found:
        problem = f"several columns are called {_shown([header])}"
        faults.add(source.name, 1, f"--map {column}", problem, "rename all but one")
    else:
        remedy = did_you_mean(header, source.header, otherwise=f"its headers are {_shown(source.header)}")
        faults.add(source.name, 1, f"--map {column}", f"no header {_shown([header])}", printable(remedy))
    return None


def _missing(known: KindOfImport, source: Source, base: Mapping[str, str], missing: Sequence[str]) -> FaultList:
    faults = FaultList()
    proposed = printable(", ".join(f"{column}={header}" for column, header in base.items())) or "nothing"
    for name in missing:
        remedy = f"add --map {name}=HEADER; its headers are {_shown(source.header)}; proposed so far: {proposed}"
        faults.add(source.name, 1, name, "no header means this column, which is required", remedy)
    return faults


def _shown(header: Sequence[str]) -> str:
    names = [f'"{name[:40]}"' for name in header[:_SHOWN_HEADERS]]
    more = len(header) - len(names)
    text = ", ".join(names) + (f" and {more} more" if more else "")
    return printable(text)


def _name_of_kept(kind: ImportKind, header: Sequence[str]) -> str:
    return f"import.{kind.value}.{header_digest(header)}"
