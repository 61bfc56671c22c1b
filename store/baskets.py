"""
Purchases in bulk for counting: moments of purchases, receipts as pairs, names of products, who objects to profiling.

Everything is read for a list of customers at a time, by the index of customer and time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Text, func, select, type_coerce

from domain.customers import Purpose
from store.bulk import one_of
from store.database import Tx
from store.tables import consents, purchases


async def objectors(tx: Tx) -> set[int]:
    """Return who objects to profiling, by a no that stands; silence is no objection."""
    said = consents.c
    wanted = select(said.customer_id).where(said.purpose == Purpose.PROFILING, said.current, said.given.is_(False))
    return set((await tx.execute(wanted)).scalars())


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
    rows = (await tx.execute(wanted, {"ids": list(ids)})).all()
    return [row[0] for row in rows], [row[1] for row in rows]


def _text(at: ColumnElement[dt.datetime], dialect: str) -> ColumnElement[str]:
    """Give the time as the text that SQLite keeps, which numpy reads in one step."""
    if dialect == "postgresql":
        return func.to_char(func.timezone("UTC", at), "YYYY-MM-DD HH24:MI:SS.US", type_=Text())
    return type_coerce(at, Text)
