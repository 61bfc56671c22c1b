"""A flood: one customer a thousand messages, fifty others a case each, against a forum of twenty messages a minute."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from bot.config import Config, StaffSettings, TelegramSettings
from bot.pacing import Pace
from bot.playground.groups import Group
from bot.playground.limits import Limits
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.pump import PumpSettings
from bot.wiring import App, RunSettings
from domain.company import Company
from domain.floods import Kept
from store.forum_lane import count_waiting
from store.tables import cases, contacts
from tests.flows.hurried_loop import LoopClock, WorklessLoop, hurried

START = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
OTHERS = 50
FLOOD = 1000
STEP_S = 0.2


@dataclass
class Asker:
    """A customer who opens a case: she says each of her words once the one before was answered."""

    person: Person
    begins_at: float
    words: list[str] = field(default_factory=lambda: ["/question", "When does my sofa come?", "/done"])
    asked_at: float | None = None
    heard: int = 0
    waits: list[float] = field(default_factory=list)

    def goes_on(self, now: float) -> None:
        """Note an answer, and say what is next."""
        if now < self.begins_at:
            return
        answered = len(self.person.chat.from_bot) > self.heard
        if self.asked_at is not None and answered:
            self.waits.append(now - self.asked_at)
            self.asked_at = None
        if self.asked_at is None and self.words:
            self.heard, self.asked_at = len(self.person.chat.from_bot), now
            self.person.sends(self.words.pop(0))


@dataclass
class Flooded:
    """What came of it all."""

    app: App
    play: Playground
    group: Group
    askers: list[Asker]
    flooder: Person
    caught_up_after: float = 0.0
    cards_after: float = 0.0


async def _minute(one: Flooded) -> None:
    """Let the thousand messages come in ten seconds, and fifty customers begin in the minute."""
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    while (gone := loop.time() - began) < 61 or any(asker.asked_at for asker in one.askers):
        while sent < min(FLOOD, round(gone * FLOOD / 10)):
            one.flooder.sends(f"Where is it? ({sent})")
            sent += 1
        for asker in one.askers:
            asker.goes_on(loop.time())
        await asyncio.sleep(STEP_S if gone < 10 else 0.5)
    assert sent == FLOOD


async def _catching_up(one: Flooded, began: float) -> None:
    """Wait until nothing waits for the forum any more."""
    loop = asyncio.get_running_loop()
    await one.app.tick()
    while True:
        await asyncio.sleep(5)
        shown = [m for m in one.group.live if m.buttons and " · Question · " in m.text]
        if len(shown) == OTHERS and not one.cards_after:
            one.cards_after = loop.time() - began
        async with one.app.database.read() as tx:
            left = await count_waiting(tx, [0, one.group.id])
        if not left and await one.app.parts.pump.is_idle():
            one.caught_up_after = loop.time() - began
            return
        assert loop.time() - began < 1200


async def _story(folder: Path, template: Path) -> None:
    shutil.copyfile(template, folder / "flood.db")
    loop = asyncio.get_running_loop()
    async with Playground(limits=Limits.telegram(), record=False, monotonic=loop.time) as play:
        olga = play.add_person("Olga", user_id=900)
        olga.started = True
        group = play.add_group("Staff", members=[olga])
        people = [play.add_person(f"Ann {number}", user_id=1000 + number) for number in range(OTHERS + 1)]
        for person in people:
            person.started = True
        config = Config(
            folder=folder,
            company=Company(name="Aurora", languages=("en",)),
            telegram=TelegramSettings(play.token, play.url),
            staff=StaffSettings((olga.id,), group.id),
            store=f"sqlite:///{folder / 'flood.db'}",
        )
        settings = RunSettings(
            pump=PumpSettings(pace=Pace()),
            alarm=False,
            console=False,
            menus=False,
            upkeep=False,
            say=lambda _: None,
        )
        app = App(config, clock=LoopClock(START), settings=settings)
        await app.start()
        try:
            began = loop.time()
            askers = [Asker(who, began + 60 / OTHERS * number) for number, who in enumerate(people[1:])]
            one = Flooded(app, play, group, askers, people[0])
            await _minute(one)
            await _catching_up(one, began)
            await _judge(one)
        finally:
            await app.stop()


async def _judge(one: Flooded) -> None:
    waits = [wait for asker in one.askers for wait in asker.waits]
    assert len(waits) == 3 * OTHERS
    assert max(waits) <= 1.0
    async with one.app.database.read() as tx:
        opened = await tx.scalar(select(func.count()).select_from(cases))
        heard = (
            (await tx.execute(select(contacts.c.reason).where(contacts.c.text.like("Where is it%")))).scalars().all()
        )
    assert opened == OTHERS
    assert len(heard) == FLOOD
    assert heard.count(Kept.FLOOD.value) == FLOOD - 20
    shown = "\n".join(message.text for message in one.group.live)
    assert all(f"Where is it? ({number})" in shown for number in range(20))
    assert "980 further messages of Ann 0" in shown
    names = {topic.name for topic in one.group.topics.values()}
    assert names == {f"Ann {number}" for number in range(OTHERS + 1)}
    assert len(one.group.pinned) == OTHERS
    assert one.play.world.pace.refused == 0
    warnings = [m for m in one.flooder.chat.from_bot if "faster than we can read" in m.text]
    assert len(warnings) == 1
    assert one.cards_after < 6 * 60  # a topic and a card for each of fifty-one at twenty a minute
    assert one.caught_up_after < 10 * 60  # and the pins


def test_flood_costs_nobody_else_a_second_and_loses_nothing(tmp_path: Path, sqlite_template: Path) -> None:
    """Others are answered within a second; every card arrives in six minutes; a thousand words are kept."""
    hurried(_story(tmp_path, sqlite_template), WorklessLoop)
