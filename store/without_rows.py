"""Customers who have no row in a table that otherwise holds one for each of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, exists, func, select

from store.database import Tx
from store.tables import customers


async def customers_without(tx: Tx, table: Table, after: int = 0, upto: int | None = None) -> Select[Any] | None:
    """
    Select the ids above *after* and up to *upto* (None: all) of who has no row in *table*; None where everybody has.

    Its key is `customer_id`. Mostly those without are the newest customers, if any. Counting is much cheaper than
    looking everybody up, and a row without its customer cannot be.
    """
    whose, who = table.c.customer_id, customers.c.id
    among = within(who, after, upto)
    last = await tx.scalar(select(func.max(whose))) or 0
    rows = await tx.scalar(select(func.count()).select_from(table).where(*within(whose, after, upto))) or 0
    everybody = await tx.scalar(select(func.count()).select_from(customers).where(*among)) or 0
    newest = await tx.scalar(select(func.count()).select_from(customers).where(who > last, *among)) or 0
    wanted = select(who.label("customer_id")).where(*among)
    if rows + newest == everybody:
        return wanted.where(who > last) if newest else None
    return wanted.where(~exists().where(whose == who))


def within(column: ColumnElement[int], after: int, upto: int | None) -> tuple[ColumnElement[bool], ...]:
    """Say that an id is above *after* and at most *upto*; nothing where these leave nobody out, which counts faster."""
    above = (column > after,) if after else ()
    return above if upto is None else (*above, column <= upto)
