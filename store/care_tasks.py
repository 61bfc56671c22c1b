"""Tasks of care plans in the store: whose they are, what is late, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, update

from domain.care import CareState, CareTask
from store.care import both_of
from store.database import Tx
from store.tables import contacts, customers
from store.tables_care import care_runs, plan_actions
from store.types import constant

_TASK = plan_actions.c.state == constant(CareState.TASK.value)
_BOTH = plan_actions.join(care_runs, care_runs.c.id == plan_actions.c.run_id)


async def owners_of_customers(tx: Tx, customer_ids: Collection[int]) -> dict[int, int | None]:
    """Return whose customer each is; None: nobody's."""
    wanted = select(customers.c.id, customers.c.owner_id).where(customers.c.id.in_(list(customer_ids)))
    return {row.id: row.owner_id for row in (await tx.execute(wanted)).all()}


async def tasks(
    tx: Tx,
    *,
    now: dt.datetime | None = None,
    owner_id: int | None = None,
    and_nobodys: bool = False,
    plan: str = "",
    limit: int = 50,
    offset: int = 0,
) -> list[CareTask]:
    """
    Return open tasks, those due first: of one owner (and nobody's), of one plan, or all.

    With *now* those that were put off to later are left out.
    """
    which = _which(now, owner_id, and_nobodys=and_nobodys, plan=plan)
    wanted = select(plan_actions, care_runs).select_from(_BOTH).where(*which)
    ordered = wanted.order_by(care_runs.c.due_at, plan_actions.c.id).limit(limit).offset(offset)
    return [CareTask(*both_of(row)) for row in (await tx.execute(ordered)).all()]


async def count_tasks(
    tx: Tx,
    *,
    now: dt.datetime | None = None,
    owner_id: int | None = None,
    and_nobodys: bool = False,
    plan: str = "",
    due_before: dt.datetime | None = None,
) -> int:
    """Count the same; only those that were due before a moment where one is given."""
    which = _which(now, owner_id, and_nobodys=and_nobodys, plan=plan)
    if due_before is not None:
        which.append(care_runs.c.due_at < due_before)
    return await tx.scalar(select(func.count()).select_from(_BOTH).where(*which)) or 0


@dataclass(frozen=True, slots=True)
class Load:
    """How many open tasks somebody has; how many of them are due soon, are late, and have come since."""

    open: int
    soon: int
    late: int
    new: int


async def load_of(
    tx: Tx, owner_id: int, now: dt.datetime, *, soon: dt.datetime, late: dt.datetime, since: dt.datetime
) -> Load:
    """Count an owner's open tasks: due before *soon*, due before *late*, come after *since*; those put off left out."""
    due_at = care_runs.c.due_at
    counted = [func.count().filter(each) for each in (due_at < soon, due_at < late, plan_actions.c.at > since)]
    which = _which(now, owner_id, and_nobodys=False, plan="")
    row = (await tx.execute(select(func.count(), *counted).select_from(_BOTH).where(*which))).one()
    return Load(*map(int, row))


async def any_task(tx: Tx) -> bool:
    """Say whether any task is open."""
    return await tx.scalar(select(plan_actions.c.id).where(_TASK).limit(1)) is not None


def _which(now: dt.datetime | None, owner_id: int | None, *, and_nobodys: bool, plan: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_TASK]
    if now is not None:
        found.append(plan_actions.c.not_before <= now)
    if owner_id is not None:
        hers = plan_actions.c.owner_id == owner_id
        found.append(or_(hers, plan_actions.c.owner_id.is_(None)) if and_nobodys else hers)
    if plan:
        found.append(care_runs.c.plan == plan)
    return found


async def task_by_id(tx: Tx, row_id: int) -> CareTask | None:
    """Return one action for one customer with its run, whatever has become of it; None where there is none."""
    wanted = select(plan_actions, care_runs).select_from(_BOTH).where(plan_actions.c.id == row_id)
    row = (await tx.execute(wanted)).one_or_none()
    return None if row is None else CareTask(*both_of(row))


async def owners_with_tasks(tx: Tx, *, due_before: dt.datetime | None = None) -> dict[int | None, int]:
    """Return how many open tasks each owner has (None: nobody's), or only those that were due before a moment."""
    wanted = select(plan_actions.c.owner_id, func.count().label("n")).where(_TASK)
    if due_before is not None:
        wanted = wanted.select_from(_BOTH).where(care_runs.c.due_at < due_before)
    return {row.owner_id: int(row.n) for row in (await tx.execute(wanted.group_by(plan_actions.c.owner_id))).all()}


async def tasks_without_owner_among(tx: Tx, owners: Collection[int], limit: int) -> list[CareTask]:
    """Return open tasks whose owner is none of *owners*; nobody's are among them only where there are any."""
    gone = plan_actions.c.owner_id.not_in(list(owners)) | plan_actions.c.owner_id.is_(None)
    wanted = select(plan_actions, care_runs).select_from(_BOTH).where(_TASK, gone)
    rows = await tx.execute(wanted.order_by(plan_actions.c.owner_id, plan_actions.c.at).limit(limit))
    return [CareTask(*both_of(row)) for row in rows.all()]


async def tasks_of_customer(tx: Tx, customer_id: int) -> list[CareTask]:
    """Return the open tasks about one customer, those that came first before."""
    wanted = select(plan_actions, care_runs).select_from(_BOTH).where(plan_actions.c.customer_id == customer_id, _TASK)
    rows = await tx.execute(wanted.order_by(plan_actions.c.id))
    return [CareTask(*both_of(row)) for row in rows.all()]


async def settle_task(tx: Tx, row_id: int, state: CareState, now: dt.datetime, *, reason: str = "") -> bool:
    """Mark an open task as done or not done; False where it is none any more (a second tap, a colleague)."""
    done = await tx.execute(
        update(plan_actions)
        .where(plan_actions.c.id == row_id, _TASK)
        .values(state=state.value, at=now, reason=reason[:32])
    )
    return done.rowcount == 1


async def keep_contact(tx: Tx, row_id: int, contact_id: int) -> None:
    """Keep which contact on the timeline a task that is done has become."""
    await tx.execute(update(plan_actions).where(plan_actions.c.id == row_id).values(contact_id=contact_id))


async def put_off(tx: Tx, row_id: int, until: dt.datetime) -> bool:
    """Let an open task rest until a moment; False where it is none any more."""
    done = await tx.execute(update(plan_actions).where(plan_actions.c.id == row_id, _TASK).values(not_before=until))
    return done.rowcount == 1


async def give_tasks(tx: Tx, row_ids: Sequence[int], owner_id: int | None, now: dt.datetime | None = None) -> None:
    """Give open tasks to somebody; with *now* they are new to her, so that the next morning's list tells them."""
    values: dict[str, object] = {"owner_id": owner_id}
    if now is not None:
        values["at"] = now
    await tx.execute(update(plan_actions).where(plan_actions.c.id.in_(list(row_ids)), _TASK).values(values))


async def add_words(tx: Tx, task: CareTask, text: str, feeling: int | None) -> None:
    """Keep what a member says of a task that she has done: with the task, and on the customer's timeline."""
    if text:
        note = f"{text}\n{task.row.note}" if task.row.note else text
        await tx.execute(update(plan_actions).where(plan_actions.c.id == task.row.id).values(note=note))
    values: dict[str, object] = {}
    if text:
        values["text"] = text
    if feeling is not None:
        values["feeling"] = feeling
    if task.row.contact_id is not None and values:
        await tx.execute(update(contacts).where(contacts.c.id == task.row.contact_id).values(values))
