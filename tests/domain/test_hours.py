"""Opening hours: a clock that runs only while the company is open, over nights, weekends, holidays and DST."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from domain.company import Company, Hours
from domain.hours import after_open_time, open_time_between

COMPANY = Company(holidays=frozenset({dt.date(2027, 3, 26), dt.date(2027, 3, 29)}))  # Good Friday, Easter Monday
NIGHT = dataclasses.replace(COMPANY, hours=(Hours(6, dt.time(1), dt.time(6)),), holidays=frozenset())


def local(text: str) -> dt.datetime:
    """Return a local time of the company."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=COMPANY.zone)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2027-03-02 10:00", 4, "2027-03-02 14:00"),
        ("2027-03-02 15:00", 4, "2027-03-03 11:00"),  # over the night
        ("2027-03-02 06:00", 4, "2027-03-02 13:00"),  # before opening
        ("2027-03-02 20:00", 4, "2027-03-03 13:00"),  # after closing
        ("2027-03-05 16:00", 4, "2027-03-08 12:00"),  # over the weekend
        ("2027-03-25 16:00", 4, "2027-03-30 12:00"),  # over Easter and the change of the clock
        ("2027-03-02 09:00", 8, "2027-03-02 17:00"),  # to the minute
    ],
)
def test_a_promise_runs_in_opening_hours_only(start: str, hours: int, end: str) -> None:
    """The end is an instant at which the company is open, and the open time between is the promise."""
    span = dt.timedelta(hours=hours)
    assert after_open_time(COMPANY, local(start), span) == local(end)
    assert open_time_between(COMPANY, local(start), local(end)) == span


def test_a_night_with_the_change_of_the_clock_is_an_hour_shorter_or_longer() -> None:
    """Opening hours are local; what has passed is real time."""
    spring = open_time_between(NIGHT, local("2027-03-28 00:00"), local("2027-03-28 12:00"))
    autumn = open_time_between(NIGHT, local("2027-10-31 00:00"), local("2027-10-31 12:00"))
    assert (spring, autumn) == (dt.timedelta(hours=4), dt.timedelta(hours=6))


def test_a_company_without_opening_hours_counts_every_hour() -> None:
    """Nothing given is no restriction."""
    always = dataclasses.replace(COMPANY, hours=())
    start = local("2027-03-05 16:00")
    assert after_open_time(always, start, dt.timedelta(hours=4)) == start + dt.timedelta(hours=4)
    assert open_time_between(always, start, start + dt.timedelta(hours=4)) == dt.timedelta(hours=4)


def test_nothing_is_open_between_an_end_and_an_earlier_start() -> None:
    """Spans are never negative."""
    assert open_time_between(COMPANY, local("2027-03-02 12:00"), local("2027-03-02 10:00")) == dt.timedelta(0)
