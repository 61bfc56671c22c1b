"""Memberships: joining twice is joining once, leaving ends them, and the night looks again."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from store.customers import add_customers
from store.database import Database
from store.memberships import count_members, join, leave, members, membership_of, memberships_of
from store.tables import stale_customers

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=3)
NAME = "programme:regulars"


async def test_joining_and_leaving_change_something_once_each(database: Database) -> None:
    """Who joins twice is told so, who leaves twice too; coming back begins a new membership."""
    async with database.write() as tx:
        await add_customers(tx, [{"id": each, "name": "Ann", "created_at": NOW} for each in (1, 2)])
        assert await join(tx, 1, NAME, NOW, "chat")
        assert not await join(tx, 1, NAME, LATER, "link")
        mine = await membership_of(tx, 1, NAME)
        assert mine is not None
        assert (mine.since, mine.source) == (NOW, "chat")
        assert await leave(tx, 1, NAME, LATER)
        assert not await leave(tx, 1, NAME, LATER)
        assert await membership_of(tx, 1, NAME) is None
        assert [each.until for each in await memberships_of(tx, 1)] == [LATER]
        assert await join(tx, 1, NAME, LATER, "link", dt.date(2030, 1, 1))
        assert await join(tx, 2, NAME, LATER, "chat")
        assert [each.customer_id for each in await members(tx, NAME)] == [1, 2]
        assert [each.customer_id for each in await members(tx, NAME, 1)] == [2]
        assert await count_members(tx, [NAME, "club:wine"]) == {NAME: 2}
        again = await membership_of(tx, 1, NAME)
        assert again is not None
        assert (again.since, again.ends_on) == (LATER, dt.date(2030, 1, 1))


async def test_whoever_joins_or_leaves_is_looked_at_anew_by_the_night(database: Database) -> None:
    """A change of membership marks her stale; a change that changes nothing does not."""
    async with database.write() as tx:
        await add_customers(tx, [{"id": each, "name": "Ann", "created_at": NOW} for each in (1, 2)])
        await join(tx, 1, NAME, NOW, "chat")
        await leave(tx, 2, NAME, NOW)
        assert list(await tx.scalars(select(stale_customers.c.customer_id))) == [1]
