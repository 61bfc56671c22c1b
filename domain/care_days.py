"""The days of a care plan as people write them: "first Tuesday of March", "15 March, 15 September", "2027-03-15"."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_MONTHS = tuple(name.lower() for name in calendar.month_name[1:])
_WEEKDAYS = tuple(name.lower() for name in calendar.day_name)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_EVERY = "every month"
_FORM = re.compile(
    r"(?P<which>\S+)(?: (?!of |every )(?P<weekday>[a-z]+))?(?: of)? "
    r"(?P<months>(?:[a-z]+|every month)(?:(?:,| and) ?[a-z]+)*)"
)


class DayUnreadError(ValueError):
    """A text that names no day: problem and remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


class When(Protocol):
    """The moments of an action, on the wall clock of its zone."""

    def walls(self, year: int) -> Sequence[dt.datetime]:
        """Give the naive wall times of a year, in order, each once."""
        ...

    def __str__(self) -> str:
        """Write it so that the same days are the same text."""
        ...


@dataclass(frozen=True, slots=True)
class InMonths:
    """
    A day of some months: day *nth* of the month, or its *nth* *weekday* (0 is Monday; -1 is the last).

    A day beyond the end of a month is its last; a fifth weekday that a month has not is left out. With *years* over 1
    it comes in every so-manieth year, counted from *since*.
    """

    months: tuple[int, ...]
    nth: int
    weekday: int | None = None
    time: dt.time = dt.time(9)
    years: int = 1
    since: int = 0

    def walls(self, year: int) -> Sequence[dt.datetime]:
        """Give the moments of a year."""
        if self.years > 1 and (year < self.since or (year - self.since) % self.years):
            return ()
        days = [self._day(year, month) for month in self.months]
        return [dt.datetime.combine(day, self.time) for day in days]

    def _day(self, year: int, month: int) -> dt.date:
        last = calendar.monthrange(year, month)[1]
        if self.weekday is None:
            return dt.date(year, month, last if self.nth < 0 else min(self.nth, last))
        if self.nth < 0:
            end = dt.date(year, month, last)
            return end - dt.timedelta(days=(end.weekday() - self.weekday) % 7)
        first = dt.date(year, month, 1)
        return first + dt.timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1))

    def __str__(self) -> str:
        weekday = "" if self.weekday is None else f" {_WEEKDAYS[self.weekday][:3]}"
        months = ",".join(map(str, self.months))
        repeated = f" every {self.years}y from {self.since}" if self.years > 1 else ""
        return f"{self.nth}{weekday} of {months} at {self.time:%H:%M}{repeated}"


@dataclass(frozen=True, slots=True)
class OnDate:
    """One day of one year."""

    date: dt.date
    time: dt.time = dt.time(9)

    def walls(self, year: int) -> Sequence[dt.datetime]:
        """Give its moment in its year."""
        return [dt.datetime.combine(self.date, self.time)] if year == self.date.year else ()

    def __str__(self) -> str:
        return f"{self.date} at {self.time:%H:%M}"


def read_day(text: str, time: dt.time = dt.time(9), *, years: int = 1, since: int = 0) -> InMonths | OnDate:
    """
    Read a day as people write it.

    "2027-03-15", "15 March", "last day of June, December", "first Tuesday of every month". Raises DayUnreadError.
    """
    asked = " ".join(text.lower().split())
    if date := _DATE.fullmatch(asked):
        try:
            return OnDate(dt.date(*map(int, date.groups())), time)
        except ValueError:
            raise DayUnreadError(f'"{text}" is no date that exists', "correct it") from None
    found = _FORM.fullmatch(asked)
    if found is None:
        raise DayUnreadError(f'"{text}" names no day', _WRITE)
    months = _months(found["months"], text)
    nth, weekday = _day(found["which"], found["weekday"], text)
    if weekday is None and nth > 0:
        longest = max(calendar.monthrange(2024, month)[1] for month in months)
        if nth > longest:
            raise DayUnreadError(f'"{text}": no month of these has {nth} days', "write an earlier day, or last day")
    return InMonths(months, nth, weekday, time, years, since)


_WRITE = 'write "first Tuesday of March", "15 March, September", "last day of June" or "2027-03-15"'


def _months(text: str, asked: str) -> tuple[int, ...]:
    if text == _EVERY:
        return tuple(range(1, 13))
    numbers = set()
    for name in re.split(r", ?| and ", text):
        known = [number for number, month in enumerate(_MONTHS, start=1) if name in {month, month[:3]}]
        if not known:
            raise DayUnreadError(f'"{asked}": "{name}" is no month', "write the English name of a month")
        numbers.add(known[0])
    return tuple(sorted(numbers))


def _day(which: str, weekday: str | None, asked: str) -> tuple[int, int | None]:
    if weekday is None:
        number = which.rstrip(".")
        if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= 31:
            raise DayUnreadError(f'"{asked}" names no day', _WRITE)
        return int(number), None
    if which not in _ORDINALS:
        raise DayUnreadError(f'"{asked}": "{which}" is not first, second, third, fourth or last', _WRITE)
    if weekday == "day":
        if which not in {"first", "last"}:
            raise DayUnreadError(f'"{asked}" names no day', _WRITE)
        return _ORDINALS[which], None
    if weekday not in _WEEKDAYS:
        raise DayUnreadError(f'"{asked}": "{weekday}" is no weekday', "write its English name, such as Tuesday")
    return _ORDINALS[which], _WEEKDAYS.index(weekday)
