"""
The six of everybody whom the bot can reach, chosen batch by batch in bulk, kept, and brought where the file says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import logging
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from dialogues.offers_kept import can_choose
from domain.company import Company
from domain.loyalty import Loyalty
from domain.offers import Every, Offer, OfferRules
from store.database import Database, Tx
from store.night import last_night
from store.offers import (
    OfferBatch,
    batch_at_work,
    keep_batch,
    keep_favourites,
    keep_offers,
    next_buyers,
    next_offerable,
    objecting_of,
)

if TYPE_CHECKING:
    from dialogues.offers_made import Part
    from insight.offers import Learnt

log = logging.getLogger(__name__)

LOCK = "offers"
AT_ONCE = 250
"""So many customers are read, chosen for and kept in one go."""

MOST_IN_POOL, MOST_LINES = 5_000, 1_500_000
"""So many buyers, and so many of their lines, are learnt from at the most."""

_LOOKED_AT = 5_000
_A_TURN_S = 1.0
_LOOK_S = 0.5  # while it learns in a thread, other work has its turn
_RETRY = dt.timedelta(minutes=5)


class Offers:
    """
    The job. A batch begins once the night of its first day is over, since that makes the clusters; the very first one
    begins at once. Stopped anywhere, it goes on where it was and ends in the same.
    """

    name = "offers"

    def __init__(self, database: Database, company: Company, loyalty: Loyalty) -> None:
        self._database = database
        self._company = company
        self._loyalty = loyalty
        self._at_work: AsyncGenerator[OfferBatch, None] | None = None
        self._done = ""

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Go on with the batch that is due, a second at a time."""
        rules = self._loyalty.offers
        if rules.every is Every.NEVER or not can_choose() or self._batch(now) == self._done:
            return
        if self._at_work is None:
            batch = await self._begun(now)
            if batch is None:
                return
            self._at_work = batch_parts(self._database, self._company, rules, batch)
        try:
            await self._go_on()
        except BaseException:
            self._at_work = None
            raise

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """At once while a batch is at work, else in a while: a night's end has no moment of its own."""
        if self._loyalty.offers.every is Every.NEVER or not can_choose() or self._batch(now) == self._done:
            return self._next_batch(now) if self._loyalty.offers.every is not Every.NEVER and can_choose() else None
        return now if self._at_work is not None else now + _RETRY

    async def close(self) -> None:
        """Put down what is at work, so that the store may be closed."""
        if self._at_work is not None:
            with contextlib.suppress(RuntimeError):
                await self._at_work.aclose()
            self._at_work = None

    async def _go_on(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _A_TURN_S
        while self._at_work is not None and loop.time() < until:
            reached = await anext(self._at_work, None)
            if reached is None or reached.is_done:
                self._at_work = None
                if reached is not None:
                    self._done = reached.name
                    log.info("offers.made", extra={"batch": reached.name})

    async def _begun(self, now: dt.datetime) -> OfferBatch | None:
        """Return the batch that is due: one that was stopped, or a new one; None where it has to wait or is done."""
        name = self._batch(now)
        async with self._database.read() as tx:
            known, night = await batch_at_work(tx), await last_night(tx)
        if known is not None and known.name == name:
            if known.is_done:
                self._done = name
                return None
            return known
        first_day = self._rules.begins(now.astimezone(self._company.zone).date())
        if known is not None and (night is None or not night.is_done or night.day < first_day):
            return None
        return OfferBatch(name, now)

    def _batch(self, now: dt.datetime) -> str:
        return self._rules.batch(now.astimezone(self._company.zone).date())

    def _next_batch(self, now: dt.datetime) -> dt.datetime:
        """Return when the next batch's first day begins."""
        day = now.astimezone(self._company.zone).date()
        first = next(
            later
            for days in range(1, 32)
            if self._rules.begins(later := day + dt.timedelta(days=days)) > self._rules.begins(day)
        )
        return dt.datetime.combine(first, dt.time(), self._company.zone).astimezone(dt.UTC)

    @property
    def _rules(self) -> OfferRules:
        return self._loyalty.offers


async def batch_parts(
    database: Database, company: Company, rules: OfferRules, batch: OfferBatch
) -> AsyncGenerator[OfferBatch, None]:
    """
    Choose for everybody whom the bot can reach, some hundred at a time, and give how far it has come.

    Everything is as of the batch's moment, so that a batch that was stopped ends as if it had not been. Who has her
    offers of it already, since she asked for them, keeps those.
    """
    learning = asyncio.ensure_future(learn_at(database, company, batch.name, batch.at))
    try:
        while not learning.done():
            await asyncio.wait({learning}, timeout=_LOOK_S)
            yield batch
        learnt = learning.result()
    finally:
        learning.cancel()
    async with database.write() as tx:
        if not await database.lock(tx, LOCK):
            return
        await keep_batch(tx, batch)
        if learnt is not None:
            await keep_favourites(tx, learnt.model.favourites)
    while not batch.is_done:
        async with database.read() as tx:
            ids = await next_offerable(tx, batch.after, AT_ONCE, reachable=True)
        chosen = await _chosen(database, company, rules, batch, learnt, ids)
        async with database.write() as tx:
            if not await database.lock(tx, LOCK):
                return
            known = await batch_at_work(tx)
            if known is not None and known.name == batch.name and known.after > batch.after:
                batch = known  # another process was faster
                continue
            objecting = await objecting_of(tx, ids)  # also who has begun to while they were chosen
            kept = {
                who: offers for who, offers in chosen.items() if who not in objecting
            }  # theirs are the same for all
            await keep_offers(tx, kept, batch.name, batch.at)
            batch = dataclasses.replace(batch, after=ids[-1] if ids else batch.after, is_done=not ids)
            await keep_batch(tx, batch)
        yield batch


async def learn_at(database: Database, company: Company, batch: str, at: dt.datetime) -> Learnt | None:
    """Learn from the buyers of the year before *at*; None where there are none."""
    from dialogues.offers_made import YEAR, learn_from, read_part

    ids = await _pool(database, at - YEAR, at)
    parts: list[Part] = []
    lines = 0
    for start in range(0, len(ids), AT_ONCE):
        async with database.read() as tx:
            part = await read_part(tx, ids[start : start + AT_ONCE], at, company, batch)
        parts.append(part)
        lines += len(part.histories.days)
        if lines >= MOST_LINES:
            break
    return await asyncio.to_thread(learn_from, parts, at, company) if parts else None


async def _pool(database: Database, since: dt.datetime, until: dt.datetime) -> list[int]:
    """Find the buyers to learn from: all, or some who are spread over all ids evenly, the same ones each time."""
    found: list[int] = []
    after = 0
    while True:
        async with database.read() as tx:
            ids, upto = await next_buyers(tx, after, _LOOKED_AT, since, until)
        found += ids
        if upto is None:
            break
        after = upto
    if len(found) <= MOST_IN_POOL:
        return found
    return [found[place * len(found) // MOST_IN_POOL] for place in range(MOST_IN_POOL)]


async def _chosen(
    database: Database,
    company: Company,
    rules: OfferRules,
    batch: OfferBatch,
    learnt: Learnt | None,
    ids: list[int],
) -> dict[int, tuple[Offer, ...]]:
    if not ids or learnt is None:
        return {}
    from dialogues.offers_made import choose_for, read_part

    async with database.read() as tx:
        part = await read_part(tx, ids, batch.at, company, batch.name)
    return await asyncio.to_thread(choose_for, learnt, part, rules)
