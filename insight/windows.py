"""Windows that go with today: on which day what was bought leaves them."""

from __future__ import annotations

import datetime as dt
import itertools
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from domain.durations import Duration
from insight.histories import date_of, day_number


@lru_cache(maxsize=64)
def first_days_after(today: dt.date, window: Duration, latest: int) -> NDArray[np.int64]:
    """
    Give the first day inside *window* on each day after *today*, until that is later than *latest*.

    Days count from 1970-01-01. Where the window, or a day of later, leaves the calendar there are none.
    """
    found: list[int] = []
    first_days = _first_days(window)
    try:
        for day in itertools.count(day_number(today) + 1):
            if (first := first_days.get(day)) is None:
                first = first_days[day] = day_number(window.before_date(date_of(day)))
            found.append(first)
            if first > latest:
                break
    except (OverflowError, ValueError):  # a window that leaves the calendar begins with it, and no such day comes
        found = []
    return np.array(found, dtype=np.int64)


@lru_cache(maxsize=256)
def _first_days(window: Duration) -> dict[int, int]:
    """Give what is known of a window: its first day by the day that it goes with. Each night asks for one day more."""
    return {}
