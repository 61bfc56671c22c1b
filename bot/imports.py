"""
What the parts of an import agree on: a source gives batches, an importer of the kind takes them, and a report tells.

`imports_running` brings them together, `imports_kinds` has the two kinds, `imports_csv` and `imports_parquet` read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.company import Company
from domain.imports import Batch, Cell, ImportColumn, Mapped, RowProblem, Taken
from store.database import Tx


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """
    How an import is done. A time without zone is of `zone`, an amount without currency in `currency`.

    With `new_customers` a purchase of an unknown number makes that customer; a dry run looks at everything and stores
    nothing.
    """

    company: Company
    now: dt.datetime
    zone: dt.tzinfo
    currency: str
    new_customers: bool = False
    dry_run: bool = False
    staff_id: int | None = None
    look_ahead: Callable[[str], Iterator[Cell]] = lambda _column: iter(())
    """Gives all cells of a column, in a reading of its own; for what only the whole file can tell."""


class Importer(Protocol):
    """
    Takes the batches of one import, in the order of the file; made anew for each import.

    It may keep what it must remember from batch to batch (memory: a few dozen bytes a row at most).
    """

    async def take(self, tx: Tx, import_id: int, batch: Batch) -> Taken:
        """
        Store the good rows of *batch* in *tx*, and tell the bad ones; kept + skipped + bad = rows.

        In a dry run *tx* is rolled back afterwards, and *import_id* is 0. Nothing but StoreUnavailable is raised:
        whatever a row holds is a RowProblem.
        """
        ...

    def warnings(self) -> list[str]:
        """Say what of the rows so far was kept and may be meant otherwise; a sentence each, for whoever imports."""
        ...


class Source(Protocol):
    """A table that is being read: `done` of `total` bytes or rows; `notes` tell how it is read (encoding, ...)."""

    name: str
    header: tuple[str, ...]
    digest: str
    notes: Mapping[str, object]
    total: int
    done: int

    def batches(
        self, mapped: Mapped, bad: list[RowProblem], together: str | None = None, *, whole: bool = True
    ) -> Iterator[Batch]:
        """
        Give the rows in batches; one that is broken (too few cells, ...) goes to *bad*.

        Rows that stand together with the same cell of the column *together* are not parted. Unless *whole*, cells
        that no column takes may be missing.
        """
        ...

    def column(self, place: int) -> Iterator[Cell]:
        """Give the cells under one header, in a reading of its own."""
        ...


@dataclass(frozen=True, slots=True)
class KindOfImport:
    """What the engine knows of a kind: its columns, how its importer is made, and headers it recognises as a whole."""

    columns: tuple[ImportColumn, ...]
    together: str | None
    """The column whose equal neighbours come in one batch."""
    whole: bool
    """Whether the importer wants cells that no column takes, too."""
    make: Callable[[ImportSettings, Mapped], Importer]
    recognise: Callable[[Sequence[str]], Mapping[str, str] | None] = lambda _header: None  # {column: header}
    takes: Callable[[str], bool] = lambda _column: False
    """Says whether it takes a further column, which only `--map` can name."""


@dataclass(slots=True)
class ImportReport:
    """What an import did; `id` is None for a dry run. kept + skipped + len(bad) = read."""

    id: int | None
    mapped: Mapped
    notes: Mapping[str, object]
    dry_run: bool = False
    read: int = 0
    kept: int = 0
    skipped: int = 0
    new_customers: int = 0
    duplicates: int = 0
    """Pairs that were proposed as one customer afterwards."""
    bad: list[RowProblem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """What was kept and may be meant otherwise."""

    @property
    def is_all_bad(self) -> bool:
        """Say whether there were rows and not one of them was good."""
        return self.read > 0 and len(self.bad) == self.read
