"""What an import warns of: rows that were kept, and yet may say something else than their author meant."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from domain.folding import printable
from domain.import_values import has_short_year, quoted
from domain.imports import Cell, Mapped, plain_header

_AHEAD = dt.timedelta(hours=1)
"""How far tills' clocks may be ahead of ours."""
_NUMBERS = re.compile(r"(?:^|_|[a-z])(?:no|nro|nr|num|number|numero|numer|id|tunnus|koodi|code|cislo|kod|ref)$")
_CUSTOMERS = re.compile(r"cust|client|member|subscri|account|asiakas|tilaaja|jasen|kanta|zakaz|klient|kund|card|kortti")
_SHOWN_HEADERS = 10


class ShortYears:
    """Counts the cells of one column whose year has two digits; see `domain.import_values.full_year`."""

    def __init__(self, column: str, zone: dt.tzinfo) -> None:
        self._column, self._zone = column, zone
        self._count = 0
        self._first = ""

    def look(self, lines: Sequence[int], cells: Sequence[Cell], values: Sequence[Any]) -> None:
        """Look at a batch's cells, beside them what each was read as: a time, a day, or anything for a bad one."""
        short = {cell for cell in set(cells) if has_short_year(cell)}
        if not short:
            return
        for line, cell, value in zip(lines, cells, values, strict=True):
            if cell in short and isinstance(value, dt.date):
                self._count += 1
                year = (value.astimezone(self._zone) if isinstance(value, dt.datetime) else value).year
                self._first = self._first or f"line {line}: {quoted(str(cell))} is {year}"

    def told(self) -> list[str]:
        """Say how many there are, and how the first was read; nothing where there are none."""
        if not self._count:
            return []
        many = "1 year" if self._count == 1 else f"{self._count:,} years"
        return [f"{self._column}: {many} of two digits read ({self._first}); write four where that is wrong"]


class Future:
    """Counts purchases that have not been yet."""

    def __init__(self, now: dt.datetime, zone: dt.tzinfo) -> None:
        self._after, self._zone = now + _AHEAD, zone
        self._count = 0
        self._latest: tuple[dt.datetime, int] | None = None

    def look(self, lines: Sequence[int], ats: Sequence[dt.datetime]) -> None:
        """Look at the times of lines that are good."""
        if not ats or max(ats) <= self._after:
            return
        later = [(at, -line) for line, at in zip(lines, ats, strict=True) if at > self._after]
        self._count += len(later)
        self._latest = max([*later, *([self._latest] if self._latest else [])])

    def told(self) -> list[str]:
        """Say how many there are and which is the latest; nothing where there are none."""
        if self._latest is None:
            return []
        at, line = self._latest[0].astimezone(self._zone), -self._latest[1]
        many = "1 purchase is" if self._count == 1 else f"{self._count:,} purchases are"
        return [
            f"at: {many} in the future, the latest {at:%Y-%m-%d %H:%M} (line {line}); check the order of day and month"
        ]


def without_numbers(mapped: Mapped, new: int) -> list[str]:
    """Warn that *new* customers came in without a number because no column gives one, with the header that may."""
    if not new or "number" in mapped.places:
        return []
    many = "1 new customer has" if new == 1 else f"{new:,} new customers have"
    told = f"number: no column gives the customer's number, so {many} none, and purchases will not find them"
    likely = likely_number(mapped.unused)
    if likely is not None:
        name = printable(likely)
        return [f'{told}; is it "{name}"? then add --map number="{name}"']
    if not mapped.unused:
        return [f"{told}; ask its source for a file with the numbers"]
    shown = ", ".join(f'"{name[:40]}"' for name in mapped.unused[:_SHOWN_HEADERS])
    return [f"{told}; add --map number=HEADER; unused are {printable(shown)}"]


def likely_number(headers: Sequence[str]) -> str | None:
    """Return the header that most likely names a customer's number, or None where none looks like it."""

    def likeness(header: str) -> int:
        plain = plain_header(header)
        is_number = _NUMBERS.search(plain) is not None
        return is_number + 2 * (is_number and _CUSTOMERS.search(plain) is not None)

    best = max(headers, key=likeness, default=None)
    return best if best is not None and likeness(best) else None
