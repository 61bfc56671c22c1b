"""Open questions whose time has come: reminded of, or expired. The dialogues keep the quiet hours."""

from __future__ import annotations

import datetime as dt
import logging

from dialogues.conductor import Conductor
from store.database import Database, StoreUnavailable, Tx
from store.runs import due_runs, next_run_due

log = logging.getLogger(__name__)

BATCH = 100
MOST = 1000  # in one tick, so that other work has its turn
_AGAIN = dt.timedelta(minutes=1)


class Reminders:
    """The job that goes through due runs, each in a transaction of its own."""

    name = "reminders"

    def __init__(self, database: Database, conductor: Conductor) -> None:
        self._database = database
        self._conductor = conductor
        self._failing: set[int] = set()

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store: due times are the runs' own."""

    async def tick(self, now: dt.datetime) -> None:
        """
        Expire or remind whoever is due at *now*, the longest due first.

        A run that fails is told as an event once and left for the next start of the program; the others go on.
        """
        done: set[int] = set(self._failing)
        while len(done) < MOST + len(self._failing):
            async with self._database.read() as tx:
                due = await due_runs(tx, now, limit=BATCH + len(self._failing))
            todo = [run_id for run_id, _ in due if run_id not in done]
            if not todo:
                return
            for run_id in todo:
                await self._handle(run_id, now)
            done.update(todo)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next run is due."""
        due = await next_run_due(tx)
        return now + _AGAIN if due is not None and due <= now else due

    async def _handle(self, run_id: int, now: dt.datetime) -> None:
        try:
            async with self._database.write() as tx:
                if not await self._conductor.expire(tx, run_id, now):
                    await self._conductor.remind(tx, run_id, now)
        except StoreUnavailable:
            raise
        except Exception as error:
            self._failing.add(run_id)
            log.error("reminder.failed", extra={"run": run_id, "problem": type(error).__name__})
