"""Histories as columns: the same on both databases, in time's order, nothing after the moment."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from domain.purchases import Purchase
from insight.histories import NEVER, date_of, day_number, histories_of, local_days
from store.customers import add_customers
from store.database import Database, Tx
from store.histories import lines_of, load_histories, next_range
from store.purchases import add_purchases

ZONE = ZoneInfo("Europe/Helsinki")
NOW = dt.datetime(2027, 3, 28, 1, tzinfo=dt.UTC)
LINE = Purchase("R1", NOW, 1999, "EUR", "p1", "Coffee, dark", "food", Decimal("1.250"), "Turku")
EVERYBODY = 2**62


def line(receipt: str, hours: float, amount: int, **fields: Any) -> Purchase:
    return dataclasses.replace(LINE, receipt=receipt, at=NOW - dt.timedelta(hours=hours), amount_minor=amount, **fields)


async def _three(tx: Tx) -> None:
    await add_customers(tx, [{"id": each, "name": "", "created_at": NOW} for each in (1, 2, 5)])


async def test_histories_come_as_columns_by_customer_and_time(database: Database) -> None:
    """Offsets cut the lines; foreign money counts for nothing, returns are negative; days are the company's."""
    rows = [
        (5, line("R9", 0, 100)),
        (1, line("R2", 5, -500, group="wine", quantity=Decimal(2))),
        (1, line("R1", 30, 1000)),
        (1, line("R1", 30, 700, currency="SEK", product="p2")),
        (5, line("R1", -1, 100)),
    ]
    async with database.write() as tx:
        await _three(tx)
        await add_purchases(tx, rows)
        raw = await load_histories(tx, 0, EVERYBODY, NOW, ZONE, "EUR")
        again = await load_histories(tx, 0, 0, NOW, ZONE, "EUR", ids=[1, 5, 77])
    found = histories_of(raw)
    assert found.customers.tolist() == [1, 2, 5]
    assert found.offsets.tolist() == [0, 3, 3, 4]
    assert [date_of(day) for day in found.days.tolist()] == [dt.date(2027, 3, 26)] * 2 + [
        dt.date(2027, 3, d) for d in (27, 28)
    ]
    assert sorted(zip(found.amounts[:2].tolist(), found.own[:2].tolist(), strict=True)) == [(0, False), (1000, True)]
    assert found.amounts.tolist()[2:] == [-500, 100]
    assert found.bought.tolist() == [True, True, False, True]
    assert found.quantities.tolist() == [1.25, 1.25, -2.0, 1.25]
    assert [found.group_names[each] for each in found.groups] == ["food", "food", "wine", "food"]
    assert sorted(found.product_names) == ["p1", "p2"]
    assert found.receipts[0] == found.receipts[1]
    assert len(set(found.receipts.tolist())) == 3
    assert found.instants.tolist()[-1] == int(NOW.timestamp())
    assert found.future.tolist() == [False, False, True]
    assert found.next_days.tolist() == [NEVER, NEVER, day_number(dt.date(2027, 3, 28))]
    assert histories_of(again).customers.tolist() == [1, 5]
    assert histories_of(again).days.tolist() == found.days.tolist()


async def test_nobody_has_no_lines(database: Database) -> None:
    """An empty store gives empty columns."""
    async with database.read() as tx:
        found = histories_of(await load_histories(tx, 0, EVERYBODY, NOW, ZONE, "EUR"))
        assert await next_range(tx, 0, 10, 10) is None
    assert len(found.customers) == len(found.days) == 0
    assert found.offsets.tolist() == [0]


async def test_ranges_cover_everybody_and_stay_small(database: Database) -> None:
    """Who has more lines than fit comes alone; between two ranges nobody is lost."""
    async with database.write() as tx:
        await add_customers(tx, [{"id": each, "name": "", "created_at": NOW} for each in range(1, 8)])
        await add_purchases(
            tx, [(each, line(f"R{n}", n, 1)) for each, many in ((3, 9), (4, 2), (5, 2)) for n in range(many)]
        )
        assert await lines_of(tx, [1, 3, 4]) == {3: 9, 4: 2}
        bounds = [0]
        while (upto := await next_range(tx, bounds[-1], 3, 4)) is not None:
            bounds.append(upto)
    assert bounds == [0, 2, 3, 6, 7]


def test_days_are_those_of_the_zone_to_the_second() -> None:
    """Around every change of the clocks, and in years long gone, numpy says what Python says."""
    draw = random.Random(6)
    for zone in (ZONE, ZoneInfo("America/St_Johns"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Apia")):
        moments = [
            int(dt.datetime(1955, 1, 1, tzinfo=dt.UTC).timestamp()),
            *(draw.randrange(0, 2_000_000_000) for _ in range(300)),
        ]
        expected = [day_number(dt.datetime.fromtimestamp(each, zone).date()) for each in moments]
        assert local_days(np.array(moments, dtype=np.int64), zone).tolist() == expected
