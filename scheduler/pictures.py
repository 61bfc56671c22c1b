"""The job that makes the pictures of customers anew once a night, a part at each tick, so that other work goes on."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import importlib.util
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from domain.company import Company
from domain.rules import Rule
from domain.segments import Segment
from insight.settings import InsightRules
from store.database import Database, Tx
from store.night import Night, NightTaken, last_night

if TYPE_CHECKING:
    from scheduler.picture_work import Work

log = logging.getLogger(__name__)

A_TURN_S = 1.0
"""For so long a tick goes on with the night; then the other jobs have their turn."""
_PATIENCE = dt.timedelta(minutes=2)  # another process is at the night's work: see later whether it has ended
MISSING = 'numpy and scipy are missing, so no pictures are made; install them: pip install "vuoro[insight]"'

Told = Callable[[str, int, int], None]


def can_picture() -> bool:
    """Say whether what the night's work needs is installed (extra "insight")."""
    return all(importlib.util.find_spec(name) is not None for name in ("numpy", "scipy"))


class Pictures:
    """
    The job. A night is done once, by whichever process comes first; one that was stopped goes on where it was.

    A day's night is due from `rules.night` on. The very first is due at once. What *named* rules and *segments* are as
    a night begins, holds for it; measures that they use are kept.
    """

    name = "pictures"

    def __init__(
        self,
        database: Database,
        company: Company,
        rules: InsightRules,
        *,
        named: Mapping[str, Rule] | None = None,
        segments: Sequence[Segment] = (),
    ) -> None:
        self._database = database
        self._company = company
        self._rules = rules
        self._named, self._segments = named or {}, segments
        self._at_work: AsyncGenerator[Night, None] | None = None
        self._missing_told = False
        self._done_on: dt.date | None = None
        self._not_before: dt.datetime | None = None

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Do the next parts of the night that is due, if one is."""
        if not can_picture():
            if not self._missing_told:
                log.warning("pictures.cannot", extra={"remedy": MISSING})
                self._missing_told = True
            return
        if self._not_before is not None and now < self._not_before:
            return
        if self._done_on is not None and self._at_work is None and not self._is_later(now, self._done_on):
            return
        try:
            await self._go_on(now)
        except NightTaken:
            self._at_work = None
            self._not_before = now + _PATIENCE
        except BaseException:
            self._at_work = None
            raise

    async def close(self) -> None:
        """Put down what is at work, so that the store may be closed; the next start goes on with it."""
        if self._at_work is not None:
            with contextlib.suppress(RuntimeError):  # a tick that was killed is still in it, and ends with its task
                await self._at_work.aclose()
            self._at_work = None

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next night begins; at once while one is at work."""
        if not can_picture():
            return None
        if self._done_on is not None and self._at_work is None and not self._is_later(now, self._done_on):
            return self._next_moment(now)
        known = await last_night(tx)
        if known is None or not known.is_done or self._is_later(now, known.day):
            return max(now, self._not_before or now)
        return self._next_moment(now)

    async def _go_on(self, now: dt.datetime) -> None:
        if self._at_work is None:
            self._at_work = await self._work(now)
        if self._at_work is None:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + A_TURN_S
        while loop.time() < until:
            night = await anext(self._at_work, None)
            if night is None or night.is_done:
                self._at_work = None
                if night is not None:
                    self._done_on = night.day
                    log.info("pictures.made", extra={"day": night.day.isoformat(), "looked": night.looked})
                return

    async def _work(self, now: dt.datetime) -> AsyncGenerator[Night, None] | None:
        """Return the parts of the night that is due, or None where none is."""
        from scheduler.picture_night import begin, steps
        from scheduler.picture_work import Work

        async with self._database.read() as tx:
            known = await last_night(tx)
        named = (*self._named.values(), *(segment.rule for segment in self._segments))
        work: Work = Work(self._database, self._company, self._rules, named, tuple(self._segments))
        if known is None or self._is_later(now, known.day):
            return steps(work, await begin(work, now), _silently)
        if known.is_done:
            self._done_on = known.day
            return None
        return steps(work, known, _silently)

    def _is_later(self, now: dt.datetime, day: dt.date) -> bool:
        """Say whether the night of a day after *day* has begun."""
        today = now.astimezone(self._company.zone).date()
        return day < today and now >= self._moment(today)

    def _next_moment(self, now: dt.datetime) -> dt.datetime:
        """Return when the next night after *now* begins."""
        today = now.astimezone(self._company.zone).date()
        return next(
            moment for days in (0, 1) if (moment := self._moment(today + dt.timedelta(days=days))) > now or days
        )

    def _moment(self, day: dt.date) -> dt.datetime:
        local = dt.datetime.combine(day, self._rules.night, self._company.zone)
        return local.astimezone(dt.UTC)


def _silently(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""
