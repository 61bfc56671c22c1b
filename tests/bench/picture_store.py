"""A SQLite store of many customers and purchase lines, the same each time, written straight into its tables."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store.database import store_url
from store.ids import id_before, new_id
from store.upgrade import upgrade

SEED = 6
YEARS = 3
GROUPS = tuple(f"group {number:02d}" for number in range(14))
PRODUCTS = 2_000
_DAY_S = 86_400
_AT_ONCE = 200_000
_INDEX = "CREATE INDEX ix_purchases_customer_id_at ON purchases (customer_id, at)"
_LINE = (
    "INSERT INTO purchases (id, customer_id, receipt, at, product, product_name, group_name, quantity, amount_minor,"
    " currency, store) VALUES (?, ?, ?, ?, ?, '', ?, 1, ?, 'EUR', 'Turku')"
)

Ints = NDArray[np.int64]


def make_store(file: Path, customers: int, lines: int, until: dt.datetime) -> None:
    """
    Put in so many customers, and about so many lines until *until*, in the order of time as tills deliver them.

    Customers buy at rates of a gamma distribution and stay away for good after some purchase, as in life; a receipt has
    several lines, of groups and products that are not equally popular.
    """
    asyncio.run(upgrade(store_url(f"sqlite:///{file}")))
    rng = np.random.default_rng(SEED)
    with sqlite3.connect(file, isolation_level=None) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -200000")
        _put_customers(database, customers, until, rng)
        owners, seconds = _receipts(customers, lines / 2.5, int(until.timestamp()), rng)
        database.execute("DROP INDEX ix_purchases_customer_id_at")
        first = id_before(new_id(), dt.timedelta(days=1))
        written = 0
        for start in range(0, len(owners), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            rows = list(_lines(owners[part], seconds[part], start, first + written, lines / len(owners), rng))
            _write(database, rows)
            written += len(rows)
        database.execute(_INDEX)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def buy_more(file: Path, customers: int, share: float, at: dt.datetime) -> int:
    """Let that share of the customers buy two lines at *at*; return how many they are."""
    rng = np.random.default_rng(SEED + 1)
    chosen = np.sort(rng.choice(customers, int(customers * share), replace=False)) + 1
    seconds = np.full(len(chosen), int(at.timestamp()))
    with sqlite3.connect(file, isolation_level=None) as database:
        _write(database, list(_lines(chosen, seconds, 10**9, new_id(), 2.0, rng)))
    database.close()
    return len(chosen)


def _write(database: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.executemany(_LINE, rows)
    database.execute("COMMIT")


def _put_customers(database: sqlite3.Connection, customers: int, until: dt.datetime, rng: np.random.Generator) -> None:
    created = _text(int(until.timestamp()) - YEARS * 365 * _DAY_S)
    met = rng.random(customers) < 0.3
    rows = (
        (number, str(number), f"Customer {number}", f"customer {number}", created, created if met[number - 1] else None)
        for number in range(1, customers + 1)
    )
    database.execute("BEGIN IMMEDIATE")
    database.executemany(
        "INSERT INTO customers (id, number, name, search, language, created_at, met_at)"
        " VALUES (?, ?, ?, ?, 'fi', ?, ?)",
        rows,
    )
    database.execute("COMMIT")


def _receipts(customers: int, wanted: float, until: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw who bought when, in the order of time; about *wanted* receipts."""
    begin = until - YEARS * 365 * _DAY_S
    at = begin + rng.random(customers) ** 1.5 * (until - begin)
    rate = rng.gamma(0.7, 1.0, customers) * (wanted / customers) * 2.2 / (YEARS * 365 * _DAY_S / 2)
    leaves = rng.beta(1.0, 12.0, customers)
    who, owners, seconds = np.arange(1, customers + 1), [], []
    while len(who):
        owners.append(who)
        seconds.append(at.astype(np.int64))
        at = at + rng.exponential(1.0, len(who)) / rate
        stays = (at < until) & (rng.random(len(who)) >= leaves)
        who, at, rate, leaves = who[stays], at[stays], rate[stays], leaves[stays]
    every_owner, every_second = np.concatenate(owners), np.concatenate(seconds)
    order = np.argsort(every_second, kind="stable")
    return every_owner[order], every_second[order]


def _lines(
    owners: Ints, seconds: Ints, first_receipt: int, first_id: int, mean: float, rng: np.random.Generator
) -> Iterator[tuple[object, ...]]:
    many = rng.geometric(1 / max(1.0, mean), len(owners))
    place = np.repeat(np.arange(len(owners)), many)
    products = np.minimum(rng.zipf(1.3, len(place)), PRODUCTS) - 1
    amounts = np.round(np.exp(rng.normal(6.2, 1.0, len(place)))).astype(np.int64) + 10
    amounts[rng.random(len(place)) < 0.02] *= -1
    times = list(map(_text, seconds.tolist()))
    columns = (place.tolist(), owners[place].tolist(), products.tolist(), amounts.tolist())
    for number, (receipt, owner, product, amount) in enumerate(zip(*columns, strict=True)):
        group = GROUPS[product % len(GROUPS)]
        yield first_id + number, owner, f"R{first_receipt + receipt}", times[receipt], f"p{product}", group, amount


def _text(second: int) -> str:
    return dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%d %H:%M:%S.000000")
