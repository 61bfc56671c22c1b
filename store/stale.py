"""Customers of whom the nightly picture and the kept measures no longer tell what is in the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import literal, select
from sqlalchemy.dialects import postgresql, sqlite

from store.bulk import one_of
from store.database import Tx
from store.tables import memberships, points_due, stale_customers
from store.types import UtcDateTime


async def mark_stale(tx: Tx, ids: Iterable[int], now: dt.datetime) -> None:
    """
    Let the next night look at these customers anew; until then nothing that is kept of them counts.

    The points of those who are or were members of a programme are reckoned anew as well, within seconds.
    A row that is there is written again, which locks it: else a night that is taking it out would not wait for *tx*.
    """
    who = sorted(set(ids))
    if who:
        stale = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(stale_customers)
        put = stale.on_conflict_do_update(index_elements=["customer_id"], set_={"at": stale.excluded.at})
        await tx.execute(put, [{"customer_id": each, "at": now} for each in who])
        await _mark_points(tx, who, now)


async def stale_between(tx: Tx, after: int, upto: int | None) -> frozenset[int]:
    """Return which customers with ids above *after* up to *upto* (None: all) are stale."""
    whose = stale_customers.c.customer_id
    wanted = select(whose).where(whose > after)
    return frozenset(await tx.scalars(wanted if upto is None else wanted.where(whose <= upto)))


async def _mark_points(tx: Tx, ids: list[int], now: dt.datetime) -> None:
    is_hers = memberships.c.name.like("programme:%") & one_of(memberships.c.customer_id, tx.dialect.name)
    theirs = select(memberships.c.customer_id, literal(now, UtcDateTime())).where(is_hers)
    theirs = theirs.distinct().order_by(memberships.c.customer_id)  # rows are locked in one order
    due = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(points_due)
    put = due.from_select(["customer_id", "at"], theirs)
    again = put.on_conflict_do_update(index_elements=["customer_id"], set_={"at": put.excluded.at})
    await tx.execute(again, {"ids": ids})
