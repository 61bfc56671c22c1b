"""The stage of a transcript: the stand-in Telegram with its people, a frozen clock, a store file, and the program."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.config import Approval, Config, ConsoleSettings, StaffSettings, TelegramSettings
from bot.config_values import Listen
from bot.content import Content, load_content
from bot.pacing import Pace
from bot.playground.chats import Chat
from bot.playground.clock import PlayClock
from bot.playground.groups import Group
from bot.playground.limits import Limits
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.pump import PumpSettings
from bot.transcript_script import LANGUAGES, Actor, Begins, Transcript, user_id
from bot.wiring import App, RunSettings
from dialogues.library import Library
from domain.company import Company
from domain.customers import Consent, Purpose, Reach
from domain.dialogues import Run, RunState
from domain.newsletters import Sending
from scheduler.lemmatizing import Lemmatizer
from scheduler.surveys import start_wave
from store import outbox, recipients, sendings
from store.consents import give_consents
from store.customers import add_customers, customers_by_chat
from store.database import Database, store_url
from store.ids import new_id
from store.runs import add_runs, keep_script
from store.staff import add_member
from store.upgrade import upgrade

GROUP = -1_001_000_000_001
_NOBODY = 6_000_000
_MOST_STEPS = 500
_LEMMAS: dict[str, dict[str, str]] = {}  # shared by all stages of this process: opening a dictionary takes seconds
_QUIET_TICKS = 3
_SOON, _SHORTEST_STEP, _LONGEST_STEP = dt.timedelta(seconds=5), dt.timedelta(seconds=1), dt.timedelta(hours=1)


def labels_of(topics: Sequence[str]) -> dict[str, Mapping[str, str]]:
    """Return a company's topics of newsletters, each labelled by its name."""
    return {name: {"": name.capitalize()} for name in topics}


class Stage:
    """
    Everything that one run of a transcript needs; *folder* is its own, and empty.

    `renamed` says whose a topic is that got another name, by its number.
    """

    def __init__(self, transcript: Transcript, folder: Path, *, beside: Path, content: Content | None = None) -> None:
        self.transcript = transcript
        self.clock = PlayClock(transcript.at, frozen=True)
        self.playground = Playground(clock=self.clock, limits=Limits.none())
        self.people: dict[str, Person] = {}
        self.group: Group | None = None
        self.renamed: dict[int, str] = {}
        self._database_file = folder / "vuoro.db"
        self.config = self._config(folder, beside)
        self._content = content
        self.app: App | None = None

    def _config(self, folder: Path, beside: Path) -> Config:
        script = self.transcript
        company = Company(
            name="Vuoro",
            timezone=script.zone,
            languages=LANGUAGES,
            topics=labels_of(script.topics),
            cases=script.cases,
        )
        return Config(
            folder=folder,
            company=company,
            staff=StaffSettings(group=GROUP if script.group else None),
            store=f"sqlite:///{self._database_file}",
            content=beside / script.content if script.content else None,
            console=ConsoleSettings(Listen("127.0.0.1", 0)),
            newsletters=Approval.SECOND_PERSON if script.approval else Approval.NONE,
        )

    async def open(self, template: Path | None = None) -> None:
        """Put everybody in place; *template* is a store file with the schema, to be copied."""
        await self.playground.start()
        telegram = TelegramSettings(token=self.playground.token, api_url=self.playground.url)
        self.config = dataclasses.replace(self.config, telegram=telegram)
        if self._content is None:
            self._content = load_content(self.config)
        if template is not None:
            shutil.copyfile(template, self._database_file)
        else:
            await upgrade(store_url(self.config.store))
        database = Database(store_url(self.config.store))
        for place, actor in enumerate(self.transcript.actors.values()):
            await self._place(database, actor, place)
        await database.close()
        staff = [self.people[actor.name] for actor in self.transcript.actors.values() if actor.role is not None]
        if self.transcript.group:
            members = staff or [self.playground.add_person("Nobody", user_id=_NOBODY)]
            self.group = self.playground.add_group("Staff", forum=self.transcript.forum, members=members, chat_id=GROUP)

    async def _place(self, database: Database, actor: Actor, place: int) -> None:
        person = self.playground.add_person(actor.name, language_code=actor.language, user_id=user_id(actor, place))
        self.people[actor.name] = person
        person.phone = f"+3584573000{place:03d}"
        now = self.clock.now()
        if actor.role is not None:
            person.started = True
            async with database.write() as tx:
                await add_member(tx, person.id, actor.name, actor.role, now, language=actor.language)
        elif actor.traits:
            person.started = True
            assert self._content is not None
            await _acquaint(database, self._content.library, person, actor, now - dt.timedelta(days=60))

    # The program ---------------------------------------------------------------------------------------------------

    async def start_program(self) -> None:
        """Start the program on the store as it is."""
        settings = RunSettings(
            hurried=True,
            pump=PumpSettings(pace=Pace.unlimited()),
            alarm=False,
            console=False,
            menus=False,
            upkeep=False,
            say=_silent,
            lemmatizer=Lemmatizer(_LEMMAS),
        )
        self.app = App(self.config, clock=self.clock, content=self._content, settings=settings)
        await self.app.start()

    async def end_program(self, *, killed: bool) -> None:
        """End the program, in order or at once."""
        app, self.app = self.app, None
        if app is not None:
            await (app.kill() if killed else app.stop())

    async def settle(self) -> None:
        """Wait until the program has taken in, handled and said everything; albums are gathered by moving the clock."""
        app = self.running
        gathered = False
        while True:
            await self.playground.until_idle()
            await app.settle()
            until = app.parts.conduct.gathers_until
            if until is not None:
                self.clock.set(max(until, self.clock.now()))
                gathered = True
            elif gathered:
                gathered = False  # what was gathered may just be being handled
            else:
                return

    @property
    def running(self) -> App:
        """The running program."""
        assert self.app is not None
        return self.app

    async def close(self) -> None:
        """End everything."""
        await self.end_program(killed=False)
        await self.playground.stop()

    # Events --------------------------------------------------------------------------------------------------------

    async def move_to(self, target: dt.datetime) -> None:
        """
        Let time go on to *target*, stopping wherever something is due on the way.

        What is due all the time, such as a newsletter that waits for one held customer, is looked at ever less often.
        """
        step = _SHORTEST_STEP
        for _ in range(_MOST_STEPS):
            now = self.clock.now()
            due = await self._next_due(now)
            if due is None or max(due, now + step) >= target:
                break
            self.clock.set(max(due, now + step))
            step = min(step * 2, _LONGEST_STEP) if due <= now + _SOON else _SHORTEST_STEP
            await self.tick()
        self.clock.set(target)
        await self.tick()

    async def _next_due(self, now: dt.datetime) -> dt.datetime | None:
        async with self.running.database.read() as tx:
            waiting = await outbox.next_due(tx)
        moments = [moment for moment in (waiting, await self.running.parts.ticker.next_due(now)) if moment is not None]
        return min(moments, default=None)

    async def tick(self) -> None:
        """Let the program do what is due now, and say it."""
        await self.running.tick()
        await self.settle()

    async def begin(self, event: Begins) -> None:
        """Start a newsletter or a survey; raises LookupError when there is none of that name."""
        app, now = self.running, self.clock.now()
        if event.what == "survey":
            if app.parts.room.library.get(event.name) is None:
                raise LookupError(f"there is no dialogue {event.name}")
            async with app.database.write() as tx:
                await start_wave(tx, event.name, "", "schedule", now)
            for _ in range(3):
                await self.tick()
            return
        newsletters = app.parts.newsletters
        async with app.database.write() as tx:
            draft = await newsletters.draft(tx, event.name, None, now)
            if not isinstance(draft, Sending):
                raise LookupError(f"there is no newsletter {event.name}")
            started = await newsletters.confirm(tx, draft.id, draft.version, 0, now)
            if not isinstance(started, Sending):
                raise LookupError(f"newsletter {event.name} did not start: {started.value}")
        before, unchanged = None, 0
        while unchanged < _QUIET_TICKS:  # whoever is held gets hers when time goes on
            await self.tick()
            async with app.database.read() as tx:
                sending = await sendings.get(tx, draft.id)
                account = await recipients.account(tx, draft.id)
            if sending is None or sending.state.is_over:
                return
            before, unchanged = account, unchanged + 1 if account == before else 0

    def chat_of_staff(self, name: str) -> Chat:
        """Return where a staff member works: the group, or her private chat."""
        return self.group if self.group is not None else self.people[name].chat


def _silent(_sentence: str) -> None:
    """Say nothing: a transcript shows by its messages what went wrong."""


async def _acquaint(database: Database, library: Library, person: Person, actor: Actor, at: dt.datetime) -> None:
    """Make her somebody who was welcomed a while ago, with what she agreed to then."""
    row = {
        "chat_id": person.id,
        "name": actor.name,
        "language": actor.language,
        "reach": Reach.REACHABLE.value,
        "met_at": at,
        "created_at": at,
    }
    async with database.write() as tx:
        await add_customers(tx, [row])
        customer = (await customers_by_chat(tx, [person.id]))[person.id]
        given = [(purpose, f"no-{purpose.value}" not in actor.traits) for purpose in Purpose]
        told = [(p, yes) for p, yes in given if {p.value, f"no-{p.value}"} & actor.traits]
        consents = [(customer.id, Consent(purpose, yes, "test/1", "dialogue:welcome", at)) for purpose, yes in told]
        await give_consents(tx, consents)
        script = library.by_command("start")
        if script is not None:
            await keep_script(tx, script.digest, script.id, script.version, script.source, at)
            run = Run(
                new_id(), customer.id, script.id, script.digest, RunState.DONE, at, "customer", new_id(), ended_at=at
            )
            await add_runs(tx, [run])
