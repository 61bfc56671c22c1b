"""Schedules and their slots: the database decides that a slot is handled once, whoever ticks and how often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.schedules import Schedule, Slot, SlotState
from store.database import Tx
from store.tables import schedules, slots

_LAST = select(slots.c.schedule_id, func.max(slots.c.due_at).label("due_at")).group_by(slots.c.schedule_id).subquery()
_ENABLED = (
    select(schedules, _LAST.c.due_at)
    .outerjoin(_LAST, _LAST.c.schedule_id == schedules.c.id)
    .where(schedules.c.enabled)
    .order_by(schedules.c.id)
)
"""Written once: every job with a schedule asks it at every tick."""


async def keep(
    tx: Tx, kind: str, name: str, *, cron: str, timezone: str, late: dt.timedelta, audience: str, now: dt.datetime
) -> Schedule:
    """
    Make the schedule (kind, name) what it is said to be now, enabled, and return it.

    A new one, one with another cron line or zone, and one that was switched off begin at *now*: they owe no older slot.
    """
    new = {"cron": cron, "timezone": timezone, "late_s": int(late.total_seconds()), "audience": audience}
    same = (schedules.c.kind == kind) & (schedules.c.name == name)
    old = (await tx.execute(select(schedules).where(same))).one_or_none()
    if old is None:
        await tx.execute(insert(schedules).values(kind=kind, name=name, since=now, enabled=True, **new))
    else:
        goes_on = old.enabled and old.cron == cron and old.timezone == timezone
        await tx.execute(update(schedules).where(same).values(since=old.since if goes_on else now, enabled=True, **new))
    return _schedule((await tx.execute(select(schedules).where(same))).one())


async def disable_others(tx: Tx, kind: str, names: Collection[str]) -> None:
    """Switch off the schedules of *kind* that are not among *names*; their slots stay as history."""
    await tx.execute(
        update(schedules).where(schedules.c.kind == kind, schedules.c.name.not_in(list(names))).values(enabled=False)
    )


async def enabled(tx: Tx) -> list[tuple[Schedule, dt.datetime]]:
    """Return each schedule in force with the instant up to which its slots are handled, which is included."""
    found = []
    for row in (await tx.execute(_ENABLED)).all():
        schedule = _schedule(row)
        found.append((schedule, max(schedule.since, row.due_at or schedule.since)))
    return found


async def claim(tx: Tx, slot: Slot) -> bool:
    """Put the slot down as handled; False when it already was (a second tick, a restart, another machine)."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    values = {
        "schedule_id": slot.schedule_id,
        "due_at": slot.due_at,
        "state": slot.state.value,
        "handled_at": slot.handled_at,
    }
    done = await tx.execute(dialect.insert(slots).values(values).on_conflict_do_nothing())
    return done.rowcount == 1


async def slots_of(tx: Tx, schedule_id: int, since: dt.datetime) -> list[Slot]:
    """Return the handled slots that were due at *since* or later, the oldest first."""
    wanted = select(slots).where(slots.c.schedule_id == schedule_id, slots.c.due_at >= since).order_by(slots.c.due_at)
    return [
        Slot(row.schedule_id, row.due_at, SlotState(row.state), row.handled_at)
        for row in (await tx.execute(wanted)).all()
    ]


def _schedule(row: Row[Any]) -> Schedule:
    return Schedule(
        row.id, row.kind, row.name, row.cron, row.timezone, row.late_s, row.since, row.audience, row.enabled
    )
