"""
Repeat buying for the night's work: learnt anew once a month, kept in the store, and said of every customer.

Needs numpy and scipy (`pip install "vuoro[insight]"`); whoever imports this module without them gets ImportError.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable

from insight.repeat_buying_kept import RepeatBuying, as_document, from_document
from insight.repeat_buying_learning import (
    PurchaseDays,
    Split,
    drawn,
    joined,
    learn,
    purchase_days,
    split_for,
    split_from,
    split_of,
)
from store.baskets import purchase_moments
from store.database import Database, Tx
from store.night import unjudged
from store.pictures import picture_columns
from store.settings import get_setting, put_setting

log = logging.getLogger(__name__)

SETTING = "insight.repeat_buying"
EVERY = dt.timedelta(days=30)
_GROWN = 1.5  # with so many times the customers it is learnt before a month is over
_AT_ONCE = 50_000
_HISTORIES = 2_000  # customers whose moments are read in one statement

Progress = Callable[[int, int], None]


async def kept(tx: Tx) -> RepeatBuying | None:
    """Return what was learnt last, or None."""
    return from_document(await get_setting(tx, SETTING))


async def repeat_buying(
    database: Database,
    at: dt.datetime,
    *,
    anew: bool = False,
    everybody: PurchaseDays | None = None,
    progress: Progress | None = None,
) -> RepeatBuying:
    """
    Return what is known of repeat buying at *at* (aware, in the company's zone), learnt anew where that is due.

    It is due after a month, when there are half as many customers again, or when *anew* says so. It reads the days of
    purchases from the pictures unless *everybody* gives them, and the purchases of at most 200,000 customers.
    *progress* is told how many of them are read.
    """
    async with database.read() as tx:
        last = await kept(tx)
    if last is not None and not anew and last.day + EVERY > at.date() >= last.day:
        known = len(everybody.customers) if everybody is not None else last.n
        if known <= max(last.n * _GROWN, last.n + 100):
            return last
    if everybody is None:
        everybody = await purchase_days_of_all(database)
    day = at.date()
    split_on = await asyncio.to_thread(split_for, everybody, day)
    split = None if split_on is None else await _split(database, everybody, split_on, at, progress)
    learnt = await asyncio.to_thread(learn, everybody, split, day)
    async with database.write() as tx:
        await put_setting(tx, SETTING, as_document(learnt))
    log.info("repeat_buying.learnt", extra={"n": learnt.n, "method": learnt.method.value})
    return learnt


async def purchase_days_of_all(database: Database) -> PurchaseDays:
    """Read first and last day and number of days of everybody from the pictures, without `unjudged`."""
    async with database.read() as tx:
        without = await unjudged(tx)
    parts, after = [], 0
    while True:
        async with database.read() as tx:  # one for each, so that no long one stands in the way
            columns = await picture_columns(
                tx, ("customer_id", "first_on", "last_on", "purchase_days"), after, _AT_ONCE
            )
        if not columns[0]:
            break
        after = columns[0][-1]
        parts.append(purchase_days(columns[0], columns[1], columns[2], columns[3], without))
    return joined(parts)


async def _split(
    database: Database, everybody: PurchaseDays, on: dt.date, at: dt.datetime, progress: Progress | None
) -> Split:
    zone = at.tzinfo
    assert zone is not None, "repeat buying: the moment has no zone; give it in the company's"
    day = at.date()
    morning = dt.datetime.combine(day, dt.time(), zone)
    ids, parts = drawn(everybody, on), []
    for start in range(0, len(ids), _HISTORIES):
        async with database.read() as tx:
            owners, times = await purchase_moments(tx, ids[start : start + _HISTORIES], morning)
        parts.append(await asyncio.to_thread(split_of, owners, times, zone, on, day))
        if progress is not None:
            progress(min(start + _HISTORIES, len(ids)), len(ids))
    return split_from(parts, on, day)
