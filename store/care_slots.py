"""Which days of a care plan's action have begun: leads begin them ahead, and a changed file may name others between."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from domain.schedules import Schedule
from store.database import Tx
from store.schedules import slots_of
from store.tables import slots

_A_DAY = dt.timedelta(hours=26)  # the longest that there is, when the clock goes back, and an hour more


@dataclass(frozen=True, slots=True)
class Begun:
    """All slots up to *upto* are handled; beyond it, and on its day, those of *slots* are."""

    upto: dt.datetime
    slots: frozenset[dt.datetime]


async def slots_begun(tx: Tx, schedule: Schedule) -> Begun:
    """
    Return what of a schedule has begun.

    What was begun before the schedule became what it is does not say that its earlier days were handled, too: with a
    lead these may lie ahead of a day that was added since.
    """
    wanted = (
        select(slots.c.due_at)
        .where(slots.c.schedule_id == schedule.id, slots.c.handled_at > schedule.since)
        .order_by(slots.c.due_at.desc())
    )
    newest: dt.datetime | None = await tx.scalar(wanted.limit(1))
    upto = schedule.since if newest is None else max(newest, schedule.since)
    known = await slots_of(tx, schedule.id, upto - _A_DAY)
    return Begun(upto, frozenset(slot.due_at for slot in known))
