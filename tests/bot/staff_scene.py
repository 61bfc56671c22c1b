"""A scene for tests of staff's side: the real program against the stand-in, with a customer and two staff members."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.config import Approval, Config, StaffSettings, TelegramSettings
from bot.content import Content, load_content
from bot.newsletters import load_newsletters
from bot.pacing import Pace
from bot.playground.chats import Rights
from bot.playground.clock import PlayClock
from bot.playground.groups import Group
from bot.playground.limits import Limits
from bot.playground.messages import Message
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.pump import PumpSettings
from bot.wiring import App, RunSettings
from dialogues.cases import open_case_for
from domain.case_rules import CaseRules
from domain.cases import Case, CaseKind, Priority
from domain.company import Company
from domain.customers import Customer
from domain.dialogues import OpenCase
from domain.staff import Role
from store.cases import case_by_id
from store.customers import customers_by_chat
from store.outbox import count_due, count_intents
from store.staff import add_member

START = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)  # a Tuesday, 10 o'clock in Helsinki
GROUP = -1001234567890


@dataclass(slots=True)
class Scene:
    """What a test needs: people, the program, and short ways to look at what happened."""

    play: Playground
    app: App
    clock: PlayClock
    ann: Person
    olga: Person
    pete: Person
    group: Group | None

    async def settle(self) -> None:
        """Wait until everything that people did has been handled and answered."""
        await self.play.until_idle()
        on_its_way = 1
        while on_its_way:  # what is being recorded may put new rows into the outbox
            await self.app.settle()
            async with self.app.database.read() as tx:
                on_its_way = await count_intents(tx) + await count_due(tx, self.clock.now())

    async def gathered(self) -> None:
        """Let the time pass in which an album's parts are awaited, and wait as `settle` does."""
        await self.settle()
        self.clock.advance(dt.timedelta(seconds=2))
        while self.app.parts.conduct.gathers_until is not None:
            await self.app.settle()
        await self.settle()

    async def customer(self, person: Person | None = None) -> Customer:
        """Return the customer that a person (Ann) is."""
        who = person or self.ann
        async with self.app.database.read() as tx:
            return (await customers_by_chat(tx, [who.id]))[who.id]

    async def case(self, *, summary: str = "The box was wet", priority: Priority = Priority.NORMAL) -> Case:
        """Open a case for Ann as a dialogue does, and let staff see it."""
        customer = await self.customer()
        opening = OpenCase(CaseKind.COMPLAINT, "delivery", priority, summary, "money back", "123456")
        async with self.app.database.write() as tx:
            case = await open_case_for(tx, self.app.config.company, customer.id, opening, self.clock.now())
            await self.app.parts.room.line.new_case(tx, case, customer, self.clock.now())
        self.app.wake()
        await self.settle()
        return case

    async def case_now(self, number: int) -> Case:
        """Return a case as it stands."""
        async with self.app.database.read() as tx:
            case = await case_by_id(tx, number)
        assert case is not None
        return case

    def topic(self) -> int:
        """Return the thread of the only customer's topic."""
        assert self.group is not None
        (thread,) = self.group.topics
        return thread

    def in_topic(self, text: str) -> Message:
        """Return the newest live message of the group that contains *text*."""
        assert self.group is not None
        return found_in(self.group.live, text)

    def told(self, person: Person) -> list[str]:
        """Return what the bot has written to a person in private, the newest last."""
        return [message.text for message in person.chat.live if message in person.chat.from_bot]


_shipped: dict[str, Content] = {}


def _shipped_content(config: Config) -> Content:
    """Reading and judging all texts takes longer than most tests, and gives the same each time."""
    if not _shipped:
        _shipped["content"] = load_content(config)
    return _shipped["content"]


def found_in(messages: list[Message], text: str) -> Message:
    """Return the newest of *messages* that contains *text*; the failure shows what there is instead."""
    found = [message for message in messages if text in message.text]
    assert found, f"{text!r} is not in {[message.text for message in messages]}"
    return found[-1]


@contextlib.asynccontextmanager
async def staff_scene(
    tmp_path: Path,
    sqlite_url: str,
    *,
    forum: bool = True,
    rights: Rights | None = None,
    approval: Approval = Approval.NONE,
    content: Path | None = None,
    test_list: tuple[str, ...] = (),
    cases: CaseRules | None = None,
) -> AsyncIterator[Scene]:
    """
    Start the program with Ann (customer), Olga (admin) and Pete (agent), who have both started the bot.

    With *forum* there is a staff group with topics; without, staff work in their private chats.
    """
    clock = PlayClock(START, frozen=True)
    async with Playground(clock=clock, limits=Limits.none(), record=True) as play:
        ann = play.add_person("Ann", last_name="Smith", user_id=501)
        olga = play.add_person("Olga", user_id=601)
        pete = play.add_person("Pete", user_id=602)
        group = play.add_group("Staff", members=[olga, pete], chat_id=GROUP, bot_rights=rights) if forum else None
        config = Config(
            folder=tmp_path,
            company=Company(name="Aurora", languages=("en", "fi", "cs"), cases=cases or CaseRules()),
            telegram=TelegramSettings(play.token, play.url),
            staff=StaffSettings((olga.id,), GROUP if forum else None),
            store=sqlite_url,
            content=content,
            newsletters=approval,
            test_list=test_list,
        )
        settings = RunSettings(
            pump=PumpSettings(pace=Pace.unlimited(), first_wait=0.01, longest_wait=0.05, poll=0.02),
            alarm=False,
            console=False,
            menus=False,
        )
        known = _shipped_content(config)
        if content is not None:
            letters = load_newsletters(content, config.company.languages, known.library)
            known = dataclasses.replace(known, newsletters=letters)
        app = App(config, clock=clock, content=known, settings=settings)
        await app.start()
        try:
            scene = Scene(play, app, clock, ann, olga, pete, group)
            async with app.database.write() as tx:
                await add_member(tx, pete.id, "Pete", Role.AGENT, clock.now())
            for person in (ann, olga, pete):
                person.starts()
            await scene.settle()
            yield scene
        finally:
            await app.stop()
