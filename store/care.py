"""Care plans in the store: each action once on its day, its customers frozen once each, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.care import CareRow, CareRun, CareState, RunState
from domain.contacts import Channel
from store.database import Tx
from store.eligibility import in_sending_audience, last_of_next
from store.ids import new_id
from store.row_by_row import RowByRow
from store.tables import customers
from store.tables_care import care_runs, plan_actions
from store.types import constant

IS_OPEN = plan_actions.c.state.in_(
    [constant(each.value) for each in (CareState.QUEUED, CareState.HELD, CareState.OUTBOX)]
)
"""The program has something left to do about a row: the condition of an index."""

_WAITING = (constant(CareState.QUEUED.value), constant(CareState.HELD.value))


async def add_run(tx: Tx, run: CareRun) -> bool:
    """Put in an action on its day; False where that day of it is there already (a second tick, another machine)."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    values = {
        "id": run.id,
        "plan": run.plan,
        "action": run.action,
        "due_at": run.due_at,
        "state": run.state.value,
        "upto": run.upto,
        "content": dict(run.content),
        "at": run.at,
    }
    done = await tx.execute(dialect.insert(care_runs).values(values).on_conflict_do_nothing())
    return done.rowcount == 1


async def get_run(tx: Tx, run_id: int) -> CareRun | None:
    """Return one run, or None."""
    row = (await tx.execute(select(care_runs).where(care_runs.c.id == run_id))).one_or_none()
    return None if row is None else run_of(row)


async def runs_in(tx: Tx, *states: RunState, limit: int = 200) -> list[CareRun]:
    """Return the runs in those states, the oldest first."""
    wanted = select(care_runs).where(care_runs.c.state.in_([state.value for state in states]))
    rows = await tx.execute(wanted.order_by(care_runs.c.due_at, care_runs.c.id).limit(limit))
    return [run_of(row) for row in rows.all()]


async def move_run(tx: Tx, run: CareRun, to: RunState, **content: Any) -> bool:
    """Bring a run from the state in which it was seen to another, adding to its content; False: it has moved."""
    done = await tx.execute(
        update(care_runs)
        .where(care_runs.c.id == run.id, care_runs.c.state == run.state.value)
        .values(state=to.value, **({"content": {**run.content, **content}} if content else {}))
    )
    return done.rowcount == 1


async def start_late(tx: Tx, run: CareRun, now: dt.datetime) -> bool:
    """Let a run that came too late begin after all, for those who belong to it at *now*."""
    done = await tx.execute(
        update(care_runs)
        .where(care_runs.c.id == run.id, care_runs.c.state == RunState.LATE.value)
        .values(state=RunState.FREEZING.value, at=now)
    )
    return done.rowcount == 1


async def keep_content(tx: Tx, run: CareRun, **content: Any) -> None:
    """Add to the content of a run."""
    await tx.execute(update(care_runs).where(care_runs.c.id == run.id).values(content={**run.content, **content}))


async def freeze_some(
    tx: Tx, run: CareRun, *, at: dt.datetime, currency: str, size: int, state: CareState = CareState.QUEUED
) -> int | None:
    """
    Freeze who belongs to a run among the next *size* customers after where it is; return that place, None at the end.

    *at* is the run's beginning, in the company's zone; they are put in as *state*. A step that is done again changes
    nothing.
    """
    last = await last_of_next(tx, run.upto, size)
    belongs = await in_sending_audience(tx, str(run.content["audience"]), at, currency)
    wanted = select(customers.c.id).where(customers.c.id > run.upto, belongs)
    if last is not None:
        wanted = wanted.where(customers.c.id <= last)
    ids = (await tx.scalars(wanted.order_by(customers.c.id))).all()
    rows = [
        {
            "id": new_id(),
            "run_id": run.id,
            "customer_id": each,
            "state": state.value,
            "channel": str(run.content["channel"]),
            "not_before": run.at,
            "at": run.at,
        }
        for each in ids
    ]
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    if rows:
        await tx.execute(dialect.insert(plan_actions).on_conflict_do_nothing(), rows)
    frozen = {"state": RunState.RUNNING.value} if last is None else {"upto": last}
    await tx.execute(update(care_runs).where(care_runs.c.id == run.id).values(frozen))
    return last


async def due(tx: Tx, now: dt.datetime, limit: int) -> list[CareRow]:
    """Return the actions that are to be done or tried again, those waiting longest first; of runs that run."""
    wanted = (
        select(plan_actions)
        .join(care_runs, care_runs.c.id == plan_actions.c.run_id)
        .where(
            plan_actions.c.state.in_(_WAITING),
            plan_actions.c.not_before <= now,
            care_runs.c.state == RunState.RUNNING.value,
        )
        .order_by(plan_actions.c.not_before)  # as the index has them: thousands may wait for one moment
        .limit(limit)
    )
    return [row_of(row) for row in (await tx.execute(wanted)).all()]


async def next_waiting(tx: Tx) -> dt.datetime | None:
    """Return when the next action of a run that runs is to be done or tried again."""
    wanted = (
        select(plan_actions.c.not_before)
        .join(care_runs, care_runs.c.id == plan_actions.c.run_id)
        .where(plan_actions.c.state.in_(_WAITING), care_runs.c.state == RunState.RUNNING.value)
        .order_by(plan_actions.c.not_before)
    )
    found: dt.datetime | None = await tx.scalar(wanted.limit(1))
    return found


async def put_rows(tx: Tx, rows: Sequence[CareRow]) -> None:
    """Write what has become of actions; each row as a whole."""
    await _PUT.run(
        tx,
        [
            {
                "row": row.id,
                "new_state": row.state.value,
                "new_channel": row.channel.value,
                "new_owner_id": row.owner_id,
                "new_reason": row.reason[:32],
                "new_note": row.note,
                "new_not_before": row.not_before,
                "new_at": row.at,
                "new_contact_id": row.contact_id,
            }
            for row in rows
        ],
    )


_WRITTEN = ("state", "channel", "owner_id", "reason", "note", "not_before", "at", "contact_id")
_PUT = RowByRow(
    lambda _: (
        update(plan_actions)
        .where(plan_actions.c.id == bindparam("row"))
        .values({name: bindparam(f"new_{name}") for name in _WRITTEN})
    )
)


@dataclass(frozen=True, slots=True)
class CareOutcome:
    """What became of the message of an action."""

    row_id: int
    state: CareState
    reason: str
    contact_id: int | None
    at: dt.datetime


async def record_outcomes(tx: Tx, outcomes: Sequence[CareOutcome]) -> None:
    """Write outcomes of messages down; what is settled already stays as it is."""
    for each in outcomes:
        values: dict[str, Any] = {"state": each.state.value, "reason": each.reason[:32], "at": each.at}
        if each.contact_id is not None:
            values["contact_id"] = each.contact_id
        await tx.execute(
            update(plan_actions)
            .where(plan_actions.c.id == each.row_id, plan_actions.c.state == CareState.OUTBOX.value)
            .values(values)
        )


async def is_over(tx: Tx, run_id: int) -> bool:
    """Say whether the program has nothing left to do about a run."""
    left = select(plan_actions.c.id).where(plan_actions.c.run_id == run_id, IS_OPEN)
    return await tx.scalar(left.limit(1)) is None


async def get_row(tx: Tx, row_id: int) -> CareRow | None:
    """Return one action for one customer, or None."""
    row = (await tx.execute(select(plan_actions).where(plan_actions.c.id == row_id))).one_or_none()
    return None if row is None else row_of(row)


async def rows_of_run(tx: Tx, run_id: int, state: CareState, limit: int) -> list[CareRow]:
    """Return a run's rows in one state, by customer."""
    wanted = select(plan_actions).where(plan_actions.c.run_id == run_id, plan_actions.c.state == state.value)
    rows = await tx.execute(wanted.order_by(plan_actions.c.customer_id).limit(limit))
    return [row_of(row) for row in rows.all()]


async def account(
    tx: Tx, plan: str, since: dt.datetime, until: dt.datetime
) -> dict[int, tuple[CareRun, dict[tuple[CareState, str], int]]]:
    """Return a plan's runs due from *since* to *until*, with how many customers are in which state, for what reason."""
    wanted = select(care_runs).where(care_runs.c.plan == plan, care_runs.c.due_at >= since, care_runs.c.due_at < until)
    runs = [run_of(row) for row in (await tx.execute(wanted.order_by(care_runs.c.due_at, care_runs.c.id))).all()]
    counted = (
        select(plan_actions.c.run_id, plan_actions.c.state, plan_actions.c.reason, func.count().label("n"))
        .where(plan_actions.c.run_id.in_([run.id for run in runs]))
        .group_by(plan_actions.c.run_id, plan_actions.c.state, plan_actions.c.reason)
    )
    found: dict[int, tuple[CareRun, dict[tuple[CareState, str], int]]] = {run.id: (run, {}) for run in runs}
    for row in (await tx.execute(counted)).all() if runs else ():
        found[row.run_id][1][CareState(row.state), row.reason] = int(row.n)
    return found


async def own_care(tx: Tx, customer_id: int) -> list[tuple[CareRow, CareRun]]:
    """Return every action that was meant for a customer with what became of it, the newest first."""
    wanted = (
        select(plan_actions, care_runs)
        .join(care_runs, care_runs.c.id == plan_actions.c.run_id)
        .where(plan_actions.c.customer_id == customer_id)
        .order_by(plan_actions.c.at.desc(), plan_actions.c.id.desc())
    )
    return [both_of(row) for row in (await tx.execute(wanted)).all()]


def both_of(row: Row[Any]) -> tuple[CareRow, CareRun]:
    """Read a row of both tables."""
    values: Mapping[Any, Any] = row._mapping
    mine = {column.name: values[column] for column in plan_actions.c}
    run = {column.name: values[column] for column in care_runs.c}
    return _row(mine), _run(run)


def row_of(row: Row[Any]) -> CareRow:
    """Read a row of `plan_actions`."""
    return _row(dict(row._mapping))


def run_of(row: Row[Any]) -> CareRun:
    """Read a row of `care_runs`."""
    return _run(dict(row._mapping))


def _row(values: Mapping[str, Any]) -> CareRow:
    return CareRow(
        id=values["id"],
        run_id=values["run_id"],
        customer_id=values["customer_id"],
        state=CareState(values["state"]),
        channel=Channel(values["channel"]),
        not_before=values["not_before"],
        at=values["at"],
        owner_id=values["owner_id"],
        reason=values["reason"],
        note=values["note"],
        contact_id=values["contact_id"],
    )


def _run(values: Mapping[str, Any]) -> CareRun:
    return CareRun(
        id=values["id"],
        plan=values["plan"],
        action=values["action"],
        due_at=values["due_at"],
        state=RunState(values["state"]),
        at=values["at"],
        content=values["content"] or {},
        upto=values["upto"],
    )
