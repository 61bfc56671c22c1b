"""Edges of windows: those of the calendar, whatever was asked before."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from domain.durations import Duration, Unit
from insight.histories import day_number
from insight.windows import first_days_after


@pytest.mark.parametrize("window", [Duration(12, Unit.MONTHS), Duration(1, Unit.MONTHS), Duration(8, Unit.WEEKS)])
def test_each_night_gets_the_edges_that_the_calendar_gives(window: Duration) -> None:
    """On nights in a row over a leap day, and on one before: the day's own edges, up to the latest asked for."""
    for today in (dt.date(2028, 2, 27), dt.date(2028, 2, 28), dt.date(2028, 2, 29), dt.date(2028, 1, 30)):
        latest = day_number(today) - 3
        found = first_days_after(today, window, latest).tolist()
        later = (day_number(window.before_date(today + dt.timedelta(days=days))) for days in itertools.count(1))
        assert found == list(itertools.islice(later, len(found)))
        assert found[-1] > latest >= max(found[:-1], default=latest)


def test_a_window_that_leaves_the_calendar_has_no_edges() -> None:
    """Neither has one whose edge would be after the calendar's last day."""
    assert not len(first_days_after(dt.date(2027, 1, 1), Duration(9000, Unit.YEARS), 0))
    last = dt.date.max
    assert not len(first_days_after(last, Duration(1, Unit.MONTHS), day_number(last)))
