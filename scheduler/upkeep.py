"""Upkeep of the store: what has served its purpose goes, and the journal is folded into the database."""

from __future__ import annotations

import datetime as dt

from store import inbox
from store.database import Database, Tx
from store.journal import fold_journal

KEPT = dt.timedelta(days=3)
_EVERY = dt.timedelta(hours=1)


class Upkeep:
    """
    The job that purges old updates and writes back the journal, once an hour.

    Updates stay three days after they were handled: Telegram offers one again for a day, and after a quiet week it
    may begin its numbers anew, so a row kept longer could make a new update look like an old one.
    """

    name = "upkeep"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next: dt.datetime | None = None

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Do it when an hour has gone since the last time."""
        if self._next is not None and now < self._next:
            return
        async with self._database.write() as tx:
            await inbox.purge(tx, now - KEPT)
        await fold_journal(self._database)
        self._next = now + _EVERY

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """It needs no wake-up of its own: any tick will do."""
        return None
