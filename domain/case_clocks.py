"""
The clocks of a case: first human answer, next answer, resolution. They count opening time, in whole seconds.

Everything here is pure. A clock runs towards *due_at*, rests with the open time that is *left*, or has stopped.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.company import Company
from domain.hours import after_open_time, open_time_between

_SECOND = dt.timedelta(seconds=1)
_NOTHING = dt.timedelta(0)


class Clock(enum.StrEnum):
    """What a customer waits for."""

    FIRST_ANSWER = "first_answer"
    NEXT_ANSWER = "next_answer"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class CaseClock:
    """
    One clock of one case. *target* is the opening time that was promised.

    *due_at* and *warn_at* are None while it rests; then *left* is the opening time that it still has. *warned_at* and
    *late_at* say when staff were told.
    """

    id: int
    case_id: int
    clock: Clock
    started_at: dt.datetime
    target: dt.timedelta
    due_at: dt.datetime | None = None
    warn_at: dt.datetime | None = None
    left: dt.timedelta | None = None
    warned_at: dt.datetime | None = None
    late_at: dt.datetime | None = None
    stopped_at: dt.datetime | None = None

    @property
    def rests(self) -> bool:
        """Say whether it waits for the customer."""
        return self.stopped_at is None and self.due_at is None

    def was_missed(self, now: dt.datetime) -> bool:
        """Say whether its promise was broken by *now*, or by the time at which it stopped."""
        return self.due_at is not None and self.due_at < (self.stopped_at or now)


def started(
    company: Company, identifier: int, case_id: int, clock: Clock, target: dt.timedelta, now: dt.datetime
) -> CaseClock:
    """Return a clock that runs from *now*, or from the next opening."""
    now = whole_second(now)
    target = max(_whole(target), _SECOND)
    return _running(company, CaseClock(identifier, case_id, clock, now, target), target, now)


def rested(company: Company, clock: CaseClock, now: dt.datetime) -> CaseClock:
    """
    Return the clock at rest, with the opening time that is left.

    One that rests or has stopped stays as it is, and so does one whose time is over: its promise is broken for good.
    """
    now = whole_second(now)
    if clock.stopped_at is not None or clock.due_at is None or clock.due_at <= now:
        return clock
    return replace(clock, due_at=None, warn_at=None, left=open_time_between(company, now, clock.due_at))


def resumed(company: Company, clock: CaseClock, now: dt.datetime) -> CaseClock:
    """Return a resting clock as it runs on with what it had left; any other stays as it is."""
    if not clock.rests or clock.left is None:
        return clock
    return _running(company, clock, clock.left, whole_second(now))


def stopped(clock: CaseClock, now: dt.datetime) -> CaseClock:
    """Return the clock as it stood at *now*; the first stop counts."""
    return clock if clock.stopped_at is not None else replace(clock, stopped_at=now)


def retargeted(company: Company, clock: CaseClock, target: dt.timedelta, now: dt.datetime) -> CaseClock:
    """Return the clock with another promise, as if that had been given from the start; one that is over stays."""
    now, target = whole_second(now), max(_whole(target), _SECOND)
    if clock.stopped_at is not None or target == clock.target or (clock.due_at is not None and clock.due_at <= now):
        return clock
    had = clock.left if clock.due_at is None else open_time_between(company, now, clock.due_at)
    left = max((had or _NOTHING) + target - clock.target, _NOTHING)
    changed = replace(clock, target=target)
    return replace(changed, left=left) if clock.rests else _running(company, changed, left, now)


def used(company: Company, clock: CaseClock, now: dt.datetime) -> dt.timedelta:
    """Return the opening time for which the clock has run by *now*, or by the time at which it stopped."""
    if clock.due_at is None:
        return clock.target - (clock.left or _NOTHING)
    end = whole_second(clock.stopped_at or now)
    over = open_time_between(company, clock.due_at, end)
    return clock.target + over if over else clock.target - open_time_between(company, end, clock.due_at)


def nearest(clocks: Iterable[CaseClock]) -> CaseClock | None:
    """Return the running clock that is due first; a case that waits for the customer has none, unless one is late."""
    running = [clock for clock in clocks if clock.stopped_at is None and clock.due_at is not None]
    return min(running, key=lambda clock: (clock.due_at, list(Clock).index(clock.clock)), default=None)


def whole_second(moment: dt.datetime) -> dt.datetime:
    """Return the beginning of the second: all clocks count from one, so no rest loses or gains a part of it."""
    return moment.replace(microsecond=0)


def _running(company: Company, clock: CaseClock, left: dt.timedelta, now: dt.datetime) -> CaseClock:
    due = after_open_time(company, now, left).astimezone(dt.UTC)
    return replace(clock, due_at=due, warn_at=_warning(company, clock.target, left, now), left=None)


def _warning(company: Company, target: dt.timedelta, left: dt.timedelta, now: dt.datetime) -> dt.datetime:
    """Return when the share of *target* that calls for a warning will have been used up."""
    unused = left - _whole(target * (1 - company.cases.warn_at))
    return after_open_time(company, now, max(unused, _NOTHING)).astimezone(dt.UTC)


def _whole(span: dt.timedelta) -> dt.timedelta:
    return dt.timedelta(seconds=int(span.total_seconds()))
