"""A case's clock: it runs in opening time, rests without losing or gaining any, and is missed for good."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.case_clocks import CaseClock, Clock, nearest, rested, resumed, retargeted, started, stopped
from domain.company import Company, Hours
from domain.hours import open_time_between

DAYS = Company(holidays=frozenset({dt.date(2027, 3, 26), dt.date(2027, 3, 29)}))  # Good Friday, Easter Monday
NIGHTS = dataclasses.replace(DAYS, hours=tuple(Hours(day, dt.time(18), dt.time(2)) for day in range(7)))
WHOLE = dataclasses.replace(DAYS, hours=tuple(Hours(day, dt.time(0), dt.time(0)) for day in range(7)))
ALWAYS = dataclasses.replace(DAYS, hours=())
HOUR = dt.timedelta(hours=1)


def local(text: str) -> dt.datetime:
    """Return a local time of the company."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=DAYS.zone)


def clock(start: str, hours: float, company: Company = DAYS) -> CaseClock:
    """Return a clock of so many opening hours that was started then."""
    return started(company, 1, 12, Clock.RESOLUTION, hours * HOUR, local(start))


def test_a_clock_warns_at_its_share_and_ends_with_its_promise() -> None:
    """Three quarters of four hours are over at one o'clock."""
    running = clock("2027-03-02 10:00", 4)
    assert running.warn_at == local("2027-03-02 13:00")
    assert running.due_at == local("2027-03-02 14:00")
    assert not running.was_missed(local("2027-03-02 14:00"))
    assert running.was_missed(local("2027-03-02 14:01"))


def test_a_resting_clock_keeps_what_was_left_over_a_holiday() -> None:
    """An hour of four is used on Thursday; the rest runs from Tuesday noon."""
    running = clock("2027-03-25 15:00", 4)
    resting = rested(DAYS, running, local("2027-03-25 16:00"))
    assert (resting.rests, resting.left, resting.due_at) == (True, 3 * HOUR, None)
    assert not resting.was_missed(local("2027-06-01 12:00"))
    again = resumed(DAYS, resting, local("2027-03-30 12:00"))
    assert again.due_at == local("2027-03-30 15:00")
    assert again.warn_at == local("2027-03-30 14:00")


def test_a_clock_that_is_over_does_not_rest() -> None:
    """A broken promise stays broken, whoever waits for whom afterwards."""
    running = clock("2027-03-02 10:00", 4)
    late = rested(DAYS, running, local("2027-03-02 15:00"))
    assert late == running
    assert stopped(late, local("2027-03-02 16:00")).was_missed(local("2027-03-02 16:00"))


def test_the_first_stop_counts() -> None:
    """Stopped in time, it is never missed."""
    done = stopped(clock("2027-03-02 10:00", 4), local("2027-03-02 12:00"))
    assert stopped(done, local("2027-03-02 16:00")) == done
    assert not done.was_missed(local("2027-03-02 16:00"))


@pytest.mark.parametrize(
    ("used", "due"), [("2027-03-02 11:00", "2027-03-02 12:00"), ("2027-03-02 13:00", "2027-03-02 13:00")]
)
def test_a_promise_that_is_halved_counts_from_the_start(used: str, due: str) -> None:
    """Four hours from ten become two: due at twelve, or at once where more than that is over."""
    assert retargeted(DAYS, clock("2027-03-02 10:00", 4), 2 * HOUR, local(used)).due_at == local(due)


def test_the_nearest_clock_is_the_one_that_is_due_first_and_runs() -> None:
    """What rests or has stopped is not shown."""
    long, short = clock("2027-03-02 10:00", 4), clock("2027-03-02 10:00", 2)
    assert nearest([long, short]) == short
    assert nearest([long, stopped(short, local("2027-03-02 11:00"))]) == long
    assert nearest([rested(DAYS, long, local("2027-03-02 11:00"))]) is None


@given(
    company=st.sampled_from([DAYS, NIGHTS, WHOLE, ALWAYS]),
    hours=st.integers(1, 60),
    start=st.integers(0, 13 * 86_400_000),
    waits=st.lists(st.tuples(st.integers(1, 40_000_000), st.integers(1, 400_000_000)), max_size=6),
)
def test_resting_never_loses_or_gains_opening_time(
    company: Company, hours: int, start: int, waits: list[tuple[int, int]]
) -> None:
    """
    Whatever pauses a clock has had, the opening time in which it ran is what was promised when it ends.

    Pauses begin and end at any millisecond, over a change of the clock, holidays, nights and weekends.
    """
    begun = now = local("2027-03-20 00:00").astimezone(dt.UTC) + dt.timedelta(milliseconds=start)
    running = started(company, 1, 12, Clock.RESOLUTION, hours * HOUR, now)
    ran = dt.timedelta(0)
    for until_rest, until_back in waits:
        rest = now + dt.timedelta(milliseconds=until_rest)
        assert running.due_at is not None
        if running.due_at <= rest:
            break
        ran += open_time_between(company, now.replace(microsecond=0), rest.replace(microsecond=0))
        now = rest + dt.timedelta(milliseconds=until_back)
        running = resumed(company, rested(company, running, rest), now)
    assert running.due_at is not None
    assert running.due_at >= begun.replace(microsecond=0)
    assert ran + open_time_between(company, now.replace(microsecond=0), running.due_at) == hours * HOUR
