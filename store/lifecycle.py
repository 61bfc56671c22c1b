"""The actions of the lifecycle as they took place, and the graceful goodbye."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.lifecycle import Action, ActionTaken
from store.bulk import one_of
from store.database import Tx
from store.ids import new_id
from store.stale import mark_stale
from store.tables import customers, lifecycle_actions, purchases
from store.types import UtcDateTime

_AT_ONCE = 5000


async def record_actions(tx: Tx, taken: Iterable[ActionTaken]) -> None:
    """Keep actions; what is there with the same customer, action and *ref* stays as it is, so that each counts once."""
    rows = [
        {
            "id": new_id(),
            "customer_id": each.customer_id,
            "action": each.action.value,
            "at": each.at,
            "ref": each.ref,
            "staff_id": each.staff_id,
        }
        for each in taken
    ]
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    for start in range(0, len(rows), _AT_ONCE):
        statement = dialect.insert(lifecycle_actions).on_conflict_do_nothing()
        await tx.execute(statement, rows[start : start + _AT_ONCE])


async def actions_of(tx: Tx, customer_id: int) -> list[ActionTaken]:
    """
    Return a customer's actions, the oldest first.

    Her first purchase is her contract, and her owner has been given, even where nobody recorded it, as in what was
    imported; the owner's since she was put in.
    """
    wanted = select(lifecycle_actions).where(lifecycle_actions.c.customer_id == customer_id)
    found = [_action(row) for row in (await tx.execute(wanted)).all()]
    if all(each.action is not Action.CONTRACT for each in found):
        bought = (purchases.c.customer_id == customer_id) & (purchases.c.amount_minor >= 0)
        first = await tx.scalar(select(func.min(purchases.c.at, type_=UtcDateTime())).where(bought))
        found += [] if first is None else [ActionTaken(customer_id, Action.CONTRACT, first)]
    if all(each.action is not Action.OWNER for each in found):
        hers = (customers.c.id == customer_id) & customers.c.owner_id.is_not(None)
        rows = (await tx.execute(select(customers.c.owner_id, customers.c.created_at).where(hers))).all()
        found += [ActionTaken(customer_id, Action.OWNER, row.created_at, f"owner:{row.owner_id}") for row in rows]
    return sorted(found, key=lambda each: (each.at, each.action.value, each.ref))


async def actions_of_many(
    tx: Tx, customer_ids: Sequence[int], actions: Iterable[Action]
) -> dict[int, list[ActionTaken]]:
    """Return those *actions* of many customers, the oldest first; who has none is missing."""
    wanted = (
        select(lifecycle_actions)
        .where(one_of(lifecycle_actions.c.customer_id, tx.dialect.name))
        .where(lifecycle_actions.c.action.in_([action.value for action in actions]))
        .order_by(lifecycle_actions.c.at)
    )
    found: dict[int, list[ActionTaken]] = {}
    for row in (await tx.execute(wanted, {"ids": list(customer_ids)})).all():
        found.setdefault(row.customer_id, []).append(_action(row))
    return found


async def end_relationship(tx: Tx, customer_id: int, now: dt.datetime, staff_id: int | None = None) -> bool:
    """
    Keep that we have said goodbye to her at *now*, with the action; False when it was said already.

    Nothing is sent to her from the moment in which *tx* commits. Her picture is made anew in the next night.
    """
    changed = await tx.execute(
        update(customers).where(customers.c.id == customer_id, customers.c.ended_at.is_(None)).values(ended_at=now)
    )
    if not changed.rowcount:
        return False
    ref = f"at:{now.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}"
    await record_actions(tx, [ActionTaken(customer_id, Action.GRACEFUL_ENDING, now, ref, staff_id)])
    await mark_stale(tx, [customer_id], now)
    return True


async def resume_relationships(tx: Tx, customer_ids: Sequence[int], now: dt.datetime) -> None:
    """Keep that these customers have come back by themselves: the goodbye is over."""
    if customer_ids:
        back = customers.c.id.in_(list(customer_ids))
        await tx.execute(update(customers).where(back, customers.c.ended_at.is_not(None)).values(ended_at=None))
        await mark_stale(tx, customer_ids, now)


def _action(row: Row[Any]) -> ActionTaken:
    return ActionTaken(row.customer_id, Action(row.action), row.at, row.ref, row.staff_id)
