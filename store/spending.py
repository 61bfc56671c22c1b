"""A customer's purchases in a few figures, added up in the database by her own index."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select

from domain.spending import Feeling, GroupSpending, Receipt, Spending
from store.database import Tx
from store.tables import contacts, purchases

_GROUPS, _RECEIPTS = 3, 5
_LINES = 150  # of which the latest receipts are made; one of a hundred lines more leaves fewer of them
_PRODUCTS = 3


async def spending_of(tx: Tx, customer_id: int, *, since: dt.datetime, until: dt.datetime, currency: str) -> Spending:
    """
    Add up what she bought up to *until*, and from *since* on; her three favourite groups and five latest receipts.

    Favourites are those on which she spends most, net of returns. Reads her rows alone, however many others there are.
    """
    hers = (purchases.c.customer_id == customer_id, purchases.c.at <= until)
    own = purchases.c.currency == currency
    recent = purchases.c.at >= since
    bought = purchases.c.amount_minor >= 0
    sums = select(
        func.count(case((bought, purchases.c.receipt)).distinct()),
        func.count(case((bought & recent, purchases.c.receipt)).distinct()),
        _sum(own),
        _sum(own & recent),
        func.min(purchases.c.at),
        func.max(purchases.c.at),
        func.count(case((~own, 1))),
    ).where(*hers)
    visits, visits_year, spent, spent_year, first_at, last_at, others = (await tx.execute(sums)).one()
    if last_at is None:
        return Spending(currency)
    return Spending(
        currency,
        visits=visits,
        visits_year=visits_year,
        spent=int(spent or 0),
        spent_year=int(spent_year or 0),
        first_at=first_at,
        last_at=last_at,
        other_currencies=others,
        groups=await _groups(tx, hers, own, bought),
        receipts=await _receipts(tx, hers),
    )


async def feeling_of(tx: Tx, customer_id: int) -> Feeling | None:
    """Return what staff felt in contacts with her: the latest, the mean of all and their number; None without any."""
    felt = (contacts.c.customer_id == customer_id, contacts.c.feeling.is_not(None))
    newest = select(contacts.c.feeling, contacts.c.at).where(*felt).order_by(contacts.c.at.desc(), contacts.c.id.desc())
    row = (await tx.execute(newest.limit(1))).first()
    if row is None:
        return None
    mean, n = (await tx.execute(select(func.avg(contacts.c.feeling), func.count()).where(*felt))).one()
    return Feeling(int(row.feeling), row.at, float(mean), int(n))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, purchases.c.amount_minor), else_=0))


async def _groups(
    tx: Tx, hers: tuple[ColumnElement[bool], ...], own: ColumnElement[bool], bought: ColumnElement[bool]
) -> tuple[GroupSpending, ...]:
    spent = func.sum(purchases.c.amount_minor).label("spent")
    visits = func.count(case((bought, purchases.c.receipt)).distinct()).label("visits")
    wanted = (
        select(purchases.c.group_name, visits, spent)
        .where(*hers, own, purchases.c.group_name != "")
        .group_by(purchases.c.group_name)
        .having(func.sum(purchases.c.amount_minor) > 0)
        .order_by(spent.desc(), purchases.c.group_name)
        .limit(_GROUPS)
    )
    return tuple(GroupSpending(row.group_name, row.visits, int(row.spent)) for row in await tx.execute(wanted))


async def _receipts(tx: Tx, hers: tuple[ColumnElement[bool], ...]) -> tuple[Receipt, ...]:
    line = (
        purchases.c.receipt,
        purchases.c.at,
        purchases.c.amount_minor,
        purchases.c.currency,
        purchases.c.store,
        purchases.c.product_name,
        purchases.c.product,
        purchases.c.group_name,
    )
    wanted = select(*line).where(*hers).order_by(purchases.c.at.desc(), purchases.c.id.desc()).limit(_LINES)
    rows = (await tx.execute(wanted)).all()
    found: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        found.setdefault((row.receipt, row.currency), []).append(row)
    whole = list(found.values())
    if len(rows) == _LINES and len(whole) > 1:
        whole.pop()  # some of its lines may be missing
    return tuple(_receipt(lines) for lines in whole[:_RECEIPTS])


def _receipt(lines: list[Row[Any]]) -> Receipt:
    first = lines[0]
    dearest = sorted(lines, key=lambda row: -abs(row.amount_minor))
    names = dict.fromkeys(row.product_name or row.product or row.group_name for row in dearest)
    return Receipt(
        receipt=first.receipt,
        at=first.at,
        amount_minor=sum(row.amount_minor for row in lines),
        currency=first.currency,
        lines=len(lines),
        store=first.store,
        products=tuple(name for name in names if name)[:_PRODUCTS],
    )
