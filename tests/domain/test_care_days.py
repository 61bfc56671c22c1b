"""Days of care plans: read as people write them, and placed in each year."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.care_days import DayUnreadError, read_day


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("first Tuesday of March", ["2027-03-02"]),
        ("last Friday of May, November", ["2027-05-28", "2027-11-26"]),
        ("15 March and September", ["2027-03-15", "2027-09-15"]),
        ("31. of January, February", ["2027-01-31", "2027-02-28"]),
        ("last day of June", ["2027-06-30"]),
        ("2027-03-15", ["2027-03-15"]),
        ("2028-03-15", []),
        ("fourth monday of feb", ["2027-02-22"]),
    ],
)
def test_days_as_people_write_them_are_those_of_the_calendar(written: str, days: list[str]) -> None:
    """A wall calendar of 2027 shows the same."""
    assert [wall.date().isoformat() for wall in read_day(written).walls(2027)] == days


def test_every_month_has_twelve_days_at_their_time() -> None:
    """One a month, at the time that was given."""
    walls = read_day("first Monday of every month", dt.time(14, 30)).walls(2027)
    assert [wall.month for wall in walls] == list(range(1, 13))
    assert {(wall.weekday(), wall.hour, wall.minute) for wall in walls} == {(0, 14, 30)}


def test_day_of_every_second_year_comes_in_its_years_only() -> None:
    """Counted from the year that is given, and not before it."""
    day = read_day("15 March", years=2, since=2027)
    assert [year for year in range(2024, 2033) if day.walls(year)] == [2027, 2029, 2031]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("soon", "names no day"),
        ("32 March", "names no day"),
        ("first Tusday of March", '"tusday" is no weekday'),
        ("sixth Tuesday of March", '"sixth" is not first'),
        ("first Tuesday of Mars", '"mars" is no month'),
        ("30 February", "no month of these has 30 days"),
        ("2027-02-30", "no date that exists"),
        ("second day of March", "names no day"),
    ],
)
def test_day_that_is_none_is_refused_with_what_to_write(written: str, problem: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(DayUnreadError) as refused:
        read_day(written)
    assert problem in refused.value.problem
    assert refused.value.remedy
