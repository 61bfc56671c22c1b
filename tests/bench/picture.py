"""
How long a night takes: everybody's picture from nothing, then with a hundredth changed, as the real program does it.

    python -m tests.bench.picture                                       (1,000,000 customers, 20,000,000 lines)
    python -m tests.bench.picture --customers 20000 --lines 400000
    python -m tests.bench.picture --file big.db                         (the store is kept, and used again)

Beside it DuckDB, which holds the same lines in its own form, counts the purchase columns and fifths alone, and for whom
the rule of five terms holds, with the classes as the night told them: no other engine comes near, so that it is the
limit. Wall and processor seconds are of whole processes, memory is their peak; DuckDB's are of the statement alone.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from domain.durations import Duration, Unit
from domain.measures import window_start
from store.database import store_url
from store.upgrade import upgrade
from tests.bench.picture_store import buy_more, make_store

ZONE = ZoneInfo("Europe/Helsinki")
RULE = (
    "visits(12m) >= 8 and average_purchase(12m) > 20 and product_groups(12m) > 3"
    ' and picture.class = "keep" and kind = "consumer"'
)
_READ = "SELECT customer_id, at AS moment, receipt, amount_minor, group_name FROM purchases"
_CLASSES = "SELECT c.id, p.customer_class, c.kind FROM customers c LEFT JOIN pictures p ON p.customer_id = c.id"
_PICTURE = """
WITH told AS (
    SELECT customer_id, min(day) first_on, max(day) last_on, count(DISTINCT day) purchase_days,
        count(DISTINCT receipt) visits, count(DISTINCT receipt) FILTER (day >= $year) visits_year,
        sum(amount) spent, sum(amount) FILTER (day >= $year) spent_year
    FROM (SELECT customer_id, moment::DATE AS day, receipt, amount_minor AS amount FROM lines) GROUP BY customer_id)
SELECT count(*), sum(r + f + m) FROM (SELECT ntile(5) OVER (ORDER BY last_on) r,
    ntile(5) OVER (ORDER BY visits_year) f, ntile(5) OVER (ORDER BY spent_year) m FROM told)
"""
_FIVE_TERMS = """
WITH receipts AS (
    SELECT customer_id, sum(amount_minor) AS amount,
        count(DISTINCT receipt) FILTER (amount_minor >= 0) AS visits
    FROM lines WHERE moment >= $since AND moment <= $until GROUP BY customer_id),
groups AS (
    SELECT customer_id, count(*) AS many FROM (
        SELECT customer_id FROM lines WHERE moment >= $since AND moment <= $until AND group_name <> ''
        GROUP BY customer_id, group_name HAVING sum(CASE WHEN amount_minor < 0 THEN -1 ELSE 1 END) > 0)
    GROUP BY customer_id)
SELECT count(*) FROM receipts JOIN groups USING (customer_id) JOIN classes ON classes.id = receipts.customer_id
WHERE visits >= 8 AND amount / 100.0 / visits > 20 AND many > 3 AND class = 'keep' AND kind = 'consumer'
"""


@dataclass(frozen=True, slots=True)
class Took:
    """What a process took: seconds by the clock and of processors, peak memory in MB, and what it said."""

    seconds: float
    processor: float
    peak_mb: float
    said: dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=20_000_000)
    parser.add_argument("--file", type=Path, help="where to keep the store without pictures, to use it again")
    parser.add_argument("--no-duckdb", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vuoro-picture-") as folder:
        _run(Path(folder), given)


def _run(folder: Path, given: argparse.Namespace) -> None:
    file, now = folder / "vuoro.db", dt.datetime.now(dt.UTC)
    if given.file is None or not given.file.exists():
        begun = time.monotonic()
        arguments = (file, given.customers, given.lines, now - dt.timedelta(minutes=1))
        making = multiprocessing.get_context("spawn").Process(target=make_store, args=arguments)
        making.start()  # in a process of its own: what a process took is told of its children, too
        making.join()
        assert making.exitcode == 0
        print(f"made in {time.monotonic() - begun:.0f} s, {file.stat().st_size / 1e6:.0f} MB")
        if given.file is not None:
            shutil.copyfile(file, given.file)
    else:
        shutil.copyfile(given.file, file)
        asyncio.run(upgrade(store_url(f"sqlite:///{file}")))
    (folder / "vuoro.toml").write_text(f'[store]\nurl = "sqlite:///{file}"\n', encoding="utf-8")
    first = _vuoro(folder, "insight", "refresh", "--json")
    _tell("first night", first)
    tomorrow = now.astimezone(ZONE).date() + dt.timedelta(days=1)
    changed = buy_more(file, given.customers, 0.01, dt.datetime.now(dt.UTC))
    second = _vuoro(folder, "insight", "refresh", "--json", "--at", str(tomorrow))
    _tell(f"next night ({changed} changed)", second)
    for what in ("five terms", "five terms again"):
        five = _vuoro(folder, "audience", RULE, "--count", "--json", "--at", str(tomorrow))
        _tell(what, five)
    if not given.no_duckdb:
        _beside_duckdb(file, folder, dt.datetime.combine(tomorrow, dt.time.max, ZONE), first, five)


def _vuoro(folder: Path, *words: str) -> Took:
    begun = time.monotonic()
    with (folder / "said.json").open("w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.command_line", *words, "--config", folder / "vuoro.toml"], stdout=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begun
        said.seek(0)
        assert process.returncode == 0, f"vuoro {words[0]} ended with {process.returncode}"
        return Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, json.load(said))


def _tell(what: str, took: Took) -> None:
    figures = f"{took.seconds:.1f} s, processor {took.processor:.1f} s, {took.peak_mb:.0f} MB"
    print(f"{what}: {figures}, {json.dumps(took.said)}", flush=True)


def _beside_duckdb(file: Path, folder: Path, at: dt.datetime, first: Took, five: Took) -> None:
    lines = _in_duckdb(file, folder)
    seconds, processor, _ = _timed(lines, _PICTURE, {"year": (at - dt.timedelta(days=365)).date()})
    print(f"DuckDB, purchase columns and fifths alone: {seconds:.1f} s, processor {processor:.1f} s")
    print(f"the first night takes {first.seconds / seconds:.0f} times as long")
    window = {
        "since": window_start(at, Duration(12, Unit.MONTHS)).astimezone(dt.UTC).replace(tzinfo=None),
        "until": at.astimezone(dt.UTC).replace(tzinfo=None),
    }
    seconds, processor, found = _timed(lines, _FIVE_TERMS, window)
    told = f"{found} of {five.said['count']} customers"
    print(f"DuckDB, the same five terms: {seconds:.2f} s, processor {processor:.2f} s, {told}")
    print(f"vuoro audience, a whole process, takes {five.seconds / seconds:.1f} times as long")
    assert found == five.said["count"], "DuckDB and Vuoro disagree on whom the rule holds for"


def _timed(lines: duckdb.DuckDBPyConnection, statement: str, given: dict[str, Any]) -> tuple[float, float, Any]:
    """Carry it out on two threads; return seconds by the clock and of processors, and the first value."""
    begun, worked = time.monotonic(), time.process_time()
    found = lines.execute(statement, given).fetchall()[0][0]
    return time.monotonic() - begun, time.process_time() - worked, found


def _in_duckdb(file: Path, folder: Path) -> duckdb.DuckDBPyConnection:
    """Bring the lines into DuckDB's own form, with everybody's kind and class of the last night."""
    lines = duckdb.connect(str(folder / "lines.duckdb"), config={"threads": 2, "memory_limit": "2GB"})
    lines.execute("CREATE TABLE classes (id BIGINT, class TEXT, kind TEXT)")
    lines.execute(
        "CREATE TABLE lines (customer_id BIGINT, moment TIMESTAMP, receipt TEXT, amount_minor BIGINT, group_name TEXT)"
    )
    with sqlite3.connect(file) as database:
        rows = database.execute(_READ)
        while part := rows.fetchmany(500_000):
            names = ("customer_id", "moment", "receipt", "amount_minor", "group_name")
            columns = dict(zip(names, map(list, zip(*part, strict=True)), strict=True))
            lines.register("part", pa.table(columns))
            lines.execute(
                "INSERT INTO lines SELECT customer_id, moment::TIMESTAMP, receipt, amount_minor, group_name FROM part"
            )
        rows = database.execute(_CLASSES)
        while part := rows.fetchmany(500_000):
            columns = dict(zip(("id", "class", "kind"), map(list, zip(*part, strict=True)), strict=True))
            lines.register("part", pa.table(columns))
            lines.execute("INSERT INTO classes SELECT id, class, kind FROM part")
    database.close()
    return lines


if __name__ == "__main__":
    main()
