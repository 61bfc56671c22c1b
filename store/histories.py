"""Purchase histories of many customers as plain columns, for computing: no object per line, one statement a range."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    select,
    type_coerce,
)

from store.bulk import one_of
from store.column_by_column import plain_rows
from store.database import Tx
from store.tables import customers, purchases
from store.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class RawHistories:
    """
    Columns of *customers* (ascending; also those without lines) and, line by line in their order and that of time, of
    their purchases up to the moment: whose line, when (UTC as "2027-03-28 10:00:00.000000"), and what it says.

    *own* is 1 where the amount is in the company's currency. *later* are those who also have lines after the moment,
    with the time of the first.
    """

    customers: list[int]
    owners: list[int]
    times: list[str]
    receipts: list[str]
    amounts: list[int]
    own: list[int]
    quantities: list[float]
    groups: list[str]
    products: list[str]
    later: dict[int, str]
    zone: dt.tzinfo
    currency: str


async def load_histories(
    tx: Tx, after: int, upto: int, at: dt.datetime, zone: dt.tzinfo, currency: str, ids: Sequence[int] | None = None
) -> RawHistories:
    """
    Return the histories up to *at* of the customers whose id is above *after* and at most *upto*, or of *ids*.

    Ids that no customer has are left out. It is meant for some hundred thousand lines at a time (see `next_range`):
    a line takes about 400 bytes here.
    """
    values: dict[str, Any] = {"at": at, "currency": currency}
    values |= {"after": after, "upto": upto} if ids is None else {"ids": list(ids)}
    dialect, by_ids = tx.dialect.name, ids is not None
    known = list((await tx.execute(_customers(dialect, by_ids), values)).scalars())
    rows = await plain_rows(tx, _lines(dialect, by_ids), values)
    owners, times, receipts, amounts, own, quantities, groups, products = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([] for _ in range(8))
    )
    del rows
    later = {row[0]: row[1] for row in await tx.execute(_later(dialect, by_ids), values)}
    return RawHistories(
        known, owners, times, receipts, amounts, own, quantities, groups, products, later, zone, currency
    )


async def next_range(tx: Tx, after: int, customers_at_most: int, lines_at_most: int) -> int | None:
    """
    Return up to which id the next customers above *after* go, so that they and their lines are at most so many.

    One customer is always taken, however many lines she has. None: there is no customer above.
    """
    wanted = select(customers.c.id).where(customers.c.id > after).order_by(customers.c.id).limit(customers_at_most)
    ids: list[int] = list((await tx.execute(wanted)).scalars())
    if not ids:
        return None
    line = purchases.c.customer_id
    counted = select(line, func.count()).where(line > after, line <= ids[-1]).group_by(line).order_by(line)
    total = 0
    for customer_id, lines in await tx.execute(counted):
        total += lines
        if total > lines_at_most and customer_id > ids[0]:
            return int(customer_id) - 1
    return ids[-1]


async def lines_of(tx: Tx, ids: Sequence[int]) -> dict[int, int]:
    """Return how many lines each of those customers has, without those who have none."""
    line = purchases.c.customer_id
    wanted = select(line, func.count()).where(one_of(line, tx.dialect.name)).group_by(line)
    return {row[0]: row[1] for row in await tx.execute(wanted, {"ids": list(ids)})}


def _where(column: ColumnElement[int], dialect: str, by_ids: bool) -> tuple[ColumnElement[bool], ...]:
    if by_ids:
        return (one_of(column, dialect),)
    return column > bindparam("after", type_=BigInteger), column <= bindparam("upto", type_=BigInteger)


def _customers(dialect: str, by_ids: bool) -> Select[Any]:
    return select(customers.c.id).where(*_where(customers.c.id, dialect, by_ids)).order_by(customers.c.id)


def _time(at: ColumnElement[dt.datetime], dialect: str) -> ColumnElement[str]:
    """Give the time as the text that SQLite keeps: to read it so takes a fifth of what a datetime takes."""
    if dialect == "postgresql":
        return func.to_char(func.timezone("UTC", at), "YYYY-MM-DD HH24:MI:SS.US", type_=Text())
    return type_coerce(at, Text)


def _lines(dialect: str, by_ids: bool) -> Select[Any]:
    line = purchases.c
    own = line.currency == bindparam("currency", type_=Text)
    quantity: ColumnElement[float] = (
        type_coerce(line.quantity, Float(asdecimal=False)) if dialect == "sqlite" else cast(line.quantity, Float)
    )
    return (
        select(
            line.customer_id,
            _time(line.at, dialect),
            line.receipt,
            line.amount_minor,
            case((own, 1), else_=0) if dialect == "postgresql" else type_coerce(own, Integer),
            quantity,
            line.group_name,
            line.product,
        )
        .where(*_where(line.customer_id, dialect, by_ids), line.at <= bindparam("at", type_=UtcDateTime()))
        .order_by(line.customer_id, line.at)
    )


def _later(dialect: str, by_ids: bool) -> Select[Any]:
    line = purchases.c
    first = func.min(line.at, type_=UtcDateTime())
    return (
        select(line.customer_id, _time(first, dialect))
        .where(*_where(line.customer_id, dialect, by_ids), line.at > bindparam("at", type_=UtcDateTime()))
        .group_by(line.customer_id)
    )


__all__ = ["RawHistories", "lines_of", "load_histories", "next_range"]
