"""Calendar arithmetic in SQL that gives the same dates on SQLite, on PostgreSQL and in `domain.durations`."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Integer, case, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from domain.measures import PLACES_A_MONTH
from store.types import UtcDateTime

_EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_REAL_DATE = (
    r"^(?!0000)([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|1[0-9]|2[0-8]))|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)$"
)


def local_day(at: ColumnElement[dt.datetime], zone: dt.tzinfo, latest: dt.datetime) -> ColumnElement[dt.date]:
    """
    Give the date of *at* in *zone*, for instants up to *latest*; null stays null.

    The zone's changes of offset go into the statement, so that both databases and Python read one time zone table.
    Before 1990 the offset of its beginning is taken.
    """
    first, *later = _offsets(zone, latest.year + 1)
    whens = [(at >= literal(since, UtcDateTime()), literal(offset, Integer)) for since, offset in reversed(later)]
    offset = literal(first[1], Integer)
    return _LocalDay(at, case(*whens, else_=offset) if whens else offset)


@lru_cache(maxsize=64)
def _offsets(zone: dt.tzinfo, until: int) -> tuple[tuple[dt.datetime, int], ...]:
    """Find the instants since 1990 at which the zone's offset changes, to the second, with the offset from then on."""

    def offset(at: dt.datetime) -> int:
        delta = at.astimezone(zone).utcoffset()
        assert delta is not None
        return int(delta.total_seconds())

    found = [(_EARLIEST, offset(_EARLIEST))]
    at, step = _EARLIEST, dt.timedelta(days=1)
    while at.year < until:
        after = at + step
        if offset(after) != found[-1][1]:
            low, high = at, after
            while high - low > dt.timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == found[-1][1] else (low, middle)
            found.append((high, offset(high)))
        at = after
    return tuple(found)


class _LocalDay(FunctionElement[dt.date]):
    """(instant, offset in seconds) → date."""

    type = Date()
    inherit_cache = True


class PlusMonths(FunctionElement[dt.date]):
    """(date, whole number of months) → the date that many months later, the day clipped to the month's last."""

    type = Date()
    inherit_cache = True


class CalendarPlace(FunctionElement[int]):
    """(date) → its place in a calendar whose months all have 32 days, as `domain.measures.calendar_place` gives it."""

    type = BigInteger()
    inherit_cache = True


class DaysBetween(FunctionElement[int]):
    """(later date, earlier date) → whole days."""

    type = Integer()
    inherit_cache = True


class DayOfNumber(FunctionElement[dt.date]):
    """(days since 1970-01-01) → the date; null stays null."""

    type = Date()
    inherit_cache = True


class DayOfText(FunctionElement[dt.date]):
    """(text) → the date it writes as 2027-03-28, null for any other text and for days that do not exist."""

    type = Date()
    inherit_cache = True


class WholePart(FunctionElement[int]):
    """(number that is not negative) → its whole part."""

    type = BigInteger()
    inherit_cache = True


class Position(FunctionElement[int]):
    """(text, part) → where *part* begins in the text, from 1; 0 where it does not occur."""

    type = Integer()
    inherit_cache = True


def _parts(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> list[str]:
    return [f"({compiler.process(clause, **options)})" for clause in element.clauses]


@compiles(_LocalDay, "sqlite")
def _local_day_sqlite(element: _LocalDay, compiler: SQLCompiler, **options: Any) -> str:
    at, offset = _parts(element, compiler, **options)
    return f"date({at}, {offset} || ' seconds')"


@compiles(_LocalDay, "postgresql")
def _local_day_postgresql(element: _LocalDay, compiler: SQLCompiler, **options: Any) -> str:
    at, offset = _parts(element, compiler, **options)
    return f"CAST(({at} AT TIME ZONE 'UTC') + make_interval(secs => {offset}) AS DATE)"


@compiles(PlusMonths, "sqlite")
def _plus_months_sqlite(element: PlusMonths, compiler: SQLCompiler, **options: Any) -> str:
    def part(index: int) -> str:  # compiled anew for each place: a positional parameter counts once per place
        return _nth(element, index, compiler, **options)

    same_day = (
        f"date({part(0)}, 'start of month', {part(1)} || ' months', "
        f"(CAST(strftime('%d', {part(0)}) AS INTEGER) - 1) || ' days')"
    )
    last_day = f"date({part(0)}, 'start of month', ({part(1)} + 1) || ' months', '-1 day')"
    return f"min({same_day}, {last_day})"


def _nth(element: FunctionElement[Any], index: int, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(list(element.clauses)[index], **options)})"


@compiles(PlusMonths, "postgresql")
def _plus_months_postgresql(element: PlusMonths, compiler: SQLCompiler, **options: Any) -> str:
    day, months = _parts(element, compiler, **options)
    return f"CAST({day} + make_interval(months => CAST({months} AS INTEGER)) AS DATE)"


@compiles(CalendarPlace, "sqlite")
def _calendar_place_sqlite(element: CalendarPlace, compiler: SQLCompiler, **options: Any) -> str:
    year, month, day = (
        f"CAST(strftime('{part}', {_nth(element, 0, compiler, **options)}) AS INTEGER)" for part in ("%Y", "%m", "%d")
    )
    return f"(({year} * 12 + {month}) * {PLACES_A_MONTH} + {day})"


@compiles(CalendarPlace, "postgresql")
def _calendar_place_postgresql(element: CalendarPlace, compiler: SQLCompiler, **options: Any) -> str:
    year, month, day = (
        f"CAST(EXTRACT({part} FROM {_nth(element, 0, compiler, **options)}) AS BIGINT)"
        for part in ("YEAR", "MONTH", "DAY")
    )
    return f"(({year} * 12 + {month}) * {PLACES_A_MONTH} + {day})"


@compiles(DaysBetween, "sqlite")
def _days_between_sqlite(element: DaysBetween, compiler: SQLCompiler, **options: Any) -> str:
    later, earlier = _parts(element, compiler, **options)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(DaysBetween, "postgresql")
def _days_between_postgresql(element: DaysBetween, compiler: SQLCompiler, **options: Any) -> str:
    later, earlier = _parts(element, compiler, **options)
    return f"(CAST({later} AS DATE) - CAST({earlier} AS DATE))"


@compiles(DayOfNumber, "sqlite")
def _day_of_number_sqlite(element: DayOfNumber, compiler: SQLCompiler, **options: Any) -> str:
    (number,) = _parts(element, compiler, **options)
    return f"date({number} * 86400, 'unixepoch')"


@compiles(DayOfNumber, "postgresql")
def _day_of_number_postgresql(element: DayOfNumber, compiler: SQLCompiler, **options: Any) -> str:
    (number,) = _parts(element, compiler, **options)
    return f"(DATE '1970-01-01' + CAST({number} AS INTEGER))"


@compiles(DayOfText, "sqlite")
def _day_of_text_sqlite(element: DayOfText, compiler: SQLCompiler, **options: Any) -> str:
    def text() -> str:
        return _nth(element, 0, compiler, **options)

    # Without the modifier SQLite leaves 2027-02-30 as it is.
    form = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
    is_real = f"{text()} >= '0001' AND date({text()}, '0 days') = {text()}"
    return f"CASE WHEN {text()} GLOB '{form}' AND {is_real} THEN {text()} END"


@compiles(DayOfText, "postgresql")
def _day_of_text_postgresql(element: DayOfText, compiler: SQLCompiler, **options: Any) -> str:
    fits, text = (_nth(element, 0, compiler, **options) for _ in range(2))
    return f"CASE WHEN {fits} ~ '{_REAL_DATE}' THEN CAST({text} AS DATE) END"


@compiles(WholePart, "sqlite")
def _whole_part_sqlite(element: WholePart, compiler: SQLCompiler, **options: Any) -> str:
    (number,) = _parts(element, compiler, **options)
    return f"CAST({number} AS INTEGER)"


@compiles(WholePart, "postgresql")
def _whole_part_postgresql(element: WholePart, compiler: SQLCompiler, **options: Any) -> str:
    (number,) = _parts(element, compiler, **options)
    return f"CAST(floor({number}) AS BIGINT)"


@compiles(Position, "sqlite")
def _position_sqlite(element: Position, compiler: SQLCompiler, **options: Any) -> str:
    text, part = _parts(element, compiler, **options)
    return f"instr({text}, {part})"


@compiles(Position, "postgresql")
def _position_postgresql(element: Position, compiler: SQLCompiler, **options: Any) -> str:
    text, part = _parts(element, compiler, **options)
    return f"strpos({text}, {part})"
