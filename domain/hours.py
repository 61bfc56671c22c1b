"""Opening hours: when a clock that runs only while the company is open reaches its end."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator

from domain.company import Company

_HORIZON = dt.timedelta(days=400)


def after_open_time(company: Company, start: dt.datetime, span: dt.timedelta) -> dt.datetime:
    """
    Return the instant (aware, UTC) at which the company will have been open for *span* since *start*.

    On holidays nothing opens, but the night that began on the eve goes on to its end; local opening times follow
    daylight saving. A company without any opening hours counts every hour.
    """
    left = span
    for opens, closes in _open_spans(company, start):
        usable = closes - max(opens, start)
        if usable >= left:
            return max(opens, start) + left
        left -= usable
    return start + span


def open_time_between(company: Company, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
    """Return how long the company was open from *start* to *end*; without opening hours, all of it."""
    start, end = start.astimezone(dt.UTC), end.astimezone(dt.UTC)  # two of one zone would be subtracted by their clocks
    if not company.hours:
        return max(end - start, dt.timedelta(0))
    total = dt.timedelta(0)
    for opens, closes in _open_spans(company, start):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), dt.timedelta(0))
    return total


class OpenTime:
    """
    All opening time from *first* to *last*, laid out once: for as many spans within it as a report has cases.

    `between` gives what `open_time_between` gives, in a hundredth of the time.
    """

    def __init__(self, company: Company, first: dt.datetime, last: dt.datetime) -> None:
        self._always = not company.hours
        self._opens: list[dt.datetime] = []
        self._closes: list[dt.datetime] = []
        self._before: list[dt.timedelta] = []  # how long it was open before each opening
        total = dt.timedelta(0)
        for opens, closes in _open_spans(company, first, last):
            self._opens.append(opens)
            self._closes.append(closes)
            self._before.append(total)
            total += closes - opens

    def between(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """Return how long the company was open from *start* to *end*, both within what was laid out."""
        if self._always:
            return max(end.astimezone(dt.UTC) - start.astimezone(dt.UTC), dt.timedelta(0))
        return max(self._until(end) - self._until(start), dt.timedelta(0))

    def _until(self, moment: dt.datetime) -> dt.timedelta:
        place = bisect_right(self._opens, moment) - 1
        if place < 0:
            return dt.timedelta(0)
        return self._before[place] + (min(moment, self._closes[place]) - self._opens[place])


def opens_on(company: Company, day: dt.date) -> bool:
    """Say whether the company opens on that day of its own calendar; without opening hours it does but on holidays."""
    weekdays = {hours.weekday for hours in company.hours}
    return day not in company.holidays and (not weekdays or day.weekday() in weekdays)


def _open_spans(
    company: Company, start: dt.datetime, end: dt.datetime | None = None
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """
    Yield (opens, closes) in UTC of each time of being open from *start* to *end*; None: for a little over a year.

    They come in order and apart from one another: openings that touch or overlap are one.
    """
    reached: dt.datetime | None = None
    begun: dt.datetime | None = None
    for opens, closes in _openings(company, start, end or start + _HORIZON):
        if reached is None or begun is None:
            begun, reached = opens, closes
        elif opens <= reached:
            reached = max(reached, closes)
        else:
            yield begun, reached
            begun, reached = opens, closes
    if begun is not None and reached is not None:
        yield begun, reached


def _openings(company: Company, start: dt.datetime, end: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Yield (opens, closes) in UTC as the config has them, in order of opening."""
    zone = company.zone
    day = start.astimezone(zone).date() - dt.timedelta(days=1)
    last = end.astimezone(zone).date()
    while company.hours and day <= last:
        if day not in company.holidays:
            for hours in sorted(company.hours, key=lambda each: each.opens):
                if hours.weekday != day.weekday():
                    continue
                closing_day = day if hours.closes > hours.opens else day + dt.timedelta(days=1)
                opens = dt.datetime.combine(day, hours.opens, zone).astimezone(dt.UTC)
                closes = dt.datetime.combine(closing_day, hours.closes, zone).astimezone(dt.UTC)
                if closes > start:
                    yield opens, closes
        day += dt.timedelta(days=1)
