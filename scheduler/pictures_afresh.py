"""
Pictures as of any moment, reckoned afresh and kept nowhere: for a look back.

Needs numpy and scipy (`pip install "vuoro[insight]"`); whoever imports this module without them gets ImportError.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from insight import population, standings
from insight.histories import histories_of
from insight.pictures import Told, purchase_columns
from insight.population import Population
from scheduler.picture_work import CUSTOMERS_AT_ONCE, LINES_AT_ONCE, Told_, Work
from scheduler.repeat_buying import kept
from store import night as nights
from store.histories import load_histories, next_range
from store.lives import load_lives

PURCHASES, STANDINGS = "purchases", "standings"
_AT_ONCE = 10_000

Rows = dict[int, dict[str, Any]]


async def pictures_at(work: Work, at: dt.datetime, told: Told_) -> Rows:
    """
    Return everybody's columns of `pictures` as they were at *at*, by customer.

    Purchases, signals and memberships are those until then. Facts, consents, cases and what was learnt of repeat buying
    are those of today: their past is not kept by day.
    """
    local = at.astimezone(work.company.zone)
    async with work.database.read() as tx:
        objecting = await nights.unjudged(tx)
    rows = await _purchases(work, local, frozenset(objecting), told)
    await _people(work, local, objecting, rows)
    await _standings(work, local, rows, told)
    return rows


async def _purchases(work: Work, at: dt.datetime, objecting: frozenset[int], told: Told_) -> Rows:
    company, rules, rows, after = work.company, work.rules, Rows(), 0
    while True:
        async with work.database.read() as tx:
            upto = await next_range(tx, after, CUSTOMERS_AT_ONCE, LINES_AT_ONCE)
            if upto is None:
                return rows
            raw = await load_histories(tx, after, upto, at, company.zone, company.currency)
            share = rules.share
            totals = await nights.told_totals(tx, raw.customers, share.fact) if share is not None else {}
        known = Told(totals, objecting)
        columns = await asyncio.to_thread(
            lambda: purchase_columns(histories_of(raw), at.date(), rules, company.currency, known)  # noqa: B023 - awaited here
        )
        for values in zip(*columns.values(), strict=True):
            row = dict(zip(columns, values, strict=True))
            rows[row["customer_id"]] = row
        after = upto
        told(PURCHASES, len(rows), len(rows))


async def _people(work: Work, at: dt.datetime, objecting: list[int], rows: Rows) -> None:
    for row in rows.values():
        row.update(dict.fromkeys((name for name in population.READ if name not in row), None))
        row["scheme"] = ""
    everybody = Population()
    everybody.add([[row[name] for row in rows.values()] for name in population.READ], work.rules.rfm.name)
    async with work.database.read() as tx:
        repeat = await kept(tx)
    changes = everybody.changes(at.date(), work.rules, work.company.currency, objecting, repeat, _AT_ONCE)
    while (change := await asyncio.to_thread(next, changes, None)) is not None:
        _put(rows, change.columns)


async def _standings(work: Work, at: dt.datetime, rows: Rows, told: Told_) -> None:
    ids, loyal = list(rows), frozenset[int]()
    if work.rules.loyal is not None:
        async with work.database.read() as tx:
            loyal = await nights.loyal_ones(tx, work.rules.loyal, at, work.company.currency)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        async with work.database.read() as tx:
            lives = await load_lives(tx, part, at)
        columns = [[rows[each].get(name) for each in part] for name in standings.READ]
        found = await asyncio.to_thread(
            standings.standings, columns, lives, loyal, at.date(), work.rules, work.company.currency
        )
        _put(rows, found.columns)
        told(STANDINGS, start + len(part), len(ids))


def _put(rows: Rows, columns: dict[str, list[Any]]) -> None:
    for place, who in enumerate(columns["customer_id"]):
        rows[who].update({name: values[place] for name, values in columns.items()})
