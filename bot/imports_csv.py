"""CSV files as batches of rows: any common delimiter, quoted cells with line ends, and rows that are broken named."""

from __future__ import annotations

import collections
import csv
import io
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from bot.imports_encoding import Looked, NoSuchEncoding, look_through
from domain.faults import Fault, Faults
from domain.imports import Batch, Cell, Mapped, RowProblem

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BATCH = 10_000
_SAMPLE = 1 << 16
_ROWS_LOOKED_AT = 50
_OTHER_ENCODING = "leave --encoding out, or give utf-8, windows-1252, windows-1250, ..."

Opener = Callable[[], BinaryIO]


class CsvSource:
    """A CSV file that is being read; `done` of `total` bytes. Raises Faults when it is no table."""

    def __init__(
        self,
        name: str,
        opener: Opener,
        *,
        delimiter: str | None = None,
        encoding: str | None = None,
        batch: int = BATCH,
    ) -> None:
        self.name = name
        self._open = opener
        self._batch = batch
        looked = self._looked(encoding)
        self.digest, self.total, self.done = looked.digest, looked.size, 0
        self._encoding = looked.encoding
        try:
            self._delimiter = delimiter or self._best_delimiter()
            self.header, self._first = self._read_header()
        except UnicodeError as error:
            problem = f"cannot be read as {looked.encoding} ({error})"
            raise Faults([Fault(name, 1, None, problem, _OTHER_ENCODING)]) from error
        self.notes: Mapping[str, object] = {
            "encoding": looked.encoding,
            "encoding_why": looked.why,
            "delimiter": DELIMITERS.get(self._delimiter, self._delimiter),
        }

    def batches(
        self, mapped: Mapped, bad: list[RowProblem], together: str | None = None, *, whole: bool = True
    ) -> Iterator[Batch]:
        """
        Give the rows in batches; one that is broken goes to *bad*, and empty lines are no rows.

        Rows that stand together with the same cell of the column *together* come in one batch, up to a few times its
        usual size. A file of text is always read *whole*.
        """
        place = None if together is None else mapped.places.get(together)
        rows: list[list[str]] = []
        lines: list[int] = []
        for more_rows, more_lines in self._sound(bad):
            rows += more_rows
            lines += more_lines
            while len(rows) >= self._batch:
                together_cells = None if place is None else [row[place] for row in rows]
                cut = length_of_batch(together_cells, len(rows), self._batch)
                if cut == 0:
                    break
                yield Batch(mapped, lines[:cut], list(zip(*rows[:cut], strict=True)))
                del rows[:cut], lines[:cut]
        if rows:
            yield Batch(mapped, lines, list(zip(*rows, strict=True)))

    def column(self, place: int) -> Iterator[Cell]:
        """Give the cells of one column, in a reading of its own."""
        for rows, _ in self._sound([]):
            yield from map(operator.itemgetter(place), rows)

    def _looked(self, encoding: str | None) -> Looked:
        with self._open() as stream:
            try:
                looked = look_through(stream, encoding)
            except NoSuchEncoding as error:
                problem = f"no text encoding {str(error)!r}"
                raise Faults([Fault(self.name, None, None, problem, _OTHER_ENCODING)]) from error
        if looked.size == 0:
            raise Faults([Fault(self.name, None, None, "the file is empty", "give a CSV or Parquet file")])
        return looked

    def _text(self, stream: BinaryIO) -> io.TextIOWrapper:
        return io.TextIOWrapper(stream, encoding=self._encoding, errors="replace", newline="")

    def _best_delimiter(self) -> str:
        """Return the delimiter that cuts the first rows most evenly, and into most cells."""
        with self._text(self._open()) as text:
            sample = text.read(_SAMPLE)
        lines = sample.splitlines(keepends=True)[: _ROWS_LOOKED_AT + 1]
        if lines and (asked := _excel_delimiter(lines[0])):
            return asked
        best, found = (0.0, 1), ","
        for delimiter in DELIMITERS:
            rows = _leniently(lines, delimiter)
            width = len(rows[0]) if rows else 0
            if width < 2:
                continue
            score = sum(len(row) == width for row in rows) / len(rows), width
            if score > best or best == (0.0, 1):
                best, found = score, delimiter
        return found

    def _read_header(self) -> tuple[tuple[str, ...], int]:
        """Return the header and the number of the line after it; a line that Excel writes for itself is passed by."""
        with self._text(self._open()) as text:
            reading = _Reading(text, self._delimiter)
            for row, _, problem in reading.carefully():
                if problem is not None:
                    break
                if not any(cell.strip() for cell in row) or (len(row) <= 2 and _excel_delimiter("".join(row[:1]))):
                    continue
                return tuple(cell.strip().lstrip("\ufeff") for cell in row), reading.line
        problem = "no header that can be read as a row of CSV"
        raise Faults([Fault(self.name, 1, None, problem, "give a CSV file whose first line names the columns")])

    def _sound(self, bad: list[RowProblem]) -> Iterator[tuple[list[list[str]], list[int]]]:
        """Give blocks of rows that have a cell under each header, with their lines."""
        width = len(self.header)
        with self._open() as stream, self._text(stream) as text:
            reading = _Reading(text, self._delimiter)
            reading.skip(self._first)
            for rows, lines in reading.blocks(width, bad):
                self.done = stream.tell()
                if rows:
                    yield rows, lines


class _Reading:
    """One reading of a text, in blocks while that is safe, and row by row where rows have several lines."""

    def __init__(self, text: Iterable[str], delimiter: str) -> None:
        self._lines = iter(text)
        self._waiting: collections.deque[str] = collections.deque()  # lines that were read ahead
        self._delimiter = delimiter
        self.line = 1
        """The number of the next line."""

    def skip(self, line: int) -> None:
        """Pass by all lines before *line*."""
        for _ in itertools.islice(self._lines, line - self.line):
            pass
        self.line = line

    def blocks(self, width: int, bad: list[RowProblem]) -> Iterator[tuple[list[list[str]], list[int]]]:
        """Give blocks of rows of *width* cells with their lines; of others *bad* is told."""
        while block := list(itertools.islice(self._lines, BATCH)):
            try:
                rows = list(csv.reader(block, delimiter=self._delimiter, strict=True))
            except csv.Error:
                rows = []
            if len(rows) == len(block):
                lines = list(range(self.line, self.line + len(rows)))
                self.line += len(rows)
                yield _fitting(rows, lines, width, bad)
                continue
            self._waiting.extend(block)
            yield self._one_by_one(width, bad)

    def _one_by_one(self, width: int, bad: list[RowProblem]) -> tuple[list[list[str]], list[int]]:
        rows, lines = [], []
        for row, line, problem in self.carefully(width):
            if problem is not None:
                bad.append(RowProblem(line, "", problem))
            else:
                rows.append(row)
                lines.append(line)
            if not self._waiting:
                break
        return _fitting(rows, lines, width, bad)

    def carefully(self, width: int | None = None) -> Iterator[tuple[list[str], int, str | None]]:
        """
        Give row by row (cells, first line, what is wrong with it).

        Where a quotation mark is never closed only its own line is lost: those after it are read anew.
        """
        while True:
            taken: list[str] = []
            start = self.line
            problem = None
            row: list[str] = []
            try:
                row = next(csv.reader(self._feed(taken), delimiter=self._delimiter, strict=True))
            except StopIteration:
                return
            except csv.Error as error:
                problem = _csv_problem(str(error))
            if problem is None and len(taken) > 1 and width is not None and len(row) != width:
                problem = _csv_problem("")
            if problem is not None:
                self._waiting.extendleft(reversed(taken[1:]))
                del taken[1:]
            self.line += len(taken)
            yield row, start, problem

    def _feed(self, taken: list[str]) -> Iterator[str]:
        while True:
            line = self._waiting.popleft() if self._waiting else next(self._lines, None)
            if line is None:
                return
            taken.append(line)
            yield line


def _csv_problem(words: str) -> str:
    if "limit" in words:
        return "a cell is longer than 131,072 characters, or its quotation mark is never closed; mend the row"
    return 'a quotation mark stands alone; write "" for one within a cell, and close the one that opens a cell'


def _fitting(
    rows: list[list[str]], lines: list[int], width: int, bad: list[RowProblem]
) -> tuple[list[list[str]], list[int]]:
    """Return the rows that have *width* cells; empty ones are dropped, of others *bad* is told."""
    if set(map(len, rows)) == {width} and all(map(operator.itemgetter(0), rows)):
        return rows, lines
    kept: list[list[str]] = []
    kept_lines: list[int] = []
    for row, line in zip(rows, lines, strict=True):
        if not any(row) or not any(map(str.strip, row)):
            continue
        if len(row) != width and (len(row) < width or any(row[width:])):
            words = f"the row has {len(row):,} cells and the header {width:,}"
            bad.append(RowProblem(line, "", f"{words}; look for a missing delimiter or quotation mark"))
            continue
        kept.append(row[:width])
        kept_lines.append(line)
    return kept, kept_lines


def length_of_batch(together: Sequence[Cell] | None, waiting: int, size: int) -> int:
    """
    Return how many of the *waiting* rows, at least *size*, make a batch: up to where *together* changes.

    0 asks for more rows; where four times *size* stand together, they are parted.
    """
    if together is None:
        return size
    for cut in range(size, 0, -1):
        if cut < waiting and together[cut] != together[cut - 1]:
            return cut
    return size if waiting >= 4 * size else 0


def _leniently(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return []


def _excel_delimiter(line: str) -> str | None:
    """Return the delimiter of Excel's first line "sep=;", or None."""
    plain = line.strip("\r\n\ufeff")
    if plain.casefold() == "sep=":
        return "\t"
    return plain[4] if len(plain) == 5 and plain.casefold().startswith("sep=") and plain[4] in DELIMITERS else None
