"""
A rehearsal: the program itself, on a copy of the store, lives through a coming year before a clock that is moved.

Nothing is sent, nobody answers and nobody buys; all the rest is as it would be: files, rules, courtesy, nights.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from bot.config import Config, Mode
from bot.content import Content
from bot.pacing import Pace
from bot.pump import PumpSettings
from bot.rehearsal_telegram import SilentTelegram
from bot.wiring import App, RunSettings
from domain.clock import Clock
from domain.offers import Every
from scheduler.care import KIND as CARE
from scheduler.slots import next_slot
from store import outbox, schedules
from store.backup import backup
from store.database import store_url

Told = Callable[[dt.datetime], None]
"""Told of the moment that a rehearsal has come to."""

_MINUTE = dt.timedelta(minutes=1)
_SHOWN = frozenset({"progress cards"})
"""Work that only shows staff, every few seconds, where other work stands."""
_MOST_AT_ONCE = 500
_POLL_S = 5.0
"""
Nobody else puts anything into this outbox. A pump that looks by itself, just when the clock has jumped, may be before
the jobs of that moment: then a newsletter that waited goes first where the survey would have, and no two runs agree.
"""


class Stuck(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """A job says again and again that it has something to do now, and does nothing."""


class MovedClock(Clock, Protocol):
    """A clock that somebody sets."""

    def set(self, at: dt.datetime) -> None:
        """Go to a moment; aware."""
        ...


class SteppedClock:
    """A clock that stands still until it is set."""

    def __init__(self, at: dt.datetime) -> None:
        self._at = at

    def now(self) -> dt.datetime:
        """Return the moment that was set last, aware and in UTC."""
        return self._at

    def set(self, at: dt.datetime) -> None:
        """Go to a moment; aware."""
        self._at = at.astimezone(dt.UTC)


async def live(app: App, clock: MovedClock, until: dt.datetime, told: Told = lambda _at: None) -> int:
    """
    Let *app* live until then: from each moment in which something falls due to the next; return how many there were.

    In each moment everything that is due is done and sent before time goes on; what falls due within a minute is done
    together. Raises Stuck.
    """
    moments = 0
    while True:
        planned = await _do_all(app, clock.now())
        moments += 1
        due = await _next_due(app, planned, clock.now())
        target = min(until, max(due, clock.now() + _MINUTE)) if due is not None else until
        if clock.now() >= until:
            return moments
        clock.set(target)
        told(target)


async def _do_all(app: App, now: dt.datetime) -> dt.datetime | None:
    """Do what is due until nothing is; return when a job has something to do again."""
    for _ in range(_MOST_AT_ONCE):
        await app.tick()
        await app.settle()
        due = await app.parts.ticker.next_due(now, without=_SHOWN)
        if due is None or due > now:
            return due
    troubles = ", ".join(app.parts.ticker.troubles) or "none of them fails"
    raise Stuck(f"at {now:%Y-%m-%d %H:%M} UTC the same work is due again and again ({troubles})")


async def _next_due(app: App, planned: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    """Return the next moment in which something is due or waits to go out; None where nothing is planned."""
    async with app.database.read() as tx:
        waiting = await outbox.next_due(tx)
        known = [each for each in await schedules.enabled(tx) if each[0].kind != CARE]  # whose job says when
    slots = [next_slot(schedule.cron, schedule.timezone, max(handled, now)) for schedule, handled in known]
    return min((at for at in (planned, waiting, *slots) if at is not None), default=None)


@asynccontextmanager
async def rehearsing(
    config: Config, content: Content, at: dt.datetime, file: Path | None = None
) -> AsyncGenerator[tuple[App, SteppedClock, SilentTelegram]]:
    """
    Give the program at work on a copy of the config's store, at the moment *at*, with a Telegram that sends nothing.

    The copy is *file*, which stays, or a temporary one. Raises what `App.start` and `store.backup.backup` raise.
    """
    with tempfile.TemporaryDirectory(prefix="vuoro-rehearsal-") as folder:
        copy = file or Path(folder) / "rehearsal.db"
        await backup(store_url(config.store, config.folder), copy)
        telegram = dataclasses.replace(config.telegram, mode=Mode.POLLING, token="1:rehearsal")  # noqa: S106 - nobody's
        rehearsed = dataclasses.replace(config, store=f"sqlite:///{copy}", telegram=telegram)
        silent, clock = SilentTelegram(), SteppedClock(at)
        app = App(rehearsed, clock=clock, content=_seen_by_somebody(content), settings=settings_for(silent))
        await app.start()
        try:
            yield app, clock, silent
        finally:
            await app.stop()


def _seen_by_somebody(content: Content) -> Content:
    """Leave out the choosing of offers where the bot does not bring them: in a rehearsal nobody asks for them."""
    offers = content.loyalty.offers
    if offers.send:
        return content
    never = dataclasses.replace(offers, every=Every.NEVER)
    return dataclasses.replace(content, loyalty=dataclasses.replace(content.loyalty, offers=never))


def settings_for(api: SilentTelegram | None) -> RunSettings:
    """Return how the program runs before a clock that is moved: as fast as it can, and woken by nothing else.

    None for *api* is the config's own Telegram.
    """
    return RunSettings(
        pump=PumpSettings(pace=Pace.unlimited(), first_wait=0.05, longest_wait=0.3, poll=_POLL_S),
        alarm=False,
        console=False,
        menus=False,
        say=lambda _sentence: None,
        api=api,
        synced=False,
        hurried=True,
    )
