"""Bodies of the HTTP interface as tables: JSON read strictly into rows, CSV by the engine of imports."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bot.imports import Source
from bot.imports_csv import length_of_batch
from bot.imports_parquet import MAGIC
from bot.imports_running import open_source
from domain.faults import Fault, Faults
from domain.folding import printable
from domain.imports import Batch, Cell, Mapped, RowProblem

NAME = "http"
AT_ONCE = 5_000
"""A request of no more rows is stored in one transaction, so it is there as a whole or not at all."""

OF_MANY = 2_000
"""How many rows of a larger one are: the rest of the program waits for each."""

MOST_ROWS = 50_000
MOST_KEYS = 200
_LONGEST_NUMBER = 60
_LARGEST_POWER = 40
_WHAT = 'send {"rows": [{...}, ...]}, a list of objects, or one object'


class TooManyRows(Exception):  # noqa: N818 - a slip of whoever sends, not a mistake of the caller
    """More rows than one request may hold."""


class JsonSource:
    """Rows of a JSON body; a row's line is its number in the body, from 1. Raises Faults when it is no table."""

    def __init__(self, rows: Sequence[object], digest: str) -> None:
        self.name = NAME
        self.digest = digest
        self.total, self.done = len(rows), 0
        self.notes: Mapping[str, object] = {"form": "json"}
        self._rows = rows
        self._batch = _batch_of(len(rows))
        self.header = tuple(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row))
        if len(self.header) > MOST_KEYS:
            problem = f"the rows have {len(self.header)} different keys"
            raise Faults([Fault(NAME, None, None, problem, f"send at most {MOST_KEYS}; name keys as the columns")])

    def batches(
        self, mapped: Mapped, bad: list[RowProblem], together: str | None = None, *, whole: bool = True
    ) -> Iterator[Batch]:
        """Give the rows in batches; one that is no object, or has a list for a value, goes to *bad*."""
        place = None if together is None else mapped.places.get(together)
        wanted = {mapped.header[at] for at in mapped.places.values()}
        waiting: list[tuple[int, list[Cell]]] = []
        for line, row in enumerate(self._rows, start=1):
            problem = _problem(line, row, wanted)
            if problem is not None or not isinstance(row, dict):
                bad.append(problem or RowProblem(line, "", "is no object"))
            else:
                waiting.append((line, [_cell(row.get(key)) for key in mapped.header]))
            self.done = line
            if len(waiting) > self._batch:
                cells = None if place is None else [row[place] for _, row in waiting]
                if cut := length_of_batch(cells, len(waiting), self._batch):
                    yield _batch(mapped, waiting[:cut])
                    del waiting[:cut]
        if waiting:
            yield _batch(mapped, waiting)

    def column(self, place: int) -> Iterator[Cell]:
        """Give the cells under one key, in a reading of its own."""
        key = self.header[place]
        return (_cell(row.get(key)) for row in self._rows if isinstance(row, dict))


def csv_source(body: bytes, charset: str | None) -> Source:
    """Read a CSV body; raises Faults when it is no table, TooManyRows."""
    lines = body.count(b"\n")
    if lines > MOST_ROWS + 1:
        raise TooManyRows
    if body.startswith(MAGIC):
        raise Faults([Fault(NAME, None, None, "the body is Parquet, not CSV", "send CSV, or import the file")])
    return open_source(NAME, lambda: io.BytesIO(body), encoding=charset, batch=_batch_of(lines))


def json_source(body: bytes) -> Source:
    """Read a JSON body; raises Faults with the line and column where it is broken, TooManyRows."""
    value = _parsed(body)
    if isinstance(value, dict) and isinstance(value.get("rows"), list):
        for key in value.keys() - {"rows"}:
            raise Faults([Fault(NAME, None, key, "stands beside rows", "write options into the address: ?dry_run=yes")])
        value = value["rows"]
    rows = [value] if isinstance(value, dict) else value
    if not isinstance(rows, list):
        raise Faults([Fault(NAME, 1, None, f"{_kind(rows)} is no table", _WHAT)])
    if len(rows) > MOST_ROWS:
        raise TooManyRows
    return JsonSource(rows, hashlib.sha256(body).hexdigest())


def _batch_of(rows: int) -> int:
    return AT_ONCE if rows <= AT_ONCE else OF_MANY


def _parsed(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Faults([Fault(NAME, line, None, "has a byte that is no UTF-8", "send JSON in UTF-8")]) from None
    try:
        return json.loads(
            text, parse_float=_number, parse_int=_number, parse_constant=_constant, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        problem = f"column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
        raise Faults([Fault(NAME, error.lineno, None, problem, "send sound JSON")]) from None
    except RecursionError:
        raise Faults([Fault(NAME, None, None, "lists within lists without end", _WHAT)]) from None


def _number(written: str) -> int | Decimal | str:
    """Read a number exactly; one beyond all use stays a text, so that its row says what is wrong."""
    if len(written) > _LONGEST_NUMBER:
        return written
    if written.lstrip("-").isdigit():
        return int(written)
    value = Decimal(written)
    return value if abs(value.adjusted()) <= _LARGEST_POWER else written


def _constant(written: str) -> Any:
    raise Faults([Fault(NAME, None, None, f"{written} is no number of JSON", "send null where nothing is known")])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Faults([Fault(NAME, None, printable(twice[:40]), "stands twice in one object", "send each key once")])
    for key in found:
        if any("\ud800" <= sign <= "\udfff" for sign in key):
            raise Faults([Fault(NAME, None, printable(key[:40]), "has half a character", "send whole ones in keys")])
    return found


def _problem(line: int, row: object, wanted: set[str]) -> RowProblem | None:
    if not isinstance(row, dict):
        return RowProblem(line, "", f"{_kind(row)} is no row; send an object with a key for each column")
    if not row:
        return RowProblem(line, "", "the object is empty; send a key for each column")
    for key in wanted:
        value = row.get(key)
        is_list_of_texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if isinstance(value, dict | list) and not is_list_of_texts:
            return RowProblem(line, key, f"{_kind(value)} is no value; send a text, a number, true, false or null")
    return None


def _cell(value: object) -> Cell:
    match value:
        case list():
            return "; ".join(str(each) for each in value)
        case dict():
            return None
        case float() if not math.isfinite(value):
            return None
        case str() | int() | float() | Decimal() | None:
            return value
        case _:
            return str(value)


def _batch(mapped: Mapped, waiting: Sequence[tuple[int, list[Cell]]]) -> Batch:
    return Batch(mapped, [line for line, _ in waiting], list(zip(*(row for _, row in waiting), strict=True)))


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return "a number"
