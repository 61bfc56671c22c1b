"""
The "do not serve" list: customers with whom the company starts nothing, for a reason that stays among staff.

What they write is answered as anybody's, and a complaint is always heard.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, update

from store.audit import note_act
from store.database import Tx
from store.stale import mark_stale
from store.tables import customers

LONGEST_WHY = 500


@dataclass(frozen=True, slots=True)
class NotServed:
    """One customer on the list, since when, and why."""

    customer_id: int
    number: str | None
    name: str
    at: dt.datetime
    why: str


async def ban_customer(tx: Tx, customer_id: int, why: str, staff_id: int | None, now: dt.datetime) -> bool:
    """
    Put a customer on the list with the reason *why*; say whether she was not on it yet.

    For one who is, the reason is exchanged and the day stays. Written into the audit log, without the reason: that may
    be about her. Raises ValueError for an empty reason or one of more than 500 signs, LookupError for nobody.
    """
    told = " ".join(why.split())
    if not told:
        raise ValueError("the reason is empty; say in a few words why she is not to be served")
    if len(told) > LONGEST_WHY:
        raise ValueError(f"the reason has {len(told)} signs, and {LONGEST_WHY} are allowed; shorten it")
    one = customers.c.id == customer_id
    row = (await tx.execute(select(customers.c.not_served_at).where(one).with_for_update())).one_or_none()
    if row is None:
        raise LookupError(f"{customer_id}: no such customer")
    at = row.not_served_at or now
    await tx.execute(update(customers).where(one).values(not_served_at=at, not_served_why=told))
    await mark_stale(tx, [customer_id], now)
    await note_act(tx, staff_id, "customer.ban", f"customer:{customer_id}", now)
    return row.not_served_at is None


async def unban_customer(tx: Tx, customer_id: int, staff_id: int | None, now: dt.datetime) -> bool:
    """Take a customer off the list; say whether she was on it. Written into the audit log."""
    on_it = (customers.c.id == customer_id) & customers.c.not_served_at.is_not(None)
    changed = await tx.execute(update(customers).where(on_it).values(not_served_at=None, not_served_why=""))
    if not changed.rowcount:
        return False
    await mark_stale(tx, [customer_id], now)
    await note_act(tx, staff_id, "customer.unban", f"customer:{customer_id}", now)
    return True


async def why_not_served(tx: Tx, customer_id: int) -> NotServed | None:
    """Return since when and why one customer is on the list; None when she is not."""
    row = (await tx.execute(_LISTED.where(customers.c.id == customer_id))).one_or_none()
    return None if row is None else NotServed(*row)


async def not_served(tx: Tx, *, after: int = 0, limit: int = 1000) -> list[NotServed]:
    """Return the next *limit* customers on the list above the id *after*, by id."""
    rows = await tx.execute(_LISTED.where(customers.c.id > after).order_by(customers.c.id).limit(limit))
    return [NotServed(*row) for row in rows]


_LISTED = select(
    customers.c.id, customers.c.number, customers.c.name, customers.c.not_served_at, customers.c.not_served_why
).where(customers.c.not_served_at.is_not(None))
