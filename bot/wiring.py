"""
The program as one object: store, dialogues, intake, pump, scheduler and console, built from the config and started.

`vuoro run`, the demo, the transcripts and the tests all run this; they differ in the config and the clock only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.assembly import Parts, assemble
from bot.config import Config, TelegramSettings
from bot.content import Content, load_content
from bot.doors import Doors
from bot.identity import Identity
from bot.menus import Menus
from bot.pacing import Pace
from bot.pump import PumpSettings
from bot.reloading import Refused, Reloading
from bot.telegram_api import TelegramApi
from bot.trouble import Say, say_to_stderr
from domain.campaigns import limits_of
from domain.clock import Clock, WallClock
from scheduler.clock import AlarmClock
from scheduler.lemmatizing import Lemmatizer
from scheduler.links import Links
from store import inbox, outbox
from store.backup import RUNNING
from store.campaigns import renew_stops
from store.database import Database, Tx, store_url
from store.imports import undo_unfinished
from store.leases import Lease, take
from store.link_key import link_key
from store.staff import install_admins
from store.upgrade import ready

log = logging.getLogger(__name__)

_IDLE_CHECK_S = 0.001
_STOP_S = 20.0
_CANCEL_AGAIN_S = 1.0


class AlreadyRunning(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """Another process works on the same SQLite file."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """
    How the program runs where it is not for real: transcripts and the demo turn things off or up.

    *alarm* wakes the scheduler by itself; without it only `App.tick` does. The others may be left out, too. *api* takes
    the place of the config's Telegram; without *synced* a loss of power may cost what was done last; *hurried*
    where nobody but this program's own work waits for the process.
    """

    pump: PumpSettings | None = None
    alarm: bool = True
    console: bool = True
    menus: bool = True
    upkeep: bool = True
    lemmatizer: Lemmatizer | None = None
    long_poll: int = 25
    say: Say = say_to_stderr
    api: TelegramApi | None = None
    synced: bool = True
    hurried: bool = False


class App:
    """
    The running program. `start` raises Faults, StoreUnavailable, StoreTooNew, StoreNotUpgraded, AlreadyRunning or
    OSError before anything runs; then it works until `stop`, which loses nothing, or `kill`, which is a power cut.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        content: Content | None = None,
        settings: RunSettings | None = None,
    ) -> None:
        self.config = config
        self.clock: Clock = clock or WallClock()
        self.settings = settings or RunSettings()
        self._content = content
        self._tasks: list[asyncio.Task[None]] = []
        self._alarm: AlarmClock | None = None
        self._lease: Lease | None = None
        self._closing = contextlib.AsyncExitStack()
        self._reloading: Reloading
        self._doors: Doors
        self._menus: Menus
        self._identity: Identity
        self._links: Links | None = None
        self.database: Database
        self.parts: Parts

    async def start(self) -> None:
        """Bring everything up: store, content, connections, then the work."""
        content = self._content or load_content(self.config)
        url = store_url(self.config.store, self.config.folder)
        await ready(url)
        self.database = Database(url, synced=self.settings.synced, hurried=self.settings.hurried)
        self._closing.push_async_callback(self.database.close)
        try:
            await self._take_lease()
            async with self.database.write() as tx:
                await install_admins(tx, self.config.staff.admins, self.clock.now())
                self._links = await self._make_links(tx)
            await undo_unfinished(self.database, self.clock.now())
            pictures = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="vuoro-")))
            api = self.settings.api or TelegramApi(self.config.telegram.token, self.config.telegram.api_url)
            self._closing.push_async_callback(api.close)
            await api.open()
            self._identity = Identity(self.database, api, content.loyalty)
            await self._identity.recall()
            self.parts = assemble(
                self.config,
                content,
                self.database,
                api,
                self.clock,
                pump=self.settings.pump or PumpSettings(pace=pace_of(self.config.telegram)),
                pictures=pictures,
                say=self.settings.say,
                wake=self.wake,
                upkeep=self.settings.upkeep,
                lemmatizer=self.settings.lemmatizer,
                links=self._links,
            )
            self._closing.push_async_callback(self.parts.ticker.close)
            await self._renew_campaigns()
            await self._open_doors(api, content)
        except BaseException:
            await self._close()
            raise
        self._reloading = Reloading(self.config, content, self.settings.say, self._content_taken, self._content_refused)
        self._menus = Menus(api, content.library, content.words, self.database, self.config.staff.group)
        self._begin()

    @property
    def console_url(self) -> str:
        """Where the console answers; empty without one."""
        return self._doors.console_url

    def wake(self) -> None:
        """Say that something may be due: the scheduler and the pump look at once."""
        if self._alarm is not None:
            self._alarm.wake()
        self.parts.pump.wake()

    def reload_soon(self) -> None:
        """Read the content files again, changed or not; faulty ones are told and not used."""
        self._reloading.ask()

    async def reload(self) -> Refused | None:
        """Read the content files again now; return why they are not used, or None when they are."""
        return await self._reloading.read()

    async def tick(self) -> None:
        """Do everything that is due at the clock's present moment."""
        await self.parts.ticker.tick(self.clock.now())
        self.parts.pump.wake()

    async def settle(self) -> None:
        """
        Wait until every stored update is handled and nothing due is waiting to go out.

        An album that is being gathered counts as handled: it waits for the clock.
        """
        parts = self.parts
        parts.conduct.wake()
        while True:
            gathers_until = parts.conduct.gathers_until
            gathers = gathers_until is not None and gathers_until > self.clock.now()
            if gathers_until is not None and not gathers:
                parts.conduct.wake()  # the clock was moved: the album is complete
            if parts.errands.is_idle and await parts.pump.is_idle():
                async with self.database.read(quick=True) as tx:
                    heard = gathers or await inbox.count_new(tx) == 0
                    said = await outbox.count_due(tx, self.clock.now()) + await outbox.count_intents(tx) == 0
                if heard and said and parts.errands.is_idle and await parts.pump.is_idle():
                    return
            await asyncio.sleep(_IDLE_CHECK_S)

    async def stop(self) -> None:
        """End in order: take nothing more in, record what is on its way, close. Nothing is lost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await self.parts.ticker.rest()
        if self._alarm is not None:
            self._alarm.stop()
        await self._doors.shut()
        await self.parts.pump.stop()
        finishing = [task for task in self._tasks if task.get_name() in {"intake", "pump"}]
        if finishing:
            await asyncio.wait(finishing, timeout=_STOP_S)
        await self._drop_tasks()
        await self._close()

    async def kill(self) -> None:
        """Drop everything at once, as a kill −9 would: what is not committed is gone, what is on its way unknown."""
        if self._alarm is not None:
            self._alarm.stop()
        await self._drop_tasks()
        await self._close()

    async def wait(self) -> None:
        """Wait until a part of the program ends by itself, which none should; raises what ended it."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    # Starting ------------------------------------------------------------------------------------------------------

    async def _take_lease(self) -> None:
        if not self.database.is_sqlite:
            return
        self._lease = await take(self.database, RUNNING)
        if self._lease is None:
            raise AlreadyRunning(
                "store: another Vuoro works on this SQLite file; stop that one, or use PostgreSQL for several processes"
            )
        self._closing.push_async_callback(self._lease.release)

    async def _make_links(self, tx: Tx) -> Links | None:
        """Return what makes tracked links; None where the console has no address that customers could open."""
        url = self.config.console.url
        return Links(url, await link_key(tx)) if url and self.settings.console else None

    async def _open_doors(self, api: TelegramApi, content: Content) -> None:
        settings = self.settings
        self._doors = Doors(
            self.config,
            self.database,
            api,
            self.clock,
            self.parts.conduct.wake,
            on_imported=self.wake,
            console=settings.console,
            long_poll=settings.long_poll,
            say=settings.say,
        )
        await self._doors.open(self._closing, content.words, lambda: self.parts.ticker.troubles, self._links)

    def _begin(self) -> None:
        parts = self.parts
        self._run("pump", parts.pump.run())
        self._run("conduct", parts.conduct.run())
        self._run("errands", parts.errands.run())
        self._run(self._doors.name, self._doors.run())
        self._run("identity", self._identity.run())
        if self.settings.menus:
            self._run("menus", self._menus.run())
        if self.settings.alarm:
            self._run("reloading", self._reloading.run())
            self._run("feeding", parts.feeder.run(self.clock))
            self._alarm = AlarmClock(parts.ticker, self.clock)
            self._alarm.start()
        parts.conduct.wake()
        log.info("run.started", extra={"mode": self.config.telegram.mode.value})

    async def _renew_campaigns(self) -> None:
        """A campaign's budget may be another in its file than when it stopped."""
        async with self.database.write() as tx:
            await renew_stops(tx, limits_of(self.parts.room.loyalty.campaigns), self.clock.now())

    async def _content_taken(self) -> None:
        await self._renew_campaigns()
        self.parts.conductor.relearn()
        self.parts.ticker.reload()
        self._menus.refresh()
        self.wake()

    async def _content_refused(self, refused: Refused) -> None:
        async with self.database.write() as tx:
            told = [str(fault) for fault in refused.faults]
            await self.parts.notices.tell_refused(tx, told, self.clock.now())
        self.wake()

    def _run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    # Ending --------------------------------------------------------------------------------------------------------

    async def _drop_tasks(self) -> None:
        while alive := [task for task in self._tasks if not task.done()]:
            for task in alive:
                task.cancel()
            await asyncio.wait(alive, timeout=_CANCEL_AGAIN_S)  # a library may have swallowed it
        self._tasks.clear()

    async def _close(self) -> None:
        await self._closing.aclose()
        self._alarm = self._lease = None


def pace_of(telegram: TelegramSettings) -> Pace:
    """Return Telegram's limits as this run keeps them: everything follows from the messages a second that are set."""
    return Pace(per_second=telegram.bulk_per_second, paid_per_second=telegram.paid_per_second)
