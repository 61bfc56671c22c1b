"""What the actions of care plans came to in a stretch of time: how many customers each, and what that costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from domain.care import CareState
from store.database import Tx
from store.tables_care import care_runs, plan_actions

_COSTS_NOTHING = frozenset({CareState.SKIPPED, CareState.NOT_DONE, CareState.FAILED, CareState.HELD, CareState.QUEUED})
_TASKS = (CareState.TASK, CareState.DONE, CareState.NOT_DONE)


@dataclass(frozen=True, slots=True)
class CareCount:
    """
    One action on its day: customers by state, and its cost in minor units of the company's currency.

    An action that was left out, held or not done costs nothing; a task that is open counts as one that will be done.
    """

    plan: str
    action: str
    due_at: dt.datetime
    kind: str
    states: Mapping[CareState, int]
    cost: int

    @property
    def tasks(self) -> int:
        """Return for how many customers staff had, or have, something to do: also where Telegram cannot reach her."""
        return sum(self.states.get(state, 0) for state in _TASKS)


async def care_counts(tx: Tx, since: dt.datetime, until: dt.datetime) -> list[CareCount]:
    """Return the actions that were due from *since* up to *until*, by time."""
    run = care_runs.c
    wanted = select(run.id, run.plan, run.action, run.due_at, run.content).where(
        run.due_at >= since, run.due_at < until
    )
    runs = (await tx.execute(wanted.order_by(run.due_at, run.id))).all()
    line = plan_actions.c
    counted = (
        select(line.run_id, line.state, func.count())
        .where(line.run_id.in_(select(run.id).where(run.due_at >= since, run.due_at < until)))
        .group_by(line.run_id, line.state)
    )
    states: dict[int, dict[CareState, int]] = {}
    for run_id, state, count in (await tx.execute(counted)).all():
        states.setdefault(run_id, {})[CareState(state)] = count
    found = []
    for row in runs:
        content = row.content or {}
        mine = states.get(row.id, {})
        cost = int(content.get("cost", 0)) * sum(n for state, n in mine.items() if state not in _COSTS_NOTHING)
        found.append(CareCount(row.plan, row.action, row.due_at, str(content.get("kind", "")), mine, cost))
    return found
