"""A cron line in a zone: the right instants over both changes of the clock, and what becomes of late ones."""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.slots import ReportLate, Run, cron_problem, due_slots, next_slot, slots_between, verdicts

HELSINKI = "Europe/Helsinki"


def utc(text: str) -> dt.datetime:
    """Read "2027-03-28 01:00" as an instant in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def between(line: str, zone: str, after: str, until: str) -> list[str]:
    """Give the slots as short UTC texts."""
    return [f"{slot:%m-%d %H:%M}" for slot in slots_between(line, zone, utc(after), utc(until))]


def test_a_weekly_slot_keeps_its_wall_time_over_the_change() -> None:
    """Nine o'clock in Helsinki is 7 UTC in winter and 6 UTC in summer."""
    found = between("0 9 * * 1", HELSINKI, "2027-03-15 07:00", "2027-04-05 06:00")
    assert found == ["03-22 07:00", "03-29 06:00", "04-05 06:00"]


def test_a_slot_in_the_gap_moves_to_the_first_instant_that_exists() -> None:
    """On 28 March 2027 the clock in Helsinki jumps from 03:00 to 04:00, which is 01:00 UTC."""
    assert between("30 3 * * *", HELSINKI, "2027-03-27 02:00", "2027-03-29 02:00") == ["03-28 01:00", "03-29 00:30"]


def test_several_slots_in_the_gap_become_one() -> None:
    """The same instant twice would be the same thing twice."""
    found = between("0,15,30 3-4 * * *", HELSINKI, "2027-03-28 00:00", "2027-03-28 02:00")
    assert found == ["03-28 01:00", "03-28 01:15", "03-28 01:30"]


@pytest.mark.parametrize("line", ["30 3 * * *", "30 * * * *", "*/30 3 * * *"])
def test_a_slot_in_the_hour_that_comes_twice_happens_once(line: str) -> None:
    """On 31 October 2027 it is 03:30 in Helsinki at 00:30 and at 01:30 UTC; only the first counts."""
    found = between(line, HELSINKI, "2027-10-31 00:00", "2027-10-31 01:59")
    assert [slot for slot in found if slot.endswith(":30")] == ["10-31 00:30"]


def test_a_tick_within_the_second_passing_of_the_hour_finds_nothing_again() -> None:
    """From inside the repeated hour the slots of its first passing are over."""
    assert between("30 3 * * *", HELSINKI, "2027-10-31 01:10", "2027-10-31 03:00") == []


def test_a_day_that_a_zone_leaves_out_moves_to_the_next() -> None:
    """Samoa had no 30 December 2011: what was due on it happens when the 31st begins (10:00 UTC)."""
    assert between("0 9 * * *", "Pacific/Apia", "2011-12-30 01:00", "2011-12-31 00:00") == [
        "12-30 10:00",
        "12-30 19:00",
    ]


def test_bounds_are_after_and_up_to() -> None:
    """A slot belongs to exactly one of two intervals that meet in it."""
    assert between("0 9 * * *", "UTC", "2027-01-01 09:00", "2027-01-02 09:00") == ["01-02 09:00"]
    assert between("0 9 * * *", "UTC", "2027-01-01 09:00", "2027-01-02 08:59") == []
    almost = utc("2027-01-01 08:59") + dt.timedelta(seconds=59, microseconds=999_999)
    assert next_slot("0 9 * * *", "UTC", almost) == utc("2027-01-01 09:00")


@settings(max_examples=25, deadline=None)
@given(
    line=st.sampled_from(["0 9 * * 1", "30 3 * * *", "0 * * * *", "15 2,3 * * *", "0 0 1 * *", "59 23 L * *"]),
    zone=st.sampled_from(
        [HELSINKI, "Europe/Prague", "UTC", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu"]
    ),
    cuts=st.lists(st.integers(0, 365 * 24 * 60), min_size=1, max_size=30),
)
def test_however_a_year_is_cut_into_ticks_each_slot_comes_once(line: str, zone: str, cuts: list[int]) -> None:
    """The slots of the parts are the slots of the whole, and each is the line's wall time wherever that exists."""
    start = utc("2027-01-01 00:00")
    moments = [start, *(start + dt.timedelta(minutes=m) for m in sorted(cuts)), start + dt.timedelta(days=366)]
    whole = list(slots_between(line, zone, moments[0], moments[-1]))
    parts = [slot for a, b in itertools.pairwise(moments) for slot in slots_between(line, zone, a, b)]
    assert parts == whole
    assert whole == sorted(set(whole))
    minutes = {int(m) for m in line.split(maxsplit=1)[0].split(",")}
    wrong = [s for s in whole if s.astimezone(zoneinfo.ZoneInfo(zone)).minute not in minutes]
    assert len(wrong) <= 2  # at most where the clock jumps


def test_a_slot_that_is_late_enough_is_reported_and_one_in_time_runs() -> None:
    """The bound is included: exactly six hours late still goes."""
    six, due, now = dt.timedelta(hours=6), utc("2027-01-01 09:00"), utc("2027-01-01 15:00")
    assert verdicts([due], six, now) == [Run(due)]
    second = dt.timedelta(seconds=1)
    assert verdicts([due], six, now + second) == [ReportLate(due, six + second)]
    assert verdicts([], six, now) == []


def test_of_several_missed_slots_only_the_newest_may_go() -> None:
    """After an outage the same newsletter does not go out three times at once."""
    hour = dt.timedelta(hours=1)
    slots = [utc("2027-01-01 09:00") + hour * n for n in range(3)]
    found = verdicts(slots, 6 * hour, slots[-1])
    assert found == [ReportLate(slots[0], 2 * hour), ReportLate(slots[1], hour), Run(slots[2])]


def test_a_long_outage_of_a_dense_line_comes_in_parts() -> None:
    """Nothing is left out: the parts say that there is more."""
    after = utc("2027-01-01 00:00")
    first, complete = due_slots("* * * * *", "UTC", after, after + dt.timedelta(minutes=7), most=5)
    assert (len(first), complete) == (5, False)
    rest, complete = due_slots("* * * * *", "UTC", first[-1], after + dt.timedelta(minutes=7), most=5)
    assert (len(rest), complete) == (2, True)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("0 9 * * 1", None),
        ("0 9 * * MON", None),
        ("0 9 * *", '"0 9 * *" has not five fields'),
        ("0 0 9 * * 1", '"0 0 9 * * 1" has not five fields'),
        ("0 25 * * *", '"0 25 * * *" is no cron line (bad hour)'),
        ("0 0 31 2 *", '"0 0 31 2 *" is no cron line (bad day-of-month)'),
        ("0 0 29 2 MON#6", '"0 0 29 2 MON#6" is no cron line (bad day-of-week)'),
    ],
)
def test_a_wrong_cron_line_is_named(line: str, problem: str | None) -> None:
    """The writer of a file is told which field does not fit."""
    assert cron_problem(line) == problem
