"""Who is marked as stale: the night looks at her anew, and a member's points are reckoned anew."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from store.customers import add_customers
from store.database import Database
from store.memberships import join, leave
from store.stale import mark_stale
from store.tables import customers, points_due, stale_customers

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)


async def test_only_who_is_or_was_in_a_programme_has_points_to_reckon(database: Database) -> None:
    """A club gives none; who has left may still have points from an import that is undone."""
    async with database.write() as tx:
        await add_customers(tx, [{"name": name, "created_at": NOW} for name in ("Ann", "Bea", "Cis", "Dora")])
        ann, bea, cis, dora = sorted(await tx.scalars(select(customers.c.id)))
        await join(tx, ann, "programme:plus", NOW, "chat")
        await join(tx, bea, "programme:plus", NOW, "chat")
        await leave(tx, bea, "programme:plus", NOW)
        await join(tx, cis, "club:wine", NOW, "chat")
        later = NOW + dt.timedelta(hours=1)
        await mark_stale(tx, [dora, cis, bea, ann], later)
        rows = (await tx.execute(select(points_due.c.customer_id, points_due.c.at))).all()
        assert sorted(map(tuple, rows)) == [(ann, later), (bea, later)]
        assert len((await tx.scalars(select(stale_customers.c.customer_id))).all()) == 4
