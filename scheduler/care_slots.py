"""When the actions of care plans fall due: their days placed on the time line of their zone, each slot once."""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from cronsim import CronSim

from domain.care import CareAction
from scheduler.slots import ReportLate, Run, Verdict, instant_of, verdicts

_FARTHEST = 12  # years in which the next day of an action is looked for
MOST = 500  # slots of one action that are handled at once


@dataclass(frozen=True, slots=True)
class ByCron:
    """A cron line (five fields) that `scheduler.slots.cron_problem` has nothing against."""

    line: str

    def walls(self, year: int) -> Sequence[dt.datetime]:
        """Give its moments in a year, at most 9,000 of them."""
        slots = CronSim(self.line, dt.datetime(year, 1, 1) - dt.timedelta(minutes=1))  # noqa: DTZ001 - a wall clock
        within = itertools.takewhile(lambda slot: slot.year == year, slots)
        return list(itertools.islice(within, 9_000))

    def __str__(self) -> str:
        return self.line


def zone_of(action: CareAction, company_zone: str) -> str:
    """Name the zone on whose clock an action's days are read."""
    return action.zone or company_zone


def care_slots(
    action: CareAction, zone: str, after: dt.datetime, begun: Collection[dt.datetime] = ()
) -> Iterator[dt.datetime]:
    """
    Yield an action's slots after *after* (aware), in order, each once, in UTC, for the coming twelve years.

    None of *begun* (aware) is among them. One of these that is no slot any more, since the action's file has changed
    its hour, stands for the first other slot of its day: an action comes as often on a day as its file says, no more.
    """
    where = zoneinfo.ZoneInfo(zone)
    known: dict[dt.date, list[dt.datetime]] = {}
    for each in begun:
        known.setdefault(each.astimezone(where).date(), []).append(each)
    last, first_year = after, after.astimezone(where).year
    for year in range(first_year, first_year + _FARTHEST):
        for day, walls in itertools.groupby(action.walls(year), dt.datetime.date):
            slots = [instant_of(wall, where) for wall in walls]
            done = known.get(day, ())
            moved = sum(each not in slots for each in done)
            for slot in [slot for slot in slots if slot not in done][moved:]:
                if slot > last:
                    yield slot
                    last = slot


def due_care_slots(
    action: CareAction, zone: str, handled: dt.datetime, now: dt.datetime, begun: Collection[dt.datetime] = ()
) -> tuple[list[dt.datetime], bool]:
    """
    Return the slots after *handled* whose lead has begun at *now*, at most `MOST`, and whether these are all of them.

    *begun* as in `care_slots`.
    """
    slots = itertools.takewhile(lambda slot: slot <= now + action.lead, care_slots(action, zone, handled, begun))
    found = list(itertools.islice(slots, MOST + 1))
    return found[:MOST], len(found) <= MOST


def care_verdicts(action: CareAction, due: Sequence[dt.datetime], now: dt.datetime, *, complete: bool) -> list[Verdict]:
    """
    Say what becomes of each slot: one that is still to come begins ahead; of those that are over only the newest may.

    *complete* False: a newer one that is over may be among the slots that were not looked at yet.
    """
    ahead = [slot for slot in due if slot > now]
    over = [slot for slot in due if slot <= now]
    late = action.late if complete or ahead else dt.timedelta(-1)
    return [*verdicts(over, late, now), *(Run(slot) for slot in ahead)]


__all__ = ["MOST", "ByCron", "ReportLate", "Run", "care_slots", "care_verdicts", "due_care_slots", "zone_of"]
