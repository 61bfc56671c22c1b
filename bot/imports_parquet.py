"""Parquet files as batches of rows, converted column by column; pyarrow is optional and imported only here."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO

from bot.imports_csv import BATCH, length_of_batch
from domain.faults import Fault, Faults
from domain.imports import Batch, Cell, Mapped, RowProblem

MAGIC = b"PAR1"
UNREADABLE = "\ufffd"
"""Stands for a value that Python cannot hold; every column refuses it by name."""
_CHUNK = 1 << 20


class ParquetSource:
    """
    A Parquet file that is being read; `done` of `total` rows, and a row's line is its number from 1.

    Raises Faults when it is none, or when pyarrow is missing.
    """

    def __init__(self, name: str, opener: Callable[[], BinaryIO], *, batch: int = BATCH) -> None:
        self.name = name
        self._open = opener
        self._batch = batch
        if importlib.util.find_spec("pyarrow") is None:
            remedy = 'pip install "vuoro[insight]", or give a CSV file'
            raise Faults([Fault(name, None, None, "Parquet needs pyarrow, which is not installed", remedy)])
        self.digest = self._digest()
        with opener() as stream:
            file = self._opened(stream)
            self.header = tuple(str(field) for field in file.schema_arrow.names)
            self.total, self.done = file.metadata.num_rows, 0
        self.notes: Mapping[str, object] = {"format": "parquet"}

    def batches(
        self, mapped: Mapped, bad: list[RowProblem], together: str | None = None, *, whole: bool = True
    ) -> Iterator[Batch]:
        """As `Source.batches`; no row is broken here."""
        place = None if together is None else mapped.places.get(together)
        places = list(range(len(self.header))) if whole else sorted(set(mapped.places.values()))
        waiting: dict[int, list[Cell]] = {each: [] for each in places}
        first, count = 1, 0
        for columns in self._read(places):
            for each, more in zip(places, columns, strict=True):
                waiting[each] += more
            count += len(columns[0])
            while count >= self._batch:
                cut = length_of_batch(None if place is None else waiting[place], count, self._batch)
                if cut == 0:
                    break
                yield self._cut(mapped, waiting, first, cut)
                first, count = first + cut, count - cut
                self.done = first - 1
        if count:
            yield self._cut(mapped, waiting, first, count)
        self.done = self.total

    def _cut(self, mapped: Mapped, waiting: dict[int, list[Cell]], first: int, cut: int) -> Batch:
        nothing: list[Cell] = [None] * cut
        cells = [waiting[place][:cut] if place in waiting else nothing for place in range(len(self.header))]
        for held in waiting.values():
            del held[:cut]
        return Batch(mapped, range(first, first + cut), cells)

    def column(self, place: int) -> Iterator[Cell]:
        """As `Source.column`."""
        for columns in self._read([place]):
            yield from columns[0]

    def _read(self, places: list[int]) -> Iterator[list[list[Cell]]]:
        with self._open() as stream:
            file = self._opened(stream)
            names = [self.header[place] for place in places]
            batches = file.iter_batches(batch_size=self._batch, columns=names, use_threads=False)
            while (batch := self._next(batches)) is not None:
                yield [_cells(batch.column(name)) for name in names]

    def _next(self, batches: Iterator[Any]) -> Any:
        import pyarrow

        try:
            return next(batches, None)
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise Faults([_fault(self.name, "the file is broken further on")]) from error

    def _opened(self, stream: BinaryIO) -> Any:
        import pyarrow
        from pyarrow import parquet

        try:
            file = parquet.ParquetFile(stream, pre_buffer=False, buffer_size=_CHUNK)
            names = file.schema_arrow.names
        except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:
            raise Faults([_fault(self.name, "the file begins as Parquet and is none, or is broken")]) from error
        if len(set(names)) < len(names):
            raise Faults([_fault(self.name, "two columns have the same name")])
        return file

    def _digest(self) -> str:
        digest = hashlib.sha256()
        with self._open() as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()


def _fault(name: str, problem: str) -> Fault:
    return Fault(name, None, None, problem, "write it again, or give a CSV file")


def _cells(column: Any) -> list[Cell]:
    """
    Turn an Arrow column into cells, each different value once.

    Times lose their nanoseconds, which no cell of ours can hold; a list of texts is one text with semicolons, and what
    is no plain value otherwise becomes text.
    """
    import pyarrow
    from pyarrow import compute, types

    kind = column.type
    if types.is_null(kind):
        return [None] * len(column)
    if types.is_timestamp(kind) and kind.unit == "ns":
        column = compute.cast(column, pyarrow.timestamp("us", kind.tz), safe=False)
    if types.is_dictionary(kind):
        encoded = column
    else:
        try:
            encoded = compute.dictionary_encode(column)
        except pyarrow.ArrowException:  # lists, structures
            return [_cell(scalar) for scalar in column]
    values = [_cell(scalar) for scalar in encoded.dictionary]
    return [None if place is None else values[place] for place in encoded.indices.to_pylist()]


def _cell(scalar: Any) -> Cell:
    try:
        value = scalar.as_py()
    except (ValueError, OverflowError, TypeError, LookupError):  # a time that no calendar has, text that is no UTF-8
        return UNREADABLE
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "; ".join(value)
    return value if value is None or isinstance(value, str | int | float | dt.date | Decimal | bytes) else str(value)
