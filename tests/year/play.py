"""
The year goes by: the clock jumps to the next moment in which something is due or somebody acts, and the program lives.

In a moment people act first, round by round until nobody has more to say, and then the scheduler ticks. Everything
that people do is drawn from the seed; at which step a kill meets the program is the machine's chance.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import os
import random
import shutil
from collections.abc import Iterable
from pathlib import Path

from bot.content import Content, load_content
from bot.pacing import Pace
from bot.playground.clock import PlayClock
from bot.playground.limits import Limits
from bot.playground.playground import Playground
from bot.pump import PumpSettings
from bot.wiring import App, RunSettings
from domain.customers import Reach
from domain.staff import Role
from scheduler.slots import next_slot
from store import outbox, schedules
from store.customers import add_customers
from store.database import Database, store_url
from store.staff import add_member
from store.upgrade import upgrade
from tests.year.calendar import BEGIN, DAY, Calendar, Grain
from tests.year.characters import SHARES, Character
from tests.year.company import AGENT, GROUP, LANGUAGES, OWNER, config_for
from tests.year.outages import OUTAGES, Disk, Outage, OutageKind, Storm
from tests.year.people import Customer
from tests.year.phrases import Phrases
from tests.year.purchases import buy
from tests.year.staff import Staff

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where the store of a year lies best: it is written tens of thousands of times."""

_FIRST = 7_000_001
_ZONES = ("", "", "", "Europe/Helsinki", "Europe/Prague", "Europe/London", "America/New_York", "Asia/Tokyo")
_TOWNS = ("Tampere", "Tampere", "Helsinki", "Helsinki", "Turku", "Praha", "", "")
_ROUNDS = 16
_SECOND, _MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)
_MOST_TICKS = 40
_BREATH_S = 0.12
_SETTLES_WITHIN_S = 120.0
STAFF_HOURS = (10, 14)


class Year:
    """One simulated year of *customers* people; `play` it, then look at what is left (`tests.year.promises`)."""

    def __init__(
        self, folder: Path, *, customers: int, days: int, seed: int, every: int = 1, lightnings: int = 6
    ) -> None:
        self.folder, self.days, self.seed = folder, days, seed
        self.rng = random.Random(seed)
        self.clock = PlayClock(BEGIN, frozen=True)
        self.playground = Playground(clock=self.clock, limits=Limits.none(), seed=seed)
        self.count = customers
        self.calendar = Calendar(days, every)
        self.end = BEGIN + days * DAY
        self.outages = [outage for outage in OUTAGES if outage.end < self.end]
        self.outage: Outage | None = None
        self.recovered: list[tuple[dt.datetime, dt.datetime]] = []
        self.moments = self.rounds = self.ticks = self.starts = 0
        self._lightnings = lightnings
        self.grain = Grain() if every == 1 else Grain(3 * DAY)
        self._disk, self._storm = Disk(), Storm(self.playground.faults)
        self.customers: list[Customer] = []
        self.staff: Staff
        self.content: Content
        self.phrases: Phrases
        self.app: App

    # Setting up ---------------------------------------------------------------------------------------------------

    async def open(self, template: Path | None = None) -> None:
        """Put everybody in place and start the program; *template* is a store file with the schema."""
        await self.playground.start()
        self.config = config_for(self.folder, self.playground.token, self.playground.url)
        self.content = load_content(self.config)
        self.phrases = Phrases(self.content)
        if template is not None:
            shutil.copyfile(template, self.folder / "vuoro.db")
        else:
            await upgrade(store_url(self.config.store))
        database = Database(store_url(self.config.store))
        await self._put_people(database)
        await database.close()
        self.calendar.plan(self.customers, random.Random(self.rng.random()))
        await self._start()

    async def _put_people(self, database: Database) -> None:
        owner = self.playground.add_person("Olga", user_id=OWNER)
        agent = self.playground.add_person("Ville", user_id=AGENT, language_code="fi")
        owner.started = agent.started = True
        group = self.playground.add_group("Staff", members=[owner, agent], chat_id=GROUP)
        self.staff = Staff(group, owner, agent, random.Random(self.rng.random()))
        characters = random.Random(self.rng.random()).choices(list(SHARES), list(SHARES.values()), k=self.count)
        for number in range(self.count):
            character = list(Character)[number] if number < len(Character) else characters[number]
            self.customers.append(self._customer(number, character))
        rows = [
            {
                "chat_id": one.person.id,
                "name": one.name,
                "language": one.person.language_code,
                "town": one.town or None,
                "timezone": one.zone or None,
                "reach": Reach.NEVER_MET.value,
                "created_at": BEGIN,
            }
            for one in self.customers
        ]
        async with database.write() as tx:
            await add_member(tx, OWNER, "Olga", Role.ADMIN, BEGIN, language="en")
            await add_member(tx, AGENT, "Ville", Role.AGENT, BEGIN, language="fi")
            await add_customers(tx, rows)

    def _customer(self, number: int, character: Character) -> Customer:
        rng = random.Random(self.rng.random())
        person = self.playground.add_person(
            f"Customer{number}", user_id=_FIRST + number, language_code=rng.choice(LANGUAGES)
        )
        return Customer(person, character, self.phrases, rng, rng.choice(_ZONES), rng.choice(_TOWNS))

    async def _start(self) -> None:
        settings = RunSettings(
            pump=PumpSettings(pace=Pace.unlimited(), first_wait=0.05, longest_wait=0.3),
            alarm=False,
            console=False,
            menus=False,
            say=lambda _sentence: None,
        )
        self.app = App(self.config, clock=self.clock, content=self.content, settings=settings)
        await self.app.start()
        self.starts += 1

    async def close(self) -> None:
        """End the program and the playground."""
        self._disk.accept()
        await self.app.stop()
        await self.playground.stop()

    # The course of time -------------------------------------------------------------------------------------------

    async def play(self) -> None:
        """Live through all days; afterwards everything that was due has happened."""
        moments = self.calendar.moments()
        strikes = set(self.rng.sample(sorted(self.calendar.acts), min(self._lightnings, len(self.calendar.acts))))
        edges = sorted(at for outage in self.outages for at in (outage.start, outage.end))
        await self._tick()
        while True:
            people = next(iter(moments), self.end)
            edge = next(iter(edges), self.end)
            due = self.end if self._is_down else await self._next_due()
            target = min(people, edge, due, self.end)
            if target >= self.end:
                break
            self.moments += 1
            if target == edge:
                edges.pop(0)
                await self._cross(target)
            elif target == people:
                moments.pop(0)
                if self._anybody_acts(target):
                    await self._people(target, struck=target in strikes)
                    self.clock.set(target + _MINUTE)
                    await self._tick()
            else:
                self.clock.set(target)
                await self._tick()
        self.clock.set(self.end)
        await self._tick()

    @property
    def _is_down(self) -> bool:
        return self.outage is not None and self.outage.kind is not OutageKind.TELEGRAM

    async def _next_due(self) -> dt.datetime:
        """
        Return the next moment at which the program has something to do.

        Slots are met to the second; whatever else is due waits for the next of the wakings, which come every *grain*.
        """
        now = self.clock.now()
        planned = await self.app.parts.ticker.next_due(now)
        async with self.app.database.read() as tx:
            found = [planned, await outbox.next_due(tx)]
            known = await schedules.enabled(tx)
        slots = [next_slot(schedule.cron, schedule.timezone, handled) for schedule, handled in known]
        due = min((at for at in found if at is not None), default=self.end)
        waking = self.grain.waking(max(due, now + _MINUTE))
        return max(min([waking, *(slot for slot in slots if slot is not None)]), now + _MINUTE)

    # What happens in a moment -------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        """Let the scheduler do all that is due, and see it through."""
        for _ in range(_MOST_TICKS):
            if self._is_down and self.outage is not None and self.outage.kind is OutageKind.DOWN:
                return
            self.ticks += 1
            before = self.playground.counts.messages_from_bot
            await self.app.tick()
            await self._settle()
            if self.outage is not None or self.playground.counts.messages_from_bot == before:
                return

    def _anybody_acts(self, at: dt.datetime) -> bool:
        return at in self.calendar.acts or any(customer.has_plans(at) for customer in self.customers) or self._shift(at)

    def _shift(self, at: dt.datetime) -> bool:
        """Say whether staff work at *at* and have something to do."""
        return at.hour in STAFF_HOURS and at.weekday() < 5 and self.outage is None and self.staff.has_work(at)

    async def _people(self, at: dt.datetime, *, struck: bool) -> None:
        """Let everybody act who wants to, and those who are answered go on until nobody does."""
        self.clock.set(at)
        planned = self.calendar.acts.pop(at, [])
        await self._buys(customer for customer, what in planned if what == "buys")
        for customer, what in planned:
            customer.does(what)
        if self._shift(at):
            self.staff.works()
        for number in range(_ROUNDS):
            acting = [customer for customer in self.customers if customer.has_plans(self.clock.now())]
            for customer in acting:
                customer.acts()
            if number and not acting:
                return
            self.rounds += 1
            if struck and number == 0 and self.outage is None:
                await self._strike()
            await self._settle()
            if self.outage is not None:
                return
            self.clock.advance(_SECOND)

    async def _buys(self, customers: Iterable[Customer]) -> None:
        buying = list(customers)
        if buying and not self._is_down:
            await buy(self.app.database, buying, self.clock.now(), self.rng)

    async def _settle(self) -> None:
        """See everything through; while something is out of order, only let the program try for a moment."""
        if self.outage is not None:
            if self.outage.kind is OutageKind.TELEGRAM:
                self._storm.goes_on()
            await asyncio.sleep(_BREATH_S)
            return
        async with asyncio.timeout(_SETTLES_WITHIN_S):
            await self.playground.until_idle()
            await self.app.settle()
        now = self.clock.now()
        for customer in self.customers:
            customer.notes.heard(now)
            customer.looks()

    # Trouble ------------------------------------------------------------------------------------------------------

    async def _strike(self) -> None:
        """Kill the program in the middle of its work, and start it again."""
        await asyncio.sleep(0.03)
        await self.app.kill()
        gc.collect()  # what a dead process held open goes with it
        await self._start()

    async def _cross(self, at: dt.datetime) -> None:
        """Begin or end an outage."""
        self.clock.set(at)
        outage = next(one for one in self.outages if at in {one.start, one.end})
        if at == outage.start:
            self.outage = outage
            match outage.kind:
                case OutageKind.TELEGRAM:
                    self._storm.goes_on()
                case OutageKind.DISK:
                    self._disk.refuse()
                case OutageKind.DOWN:
                    await self.app.kill()
                    gc.collect()
            return
        match outage.kind:
            case OutageKind.TELEGRAM:
                self._storm.calms()
            case OutageKind.DISK:
                self._disk.accept()
            case OutageKind.DOWN:
                await self._start()
        self.outage = None
        self.recovered.append((outage.start, at))
        await self._settle()
        await self._tick()
