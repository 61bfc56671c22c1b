"""The clocks of cases: kept, changed, and found when a warning or an end falls due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Row, func, insert, literal, select, update

from domain.case_clocks import CaseClock, Clock
from store.cases import OPEN_STATES
from store.database import Tx
from store.tables import case_clocks as table
from store.tables import cases
from store.types import UtcDateTime, constant

_IS_OPEN = cases.c.state.in_([constant(state) for state in OPEN_STATES])
_UNSTOPPED = table.c.stopped_at.is_(None)
_TO_WARN = (_UNSTOPPED, table.c.warned_at.is_(None))
_TO_END = (_UNSTOPPED, table.c.late_at.is_(None))


async def add_clocks(tx: Tx, clocks: Iterable[CaseClock]) -> None:
    """Keep new clocks."""
    rows = [_values(clock) for clock in clocks]
    if rows:
        await tx.execute(insert(table), rows)


async def keep_clock(tx: Tx, clock: CaseClock) -> None:
    """Keep what became of a clock."""
    values = _values(clock)
    await tx.execute(update(table).where(table.c.id == values.pop("id")).values(values))


async def clocks_of(tx: Tx, case_ids: Collection[int], *, only_unstopped: bool = False) -> dict[int, list[CaseClock]]:
    """Return the clocks of those cases by case, in the order of their start; a case without any is missing."""
    wanted = select(table).where(table.c.case_id.in_(set(case_ids))).order_by(table.c.started_at, table.c.id)
    found: dict[int, list[CaseClock]] = {}
    if case_ids:
        for row in await tx.execute(wanted.where(_UNSTOPPED) if only_unstopped else wanted):
            found.setdefault(row.case_id, []).append(_clock(row))
    return found


async def warnings_due(tx: Tx, now: dt.datetime, limit: int) -> list[CaseClock]:
    """Return clocks whose warning is due at *now* and has not been given, those longest due first."""
    wanted = select(table).where(*_TO_WARN, table.c.warn_at <= now).order_by(table.c.warn_at, table.c.id)
    return [_clock(row) for row in await tx.execute(wanted.limit(limit))]


async def ends_due(tx: Tx, now: dt.datetime, limit: int) -> list[CaseClock]:
    """Return clocks that were due before *now* and of which nobody has been told, those longest due first."""
    wanted = select(table).where(*_TO_END, table.c.due_at < now).order_by(table.c.due_at, table.c.id)
    return [_clock(row) for row in await tx.execute(wanted.limit(limit))]


async def claim_warning(tx: Tx, clock: CaseClock, now: dt.datetime) -> bool:
    """Put down that staff were warned; False when it was done, or the clock stopped, rested or moved meanwhile."""
    same = (table.c.id == clock.id, *_TO_WARN, table.c.warn_at <= now)
    return (await tx.execute(update(table).where(*same).values(warned_at=now))).rowcount == 1


async def claim_end(tx: Tx, clock: CaseClock, now: dt.datetime) -> bool:
    """Put down that staff were told of the broken promise, and need no warning; False when it was, or is none."""
    same = (table.c.id == clock.id, *_TO_END, table.c.due_at < now)
    warned_at = func.coalesce(table.c.warned_at, literal(now, UtcDateTime()))
    return (await tx.execute(update(table).where(*same).values(late_at=now, warned_at=warned_at))).rowcount == 1


async def lock_free_cases(tx: Tx, numbers: Collection[int]) -> set[int]:
    """Lock those cases until the transaction ends, and return which: not those that somebody else has locked."""
    wanted = select(cases.c.id).where(cases.c.id.in_(set(numbers))).order_by(cases.c.id)
    return set(await tx.scalars(wanted.with_for_update(skip_locked=True))) if numbers else set()


async def unclocked_cases(tx: Tx, limit: int) -> list[int]:
    """Return the numbers of open cases that have no clock at all: they are older than clocks."""
    has_none = ~select(table.c.id).where(table.c.case_id == cases.c.id).exists()
    return list(await tx.scalars(select(cases.c.id).where(_IS_OPEN, has_none).order_by(cases.c.id).limit(limit)))


async def next_clock_due(tx: Tx) -> dt.datetime | None:
    """Return when the next warning falls due or the next promise is broken, which it is after its last moment."""
    warn = await tx.scalar(
        select(table.c.warn_at).where(*_TO_WARN, table.c.warn_at.is_not(None)).order_by(table.c.warn_at).limit(1)
    )
    end = await tx.scalar(
        select(table.c.due_at).where(*_TO_END, table.c.due_at.is_not(None)).order_by(table.c.due_at).limit(1)
    )
    late = None if end is None else end + dt.datetime.resolution
    return min((due for due in (warn, late) if due is not None), default=None)


def _values(clock: CaseClock) -> dict[str, Any]:
    return {
        "id": clock.id,
        "case_id": clock.case_id,
        "clock": clock.clock.value,
        "started_at": clock.started_at,
        "target_s": int(clock.target.total_seconds()),
        "due_at": clock.due_at,
        "warn_at": clock.warn_at,
        "left_s": None if clock.left is None else int(clock.left.total_seconds()),
        "warned_at": clock.warned_at,
        "late_at": clock.late_at,
        "stopped_at": clock.stopped_at,
    }


def _clock(row: Row[Any]) -> CaseClock:
    return CaseClock(
        id=row.id,
        case_id=row.case_id,
        clock=Clock(row.clock),
        started_at=row.started_at,
        target=dt.timedelta(seconds=row.target_s),
        due_at=row.due_at,
        warn_at=row.warn_at,
        left=None if row.left_s is None else dt.timedelta(seconds=row.left_s),
        warned_at=row.warned_at,
        late_at=row.late_at,
        stopped_at=row.stopped_at,
    )
