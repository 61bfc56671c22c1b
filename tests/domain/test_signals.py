"""When a silence is longer than somebody's habit: her own intervals, at their bounds."""

from __future__ import annotations

import datetime as dt

from domain.signals import silence_of

START = dt.date(2027, 1, 1)


def days(*gaps: int) -> list[dt.date]:
    """Give the dates of visits with those days between them."""
    found = [START]
    for gap in gaps:
        found.append(found[-1] + dt.timedelta(days=gap))
    return found


def after(visits: list[dt.date], silent: int) -> dt.date:
    return visits[-1] + dt.timedelta(days=silent)


def test_silence_longer_than_all_her_habit_is_one_from_the_first_day_beyond() -> None:
    """Every ten days for years: on the tenth day she is not late, on the eleventh she is."""
    visits = days(*[10] * 8)
    assert silence_of(visits, after(visits, 10)) is None
    found = silence_of(visits, after(visits, 11))
    assert found is not None
    assert (found.visits, found.last, found.usual, found.longest_usual) == (9, visits[-1], 10, 10)
    assert found.since == after(visits, 11)
    assert silence_of(visits, after(visits, 400)) == found, "later it is still the same silence"


def test_limit_is_the_95_percent_point_of_her_own_intervals() -> None:
    """Gaps of 10, 20, 30, 40: the point lies at 38.5 by linear interpolation, so day 38 is fine and day 39 is not."""
    visits = days(40, 10, 30, 20)
    assert silence_of(visits, after(visits, 38)) is None
    found = silence_of(visits, after(visits, 39))
    assert found is not None
    assert (found.longest_usual, found.usual) == (38.5, 25)


def test_four_days_of_buying_are_no_habit() -> None:
    """Five are needed, and several receipts of one day are one of them."""
    visits = days(10, 10, 10)
    assert silence_of([*visits, visits[-1], visits[-1]], after(visits, 300)) is None
    five = days(10, 10, 10, 10)
    assert silence_of(five, after(five, 300)) is not None


def test_daily_customer_may_have_a_week_off() -> None:
    """Whoever comes every day is not missed before the eighth."""
    visits = days(*[1] * 30)
    assert silence_of(visits, after(visits, 7)) is None
    assert silence_of(visits, after(visits, 8)) is not None


def test_future_purchases_do_not_count() -> None:
    """What is dated tomorrow is no visit today."""
    visits = days(10, 10, 10, 10)
    assert silence_of(visits, visits[-1] - dt.timedelta(days=1)) is None
