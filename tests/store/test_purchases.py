"""Purchases: kept exactly, delivered twice without harm, read by customer and time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from domain.purchases import Purchase
from store.customers import add_customers
from store.database import Database, Tx
from store.purchases import add_purchases, each_purchase, purchases_of
from store.tables import customers

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
LINE = Purchase("R1", NOW, 1999, "EUR", "p1", "Coffee, dark", "food", Decimal("1.250"), "Turku", "till-1")


async def _two(tx: Tx) -> list[int]:
    await add_customers(tx, [{"name": "Ann", "created_at": NOW}, {"name": "Bea", "created_at": NOW}])
    return list(await tx.scalars(select(customers.c.id).order_by(customers.c.id)))


async def test_line_comes_back_as_it_was_kept(database: Database) -> None:
    """Weights keep their grams, returns their sign, times their instant."""
    back = dataclasses.replace(LINE, amount_minor=-1999, external_id=None, quantity=Decimal("0.001"))
    async with database.write() as tx:
        ann, bea = await _two(tx)
        assert await add_purchases(tx, [(ann, LINE), (bea, back)]) == 2
    async with database.read() as tx:
        assert await purchases_of(tx, [ann, bea]) == {ann: [LINE], bea: [back]}
        assert [pair async for pair in each_purchase(tx)] == [(ann, LINE), (bea, back)]


async def test_line_delivered_twice_is_kept_once(database: Database) -> None:
    """A till that repeats its delivery changes no sum; lines without an id are all kept."""
    without = dataclasses.replace(LINE, external_id=None)
    async with database.write() as tx:
        ann, _ = await _two(tx)
        assert await add_purchases(tx, [(ann, LINE), (ann, without), (ann, without)]) == 3
        assert await add_purchases(tx, [(ann, dataclasses.replace(LINE, amount_minor=1))]) == 0
        assert (await purchases_of(tx, [ann]))[ann] == [LINE, without, without]


async def test_window_includes_its_start_and_not_its_end(database: Database) -> None:
    """Windows that follow each other share no purchase and lose none."""
    days = [dataclasses.replace(LINE, at=NOW + dt.timedelta(days=n), external_id=str(n)) for n in range(4)]
    async with database.write() as tx:
        ann, _ = await _two(tx)
        await add_purchases(tx, [(ann, line) for line in days])
        found = await purchases_of(tx, [ann], since=days[1].at, until=days[3].at)
    assert found[ann] == days[1:3]
