"""
When a cron line in a zone falls due, and what is to become of each slot: pure, no clock and no store.

A slot is a moment on the zone's wall clock. One that the clock jumps over moves to the first instant that exists
again; one in an hour that comes twice happens the first time only.
"""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cronsim import CronSim, CronSimError

_MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Run:
    """The slot goes now."""

    due_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ReportLate:
    """The slot does not go by itself; it was due *late_by* ago, and people decide."""

    due_at: dt.datetime
    late_by: dt.timedelta


Verdict = Run | ReportLate


def cron_problem(line: str) -> str | None:
    """Say what is wrong with a cron line (five fields: minute, hour, day, month, weekday), or None when it is right."""
    if len(line.split()) != 5:
        return f'"{line}" has not five fields'
    try:
        first = next(CronSim(line, dt.datetime(2024, 1, 1)), None)  # noqa: DTZ001 - any wall time serves
    except CronSimError as error:
        return f'"{line}" is no cron line ({str(error).lower()})'
    return None if first is not None else f'"{line}" never comes'


def slots_between(line: str, zone: str, after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    """
    Yield the slots after *after* up to and including *until*, in order, each once, in UTC.

    *after* and *until* are aware. Raises CronSimError for a line that `cron_problem` would have named.
    """
    last = after
    for slot in _slots(line, zone, after):
        if slot > until:
            return
        if slot > last:
            yield slot
            last = slot


@lru_cache(maxsize=1024)
def next_slot(line: str, zone: str, after: dt.datetime) -> dt.datetime | None:
    """Return the first slot after *after*, in UTC, or None when the line never comes again."""
    return next((slot for slot in _slots(line, zone, after) if slot > after), None)


def _slots(line: str, zone: str, after: dt.datetime) -> Iterator[dt.datetime]:
    where = zoneinfo.ZoneInfo(zone)
    # The line is read on a plain wall clock, and each wall time is then placed on the time line by one rule.
    wall = after.astimezone(where).replace(tzinfo=None)
    for slot in CronSim(line, wall):
        yield instant_of(slot, where)


def instant_of(wall: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """Place a naive wall time of *zone* on the time line, in UTC, by the rule for changes of the clock."""
    while True:
        instant = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant
        wall = wall.replace(second=0) + _MINUTE


def verdicts(due: Sequence[dt.datetime], late: dt.timedelta, now: dt.datetime) -> list[Verdict]:
    """
    Say for each of the *due* slots, the oldest first, what is to become of it at *now*.

    Only the newest may go, and only when it is at most *late* behind; the others were missed by an outage and are
    reported, since the same thing several times at once would serve nobody.
    """
    found: list[Verdict] = [ReportLate(slot, now - slot) for slot in due]
    if due and now - due[-1] <= late:
        found[-1] = Run(due[-1])
    return found


def due_slots(
    line: str, zone: str, handled: dt.datetime, now: dt.datetime, *, most: int = 500
) -> tuple[list[dt.datetime], bool]:
    """
    Return the slots after *handled* up to *now*, at most *most* of the oldest, and whether these are all of them.

    After a long outage of a line that comes each minute they are handled in parts.
    """
    following = next_slot(line, zone, handled)
    if following is None or following > now:
        return [], True
    found = list(itertools.islice(slots_between(line, zone, handled, now), most + 1))
    return found[:most], len(found) <= most
