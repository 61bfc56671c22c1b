"""The tick: everything that is due, kind by kind, in short transactions, however often and on however many machines."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import traceback
from collections.abc import Collection, Sequence
from typing import Protocol

from store.database import Database, StoreUnavailable, Tx

log = logging.getLogger(__name__)


class Job(Protocol):
    """One kind of due work. Each of its transactions leaves the store right, whether or not the next one comes."""

    @property
    def name(self) -> str:
        """How events name it."""
        ...

    async def prepare(self, now: dt.datetime) -> None:
        """Bring what the files say into the store; done once before the first tick and after `Ticker.reload`."""
        ...

    async def tick(self, now: dt.datetime) -> None:
        """Do all that is due at *now*."""
        ...

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when there is something to do again (*now* or earlier: at once), or None."""
        ...


class Ticker:
    """Runs the jobs in their order. What fails is told once as an event, and the others go on."""

    def __init__(self, database: Database, jobs: Sequence[Job]) -> None:
        self._database = database
        self._jobs = tuple(jobs)
        self._prepared: set[str] = set()
        self._troubles: dict[str, str] = {}
        self._busy = asyncio.Lock()

    def reload(self) -> None:
        """Read at the next tick what the files say now."""
        self._prepared.clear()

    async def tick(self, now: dt.datetime) -> None:
        """
        Do all that is due at *now*. Idempotent: ticking again, after a kill, or on a second machine does no harm.

        Ticks of one process come one after another. Nothing is raised for a job that fails.
        """
        async with self._busy:
            for job in self._jobs:
                await self._run(job, now)

    async def next_due(self, now: dt.datetime, *, without: Collection[str] = ()) -> dt.datetime | None:
        """
        Return when the next work is due, or None when nothing is planned; a job in trouble plans nothing.

        Jobs *without* whose work time may go on are not asked.
        """
        planning = [job for job in self._jobs if job.name not in self._troubles and job.name not in without]
        async with self._database.read() as tx:
            found = [await job.next_due(tx, now) for job in planning]
        return min((due for due in found if due is not None), default=None)

    @property
    def troubles(self) -> dict[str, str]:
        """What fails at present, by job: for the health page."""
        return dict(self._troubles)

    async def _run(self, job: Job, now: dt.datetime) -> None:
        try:
            if job.name not in self._prepared:
                await job.prepare(now)
                self._prepared.add(job.name)
            await job.tick(now)
        except StoreUnavailable as error:
            self._in_trouble(job, str(error), "")
        except Exception as error:
            # Only the kind and the place of an error are logged: its text may hold a customer's words.
            place = traceback.extract_tb(error.__traceback__)[-1]
            self._in_trouble(job, type(error).__name__, f"{place.name}:{place.lineno}")
        else:
            if self._troubles.pop(job.name, None) is not None:
                log.info("scheduler.recovered", extra={"job": job.name})

    def _in_trouble(self, job: Job, problem: str, place: str) -> None:
        if self._troubles.get(job.name) != problem:
            log.error("scheduler.failed", extra={"job": job.name, "problem": problem, "place": place})
        self._troubles[job.name] = problem
