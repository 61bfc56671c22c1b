"""What assignment asks the store: the customer's own person, who was given what, and the cases of those who left."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from store.cases import OPEN_STATES
from store.database import Tx
from store.tables import cases, customers, staff
from store.types import constant

_LOOKED_BACK = 500
_IS_OPEN = cases.c.state.in_([constant(state) for state in OPEN_STATES])


async def owner_of_customer(tx: Tx, customer_id: int) -> int | None:
    """Return the member whose customer she is, else the owner of the newest of her cases that has one."""
    own: int | None = await tx.scalar(select(customers.c.owner_id).where(customers.c.id == customer_id))
    if own is not None:
        return own
    wanted = select(cases.c.owner_id).where(cases.c.customer_id == customer_id, cases.c.owner_id.is_not(None))
    found: int | None = await tx.scalar(wanted.order_by(cases.c.id.desc()).limit(1))
    return found


async def last_given(tx: Tx, staff_ids: Collection[int]) -> dict[int, int]:
    """Return each one's newest case by its number, among the last five hundred; who has none of them is missing."""
    newest = select(func.coalesce(func.max(cases.c.id), 0)).scalar_subquery()
    wanted = select(cases.c.owner_id, func.max(cases.c.id).label("number")).where(
        cases.c.id > newest - _LOOKED_BACK, cases.c.owner_id.in_(set(staff_ids))
    )
    rows = await tx.execute(wanted.group_by(cases.c.owner_id))
    return {row.owner_id: row.number for row in rows}


async def cases_of_removed(tx: Tx, limit: int) -> list[int]:
    """Return the numbers of open cases whose owners are no longer staff."""
    left = select(staff.c.id).where(staff.c.removed_at.is_not(None))
    wanted = select(cases.c.id).where(cases.c.owner_id.in_(left), _IS_OPEN).order_by(cases.c.id)
    return list(await tx.scalars(wanted.limit(limit)))
