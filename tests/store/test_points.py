"""The ledger of points: exact, whoever writes at once, and nothing is lost or made by any of its steps."""

from __future__ import annotations

import asyncio
import datetime as dt

from sqlalchemy import func, select

from domain.points_account import Balance, EntryKind, Moment, Short, Spent
from store.customers import add_customers
from store.database import Database, Tx
from store.points import balance_of, earn, keep_account, open_account, reverse, spend, statement
from store.tables import customers, points_entries, points_lots

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
PLUS = "plus"


async def _ann(database: Database) -> int:
    async with database.write() as tx:
        await add_customers(tx, [{"name": "Ann", "created_at": NOW}])
        found = await tx.scalar(select(customers.c.id))
        assert found is not None
        return int(found)


async def _earn(tx: Tx, ann: int, points: int, ref: str, *, usable: int = 0, expires: int | None = None) -> bool:
    until = None if expires is None else NOW + expires * DAY
    return await earn(
        tx, ann, PLUS, points, source="purchase", ref=ref, now=NOW, usable_at=NOW + usable * DAY, expires_at=until
    )


async def _conserved(tx: Tx) -> None:
    """Check that every lot is the sum of its entries."""
    sums = dict(
        (await tx.execute(select(points_entries.c.lot_id, func.sum(points_entries.c.points)).group_by("lot_id"))).all()
    )
    for row in await tx.execute(select(points_lots)):
        assert int(sums[row.id]) == row.points_left


async def test_the_nearest_expiry_is_spent_first_and_pending_points_never(database: Database) -> None:
    """What goes soon is used before what stays; what is pending is only told."""
    ann = await _ann(database)
    async with database.write() as tx:
        assert await _earn(tx, ann, 10, "a", expires=90)
        assert await _earn(tx, ann, 20, "b", expires=30)
        assert await _earn(tx, ann, 40, "c", usable=14)
        assert not await _earn(tx, ann, 20, "b", expires=30)
        assert await spend(tx, ann, PLUS, 31, now=NOW) == Short(1, 30, 40)
        assert await spend(tx, ann, PLUS, 25, now=NOW, ref="till:1") == Spent(25)
        assert await spend(tx, ann, PLUS, 25, now=NOW, ref="till:1") == Spent(25, before=True)
        assert await balance_of(tx, ann, PLUS, NOW) == Balance(
            5, 40, 0, Moment(NOW + 14 * DAY, 40), Moment(NOW + 90 * DAY, 5)
        )
        assert (await balance_of(tx, ann, PLUS, NOW + 14 * DAY)).usable == 45
        assert (await balance_of(tx, ann, PLUS, NOW + 90 * DAY)).usable == 40
        assert [(each.kind, each.points) for each in await statement(tx, ann, PLUS)] == [
            (EntryKind.SPEND, -25),
            (EntryKind.EARN, 40),
            (EntryKind.EARN, 20),
            (EntryKind.EARN, 10),
        ]
        await _conserved(tx)


async def test_a_return_takes_its_own_points_and_what_was_spent_is_owed_until_later_ones_pay(
    database: Database,
) -> None:
    """Owed points are paid by what comes next, even while that is pending."""
    ann = await _ann(database)
    async with database.write() as tx:
        await _earn(tx, ann, 20, "a")
        await spend(tx, ann, PLUS, 15, now=NOW)
        assert await reverse(tx, ann, PLUS, source="purchase", ref="a", now=NOW) == 20
        assert await balance_of(tx, ann, PLUS, NOW) == Balance(owed=15)
        await _earn(tx, ann, 10, "b", usable=14)
        assert await balance_of(tx, ann, PLUS, NOW) == Balance(owed=5)
        await _earn(tx, ann, 10, "c")
        assert await balance_of(tx, ann, PLUS, NOW) == Balance(usable=5)
        assert await reverse(tx, ann, PLUS, source="purchase", ref="a", now=NOW) == 0
        assert sum(each.points for each in await statement(tx, ann, PLUS)) == 5
        await _conserved(tx)


async def test_what_expired_is_not_taken_back_once_more(database: Database) -> None:
    """Of twelve points five were spent and seven are gone by time: a return makes her owe five."""
    ann = await _ann(database)
    later = NOW + 31 * DAY
    async with database.write() as tx:
        await _earn(tx, ann, 12, "a", expires=30)
        await spend(tx, ann, PLUS, 5, now=NOW)
        account = await open_account(tx, ann, PLUS, later)
        assert account.expire() == 7
        await keep_account(tx, account, ann, PLUS)
        assert await reverse(tx, ann, PLUS, source="purchase", ref="a", now=later) == 5
        assert await reverse(tx, ann, PLUS, source="purchase", ref="a", now=later) == 0
        assert await balance_of(tx, ann, PLUS, later) == Balance(owed=5)
        await _conserved(tx)


async def test_of_two_who_spend_the_same_points_one_is_short(database: Database) -> None:
    """Two tills at the same second: the points are there once."""
    ann = await _ann(database)
    async with database.write() as tx:
        await _earn(tx, ann, 100, "a")

    async def pay() -> Spent | Short:
        async with database.write() as tx:
            return await spend(tx, ann, PLUS, 60, now=NOW)

    done = await asyncio.gather(*(pay() for _ in range(4)))
    assert sorted(type(each).__name__ for each in done) == ["Short", "Short", "Short", "Spent"]
    async with database.read() as tx:
        assert (await balance_of(tx, ann, PLUS, NOW)).usable == 40
        await _conserved(tx)


async def test_of_two_who_give_for_the_same_thing_one_does(database: Database) -> None:
    """An update that is delivered twice to two processes gives its points once."""
    ann = await _ann(database)

    async def give() -> bool:
        async with database.write() as tx:
            return await _earn(tx, ann, 10, "run:1")

    assert sorted(await asyncio.gather(*(give() for _ in range(3)))) == [False, False, True]
