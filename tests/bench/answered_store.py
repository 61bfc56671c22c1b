"""
A store with a history: customers with consents and facts, their finished runs, answers and timeline, made by the
database itself out of a row number and a seed, so that a million runs take a minute and are the same each time.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text

from store.database import Database
from store.tables import answers, consents, contacts, customers, facts, runs

CHATS_FROM = 10_000_000
_TABLES = (customers, consents, facts, runs, answers, contacts)
_RUNS_PER_CUSTOMER = 5
_SINCE = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_YEARS_S = 2 * 365 * 86_400
_NUMBERS = """
WITH RECURSIVE numbers(n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < {many}),
seeded AS (SELECT n, ((n * 2654435761 + {seed}) % 4294967296) / 97 AS h FROM numbers)
"""
_CUSTOMERS = """
INSERT INTO customers (id, chat_id, name, search, language, kind, reach, met_at, last_in_at, created_at) {numbers}
SELECT n, {chats} + n, 'Customer ' || n, 'customer ' || n,
       CASE h % 3 WHEN 0 THEN 'fi' WHEN 1 THEN 'en' ELSE 'cs' END, 'consumer', 'reachable', {at}, {at}, {at} FROM seeded
"""
_CONSENTS = """
INSERT INTO consents (id, customer_id, purpose, given, text_version, source, at, current) {numbers}
SELECT n, (n + 1) / 2, CASE n % 2 WHEN 0 THEN 'surveys' ELSE 'marketing' END, {yes}, 'welcome/1', 'dialogue:welcome',
       {at}, {yes} FROM seeded
"""
_FACTS = """
INSERT INTO facts (id, customer_id, name, value, word, figure, source, at, current) {numbers}
SELECT n, (n + 1) / 2, CASE n % 2 WHEN 0 THEN 'nps' ELSE 'interest' END, CASE n % 2 WHEN 0 THEN '9' ELSE '"tea"' END,
       CASE n % 2 WHEN 0 THEN NULL ELSE 'tea' END, CASE n % 2 WHEN 0 THEN 9.0 ELSE NULL END, 'dialogue:nps', {at}, {yes}
FROM seeded
"""
_RUNS = """
INSERT INTO runs (id, customer_id, script_id, script_digest, state, started_at, started_by, focus, asking, asked,
                  asked_at, misses, reminders, ended_at) {numbers}
SELECT n, 1 + h % {customers}, 'nps', 'history', CASE h % 20 WHEN 0 THEN 'expired' ELSE 'done' END, {at},
       'wave', n, 3, 'best', {at}, 0, 0, {at} FROM seeded
"""
_ANSWERS = """
INSERT INTO answers (id, run_id, question, version, at, value, text, skipped, closed, reopened, message_id) {numbers}
SELECT n, (n + 2) / 3, CASE n % 3 WHEN 0 THEN 'score' WHEN 1 THEN 'why' ELSE 'best' END, 1, {at},
       CASE n % 3 WHEN 0 THEN '9' ELSE '"Everything came in time and in one piece."' END,
       CASE n % 3 WHEN 0 THEN '9' ELSE 'Everything came in time and in one piece.' END, {no}, {yes}, {no}, n FROM seeded
"""
_CONTACTS = """
INSERT INTO contacts (id, customer_id, at, channel, direction, kind, text, state, message_id, run_id, question,
                      proactive) {numbers}
SELECT n, 1 + h % {customers}, {at}, 'telegram', CASE n % 2 WHEN 0 THEN 'out' ELSE 'in' END,
       CASE n % 2 WHEN 0 THEN 'question' ELSE 'answer' END,
       CASE n % 2 WHEN 0 THEN 'What should we improve?' ELSE 'Everything came in time and in one piece.' END,
       CASE n % 2 WHEN 0 THEN 'sent' ELSE 'received' END, n, (n + 5) / 6, 'why', {no} FROM seeded
"""


async def fill(database: Database, many_runs: int, seed: int) -> int:
    """
    Put *many_runs* runs, three answers and six contacts each, into an empty store; return how many customers have them.

    Customers have five runs on average, scattered over two years. The secondary indexes are made at the end.
    """
    many = max(many_runs // _RUNS_PER_CUSTOMER, 1)
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            await connection.exec_driver_sql("PRAGMA cache_size = -400000")
        indexes = [index for table in _TABLES for index in table.indexes]
        for index in indexes:
            await connection.run_sync(index.drop)
        for statement, rows in (
            (_CUSTOMERS, many),
            (_CONSENTS, 2 * many),
            (_FACTS, 2 * many),
            (_RUNS, many_runs),
            (_ANSWERS, 3 * many_runs),
            (_CONTACTS, 6 * many_runs),
        ):
            await connection.execute(text(_written(statement, rows, many, seed, sqlite=database.is_sqlite)))
            await connection.commit()
        for index in indexes:
            await connection.run_sync(index.create)
        if not database.is_sqlite:  # autovacuum would do it, later
            await connection.execute(text("ANALYZE"))
        await connection.commit()
    return many


def _written(statement: str, rows: int, many_customers: int, seed: int, *, sqlite: bool) -> str:
    moment = f"CAST({int(_SINCE.timestamp())} + h % {_YEARS_S} AS BIGINT)"
    return statement.format(
        numbers=_NUMBERS.format(many=rows, seed=seed * 7919),
        customers=many_customers,
        chats=CHATS_FROM,
        at=f"strftime('%Y-%m-%d %H:%M:%S.000000', {moment}, 'unixepoch')" if sqlite else f"to_timestamp({moment})",
        yes="1" if sqlite else "true",
        no="0" if sqlite else "false",
    )
