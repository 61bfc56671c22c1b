"""Customers, purchases and what else changes pictures, drawn at random day by day, for tests of the night's work."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select, update

from domain.purchases import Purchase
from store.customers import add_customers
from store.database import Database, Tx
from store.ids import new_id
from store.night import put_stale
from store.purchases import add_purchases
from store.tables import consents, customers, facts, pictures, purchases, settings

MORNING = dt.datetime(2027, 2, 25, 1, tzinfo=dt.UTC)
_GROUPS = ("food", "wine", "books", "")


class People:
    """A seeded world: *step* lets a day pass in which some customers come, buy, speak, object, or take things back."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self.now = MORNING
        self._ids: list[int] = []

    async def begin(self, database: Database, count: int) -> None:
        """Put in the first *count* customers, with purchases of the last two years."""
        async with database.write() as tx:
            await self._come(tx, count)
            for each in self._ids:
                await self._buy(tx, each, self._draw.randrange(0, 9), back=700)

    async def step(self, database: Database, days: int = 1) -> None:
        """Let *days* pass, and in them some things happen."""
        self.now += dt.timedelta(days=days)
        async with database.write() as tx:
            await self._come(tx, self._draw.randrange(0, 2))
            for each in self._draw.sample(self._ids, min(3, len(self._ids))):
                await self._buy(tx, each, self._draw.randrange(1, 3), back=days)
            await self._speak(tx, self._draw.choice(self._ids))
            if self._draw.random() < 0.4:
                await self._take_back(tx, self._draw.choice(self._ids))
            if self._draw.random() < 0.4:
                await self._object(tx, self._draw.choice(self._ids))

    async def _come(self, tx: Tx, count: int) -> None:
        first = len(self._ids) + 1
        rows: list[dict[str, Any]] = [
            {"id": number, "name": "", "created_at": self.now, "met_at": self.now if number % 3 == 0 else None}
            for number in range(first, first + count)
        ]
        if rows:
            await add_customers(tx, rows)
        self._ids += [row["id"] for row in rows]

    async def _buy(self, tx: Tx, customer_id: int, receipts: int, back: int) -> None:
        lines = []
        for _ in range(receipts):
            at = self.now - dt.timedelta(days=self._draw.randrange(-2, back), minutes=self._draw.randrange(600))
            receipt = f"R{self._draw.randrange(10**9)}"
            for _ in range(self._draw.randrange(1, 4)):
                amount = self._draw.choice((-1200, 0, 990, 2500, 14_950))
                currency = self._draw.choice(("EUR", "EUR", "EUR", "SEK"))
                group = self._draw.choice(_GROUPS)
                lines.append((customer_id, Purchase(receipt, at, amount, currency, "p", "", group, Decimal(1))))
        await add_purchases(tx, lines)

    async def _speak(self, tx: Tx, customer_id: int) -> None:
        """Answer how likely she recommends us, or tell what she spends on food a month."""
        name = self._draw.choice(("nps", "food_budget"))
        where = (facts.c.customer_id == customer_id, facts.c.name == name)
        await tx.execute(update(facts).where(*where).values(current=False))
        figure = float(self._draw.randrange(0, 11) * (1 if name == "nps" else 20))
        row = {"id": new_id(), "customer_id": customer_id, "name": name, "value": figure, "figure": figure}
        await tx.execute(facts.insert().values(**row, source="test", at=self.now, current=True))

    async def _take_back(self, tx: Tx, customer_id: int) -> None:
        """Let her newest line go, as the undoing of an import does, which says whom it touched."""
        newest = select(purchases.c.id).where(purchases.c.customer_id == customer_id)
        line = await tx.scalar(newest.order_by(purchases.c.at.desc(), purchases.c.id.desc()).limit(1))
        if line is not None:
            await tx.execute(delete(purchases).where(purchases.c.id == line))
            await put_stale(tx, [customer_id], self.now)

    async def _object(self, tx: Tx, customer_id: int) -> None:
        where = (consents.c.customer_id == customer_id, consents.c.purpose == "profiling", consents.c.current)
        said = await tx.scalar(select(consents.c.given).where(*where))
        await tx.execute(update(consents).where(*where).values(current=False))
        row = {"id": new_id(), "customer_id": customer_id, "purpose": "profiling", "given": said is False}
        await tx.execute(consents.insert().values(**row, text_version="1", source="test", at=self.now, current=True))


async def forget_pictures(database: Database) -> None:
    """Take away every picture and all that the night's work knows, but not what was learnt of repeat buying."""
    async with database.write() as tx:
        await tx.execute(delete(pictures))
        await tx.execute(delete(settings).where(settings.c.name == "insight.night"))


async def everybody(database: Database) -> list[int]:
    """Return all customers."""
    async with database.read() as tx:
        return list((await tx.scalars(select(customers.c.id).order_by(customers.c.id))).all())
