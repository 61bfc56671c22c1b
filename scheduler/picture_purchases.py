"""
The first step of the night: purchase columns and kept measures of everybody whose turn it is, batch by batch.

Needs numpy; whoever imports this module without it gets ImportError.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from insight.histories import histories_of
from insight.kept_measures import KeptMeasures, measure
from insight.pictures import Told, purchase_columns
from scheduler.picture_work import CUSTOMERS_AT_ONCE, LINES_AT_ONCE, PEOPLE, PURCHASES, Told_, Work, move_on
from store import night as nights
from store.database import Tx
from store.histories import lines_of, load_histories
from store.kept_measures import Slots, put_kept, the_slots
from store.night import Night
from store.pictures import put_pictures


async def purchases(work: Work, night: Night, told: Told_) -> AsyncGenerator[Night, None]:
    """Make the purchase columns and kept measures of everybody whose turn it is."""
    async with work.database.read() as tx:
        turn = await nights.whose_turn(tx, night.day, everybody=night.everybody)
        slots = await the_slots(tx)
        objecting = frozenset(await nights.unjudged(tx))
    ids = [each for each in turn if each > night.after]
    done, total = len(turn) - len(ids), len(turn)
    start, lines = 0, dict[int, int]()
    while start < len(ids):
        told(PURCHASES, done + start, total)
        batch = await _read_batch(work, night, ids[start : start + CUSTOMERS_AT_ONCE], lines, objecting)
        made = await asyncio.to_thread(_reckon, work, night, batch, slots)
        async with work.database.write() as tx:
            there = await nights.still_there(tx, batch.ids, batch.stale, night.at)
            await put_pictures(tx, _only(made.columns, there))
            await _keep(tx, slots, night.day, made.kept, there)
            after = dataclasses.replace(night, after=batch.ids[-1], looked=night.looked + len(batch.ids))
            night = await nights.advance(work.database, tx, night, after)
        start += len(batch.ids)
        yield night
    told(PURCHASES, total, total)
    yield await move_on(work, night, PEOPLE)


@dataclass(frozen=True, slots=True)
class _Batch:
    ids: list[int]
    stale: dict[int, int]
    raw: Any
    told: Told


@dataclass(frozen=True, slots=True)
class _Made:
    columns: dict[str, list[Any]]
    kept: KeptMeasures


async def _read_batch(
    work: Work, night: Night, ids: list[int], lines: dict[int, int], objecting: frozenset[int]
) -> _Batch:
    """Read as many of *ids* as fit into one go; *lines* is who has how many, as far as they were counted before."""
    company, rules = work.company, work.rules
    async with work.database.read() as tx:
        uncounted = [each for each in ids if each not in lines]
        lines |= dict.fromkeys(uncounted, 0) | await lines_of(tx, uncounted)
        ids = ids[: _fitting(ids, lines)]
        for each in ids:
            del lines[each]
        stale = await nights.stale_among(tx, ids)
        is_range = ids[-1] - ids[0] < 2 * len(ids)
        raw = await load_histories(
            tx, ids[0] - 1, ids[-1], night.at, company.zone, company.currency, None if is_range else ids
        )
        totals = await nights.told_totals(tx, ids, rules.share.fact) if rules.share is not None else {}
    return _Batch(ids, stale, raw, Told(totals, objecting))


def _fitting(ids: Sequence[int], lines: dict[int, int]) -> int:
    """Say how many of *ids* fit into one go; the first always does."""
    total = 0
    for place, each in enumerate(ids):
        total += lines[each]
        if total > LINES_AT_ONCE and place:
            return place
    return len(ids)


def _reckon(work: Work, night: Night, batch: _Batch, slots: Slots) -> _Made:
    company = work.company
    histories = histories_of(batch.raw)
    return _Made(
        purchase_columns(histories, night.day, work.rules, company.currency, batch.told),
        measure(histories, slots.measures, night.at, company.zone, company.currency),
    )


def _only(columns: dict[str, list[Any]], there: frozenset[int]) -> dict[str, list[Any]]:
    """Leave out those who are gone, and those who were read only because they lie between."""
    keep = [each in there for each in columns["customer_id"]]
    if all(keep):
        return columns
    return {
        name: [value for value, stays in zip(values, keep, strict=True) if stays] for name, values in columns.items()
    }


async def _keep(tx: Tx, slots: Slots, day: dt.date, kept: KeptMeasures, there: frozenset[int]) -> None:
    if not slots.numbers:
        return
    ids, due, values = kept.for_store()
    if not there.issuperset(ids):
        places = [place for place, each in enumerate(ids) if each in there]
        ids, due = [ids[place] for place in places], [due[place] for place in places]
        values = [[column[place] for place in places] for column in values]
    await put_kept(tx, slots, day, ids, due, values)
