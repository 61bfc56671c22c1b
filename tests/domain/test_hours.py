"""Opening hours: a clock that runs only while the company is open, over nights, weekends, holidays and DST."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from domain.company import Company, Hours
from domain.hours import OpenTime, after_open_time, open_time_between

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


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2027-03-04 23:00", 2, "2027-03-05 01:00"),  # over midnight
        ("2027-03-05 01:30", 1, "2027-03-05 18:30"),  # the night that began on Thursday ends at two
        ("2027-03-05 20:00", 7, "2027-03-06 19:00"),  # Friday's night is six hours, Saturday's gives the seventh
        ("2027-03-25 23:00", 4, "2027-03-27 19:00"),  # into Good Friday until two, then nothing before Saturday
        ("2027-03-27 18:00", 9, "2027-03-28 19:00"),  # the clock changes after the night has ended
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(start: str, hours: int, end: str) -> None:
    """18:00-02:00 goes on over midnight, also into a holiday; on the holiday itself nothing opens."""
    nights = dataclasses.replace(
        COMPANY, hours=tuple(Hours(day, dt.time(18), dt.time(2)) for day in (0, 1, 2, 3, 4, 5, 6))
    )
    if start.startswith("2027-03-27"):
        nights = dataclasses.replace(nights, holidays=frozenset())
    span = dt.timedelta(hours=hours)
    assert after_open_time(nights, local(start), span) == local(end)
    assert open_time_between(nights, local(start), local(end)) == span


def test_a_night_over_the_change_of_the_clock_lasts_as_long_as_it_does() -> None:
    """22:00-06:00 is seven hours in spring and nine in autumn."""
    watch = dataclasses.replace(NIGHT, hours=(Hours(5, dt.time(22), dt.time(6)),))
    spring = open_time_between(watch, local("2027-03-27 12:00"), local("2027-03-28 12:00"))
    autumn = open_time_between(watch, local("2027-10-30 12:00"), local("2027-10-31 12:00"))
    assert (spring, autumn) == (dt.timedelta(hours=7), dt.timedelta(hours=9))


def test_a_shop_that_never_shuts_counts_every_hour_but_those_of_holidays() -> None:
    """Whole days follow upon each other without a gap; the day of the change of the clock has 23 hours."""
    always = dataclasses.replace(COMPANY, hours=tuple(Hours(day, dt.time(0), dt.time(0)) for day in range(7)))
    assert after_open_time(always, local("2027-03-02 22:00"), dt.timedelta(hours=4)) == local("2027-03-03 02:00")
    assert after_open_time(always, local("2027-03-25 22:00"), dt.timedelta(hours=4)) == local("2027-03-27 02:00")
    day = open_time_between(always, local("2027-03-28 00:00"), local("2027-03-29 00:00"))
    assert day == dt.timedelta(hours=23)


def test_openings_that_overlap_are_counted_once() -> None:
    """Friday's night until two and Saturday's morning from one are one time of being open."""
    both = dataclasses.replace(
        COMPANY,
        hours=(Hours(4, dt.time(18), dt.time(2)), Hours(5, dt.time(1), dt.time(9)), Hours(5, dt.time(8), dt.time(10))),
    )
    assert open_time_between(both, local("2027-03-05 12:00"), local("2027-03-06 12:00")) == dt.timedelta(hours=16)
    assert after_open_time(both, local("2027-03-05 23:00"), dt.timedelta(hours=9)) == local("2027-03-06 08:00")


@pytest.mark.parametrize(
    "hours",
    [
        COMPANY.hours,
        (),
        tuple(Hours(day, dt.time(0), dt.time(0)) for day in range(7)),
        (Hours(4, dt.time(18), dt.time(2)), Hours(5, dt.time(1), dt.time(9))),
    ],
)
def test_time_laid_out_once_is_the_time_that_is_counted_singly(hours: tuple[Hours, ...]) -> None:
    """From within and without opening time, over nights, Easter and the change of the clock."""
    company = dataclasses.replace(COMPANY, hours=hours)
    first = local("2027-03-20 12:30")
    laid_out = OpenTime(company, first, local("2027-04-10 00:00"))
    moments = [first + dt.timedelta(hours=7 * each, minutes=each) for each in range(60)]
    for start in moments[::5]:
        for end in moments[::3]:
            assert laid_out.between(start, end) == open_time_between(company, start, end)
