"""
The demo: a stand-in Telegram and the real program in one process, with a sample company that is alive.

Everything is kept in one folder, so the second start goes on where the first one ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

from bot.config import Config
from bot.config_reading import load_config
from bot.content import load_content
from bot.demo_dialogues import DialogueWorkshop
from bot.demo_memory import recall, remember
from bot.pacing import Pace
from bot.playground.clock import PlayClock
from bot.playground.groups import Group
from bot.playground.limits import Limits
from bot.playground.limits import Pace as PlayPace
from bot.playground.people import Person
from bot.playground.playground import Link, Playground
from bot.pump import PumpSettings
from bot.sample_company import CUSTOMERS, GROUP, GROUP_TITLE, NAME, STAFF, fill, sample_people
from bot.sample_company_cases import CONFIG as CASES
from bot.sample_company_facts import FACTS
from bot.sample_company_knowing import RULES, SEGMENTS
from bot.sample_company_lemmas import look_up
from bot.sample_company_loyalty import content_files
from bot.sample_company_notes import ABOUT, HEALTH, NOTES, ROLES
from bot.sample_company_people import SamplePerson
from bot.sample_company_scenes import Director, opening
from bot.wiring import App, RunSettings
from domain.clock import Clock, WallClock
from scheduler.lemmatizing import Lemmatizer
from store.database import Database, store_url
from store.upgrade import upgrade

Say = Callable[[str], None]
CONFIG = """\
# The demo's config. While the demo runs, the other commands work on it, too:
#   vuoro customer show 100000 --config {folder}/vuoro.toml
[company]
name = "{name}"
languages = ["en", "fi", "cs"]
[company.hours]
mon = "09:00-20:00"
tue = "09:00-20:00"
wed = "09:00-20:00"
thu = "09:00-20:00"
fri = "09:00-20:00"
sat = "10:00-18:00"
[courtesy]
per_week = 3
[telegram]
token = "{token}"
api_url = "{url}"
[staff]
admins = [{admins}]
group = {group}
[store]
url = "sqlite:///vuoro.db"
[content]
folder = "content"
{cases}\
[console]
listen = "127.0.0.1:{console}"
[log]
level = "warning"
"""
NEWSLETTER = """\
+++
title = "Friday's offers"
audience = ''
schedule = "0 15 * * FRI"
late = "3h"
unknown = "never twice"
+++
<b>{{ company }}</b>
{% if name %}Hello {{ name.split()[0] }}! {% endif %}Three offers for the weekend, in every store and on the net:

▪️ pruning shears <b>−20 %</b>
▪️ all novels, three for two
▪️ coffee, 500 g, <b>4.95 €</b>
"""
_KEEP_EVERY_S = 20.0
PAST = dt.timedelta(days=9)  # so many days are played; what the first of them sent counts for no courtesy any more


def played_from(now: dt.datetime) -> dt.datetime:
    """Return the moment at which play begins: after all that is put into the store, and no scene begins late."""
    return min(now - PAST + dt.timedelta(hours=12), opening(now))


class Demo:
    """
    One demo in *folder*; `start` makes what is missing and `url` is the page for people.

    *present* tells the moment that a company which is made anew has lived up to.
    """

    def __init__(
        self, folder: Path, port: int, seed: int, say: Say, customers: int = CUSTOMERS, present: Clock | None = None
    ) -> None:
        self.folder = folder
        self._port = port
        self._seed = seed
        self._customers = customers
        self._say = say
        self._present = present or WallClock()
        self.clock = PlayClock()
        self.playground = Playground(clock=self.clock, limits=Limits.none(), bot_name=NAME, seed=seed)
        self.people: dict[str, Person] = {}
        self.group: Group
        self.app: App
        self._keeper: asyncio.Task[None] | None = None
        self._lemmatizer = Lemmatizer()

    async def start(self, console_port: int) -> None:
        """Bring up Telegram's stand-in, then the company, then the program."""
        now = self._present.now().replace(microsecond=0)
        customers = sample_people(self._seed, now, self._customers)
        self._settle_in(customers)
        await self.playground.start(port=self._port)
        try:
            await self._go(customers, now, console_port)
        except BaseException:
            await self.playground.stop()
            raise

    async def _go(self, customers: list[SamplePerson], now: dt.datetime, console_port: int) -> None:
        await asyncio.to_thread(self._make_folder, console_port)
        config = await asyncio.to_thread(load_config, self.folder / "vuoro.toml", {}, to_run=True)
        if not await asyncio.to_thread(recall, self.playground, self._memory):
            self._say("Making the sample company; this is done once and takes about half a minute.")
            words = asyncio.create_task(look_up(self._lemmatizer))
            try:
                await self._make_company(config, customers, now)
                await words
            finally:
                words.cancel()
        content = await asyncio.to_thread(load_content, config)
        self.playground.world.limits = Limits.telegram()
        self.playground.world.pace = PlayPace(Limits.telegram(), self.playground.world.monotonic)
        self.app = App(config, clock=self.clock, content=content, settings=RunSettings(lemmatizer=self._lemmatizer))
        await self.app.start()
        self.clock.on_change.append(self._time_jumped)
        self.playground.workshop = DialogueWorkshop(config, self.app, content)
        self.playground.note = {tag: f"{NAME}: {about}" for tag, about in ABOUT.items()}
        self.playground.links.append(Link(HEALTH, f"{self.app.console_url}/healthz"))
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Keep everything and end."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self.app.settle()
        await self.app.stop()
        await asyncio.to_thread(remember, self.playground, self._memory, clean=True)
        await self.playground.stop()

    @property
    def _memory(self) -> Path:
        return self.folder / "telegram.json"

    def _settle_in(self, customers: list[SamplePerson]) -> None:
        """Put everybody into the stand-in: those with a story first."""
        add = self.playground.add_person
        for person in customers:
            if person.telegram_id is None:
                continue
            added = add(
                person.first,
                last_name=person.last,
                language_code=person.language,
                user_id=person.telegram_id,
                phone=person.phone,
            )
            added.started = person.met
            added.note = NOTES.get(person.key, "")
            if person.key:
                self.people[person.key] = added
        staff = []
        for member in STAFF:
            added = add(member.first, last_name=member.last, language_code=member.language, user_id=member.id)
            added.started = True
            added.note = ROLES[member.role]
            self.people[member.first] = added
            staff.append(added)
        self.group = self.playground.add_group(GROUP_TITLE, members=staff, chat_id=GROUP)

    def _make_folder(self, console_port: int) -> None:
        for name in ("newsletters", "dialogues", "facts", "rules", "segments", "programmes"):
            (self.folder / "content" / name).mkdir(parents=True, exist_ok=True)
        text = CONFIG.format(
            folder=os.path.relpath(self.folder),
            name=NAME,
            token=self.playground.token,
            url=self.playground.url,
            admins=", ".join(str(member.id) for member in STAFF if member.role.value == "admin"),
            group=GROUP,
            cases=CASES,
            console=console_port,
        )
        (self.folder / "vuoro.toml").write_text(text, encoding="utf-8")

    async def _make_company(self, config: Config, customers: list[SamplePerson], now: dt.datetime) -> None:
        """Fill the store, play the last days with their nights, and plan the next newsletter."""
        files = {f"rules/{name}": text for name, text in RULES.items()}
        files |= {f"segments/{name}": text for name, text in SEGMENTS.items()}
        for name, text in {**files, **content_files(now)}.items():
            path = self.folder / "content" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        content = await asyncio.to_thread(load_content, config)
        for left in self.folder.glob("vuoro.db*"):
            left.unlink()
        url = store_url(config.store, config.folder)
        await upgrade(url)
        database = Database(url)
        scripts = {script.id: script for script in content.library.all()}
        await fill(database, config.company, scripts, customers, self._seed, now - PAST)
        await database.close()
        self.clock.set(played_from(now))
        unlimited = PumpSettings(pace=Pace.unlimited())
        quietly = RunSettings(
            pump=unlimited,
            alarm=False,
            console=False,
            menus=False,
            lemmatizer=self._lemmatizer,
            say=self._say,
            synced=False,  # what is made here is whole once the stand-in's memory is written, or made anew
        )
        past = App(config, clock=self.clock, content=content, settings=quietly)
        await past.start()
        try:
            people = self.playground.world.people
            crowd = [(people[each.telegram_id], each) for each in customers if each.telegram_id is not None]
            await Director(past, self.playground, self.people, self.group, crowd, self._seed).play(now)
        finally:
            await past.stop()
        self.clock.set(self._present.now())
        (self.folder / "content" / "newsletters" / "offers.en.j2").write_text(NEWSLETTER, encoding="utf-8")
        (self.folder / "content" / "facts" / "customers.toml").write_text(FACTS, encoding="utf-8")
        await asyncio.to_thread(remember, self.playground, self._memory, clean=False)

    async def _time_jumped(self) -> None:
        self.app.wake()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_EVERY_S)
            remember(self.playground, self._memory, clean=False)
