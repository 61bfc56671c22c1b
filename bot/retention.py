"""Retention as due work: once a day, what the config no longer wants to keep is deleted."""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo

from bot.config import Retention
from store.database import Database, Tx
from store.retention import purge_audit, purge_holds

log = logging.getLogger(__name__)

_EVERY = dt.timedelta(days=1)


class RetentionJob:
    """The ticker's job that keeps each kind of record as long as the config says, by the company's calendar."""

    name = "retention"

    def __init__(self, database: Database, retention: Retention, zone: zoneinfo.ZoneInfo) -> None:
        self._database = database
        self._kinds = ((retention.holds, purge_holds), (retention.audit, purge_audit))
        self._zone = zone
        self._next: dt.datetime | None = None

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Delete when a day has gone since the last time."""
        if self._next is not None and now < self._next:
            return
        async with self._database.write() as tx:
            for kept, purge in self._kinds:
                if kept is not None:
                    await purge(tx, kept.before(now.astimezone(self._zone)))
        self._next = now + _EVERY

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the day is over."""
        return self._next or now
