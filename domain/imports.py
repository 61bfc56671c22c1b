"""What an import is made of: columns of its kind, which header means which, batches of rows, and rows that are bad."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.folding import fold

Cell = str | int | float | bool | dt.datetime | dt.date | Decimal | bytes | None
"""What a cell may hold: always text in CSV, a typed value or None in Parquet."""


class ImportKind(enum.StrEnum):
    """What an import brings in."""

    CUSTOMERS = "customers"
    PURCHASES = "purchases"


class ImportState(enum.StrEnum):
    """How far an import has come; one that broke off is `running` and is undone by whoever opens the store next."""

    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """
    Why one row was not kept: its line in the file (rows of a table without lines count from 1), the column, and what
    to do. A row has one of these however much is wrong with it; the others are told in its `problem`.

    `problem` may quote the cell, so it is for whoever imports, and never for a log.
    """

    line: int
    column: str
    problem: str


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """
    A column that a kind of import knows; *synonyms* are other headers that mean it, in any language.

    *width* is how many characters the store has room for; None where the store has no limit of its own.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which header stands for which column: `places` gives the index in `header` for each column that is there."""

    header: tuple[str, ...]
    places: Mapping[str, int]
    is_kept: bool = False  # it was saved by an earlier import

    @property
    def headers(self) -> dict[str, str]:
        """The mapping as people write it: {column: header}."""
        return {column: self.header[place] for column, place in self.places.items()}

    @property
    def unused(self) -> tuple[str, ...]:
        """The headers that no column takes."""
        taken = set(self.places.values())
        return tuple(name for place, name in enumerate(self.header) if place not in taken and name)


@dataclass(frozen=True, slots=True)
class Row:
    """One row for an importer that works row by row: texts by column without blanks around; an empty cell is ""."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Rows that are looked at and stored together: `cells[p][i]` is row i's cell under header p, `lines[i]` its line.

    Lines of one receipt that stand together in the file are never parted between two batches of usual size.
    """

    mapped: Mapped
    lines: Sequence[int]
    cells: Sequence[Sequence[Cell]]

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> Sequence[Cell] | None:
        """Return the cells of a column, or None where the file has no such column."""
        place = self.mapped.places.get(name)
        return None if place is None else self.cells[place]

    def rows(self) -> Iterator[Row]:
        """Give the rows with the cells of the mapped columns."""
        names = list(self.mapped.places)
        columns = [list(map(cell_text, self.cells[place])) for place in self.mapped.places.values()]
        for place, line in enumerate(self.lines):
            yield Row(line, {name: column[place] for name, column in zip(names, columns, strict=True)})

    def whole_rows(self) -> Iterator[Row]:
        """Give the rows with every cell by its header, exactly as the file has them."""
        columns = [[_as_is(cell) for cell in column] for column in self.cells]
        for place, line in enumerate(self.lines):
            yield Row(line, {name: column[place] for name, column in zip(self.mapped.header, columns, strict=True)})


@dataclass(slots=True)
class Taken:
    """What became of a batch: rows that were new or changed something, rows known already, and rows that are bad."""

    kept: int = 0
    skipped: int = 0
    bad: list[RowProblem] = field(default_factory=list)
    new_customers: int = 0


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import as the store knows it; `detail` has its mapping, first problems, and what an undo left alone."""

    id: int
    kind: ImportKind
    source: str
    state: ImportState
    started_at: dt.datetime
    ended_at: dt.datetime | None
    staff_id: int | None
    read: int
    kept: int
    skipped: int
    bad: int
    digest: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


def cell_text(cell: Cell) -> str:
    """Write a cell as text without blanks around; nothing is "", a whole number has no point, a time is ISO 8601."""
    match cell:
        case str():
            return cell.strip()
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float():
            if cell != cell:  # noqa: PLR0124  (NaN, which tables use for nothing)
                return ""
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case bytes():
            return cell.decode("utf-8", "replace").strip()
        case dt.date():
            return cell.isoformat()
        case _:
            return str(cell)


def _as_is(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell_text(cell)


def plain_header(name: str) -> str:
    """Return what is compared of a header: no case, no diacritics, words joined by one underscore."""
    return re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")


def header_digest(header: Iterable[str]) -> str:
    """Return what tells one header from another, however its words are cased and spaced."""
    return hashlib.sha256("\x1f".join(map(plain_header, header)).encode()).hexdigest()[:24]


def propose(header: Sequence[str], columns: Sequence[ImportColumn]) -> dict[str, str]:
    """
    Guess {column: header} by the columns' own names, then by their synonyms, the earlier synonym first, and at last by
    either however its words are joined ("CustomerId", "asiakas nro").

    No header is given to two columns, and a name that several headers share is given to none.
    """
    plain, joined = _by_word(header, plain_header), _by_word(header, _joined)
    found: dict[str, str] = {}
    for known, spelled, names in (
        (plain, plain_header, lambda column: (column.name,)),
        (plain, plain_header, lambda column: column.synonyms),
        (joined, _joined, lambda column: (column.name, *column.synonyms)),
    ):
        for column in columns:
            if column.name in found:
                continue
            for word in names(column):
                match = known.get(spelled(word))
                if match is not None and match not in found.values():
                    found[column.name] = match
                    break
    return {column.name: found[column.name] for column in columns if column.name in found}


def _by_word(header: Sequence[str], spelled: Callable[[str], str]) -> dict[str, str | None]:
    """Return the headers by their words; None for those that several headers share."""
    known: dict[str, str | None] = {}
    for name in header:
        word = spelled(name)
        known[word] = None if word in known else name
    return known


def _joined(name: str) -> str:
    return plain_header(name).replace("_", "")


def doubled(header: Sequence[str], columns: Sequence[ImportColumn]) -> dict[str, tuple[int, ...]]:
    """
    Return the columns that several headers of one name could mean, each with where those stand (from 0).

    Those are what `propose` leaves out for that reason: a column that another header means is missing here.
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(header):
        places.setdefault(plain_header(name), []).append(place)
    proposed = propose(header, columns)
    found: dict[str, tuple[int, ...]] = {}
    for column in columns:
        if column.name in proposed:
            continue
        words = map(plain_header, (column.name, *column.synonyms))
        several = next((places[word] for word in words if len(places.get(word, ())) > 1), None)
        if several is not None and tuple(several) not in found.values():
            found[column.name] = tuple(several)
    return found
