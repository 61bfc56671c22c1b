"""
When the messages of a sending may go: quiet hours, and the same local time for everybody, wherever they live.

All of a time zone have the same moment, so it is asked once for each zone.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from dialogues.courtesy import quiet_until_for
from domain.company import Company, CourtesyRules
from domain.customers import Customer
from domain.holds import Hold
from domain.newsletters import Newsletter, Sending
from scheduler.slots import instant_of

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """
    When a message may go at *now*: at once where *wait_until* is None.

    *hold* says what it waits for, or that it is too late: then it is not sent at all. *deadline* is the last instant
    at which it may still go, None where there is no wrong time.
    """

    wait_until: dt.datetime | None = None
    hold: Hold | None = None
    deadline: dt.datetime | None = None

    @property
    def is_too_late(self) -> bool:
        """Say whether its time is over."""
        return self.hold is Hold.TOO_LATE


def zone_of(customer: Customer, company: Company) -> str:
    """Name the time zone that a customer lives in; the company's where hers is not known."""
    return customer.timezone or company.timezone


def begins_at(sending: Sending, now: dt.datetime) -> dt.datetime:
    """Return from when the moments of a sending are counted: its start, or when staff last let it go on."""
    return sending.resumed_at or sending.started_at or now


def moment_for(
    newsletter: Newsletter, begins: dt.datetime, zone: str, rules: CourtesyRules, now: dt.datetime
) -> Moment:
    """
    Say when a message to somebody in *zone* may go.

    With a `local_time` it goes at that time of the day on which the sending begins there, at once when that is past by
    no more than the late policy allows, else the next day; what could not go until the end of that allowance is too
    late. In quiet hours it waits until they end. A time that the clock jumps over is the first that exists again.
    """
    if newsletter.local_time is None:
        until = quiet_until_for(zone, rules, now)
        return Moment(until, None if until is None else Hold.QUIET_HOURS)
    within = newsletter.late.within
    at = local_moment(newsletter.local_time, begins, zone, within)
    at = quiet_until_for(zone, rules, at) or at
    deadline = at + within
    if now > deadline:
        return Moment(hold=Hold.TOO_LATE, deadline=deadline)
    if now < at:
        return Moment(at, Hold.LOCAL_TIME, deadline)
    quiet_until = quiet_until_for(zone, rules, now)
    if quiet_until is None:
        return Moment(deadline=deadline)
    if quiet_until > deadline:
        return Moment(hold=Hold.TOO_LATE, deadline=deadline)
    return Moment(quiet_until, Hold.QUIET_HOURS, deadline)


def local_moment(time: dt.time, begins: dt.datetime, zone: str, within: dt.timedelta) -> dt.datetime:
    """Return that local time, in UTC, of the day of *begins* in *zone*; of the next day when it is past by more."""
    where = zoneinfo.ZoneInfo(zone)
    day = begins.astimezone(where).date()
    at = instant_of(dt.datetime.combine(day, time), where)
    return at if begins - at <= within else instant_of(dt.datetime.combine(day + _DAY, time), where)
