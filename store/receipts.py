"""A customer's own receipts: when, where, how much, and what was on one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Integer, case, cast, func, select

from store.database import Tx
from store.tables import purchases
from store.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    One receipt: its *number* and *store*, the moment of its last line, its sum in minor units net of *returned* lines.

    *line_id* is a line of it, by which it is found again.
    """

    line_id: int
    number: str
    store: str
    at: dt.datetime
    amount: int
    currency: str
    lines: int
    returned: int


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A line as it stands on the receipt; *amount* in minor units, below 0 for a return."""

    product: str
    name: str
    quantity: Decimal
    amount: int
    currency: str


async def receipts_of(tx: Tx, customer_id: int) -> list[Receipt]:
    """Return all of a customer's receipts, the newest first."""
    line = purchases.c
    last = func.max(line.at, type_=UtcDateTime()).label("at")
    wanted = (
        select(
            func.min(line.id).label("line_id"),
            line.receipt,
            line.store,
            last,
            func.sum(line.amount_minor).label("amount"),
            line.currency,
            func.count().label("lines"),
            func.sum(cast(case((line.amount_minor < 0, 1), else_=0), Integer)).label("returned"),
        )
        .where(line.customer_id == customer_id)
        .group_by(line.receipt, line.store, line.currency)
        .order_by(last.desc(), line.receipt, line.store, line.currency)
    )
    return [
        Receipt(
            row.line_id, row.receipt, row.store, row.at, int(row.amount), row.currency, row.lines, int(row.returned)
        )
        for row in await tx.execute(wanted)
    ]


async def lines_on(tx: Tx, customer_id: int, line_id: int) -> list[ReceiptLine]:
    """
    Return the lines of her receipt that the line is on, in their order; none of what is not hers.

    A line without its product's name has the newest one of her other lines of that product.
    """
    line = purchases.c
    meant = select(line.receipt, line.store, line.currency).where(line.id == line_id, line.customer_id == customer_id)
    found = (await tx.execute(meant)).one_or_none()
    if found is None:
        return []
    wanted = select(purchases).where(
        line.customer_id == customer_id,
        line.receipt == found.receipt,
        line.store == found.store,
        line.currency == found.currency,
    )
    rows = (await tx.execute(wanted.order_by(line.at, line.id))).all()
    nameless = {row.product for row in rows if row.product and not row.product_name}
    named: dict[str, str] = {}
    if nameless:
        theirs = (line.customer_id == customer_id, line.product.in_(sorted(nameless)), line.product_name != "")
        told = select(line.product, line.product_name).where(*theirs).order_by(line.at, line.id)
        named = {row.product: row.product_name for row in await tx.execute(told)}
    return [
        ReceiptLine(
            row.product, row.product_name or named.get(row.product, ""), row.quantity, row.amount_minor, row.currency
        )
        for row in rows
    ]
