"""Retention as due work: once a day, what the config no longer wants to keep is deleted, part by part."""

from __future__ import annotations

import datetime as dt
import functools
import logging
import zoneinfo
from collections.abc import Awaitable, Callable

from bot.config import Retention
from domain.durations import Duration
from store import retention as kinds
from store.database import Database, Tx
from store.retention import LIMIT

log = logging.getLogger(__name__)

Purge = Callable[[Tx, dt.datetime, int], Awaitable[int]]

_EVERY = dt.timedelta(days=1)
_MOST = 40  # parts of a kind in one tick, so that other work has its turn


class RetentionJob:
    """The ticker's job that keeps each kind of record as long as the config says, by the company's calendar."""

    name = "retention"

    def __init__(self, database: Database, retention: Retention, zone: zoneinfo.ZoneInfo) -> None:
        self._database = database
        self._kinds: list[tuple[Duration | None, Purge]] = [
            (retention.holds, kinds.purge_holds),
            (retention.audit, kinds.purge_audit),
            (retention.words, kinds.purge_words),
            (retention.media, kinds.purge_media),
            (retention.answers, kinds.purge_answers),
            (retention.clicks, kinds.purge_clicks),
            (retention.moves, kinds.purge_moves),
            (retention.coupon_tries, kinds.purge_coupon_tries),
            (retention.imports, kinds.purge_imports),
        ]
        for pattern, kept in retention.facts.items():
            self._kinds.append((kept, functools.partial(_purge_facts, pattern)))
        self._offers, self._purchases = retention.offers, retention.purchases
        self._zone = zone
        self._next: dt.datetime | None = None

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Delete when a day has gone since the last time; what is left of a great deal is done by the next tick."""
        if self._next is not None and now < self._next:
            return
        is_left = False
        purchases: Purge = functools.partial(kinds.purge_purchases, now=now)
        offers: Purge = functools.partial(kinds.purge_offers, now=now)
        picks: Purge = functools.partial(kinds.purge_picks, now=now)
        for kept, purge in (*self._kinds, (self._offers, offers), (self._offers, picks), (self._purchases, purchases)):
            if kept is not None:
                is_left |= await self._purge(purge, kept.before(now.astimezone(self._zone)))
        self._next = now if is_left else now + _EVERY

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the day is over."""
        return self._next or now

    async def _purge(self, purge: Purge, before: dt.datetime) -> bool:
        """Do the parts of one kind, each in a transaction of its own; True when there is more than one tick may do."""
        for _ in range(_MOST):
            async with self._database.write() as tx:
                if await purge(tx, before, LIMIT) < LIMIT:
                    return False
        return True


async def _purge_facts(pattern: str, tx: Tx, before: dt.datetime, limit: int) -> int:
    return await kinds.purge_facts(tx, pattern, before, limit)
