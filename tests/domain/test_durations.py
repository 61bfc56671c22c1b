"""Durations: reading, calendar arithmetic, and the clock changes."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.durations import Duration, NotADurationError, Unit, parse_duration, parse_fixed_duration

HELSINKI = ZoneInfo("Europe/Helsinki")


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("90d", 90, Unit.DAYS),
        ("8w", 8, Unit.WEEKS),
        ("12m", 12, Unit.MONTHS),
        ("3y", 3, Unit.YEARS),
        ("20h", 20, Unit.HOURS),
        ("15min", 15, Unit.MINUTES),
        (" 30 s ", 30, Unit.SECONDS),
    ],
)
def test_written_duration_is_read(text: str, amount: int, unit: Unit) -> None:
    """Every unit reads as people write it; m is months, min is minutes."""
    assert parse_duration(text) == Duration(amount, unit)


@pytest.mark.parametrize("text", ["", "d", "2", "-2d", "2.5h", "2 days", "2D", "٣d", "9999999d"])
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    """The error shows what may be written."""
    with pytest.raises(NotADurationError, match="write a number and a unit"):
        parse_duration(text)


def test_months_where_a_fixed_length_is_wanted_hint_at_minutes() -> None:
    """90m in a reminder means minutes; reading it as 90 months would keep silent for years."""
    with pytest.raises(NotADurationError, match=r'for minutes write "90min"'):
        parse_fixed_duration("90m")
    assert parse_fixed_duration("90min") == dt.timedelta(minutes=90)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2027-01-31 10:00", "1m", "2027-02-28 10:00"),
        ("2028-02-29 10:00", "1y", "2029-02-28 10:00"),
        ("2027-12-15 10:00", "2m", "2028-02-15 10:00"),
        ("2027-03-27 10:00", "1d", "2027-03-28 10:00"),  # the clock goes forward in between: 23 hours
        ("2027-03-27 10:00", "24h", "2027-03-28 11:00"),
        ("2027-03-27 03:30", "1d", "2027-03-28 04:30"),  # 03:30 does not exist that night
        ("2027-10-30 10:00", "24h", "2027-10-31 09:00"),
        ("2027-10-03 10:00", "8w", "2027-11-28 10:00"),
    ],
)
def test_days_follow_the_wall_clock_and_hours_are_exact(start: str, duration: str, end: str) -> None:
    """A reminder a day later comes at the same time of day; 24 hours later are 24 hours."""
    assert parse_duration(duration).after(moment(start)) == moment(end)


@given(
    st.integers(700_000_000, 2_000_000_000).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC)),
    st.integers(0, 500),
    st.sampled_from(["d", "w", "h", "min", "s"]),
)
def test_going_forth_and_back_returns_in_fixed_units(at: dt.datetime, amount: int, unit: str) -> None:
    """Only months and years may clip a day; nothing else loses time."""
    duration = Duration(amount, Unit(unit))
    assert duration.before(duration.after(at)) == at


@given(st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 400))
def test_months_on_dates_never_leave_the_target_month(date: dt.date, months: int) -> None:
    """Clipping keeps to the month that was meant."""
    later = Duration(months, Unit.MONTHS).after_date(date)
    assert (later.year * 12 + later.month) - (date.year * 12 + date.month) == months
    assert later.day <= date.day


def test_naive_moment_is_refused() -> None:
    """A time without a zone has no calendar."""
    with pytest.raises(ValueError, match="naive"):
        parse_duration("1d").after(dt.datetime(2027, 1, 1))  # noqa: DTZ001  (the naive moment is the point)


def test_leaving_the_calendar_is_an_overflow() -> None:
    """9999y cannot be counted back."""
    with pytest.raises(OverflowError):
        parse_duration("9999y").before(moment("2027-01-01 00:00"))


def test_negative_duration_cannot_be_made() -> None:
    """Direction belongs to before and after."""
    with pytest.raises(ValueError, match="negative"):
        Duration(-1, Unit.DAYS)
