"""Open tasks of care plans in a merge: they are the owner's of whom they are about then, and go back with the undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import update

from domain.care import CareState
from domain.care_owners import owner_for
from store.care_tasks import tasks_of_customer
from store.database import Tx
from store.merging_steps import Step, rows_where, written
from store.staff import list_members
from store.tables_care import plan_actions

OP = "tasks"
_TASK = CareState.TASK.value


async def give_tasks(
    tx: Tx,
    steps: Iterable[Step],
    kept: int,
    owner_id: int | None,
    before: Mapping[int, int | None],
    now: dt.datetime,
) -> list[Step]:
    """
    Give the open tasks of *kept* whose customer has another owner than before the merge to *owner_id*, hers now.

    *steps* are the merge's, *before* says who owned each of the two. A task that goes to somebody else is new to her,
    so that her next list tells of it. Tasks of plans that name a member or a role themselves stay where they are.
    """
    came = {key["id"] for step in steps if _is_move(step) for key in step["keys"]}
    (gone,) = before.keys() - {kept}
    found = await tasks_of_customer(tx, kept)
    members = await list_members(tx) if found else []
    rows: list[dict[str, Any]] = []
    for task in found:
        had = before[gone if task.row.id in came else kept]
        owner = task.row.owner_id
        if not task.run.content.get("owner") and had != owner_id:
            owner = owner_for(task.run.content, kept, owner_id, members)
        goes = owner != task.row.owner_id and await _give(tx, task.row.id, {"owner_id": owner, "at": now})
        if not goes:  # or somebody has done it in this moment
            owner = task.row.owner_id
        if goes or task.row.id in came:
            was = {"id": task.row.id, "owner_id": task.row.owner_id, "at": task.row.at}
            rows.append({**written(plan_actions, was), "to": owner, "came": task.row.id in came})
    return [{"op": OP, "table": str(plan_actions.name), "rows": rows}] if rows else []


def how_many_went(steps: Iterable[Step]) -> int:
    """Count the tasks to which a merge gave another owner."""
    return sum(row["to"] != row["owner_id"] for step in steps if step["op"] == OP for row in step["rows"])


async def give_back(tx: Tx, step: Step, now: dt.datetime) -> None:
    """
    Undo a step of `give_tasks`: what is open still is whose it was.

    What was the other customer's goes back even from an owner whom the kept one got since, who has nothing to do with
    her; it is new to whoever has it again then. The kept customer's own tasks stay with such an owner.
    """
    ids = [row["id"] for row in step["rows"]]
    open_now = {row["id"]: row for row in await rows_where(tx, plan_actions, plan_actions.c.id.in_(ids))}
    for row in step["rows"]:
        present = open_now.get(row["id"])
        if present is None or present["state"] != _TASK:
            continue
        untouched = present["owner_id"] == row["to"]
        if not untouched and not row["came"]:
            continue
        values: dict[str, Any] = {"owner_id": row["owner_id"]}
        if row["owner_id"] != present["owner_id"]:
            values["at"] = dt.datetime.fromisoformat(row["at"]) if untouched else now
        await _give(tx, row["id"], values)


async def _give(tx: Tx, row_id: int, values: Mapping[str, Any]) -> bool:
    """Change a task; False where it is open no more."""
    is_open = plan_actions.c.state == _TASK
    done = await tx.execute(update(plan_actions).where(plan_actions.c.id == row_id, is_open).values(dict(values)))
    return done.rowcount == 1


def _is_move(step: Step) -> bool:
    return bool(step["op"] == "move" and step["table"] == plan_actions.name)
