"""The time that a report is about: a month, some days, or the last 90 days; by the company's clocks and at most now."""

from __future__ import annotations

import datetime as dt

from bot.report import months_before
from domain.company import Company

Period = tuple[dt.datetime, dt.datetime]


def month_of(company: Company, month: str, now: dt.datetime) -> Period:
    """
    Return the first moment of a *month* ("2027-03"; "" is this one) and the one after its last, at most *now*.

    Raises ValueError with what is wrong.
    """
    try:
        first = dt.date.fromisoformat(f"{month}-01") if month else now.astimezone(company.zone).date().replace(day=1)
    except ValueError:
        raise ValueError(f"{month}: is no month; write 2027-03") from None
    return _between(company, first, months_before(first, -1), now, month)


def days_of(company: Company, since: dt.date, until: dt.date | None, now: dt.datetime) -> Period:
    """Return the time from the day *since* to the end of the day *until*, at most *now*; raises ValueError."""
    last = until or now.astimezone(company.zone).date()
    if last < since:
        raise ValueError(f"{last}: is before {since}; give the later day as --until")
    return _between(company, since, last + dt.timedelta(days=1), now, str(since))


def _between(company: Company, first: dt.date, after: dt.date, now: dt.datetime, name: str) -> Period:
    since, until = (dt.datetime.combine(day, dt.time(), company.zone).astimezone(dt.UTC) for day in (first, after))
    if since > now:
        raise ValueError(f"{name}: has not begun; give a time that has")
    return since, min(until, now.astimezone(dt.UTC))
