"""Purchases in the store: lines of receipts, idempotent by the id that they have at their source."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.purchases import Purchase
from store.database import Tx
from store.ids import new_id
from store.tables import purchases

_AT_ONCE = 1000


async def add_purchases(tx: Tx, rows: Sequence[tuple[int, Purchase]], import_id: int | None = None) -> int:
    """
    Put in (customer id, purchase) pairs and return how many were new.

    A line whose `external_id` is known already changes nothing, so that a source may deliver twice.
    """
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(purchases).on_conflict_do_nothing(index_elements=["external_id"]).returning(purchases.c.id)
    )
    new = 0
    for start in range(0, len(rows), _AT_ONCE):
        values = [_values(customer_id, purchase, import_id) for customer_id, purchase in rows[start : start + _AT_ONCE]]
        new += len((await tx.execute(statement, values)).all())
    return new


async def purchases_of(
    tx: Tx, customer_ids: Iterable[int], *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> dict[int, list[Purchase]]:
    """Return the purchases of those customers, by customer, the oldest first; *since* is included, *until* is not."""
    wanted = select(purchases).where(purchases.c.customer_id.in_(list(customer_ids)))
    if since is not None:
        wanted = wanted.where(purchases.c.at >= since)
    if until is not None:
        wanted = wanted.where(purchases.c.at < until)
    found: dict[int, list[Purchase]] = {}
    for row in await tx.execute(wanted.order_by(purchases.c.customer_id, purchases.c.at, purchases.c.id)):
        found.setdefault(row.customer_id, []).append(_purchase(row))
    return found


async def each_purchase(tx: Tx) -> AsyncIterator[tuple[int, Purchase]]:
    """Give every (customer id, purchase) without holding them all in memory, by customer and time."""
    wanted = select(purchases).order_by(purchases.c.customer_id, purchases.c.at, purchases.c.id)
    async for row in await tx.stream(wanted):
        yield row.customer_id, _purchase(row)


def _values(customer_id: int, purchase: Purchase, import_id: int | None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "customer_id": customer_id,
        "receipt": purchase.receipt,
        "at": purchase.at,
        "product": purchase.product,
        "product_name": purchase.product_name,
        "group_name": purchase.group,
        "quantity": purchase.quantity,
        "amount_minor": purchase.amount_minor,
        "currency": purchase.currency,
        "store": purchase.store,
        "external_id": purchase.external_id,
        "import_id": import_id,
    }


def _purchase(row: Row[Any]) -> Purchase:
    return Purchase(
        receipt=row.receipt,
        at=row.at,
        amount_minor=row.amount_minor,
        currency=row.currency,
        product=row.product,
        product_name=row.product_name,
        group=row.group_name,
        quantity=row.quantity,
        store=row.store,
        external_id=row.external_id,
    )
