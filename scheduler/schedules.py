"""Due slots of schedules: each claimed once in the store, then started or reported, in the same transaction."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Protocol

from domain.schedules import Schedule, Slot, SlotState
from scheduler.slots import ReportLate, Run, due_slots, next_slot, verdicts
from store import schedules
from store.database import Database, Tx

log = logging.getLogger(__name__)


class Starter(Protocol):
    """What a kind of schedule does with its slots, in the transaction that claims them."""

    async def start(self, tx: Tx, schedule: Schedule, due_at: dt.datetime, now: dt.datetime) -> None:
        """Start what is due."""
        ...

    async def report(self, tx: Tx, schedule: Schedule, late: tuple[ReportLate, ...], now: dt.datetime) -> None:
        """Tell people what did not start; *late* is never empty, the oldest first."""
        ...


async def handle_due(database: Database, kind: str, starter: Starter, now: dt.datetime) -> None:
    """
    Bring every schedule of *kind* up to *now*, one transaction for each: all its due slots are handled, or none.

    A slot that was handled before, here or on another machine, is left alone.
    """
    async with database.read() as tx:
        found = [(schedule, handled) for schedule, handled in await schedules.enabled(tx) if schedule.kind == kind]
    for schedule, last in found:
        handled, complete = last, False
        while not complete:
            due, complete = due_slots(schedule.cron, schedule.timezone, handled, now)
            if due:
                await _handle(database, schedule, due, starter, now, newest_is_among=complete)
                handled = due[-1]


async def _handle(
    database: Database,
    schedule: Schedule,
    due: list[dt.datetime],
    starter: Starter,
    now: dt.datetime,
    *,
    newest_is_among: bool,
) -> None:
    late_policy = dt.timedelta(seconds=schedule.late_s) if newest_is_among else dt.timedelta(-1)
    late: list[ReportLate] = []
    async with database.write() as tx:
        for verdict in verdicts(due, late_policy, now):
            match verdict:
                case Run(due_at):
                    if await schedules.claim(tx, Slot(schedule.id, due_at, SlotState.STARTED, now)):
                        await starter.start(tx, schedule, due_at, now)
                        log.info("slot.started", extra={"schedule": schedule.name, "due_at": due_at.isoformat()})
                case ReportLate(due_at):
                    if await schedules.claim(tx, Slot(schedule.id, due_at, SlotState.REPORTED_LATE, now)):
                        late.append(verdict)
        if late:
            await starter.report(tx, schedule, tuple(late), now)
            log.warning(
                "slot.reported_late",
                extra={"schedule": schedule.name, "count": len(late), "due_at": late[-1].due_at.isoformat()},
            )


async def next_due(tx: Tx, kind: str) -> dt.datetime | None:
    """Return when the next slot of that kind is due (in the past where one is waiting), or None."""
    found = [
        next_slot(schedule.cron, schedule.timezone, handled)
        for schedule, handled in await schedules.enabled(tx)
        if schedule.kind == kind
    ]
    return min((slot for slot in found if slot is not None), default=None)
