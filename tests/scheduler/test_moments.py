"""When a message may go: quiet hours, one local time wherever people live, and when it is too late."""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo

import pytest

from domain.company import CourtesyRules
from domain.holds import Hold
from domain.newsletters import LatePolicy, Newsletter
from scheduler.moments import Moment, local_moment, moment_for

RULES = CourtesyRules()
HELSINKI, NEW_YORK, TOKYO = "Europe/Helsinki", "America/New_York", "Asia/Tokyo"
HOUR = dt.timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> dt.datetime:
    """Return a moment of 2027 in UTC."""
    return dt.datetime(2027, month, day, hour, minute, tzinfo=dt.UTC)


def newsletter(local_time: dt.time | None = dt.time(10), late: int = 6) -> Newsletter:
    """Return a newsletter with that local time."""
    return Newsletter("spring", "", {}, "d", local_time=local_time, late=LatePolicy(late * HOUR))


def test_without_a_local_time_only_the_night_holds_it() -> None:
    """There is no wrong time for it, however late it gets."""
    plain = newsletter(None)
    assert moment_for(plain, at(2, 8), HELSINKI, RULES, at(9, 8)) == Moment()
    night = moment_for(plain, at(2, 8), HELSINKI, RULES, at(2, 22))
    assert night == Moment(at(3, 6), Hold.QUIET_HOURS)


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        (HELSINKI, Moment(at(2, 8), Hold.LOCAL_TIME, at(2, 14))),
        (NEW_YORK, Moment(at(2, 15), Hold.LOCAL_TIME, at(2, 21))),
        (TOKYO, Moment(deadline=at(2, 7))),  # ten was five hours ago there: within the allowance
        ("Pacific/Auckland", Moment(at(2, 21), Hold.LOCAL_TIME, at(3, 3))),  # nine hours ago: tomorrow
    ],
)
def test_each_zone_has_its_own_ten_o_clock(zone: str, moment: Moment) -> None:
    """Started at eight in Helsinki: today where ten is to come or just past, else tomorrow."""
    begins = at(2, 6)
    assert moment_for(newsletter(), begins, zone, RULES, begins) == moment


def test_what_could_not_go_within_the_allowance_is_too_late() -> None:
    """To the minute of its end it goes; then it does not, and staff who let it go on give it the next day."""
    begins = at(2, 8)
    assert moment_for(newsletter(), begins, HELSINKI, RULES, at(2, 14)) == Moment(deadline=at(2, 14))
    late = moment_for(newsletter(), begins, HELSINKI, RULES, at(2, 14, 1))
    assert late.is_too_late
    resumed = moment_for(newsletter(), at(2, 14, 1), HELSINKI, RULES, at(2, 14, 1))
    assert resumed.wait_until == at(3, 8)


def test_quiet_hours_move_the_moment_and_its_end() -> None:
    """Seven in the morning becomes eight; where the night begins before the end it is too late."""
    early = newsletter(dt.time(7), late=2)
    assert moment_for(early, at(2, 4), HELSINKI, RULES, at(2, 4)) == Moment(at(2, 6), Hold.LOCAL_TIME, at(2, 8))
    evening = newsletter(dt.time(20), late=2)
    assert moment_for(evening, at(2, 18), HELSINKI, RULES, at(2, 19, 30)).is_too_late


def test_where_the_clock_jumps_it_goes_at_the_first_instant_that_exists() -> None:
    """On 28 March half past three does not exist in Helsinki; on 31 October it comes twice, and the first counts."""
    half_past_three = dt.time(3, 30)
    assert local_moment(half_past_three, at(27, 22), HELSINKI, HOUR) == at(28, 1)
    assert local_moment(half_past_three, at(30, 22, month=10), HELSINKI, HOUR) == at(31, 0, 30, month=10)


@pytest.mark.parametrize("seed", range(20))
def test_it_never_goes_at_a_wrong_time(seed: int) -> None:
    """Any zone, any day, any hour: what may go goes at her local time or at most the allowance after, and by day."""
    chance = random.Random(seed)
    zones = sorted(zoneinfo.available_timezones())
    for _ in range(200):
        zone = chance.choice(zones)
        begins = dt.datetime(2027, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=chance.randrange(525_600))
        one = newsletter(dt.time(chance.randrange(8, 21), chance.randrange(60)), late=chance.randrange(1, 8))
        now = begins + dt.timedelta(minutes=chance.randrange(3000))
        found = moment_for(one, begins, zone, RULES, now)
        if found.is_too_late:
            continue
        goes = found.wait_until or now
        assert one.local_time is not None
        local = goes.astimezone(zoneinfo.ZoneInfo(zone))
        assert RULES.quiet_to <= local.time() < RULES.quiet_from
        wanted = local_moment(one.local_time, begins, zone, one.late.within)
        assert wanted <= goes <= wanted + one.late.within + HOUR  # an hour the clock may jump
        assert goes - begins <= dt.timedelta(days=1) + one.late.within + 2 * HOUR
