"""
The alarm clock of a real run: APScheduler wakes the ticker, at an interval and when the next work is due.

It decides nothing. The store knows what is due, so a wake-up that comes late, twice or never loses nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from domain.clock import Clock
from scheduler.ticker import Ticker
from store.database import StoreUnavailable

log = logging.getLogger(__name__)

_STEADY = dt.timedelta(seconds=10)  # something may be put in by another process, so look anyway
_SHORTEST = dt.timedelta(seconds=1)
_COMMIT = dt.timedelta(seconds=0.3)  # whoever wakes may still have to commit


class AlarmClock:
    """Wakes *ticker* while it runs; `wake` does so at once."""

    def __init__(
        self, ticker: Ticker, clock: Clock, *, steady: dt.timedelta = _STEADY, shortest: dt.timedelta = _SHORTEST
    ) -> None:
        self._ticker = ticker
        self._clock = clock
        self._steady = steady
        self._shortest = shortest
        # A job that is late, or was missed several times, still runs once: the default would drop it after a second.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._alarms = AsyncIOScheduler(timezone=dt.UTC, job_defaults=defaults)
        self._ticking = False
        self._woken = False

    def start(self) -> None:
        """Begin to wake the ticker, for the first time at once. Needs a running event loop."""
        self._alarms.start()
        self._alarms.add_job(self._tick, "date", run_date=dt.datetime.now(dt.UTC), id="tick")

    def wake(self) -> None:
        """Wake the ticker in a moment: something is put in that is due, and its transaction is about to end."""
        if self._ticking:
            self._woken = True
        elif self._alarms.running:
            self._set_alarm(_COMMIT)

    def stop(self) -> None:
        """Wake it no more. A tick that is under way ends by itself or with its task."""
        if self._alarms.running:
            self._alarms.shutdown(wait=False)

    async def _tick(self) -> None:
        self._ticking, self._woken = True, False
        wait = self._steady
        try:
            await self._ticker.tick(self._clock.now())
            due = await self._ticker.next_due(self._clock.now())
            if due is not None:
                wait = min(max(due - self._clock.now(), self._shortest), self._steady)
        except StoreUnavailable as error:
            log.error("scheduler.store_unavailable", extra={"problem": str(error)})
        except asyncio.CancelledError:
            if self._alarms.running:
                raise
            # `stop` came between two steps of it: APScheduler would tell of that as of a job that failed.
        finally:
            self._ticking = False
            if self._alarms.running:
                self._set_alarm(self._shortest if self._woken else wait)

    def _set_alarm(self, wait: dt.timedelta) -> None:
        # The alarm itself runs on the machine's clock, whatever clock tells the product's time.
        at = dt.datetime.now(dt.UTC) + wait
        self._alarms.add_job(self._tick, "date", run_date=at, id="tick", replace_existing=True)
