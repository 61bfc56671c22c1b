"""
Lengths of time as people write them: "15min", "20h", "90d", "8w", "12m" (months), "3y".

Days and longer follow the calendar and the wall clock of the moment's own zone; hours and shorter are exact.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

_FORM = re.compile(r"(\d{1,6})\s*(s|min|h|d|w|m|y)", re.ASCII)
_REMEDY = 'write a number and a unit: "15min", "20h", "2d", "8w", "12m" (months) or "3y"'


class Unit(StrEnum):
    """Units of a duration; `m` is months, minutes are `min`."""

    SECONDS = "s"
    MINUTES = "min"
    HOURS = "h"
    DAYS = "d"
    WEEKS = "w"
    MONTHS = "m"
    YEARS = "y"


_FIXED = {
    Unit.SECONDS: dt.timedelta(seconds=1),
    Unit.MINUTES: dt.timedelta(minutes=1),
    Unit.HOURS: dt.timedelta(hours=1),
    Unit.DAYS: dt.timedelta(days=1),
    Unit.WEEKS: dt.timedelta(weeks=1),
}
_EXACT = frozenset({Unit.SECONDS, Unit.MINUTES, Unit.HOURS})


@dataclass(frozen=True, slots=True)
class Duration:
    """A whole number of one unit, never negative; 12m and 1y are equal lengths but different values."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError(f"duration {self.amount}{self.unit}: is negative; use before() to go back")

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @property
    def months(self) -> int:
        """Length in calendar months; 0 for units that are not made of months."""
        return self.amount * {Unit.MONTHS: 1, Unit.YEARS: 12}.get(self.unit, 0)

    def as_timedelta(self) -> dt.timedelta | None:
        """Give the fixed length (a day taken as 24 hours), or None for months and years, which have none."""
        step = _FIXED.get(self.unit)
        return None if step is None else step * self.amount

    def after(self, moment: dt.datetime) -> dt.datetime:
        """
        Give the aware moment this long after *moment*, in the same zone.

        31 January + 1m is the last day of February. A wall time that the clock jumps over moves on by the jump.
        Raises OverflowError beyond the years 1 to 9999, ValueError for a naive moment.
        """
        return self._moved(moment, 1)

    def before(self, moment: dt.datetime) -> dt.datetime:
        """Give the aware moment this long before *moment*; the same rules as `after`."""
        return self._moved(moment, -1)

    def after_date(self, date: dt.date) -> dt.date:
        """Give the date this long after *date*; hours and shorter count in whole days, rounded down."""
        return self._moved_date(date, 1)

    def before_date(self, date: dt.date) -> dt.date:
        """Give the date this long before *date*; hours and shorter count in whole days, rounded down."""
        return self._moved_date(date, -1)

    def _moved(self, moment: dt.datetime, sign: int) -> dt.datetime:
        if moment.tzinfo is None or moment.utcoffset() is None:
            raise ValueError("duration: a naive moment was given; use an aware one")
        if self.unit in _EXACT:
            step = _FIXED[self.unit] * self.amount * sign
            return (moment.astimezone(dt.UTC) + step).astimezone(moment.tzinfo)
        date = self._moved_date(moment.date(), sign)
        wall = moment.replace(year=date.year, month=date.month, day=date.day)
        return wall.astimezone(dt.UTC).astimezone(moment.tzinfo)

    def _moved_date(self, date: dt.date, sign: int) -> dt.date:
        if not self.months:
            step = self.as_timedelta()
            return date + dt.timedelta(days=sign * (step.days if step else 0))
        year, month0 = divmod(date.year * 12 + date.month - 1 + sign * self.months, 12)
        if not dt.MINYEAR <= year <= dt.MAXYEAR:
            raise OverflowError(f"duration {self}: leads out of the calendar from {date}")
        return date.replace(year=year, month=month0 + 1, day=min(date.day, calendar.monthrange(year, month0 + 1)[1]))


class NotADurationError(ValueError):
    """A text that is no duration; *problem* and *remedy* say why and what to write."""

    def __init__(self, problem: str, remedy: str = _REMEDY) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


def parse_duration(text: str) -> Duration:
    """Read "90d", "8w", "12m" (months), "3y", "20h", "15min" or "30s"; raises `NotADurationError`."""
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise NotADurationError(f'"{text}" is no duration')
    return Duration(int(found[1]), Unit(found[2]))


def parse_fixed_duration(text: str) -> dt.timedelta:
    """
    Read a duration of fixed length (seconds to weeks); raises `NotADurationError`.

    Months are refused with a hint at "min", because "90m" in a reminder nearly always means minutes.
    """
    duration = parse_duration(text)
    length = duration.as_timedelta()
    if length is None:
        hint = f'; for minutes write "{duration.amount}min"' if duration.unit is Unit.MONTHS else ""
        raise NotADurationError(
            f'"{text}" has no fixed length ("{duration.unit}" is {duration.unit.name.lower()})',
            f"use s, min, h, d or w{hint}",
        )
    return length
