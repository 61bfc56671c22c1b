"""
Purchases in bulk for counting: moments, spending by product group, lines of receipts.

Everything is read for a list of customers at a time, by the index of customer and time, as plain columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, Text, cast, func, select, type_coerce

from store.bulk import one_of
from store.column_by_column import plain_rows
from store.database import Tx
from store.tables import purchases


async def purchase_moments(tx: Tx, ids: Sequence[int], until: dt.datetime) -> tuple[list[int], list[str]]:
    """
    Return whose and when, as UTC text ("2027-03-28 10:00:00.000000"), the purchases of those customers before *until*.

    By customer and time, each moment once, however many lines it has; returns alone are no purchase.
    """
    line = purchases.c
    wanted = (
        select(line.customer_id, _text(line.at, tx.dialect.name))
        .where(one_of(line.customer_id, tx.dialect.name), line.at < until, line.amount_minor >= 0)
        .group_by(line.customer_id, line.at)
        .order_by(line.customer_id, line.at)
    )
    rows = await plain_rows(tx, wanted, {"ids": list(ids)})
    return [row[0] for row in rows], [row[1] for row in rows]


async def group_spending(
    tx: Tx, ids: Sequence[int], since: dt.datetime, until: dt.datetime, currency: str
) -> tuple[list[int], list[str], list[int]]:
    """
    Return whose, on which product group, and how much (minor units of *currency*, net of returns) was spent.

    From *since*, which is included, to *until*, which is not; other currencies do not count. In no order.
    """
    line = purchases.c
    wanted = (
        select(line.customer_id, line.group_name, cast(func.sum(line.amount_minor), BigInteger))
        .where(one_of(line.customer_id, tx.dialect.name), line.at >= since, line.at < until, line.currency == currency)
        .group_by(line.customer_id, line.group_name)
    )
    rows = await plain_rows(tx, wanted, {"ids": list(ids)})
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


@dataclass(frozen=True, slots=True)
class BasketLines:
    """Lines of receipts as columns: which receipt of whom, and the product as its code, its name, and its group."""

    owners: list[int]
    receipts: list[str]
    products: list[str]
    names: list[str]
    groups: list[str]


async def basket_lines(tx: Tx, ids: Sequence[int], since: dt.datetime, until: dt.datetime, most: int) -> BasketLines:
    """Return lines of what those customers bought from *since* until *until*, by customer and time; at most so many."""
    line = purchases.c
    wanted = (
        select(line.customer_id, line.receipt, line.product, line.product_name, line.group_name)
        .where(one_of(line.customer_id, tx.dialect.name), line.at >= since, line.at < until, line.amount_minor >= 0)
        .order_by(line.customer_id, line.at, line.id)
        .limit(most)
    )
    rows = await plain_rows(tx, wanted, {"ids": list(ids)})
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(5)]
    return BasketLines(*columns)


def _text(at: ColumnElement[dt.datetime], dialect: str) -> ColumnElement[str]:
    """Give the time as the text that SQLite keeps, which numpy reads in one step."""
    if dialect == "postgresql":
        return func.to_char(func.timezone("UTC", at), "YYYY-MM-DD HH24:MI:SS.US", type_=Text())
    return type_coerce(at, Text)
