"""
How long `vuoro audience` takes, as a process with all it needs, beside DuckDB on the same rows in memory.

    python -m tests.bench.audience                                        (50,000 customers, a million lines)
    python -m tests.bench.audience --customers 1000000 --file big.db      (20 million lines; the file is used again)
    python -m tests.bench.audience --store postgresql://user@host/vuoro --live

Each rule is counted with the measures that the night kept and, with --live, as of a second before that night, which
reads the purchases themselves. DuckDB computes the same numbers from the lines: no other engine comes near, so that it
is the limit; its rows are in memory and its process runs already. Seconds are the median of the runs.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import select

from store.database import Database, store_url
from store.kept_measures import last_measured
from store.tables import customers, purchases
from tests.bench.audience_store import ZONE, keep_measures, make_store

_YEAR = "second >= :year"
_VISITS = f"count(DISTINCT CASE WHEN {_YEAR} AND amount_minor >= 0 THEN receipt END)"
_AVERAGE = f"sum(CASE WHEN {_YEAR} THEN amount_minor END) / 100.0 / nullif({_VISITS}, 0)"
_GROUPS = f"count(DISTINCT CASE WHEN {_YEAR} AND amount_minor >= 0 THEN group_name END)"
RULES = {
    "five terms": (
        (
            "visits(12m) >= 8 and average_purchase(12m) > 50 and product_groups(12m) > 5"
            ' and kind = "consumer" and language in ("fi", "sv")'
        ),
        (
            f"SELECT count(*) FROM (SELECT customer_id FROM lines GROUP BY customer_id HAVING {_VISITS} >= 8"
            f" AND {_AVERAGE} > 50 AND {_GROUPS} > 5) JOIN people ON id = customer_id"
            " WHERE kind = 'consumer' AND language IN ('fi', 'sv')"
        ),
    ),
    "most customers": (
        'visits() >= 1 and kind = "consumer"',
        (
            "SELECT count(*) FROM (SELECT DISTINCT customer_id FROM lines WHERE amount_minor >= 0)"
            " JOIN people ON id = customer_id WHERE kind = 'consumer'"
        ),
    ),
    "lately here": (
        'days_since("purchase") <= 14 and visits(12m) >= 12',
        (
            f"SELECT count(*) FROM (SELECT customer_id FROM lines GROUP BY customer_id HAVING {_VISITS} >= 12"
            " AND max(CASE WHEN amount_minor >= 0 THEN second END) >= :fortnight)"
        ),
    ),
    "no purchases": ('language = "fi"', "SELECT count(*) FROM people WHERE language = 'fi'"),
}


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", help="a store that is there, instead of one that is made")
    parser.add_argument("--file", type=Path, help="where to make one, or use it again")
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--lines", type=int, default=20, help="of each customer")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--live", action="store_true", help="also without what the night kept")
    parser.add_argument("--no-duckdb", action="store_true")
    given = parser.parse_args(words)
    night = dt.datetime.combine(dt.datetime.now(ZONE).date(), dt.time(0, 1), ZONE)
    with tempfile.TemporaryDirectory() as folder:
        file = given.file or Path(folder) / "audience.db"
        url = given.store or f"sqlite:///{file.resolve()}"
        if given.store is None and not file.exists():
            make_store(file, given.customers, given.lines, night)
        asyncio.run(keep_measures(url, night, "EUR"))
        config = Path(folder) / "vuoro.toml"
        config.write_text(
            f'[company]\nname = "Bench"\ntimezone = "{ZONE.key}"\nlanguages = ["en"]\n[staff]\nadmins = [1]\n'
            f'[store]\nurl = "{url}"\n',
            encoding="utf-8",
        )
        before = asyncio.run(_before(url))
        lines = None if given.no_duckdb else asyncio.run(_in_duckdb(url))
        for name, (rule, sql) in RULES.items():
            _measure(name, rule, sql, config, lines, before if given.live else None, given.runs)


def _measure(
    name: str,
    rule: str,
    sql: str,
    config: Path,
    lines: duckdb.DuckDBPyConnection | None,
    before: dt.datetime | None,
    runs: int,
) -> None:
    seconds, count = _counted(rule, config, [], runs)
    told = f"{name}: {count} customers in {seconds:.2f} s"
    if before is not None:
        live, then = _counted(rule, config, ["--at", before.isoformat()], 1)
        told += f"; live {live:.2f} s ({live / seconds:.0f} times as long), {then} customers"
    if lines is not None:
        beside, number = _by_duckdb(lines, sql, runs)
        told += f"; DuckDB {beside:.2f} s (ours {seconds / beside:.1f} times that), {number} customers"
    print(told, flush=True)


def _counted(rule: str, config: Path, more: list[str], runs: int) -> tuple[float, int]:
    command = [sys.executable, "-m", "bot.command_line", "audience", rule, "--count", "--json", "--config", str(config)]
    found, taken = {}, []
    for _ in range(runs):
        begin = time.perf_counter()
        done = subprocess.run([*command, *more], capture_output=True, check=True)
        taken.append(time.perf_counter() - begin)
        found = json.loads(done.stdout)
    return statistics.median(taken), found["count"]


async def _before(url: str) -> dt.datetime:
    database = Database(store_url(url))
    async with database.read() as tx:
        night = await last_measured(tx)
    await database.close()
    assert night is not None
    return night.at.astimezone(ZONE) - dt.timedelta(seconds=1)


async def _in_duckdb(url: str) -> duckdb.DuckDBPyConnection:
    """Put the same rows into memory, times as instants."""
    lines = duckdb.connect()
    lines.execute(
        "CREATE TABLE lines (customer_id BIGINT, receipt VARCHAR, second BIGINT, group_name VARCHAR,"
        " amount_minor BIGINT)"
    )
    lines.execute("CREATE TABLE people (id BIGINT, kind VARCHAR, language VARCHAR)")
    database = Database(store_url(url))
    line, who = purchases.c, customers.c
    async with database.read() as tx:
        rows = await tx.stream(select(line.customer_id, line.receipt, line.at, line.group_name, line.amount_minor))
        async for part in rows.partitions(200_000):
            _insert(lines, "lines", [(each[0], each[1], int(each[2].timestamp()), *each[3:]) for each in part])
        people = await tx.stream(select(who.id, who.kind, who.language))
        async for some in people.partitions(200_000):
            _insert(lines, "people", [tuple(each) for each in some])
    await database.close()
    return lines


def _insert(lines: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    names = [row[0] for row in lines.execute(f"DESCRIBE {table}").fetchall()]
    columns: Iterator[tuple[Any, ...]] = zip(*rows, strict=True)
    lines.register("part", pa.table(dict(zip(names, map(list, columns), strict=True))))
    lines.execute(f"INSERT INTO {table} SELECT * FROM part")
    lines.unregister("part")


def _by_duckdb(lines: duckdb.DuckDBPyConnection, sql: str, runs: int) -> tuple[float, int]:
    today = dt.datetime.now(ZONE).date()
    for name, day in (("year", today.replace(year=today.year - 1)), ("fortnight", today - dt.timedelta(days=14))):
        sql = sql.replace(f":{name}", str(int(dt.datetime.combine(day, dt.time(), ZONE).timestamp())))
    taken, number = [], 0
    for _ in range(runs):
        begin = time.perf_counter()
        row = lines.execute(sql).fetchone()
        taken.append(time.perf_counter() - begin)
        number = row[0] if row else 0
    return statistics.median(taken), number


if __name__ == "__main__":
    main()
