"""
The steps of the night's work on pictures, each in short transactions, begun again wherever it was stopped.

Needs numpy and scipy (`pip install "vuoro[insight]"`); whoever imports this module without them gets ImportError.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import math
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from domain.kept_measures import measures_to_keep
from domain.lives import Life
from domain.pictures import CustomerClass
from insight import population, standings
from insight.classes import KEY
from insight.population import Population
from scheduler.clusters import cluster_parts
from scheduler.picture_purchases import purchases
from scheduler.picture_work import CUSTOMERS_AT_ONCE, PEOPLE, PURCHASES, SEGMENTS, STANDINGS, Told_, Work, move_on
from scheduler.repeat_buying import repeat_buying
from scheduler.segments import segment_parts
from store import night as nights
from store.kept_measures import begin_keeping, settle_slots
from store.lives import load_lives
from store.moves import add_moves
from store.night import Night, NightTaken
from store.pictures import change_pictures, picture_columns

_READ_AT_ONCE, _WRITTEN_AT_ONCE = 50_000, 30_000
_STALE_AT_ONCE = 20_000
_LOOK_S = 1.0
_OTHERS_S = 5.0


async def begin(work: Work, at: dt.datetime) -> Night:
    """
    Begin the night of *at*'s day in the company's zone: find out who changed since the last one.

    Raises NightTaken where another process is at it.
    """
    database, local = work.database, at.astimezone(work.company.zone)
    marks = nights.new_marks(database)
    async with database.read() as tx:
        before = await nights.last_night(tx)
        changed = await nights.changed_since(tx, before.marks) if before is not None else []
    for start in range(0, len(changed), _STALE_AT_ONCE):
        async with database.write() as tx:
            await nights.put_stale(tx, changed[start : start + _STALE_AT_ONCE], local)
    basis = f"{work.rules.basis} {work.company.timezone} {work.company.currency}"
    went_back = before is not None and before.day > local.date()
    unfinished = before is not None and before.everybody and not before.is_done
    async with database.write() as tx:
        await settle_slots(tx, measures_to_keep(work.named), local)
        await begin_keeping(tx, local, marks["purchases"], work.company.currency)
        night = Night(
            day=local.date(),
            at=local,
            phase=PURCHASES,
            basis=basis,
            everybody=before is None or before.basis != basis or went_back or unfinished,
            marks=marks,
        )
        return await nights.advance(database, tx, before, night)


async def steps(work: Work, night: Night, told: Told_) -> AsyncGenerator[Night, None]:
    """
    Do what is left of *night*, and give where it stands after each part of it; raises NightTaken as `begin`.

    A part takes about a second. Stopped between any two, it is begun again from what the last one gave, or from the
    store, and ends in the same.
    """
    reached = night
    for phase, parts in ((PURCHASES, purchases), (PEOPLE, _people), (STANDINGS, _standings)):
        if reached.phase == phase:
            async with contextlib.aclosing(parts(work, reached, told)) as goes_on:
                async for after in goes_on:
                    reached = after
                    yield reached
    if reached.phase == SEGMENTS:
        for parts in (_clusters, _segments):
            async with contextlib.aclosing(parts(work, reached, told)) as goes_on:
                async for after in goes_on:
                    reached = after
                    yield reached
        yield await move_on(work, reached, nights.DONE)


async def whole_night(work: Work, now: dt.datetime, told: Told_) -> Night:
    """
    Make the night of *now*'s day at once: go on with one that was stopped, else begin it, anew if it was done.

    Where another process works on it, the two go on together until one of them has ended it.
    """
    night: Night | None = None
    while night is None or not night.is_done:
        async with work.database.read() as tx:
            known = await nights.last_night(tx)
        is_resumed = known is not None and known.day == now.astimezone(work.company.zone).date() and not known.is_done
        if night is not None and known is not None and known.is_done:
            return known
        with contextlib.suppress(NightTaken):
            night = known if is_resumed and known is not None else await begin(work, now)
            async for after in steps(work, night, told):
                night = after
    return night


async def _clusters(work: Work, night: Night, told: Told_) -> AsyncGenerator[Night, None]:
    """Divide everybody into clusters, once a month; before the segments, which may ask for them."""
    parts = cluster_parts(
        work.database,
        night.at,
        work.company.currency,
        asked=work.rules.clusters,
        told=lambda done, total: told("clusters", done, total),
    )
    async with contextlib.aclosing(_beside_others(work, night, parts)) as goes_on:
        async for after in goes_on:
            yield after


async def _segments(work: Work, night: Night, told: Told_) -> AsyncGenerator[Night, None]:
    """Let customers into segments and out of them."""
    company = work.company
    parts = segment_parts(
        work.database,
        work.segments,
        night.day,
        night.at,
        company.currency,
        company.zone,
        told=lambda done, total: told(SEGMENTS, done, total),
    )
    async with contextlib.aclosing(_beside_others(work, night, parts)) as goes_on:
        async for after in goes_on:
            yield after


async def _beside_others(work: Work, night: Night, parts: AsyncGenerator[Any, None]) -> AsyncGenerator[Night, None]:
    """Go on with *parts*, which may be done twice, and look now and then whether another process is at the night."""
    clock, looked = asyncio.get_running_loop().time, -math.inf
    async with contextlib.aclosing(parts):
        async for _ in parts:
            if clock() - looked >= _OTHERS_S:
                async with work.database.write() as tx:
                    night = await nights.advance(work.database, tx, night, night)
                looked = clock()
            yield night


async def _people(work: Work, night: Night, told: Told_) -> AsyncGenerator[Night, None]:
    """Compare everybody with everybody, and write what changes; other work has its turn while it reads and learns."""
    database, rules = work.database, work.rules
    everybody, after = Population(), 0
    while True:
        async with database.read() as tx:
            columns = await picture_columns(tx, population.READ, after, _READ_AT_ONCE)
        if not columns[0]:
            break
        after = columns[0][-1]
        await asyncio.to_thread(everybody.add, columns, rules.rfm.name)
        yield night
    async with database.read() as tx:
        objecting = await nights.unjudged(tx)
    days = await asyncio.to_thread(everybody.purchase_days, objecting)
    learning = asyncio.ensure_future(
        repeat_buying(
            database, night.at, everybody=days, progress=lambda done, total: told("repeat buying", done, total)
        )
    )
    try:
        while not (await asyncio.wait({learning}, timeout=_LOOK_S))[0]:
            yield night  # once a month it takes a minute
    finally:
        learning.cancel()
        await asyncio.wait({learning})
    repeat = learning.result()
    changes = everybody.changes(night.day, rules, work.company.currency, objecting, repeat, _WRITTEN_AT_ONCE)
    done = 0
    while (change := await asyncio.to_thread(next, changes, None)) is not None:
        async with database.write() as tx:
            await change_pictures(tx, change.columns)
            await add_moves(tx, change.moves)
            night = await nights.advance(database, tx, night, night)
        done += len(change.columns["customer_id"])
        told(PEOPLE, min(done, len(everybody)), len(everybody))
        yield night
    yield await move_on(work, night, STANDINGS)


async def _standings(work: Work, night: Night, told: Told_) -> AsyncGenerator[Night, None]:
    """Tell stage, step and class of everybody whose purchases or value changed."""
    database, loyal = work.database, await _loyal(work, night)
    if work.rules.loyal is not None and not night.after:
        async for marked in _loyalty_changed(work, night, loyal):
            night = marked
            yield night
    done = total = 0
    while True:
        async with database.read() as tx:
            columns = await nights.without_class(tx, night.after, CUSTOMERS_AT_ONCE, standings.READ)
            is_last = len(columns[0]) < CUSTOMERS_AT_ONCE
            total = total or (len(columns[0]) if is_last else await nights.count_without_class(tx))
            lives: dict[int, Life] = await load_lives(tx, columns[0], night.at) if columns[0] else {}
        if not columns[0]:
            break
        found = await asyncio.to_thread(
            standings.standings, columns, lives, loyal, night.day, work.rules, work.company.currency
        )
        async with database.write() as tx:
            await change_pictures(tx, found.columns)
            await add_moves(tx, found.moves)
            night = await nights.advance(database, tx, night, dataclasses.replace(night, after=columns[0][-1]))
        done += len(columns[0])
        told(STANDINGS, min(done, total), total)
        yield night
        if is_last:  # each look goes through every picture
            break
    yield await move_on(work, night, SEGMENTS)


async def _loyal(work: Work, night: Night) -> frozenset[int]:
    """Return of whom the company's own criterion of loyalty holds."""
    if work.rules.loyal is None:
        return frozenset()
    async with work.database.read() as tx:
        return await nights.loyal_ones(tx, work.rules.loyal, night.at, work.company.currency)


async def _loyalty_changed(work: Work, night: Night, loyal: frozenset[int]) -> AsyncIterator[Night]:
    """Have the class told anew of the loyal who are not kept, and of those kept whom neither value nor it tells so."""
    after, keep = 0, CustomerClass.KEEP.value
    while True:
        async with work.database.read() as tx:
            rows = await picture_columns(tx, ("customer_id", "customer_class", "value_class"), after, _READ_AT_ONCE)
        if not rows[0]:
            return
        after = rows[0][-1]
        again = [
            who
            for who, named, value in zip(*rows, strict=True)
            if (named is not None and named != keep if who in loyal else named == keep and value != KEY)
        ]
        async with work.database.write() as tx:
            if again:
                await change_pictures(tx, {"customer_id": again, "class_reason": [""] * len(again)})
            night = await nights.advance(work.database, tx, night, night)
        yield night
