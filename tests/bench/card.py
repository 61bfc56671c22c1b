"""
A customer's card and a search among many: how long collecting and drawing take, in this process.

    python -m tests.bench.card --store sqlite:////tmp/million.db
    python -m tests.bench.card --customers 20000

With `--store` that store is read as it is (`tests.bench.picture --keep` makes one of a million customers and twenty
million lines); else one is made, of which one customer in a thousand is heavy with two thousand lines. A thousand
customers are drawn, a tenth of them the heaviest of a sample; the first fifty are not counted. One JSON document on
standard output: milliseconds at the median, the 99th percentile and the longest.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, insert, select

from bot.customer_card import collect
from bot.customer_card_front import front
from bot.customer_card_lines import Pen
from bot.staff_labels import Labels
from dialogues import library as dialogues
from dialogues.library import Library
from domain.company import Company
from store.customers import add_customers, customer_by_id, find_customers
from store.database import Database, store_url
from store.ids import new_id
from store.tables import contacts, customers, purchases
from store.upgrade import upgrade
from templates.words import SHIPPED, Words

COMPANY = Company(name="Bench", languages=("fi", "en"))
NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
_WARM, _CARDS, _SAMPLE, _HEAVY, _AT_ONCE = 50, 1000, 3000, 100, 2000
_LAST = ("Mäkelä", "Virtanen", "Åström", "Nieminen", "Novák", "Dvořáková", "Lehtonen", "Öhman", "Korhonen", "Svoboda")
_FIRST = ("Anna", "Matti", "Jiří", "Aino", "Eeva", "Pavel", "Kaisa", "Šárka", "Olli", "Tereza")
_SOUGHT = ("Mäk", "makela anna", "anna mäk", "öhm", "svob jir", "s", "040 1000 777")


async def make(database: Database, count: int) -> None:
    """Put in *count* customers with twenty lines each, and two thousand for one in a thousand."""
    dice = random.Random(7)
    for start in range(1, count + 1, _AT_ONCE):
        ids = range(start, min(start + _AT_ONCE, count + 1))
        people = [
            {
                "id": who,
                "number": f"K{who}",
                "name": f"{dice.choice(_FIRST)} {dice.choice(_LAST)}",
                "phone": f"+35840{1_000_000 + who}",
                "created_at": NOW - dt.timedelta(days=900),
            }
            for who in ids
        ]
        lines = [_line(dice, who, number) for who in ids for number in range(2000 if who % 1000 == 0 else 20)]
        said = [_contact(dice, who) for who in ids for _ in range(5)]
        async with database.write() as tx:
            await add_customers(tx, people)
            await tx.execute(insert(contacts), said)
            for first in range(0, len(lines), 10_000):
                await tx.execute(insert(purchases), lines[first : first + 10_000])
        print(f"made {ids[-1]} of {count}", file=sys.stderr)


def _line(dice: random.Random, who: int, number: int) -> dict[str, object]:
    at = NOW - dt.timedelta(minutes=dice.randrange(1_000_000))
    return {
        "id": new_id(), "customer_id": who, "receipt": f"{who}-{number // 3}", "at": at, "product": "p",
        "product_name": "Coffee", "group_name": f"g{dice.randrange(9)}", "amount_minor": dice.randrange(100, 9000),
        "currency": "EUR", "store": "Kamppi",
    }  # fmt: skip


def _contact(dice: random.Random, who: int) -> dict[str, object]:
    at = NOW - dt.timedelta(minutes=dice.randrange(1_000_000))
    return {
        "id": new_id(), "customer_id": who, "at": at, "channel": "phone", "direction": "in", "kind": "words",
        "text": "Asked about a parcel", "state": "received", "feeling": dice.randrange(1, 6), "proactive": False,
    }  # fmt: skip


async def chosen(database: Database) -> list[int]:
    """Choose whose cards to draw: at random, and of a larger sample those with the most lines."""
    dice = random.Random(11)
    async with database.read() as tx:
        last = int(await tx.scalar(select(func.max(customers.c.id))) or 0)
        first = int(await tx.scalar(select(func.min(customers.c.id))) or 0)
        sample = [dice.randint(first, last) for _ in range(_SAMPLE)]
        counted = []
        for who in sample:
            lines = select(func.count()).select_from(purchases).where(purchases.c.customer_id == who)
            counted.append((int(await tx.scalar(lines) or 0), who))
        whole = [who for who in range(first, last + 1) if who % 1000 == 0][:_HEAVY] if last < 1_000_000 else []
    heavy = whole or [who for _, who in sorted(counted)[-_HEAVY:]]
    cards = [*heavy, *sample[: _CARDS - len(heavy)]]
    dice.shuffle(cards)
    return [*sample[-_WARM:], *cards]


async def cards(database: Database, pen: Pen, library: Library) -> dict[str, float]:
    """Time collecting and drawing, each card in a transaction of its own."""
    found: list[float] = []
    longest = 0
    for who in await chosen(database):
        begun = time.perf_counter()
        async with database.read() as tx:
            customer = await customer_by_id(tx, who)
            if customer is None:
                continue
            text = front(await collect(tx, customer, COMPANY, library, NOW), pen)
        found.append((time.perf_counter() - begun) * 1000)
        longest = max(longest, len(text))
    return {**told(found[_WARM:]), "longest_card": longest}


async def searches(database: Database) -> dict[str, dict[str, float]]:
    """Time each search twenty times, by what was sought."""
    measured = {}
    for sought in _SOUGHT:
        found: list[float] = []
        for _ in range(20):
            begun = time.perf_counter()
            async with database.read() as tx:
                hits = await find_customers(tx, sought, language="fi")
            found.append((time.perf_counter() - begun) * 1000)
        measured[sought] = {**told(found), "hits": hits.total}
    return measured


def told(milliseconds: Sequence[float]) -> dict[str, float]:
    """Give the median, the 99th percentile, the longest, and how many there were."""
    ordered = sorted(milliseconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {
        "n": len(ordered),
        "p50_ms": round(ordered[len(ordered) // 2], 2),
        "p99_ms": round(p99, 2),
        "longest_ms": round(ordered[-1], 2),
    }


async def run(store: str | None, count: int) -> dict[str, object]:
    """Make or open the store, and measure."""
    words = Words.load([SHIPPED], COMPANY.languages)
    library = Library.guess([dialogues.SHIPPED], COMPANY.languages)
    pen = Pen(words, Labels(words, library), library, COMPANY, "fi", NOW)
    with tempfile.TemporaryDirectory() as folder:
        url = store_url(store or f"sqlite:///{folder}/card.db", Path.cwd())
        await upgrade(url)
        database = Database(url)
        try:
            if store is None:
                await make(database, count)
            return {"card": await cards(database, pen, library), "search": await searches(database)}
        finally:
            await database.close()


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", help="an existing store; left as it is")
    parser.add_argument("--customers", type=int, default=20_000, help="how many to make where no store is given")
    given = parser.parse_args()
    print(json.dumps(asyncio.run(run(given.store, given.customers)), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
