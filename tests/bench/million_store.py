"""A store of very many customers, made by the database itself: the same ones each time, in seconds."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.engine import URL

from store.database import Database
from store.upgrade import upgrade

FEW = 100
"""Of so many customers one lives in FEW_TOWN, and all of these may be written to."""

FEW_TOWN = "Nokia"

_NUMBERS = {
    "sqlite": "WITH RECURSIVE each(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each WHERE i < :n)",
    "postgresql": "WITH each(i) AS (SELECT generate_series(1, CAST(:n AS bigint)))",
}
_CUSTOMERS = f"""
INSERT INTO customers (id, number, chat_id, name, search, language, kind, town, reach, created_at)
{{numbers}}
SELECT i, 'K' || i, 1000000 + i, 'Customer ' || i, 'customer ' || i, 'en', 'consumer',
    CASE WHEN i % {FEW} = 0 THEN '{FEW_TOWN}' ELSE 'Oulu' END,
    CASE WHEN i % 50 = 1 THEN 'blocked' ELSE 'reachable' END, '2026-01-01 00:00:00'
FROM each
"""
_CONSENTS = """
INSERT INTO consents (id, customer_id, purpose, given, text_version, source, at, current)
SELECT id, id, 'marketing', id % 20 <> 7, '1', 'bench', '2026-01-01 00:00:00', {true} FROM customers
"""


async def make_store(url: URL, customers: int) -> None:
    """Fill the empty store at *url*: 2 % of the customers have blocked the bot, 5 % take no newsletters."""
    await upgrade(url)
    database = Database(url)
    dialect = "sqlite" if database.is_sqlite else "postgresql"
    async with database.write() as tx:
        await tx.execute(text(_CUSTOMERS.format(numbers=_NUMBERS[dialect])), {"n": customers})
        await tx.execute(text(_CONSENTS.format(true="1" if database.is_sqlite else "true")))
        if not database.is_sqlite:  # what autovacuum does a minute later
            await tx.execute(text("ANALYZE customers, consents"))
    await database.close()
