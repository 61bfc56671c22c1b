"""A store of customers with purchases over two years for the bench of audiences, and the night that keeps measures."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.rule_files import load_rules
from domain.kept_measures import measures_to_keep
from insight.histories import histories_of
from insight.kept_measures import measure
from store.database import Database, store_url
from store.histories import load_histories, next_range
from store.ids import new_id
from store.kept_measures import begin_keeping, last_measured, put_kept, settle_slots
from store.upgrade import upgrade

ZONE = ZoneInfo("Europe/Helsinki")
_SEED = 7

# A linear congruence stands for chance: the store is the same each time. Half of the customers buy often.
_CUSTOMERS = """
WITH RECURSIVE each(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each WHERE i < :customers)
INSERT INTO customers (id, number, chat_id, name, search, language, kind, town, reach, created_at)
SELECT i, 'N' || i, 1000 + i, 'Customer ' || i, 'customer ' || i,
    CASE i % 4 WHEN 0 THEN 'fi' WHEN 1 THEN 'sv' WHEN 2 THEN 'en' END,
    CASE WHEN i % 10 THEN 'consumer' ELSE 'company' END, 'Turku', 'reachable', '2020-01-01 00:00:00.000000'
FROM each
"""
_CONSENTS = """
INSERT INTO consents (id, customer_id, purpose, given, text_version, source, at, current)
SELECT id, id, 'marketing', id % 7 > 0, '1', 'bench', created_at, 1 FROM customers
"""
_PURCHASES = """
WITH RECURSIVE line(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM line WHERE j < :most),
drawn AS (
    SELECT customers.id AS i, j, ((customers.id * 31 + j) * 2654435761 + :seed) % 4294967296 AS dice
    FROM customers JOIN line ON j <= CASE WHEN customers.id % 2 THEN :most ELSE :fewest END
    WHERE customers.id > :after AND customers.id <= :upto
)
INSERT INTO purchases (id, customer_id, receipt, at, product, group_name, quantity, amount_minor, currency)
SELECT i * 64 + j, i, 'r' || (j / 2),
    strftime('%Y-%m-%d %H:%M:%S.000000', :now - (dice * 7919 % 63072000), 'unixepoch'),
    'p' || (dice % 2000), 'g' || (dice / 2000 % 12), 1, dice % 11000, 'EUR'
FROM drawn
"""


def make_store(path: Path, customers: int, lines: int, now: dt.datetime) -> str:
    """Make a SQLite store with that many customers and about *lines* lines a customer; return its URL."""
    url = f"sqlite:///{path}"
    asyncio.run(upgrade(store_url(url)))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    connection.execute(_CUSTOMERS, {"customers": customers})
    connection.execute(_CONSENTS)
    for after in range(0, customers, 50_000):
        drawn = {"most": lines + lines // 2, "fewest": lines - lines // 2, "seed": _SEED, "now": int(now.timestamp())}
        connection.execute(_PURCHASES, drawn | {"after": after, "upto": after + 50_000})
    connection.execute("COMMIT")
    connection.close()
    return url


async def keep_measures(url: str, at: dt.datetime, currency: str) -> None:
    """Keep the measures of everybody as of *at*, unless a night has done so already."""
    database = Database(store_url(url))
    try:
        async with database.write() as tx:
            if await last_measured(tx) is not None:
                return
            await begin_keeping(tx, at, new_id(), currency)
            slots = await settle_slots(tx, measures_to_keep(load_rules(None).values()), at)
        after = 0
        while True:
            async with database.write() as tx:
                upto = await next_range(tx, after, 20_000, 400_000)
                if upto is None:
                    return
                histories = histories_of(await load_histories(tx, after, upto, at, ZONE, currency))
                kept = measure(histories, slots.measures, at, ZONE, currency)
                await put_kept(tx, slots, at.date(), *kept.for_store())
            after = upto
    finally:
        await database.close()
