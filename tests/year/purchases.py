"""What customers of the year buy at the till: receipts that come into the store from outside."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from domain.purchases import Purchase
from store.customers import customers_by_chat
from store.database import Database
from store.purchases import add_purchases
from tests.year.people import Customer

_GROUPS = ("chairs", "tables", "lamps", "textiles")


async def buy(database: Database, customers: Sequence[Customer], at: dt.datetime, rng: random.Random) -> None:
    """Put one receipt for each of *customers* into the store."""
    async with database.write() as tx:
        known = await customers_by_chat(tx, [customer.person.id for customer in customers])
        rows = []
        for customer in customers:
            receipt = f"{at:%Y%m%d%H}-{customer.person.id}"
            group = rng.choice(_GROUPS)
            purchase = Purchase(
                receipt=receipt,
                at=at,
                amount_minor=rng.randrange(500, 90_000),
                currency="EUR",
                product=f"{group}-{rng.randrange(20)}",
                group=group,
                external_id=f"till:{receipt}:{rng.random()}",
            )
            rows.append((known[customer.person.id].id, purchase))
        await add_purchases(tx, rows)
