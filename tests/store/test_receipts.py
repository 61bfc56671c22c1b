"""A receipt's lines as their customer sees them."""

from __future__ import annotations

import datetime as dt

from domain.purchases import Purchase
from store.database import Database
from store.purchases import add_purchases
from store.receipts import lines_on, receipts_of
from tests.store.sending_rows import NOW, put_customers


async def test_a_line_without_its_products_name_has_that_of_her_other_lines(database: Database) -> None:
    """The newest of them; a product that was never named keeps its code, and what others bought says nothing."""

    def bought(receipt: str, days: int, product: str, name: str = "") -> Purchase:
        return Purchase(receipt, NOW - dt.timedelta(days=days), 300, "EUR", product=product, product_name=name)

    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        hers = [bought("A", 3, "c1", "Old"), bought("B", 2, "c1", "Coffee"), bought("C", 1, "c1"), bought("C", 1, "t1")]
        await add_purchases(tx, [*((1, each) for each in hers), (2, bought("D", 1, "t1", "Tea"))])
        (newest, *_) = await receipts_of(tx, 1)
        lines = await lines_on(tx, 1, newest.line_id)
    assert sorted((each.product, each.name) for each in lines) == [("c1", "Coffee"), ("t1", "")]
