"""
What happened at the sample company in the last days, played on the real program: open cases, surveys, a newsletter.

So the forum has its topics, the chats their messages and the store its runs, exactly as real people would have made
them. A scene that no longer fits the dialogues is left out; the rest is played.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.playground.groups import Group
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.sample_company import STAFF
from bot.sample_company_people import SamplePerson
from bot.sample_company_photo import living_room
from bot.sample_company_story import SCENES, Scene, Step
from bot.sample_company_words import BEST, GENERAL, WHY
from bot.wiring import App
from domain.newsletters import Sending
from scheduler.surveys import start_wave
from store.cases import cases_of
from store.customers import customers_by_chat
from store.topics import find_topic

log = logging.getLogger(__name__)

_TICKS = 12
_FEELINGS = ("😠", "🙁", "😐", "🙂", "😀")


def moment_of(scene: Scene, now: dt.datetime) -> dt.datetime:
    """Return when a scene is to be played in a company that has lived up to *now*."""
    return dt.datetime.combine(now.date() - dt.timedelta(days=scene.days_ago), scene.at)


def opening(now: dt.datetime) -> dt.datetime:
    """Return when the first scene is to be played."""
    return moment_of(SCENES[0], now)


@dataclass(slots=True)
class Director:
    """Plays the scenes with the people of the playground and the running program."""

    app: App
    playground: Playground
    people: Mapping[str, Person]
    group: Group
    crowd: Sequence[tuple[Person, SamplePerson]]
    seed: int
    _ids: dict[str, int] = field(default_factory=dict)

    async def play(self, now: dt.datetime) -> None:
        """Play everything that lies before *now*, in order, and leave the clock at *now*."""
        clock = self.playground.clock
        for scene in SCENES:
            at = min(moment_of(scene, now), now - dt.timedelta(minutes=45))
            clock.set(max(at, clock.now()))
            try:
                await self._play(scene)
            except LookupError as error:
                log.warning("demo.scene_left_out", extra={"scene": scene.steps[0].text, "reason": str(error)})
        clock.set(now)
        await self._settle()

    async def _play(self, scene: Scene) -> None:
        await self._tick()
        for step in scene.steps:
            await self._step(step)
            await self._settle()
            self.playground.clock.advance(dt.timedelta(minutes=1))

    async def _step(self, step: Step) -> None:
        person = self.people.get(step.who)
        match step.does:
            case "says" if person is not None and step.about:
                person.sends(step.text, chat=self.group, thread=await self._thread(step.about))
            case "says" if person is not None:
                person.sends(step.text)
            case "photo" if person is not None:
                person.sends_media("photo", [living_room(step.text)])
            case "taps" if person is not None:
                await self._tap(person, step)
            case "merges" if person is not None:
                newest, *_, oldest = await self._open_cases(step.about)
                thread = await self._thread(step.about)
                person.sends(f"/merge {newest} into {oldest}", chat=self.group, thread=thread)
            case "survey":
                async with self.app.database.write() as tx:
                    await start_wave(tx, step.text, "", "schedule", self.playground.clock.now())
                await self._tick()
            case "newsletter":
                await self._newsletter(step.text)
            case "crowd":
                await self._answer_survey()
            case "guests":
                await self._answer_invitations()
            case "task" if person is not None:
                await self._finish_task(person, *step.text.split())
            case "welcomes" if person is not None:
                self.group.pinned.append(person.sends(GENERAL, chat=self.group).message_id)

    async def _answer_survey(self) -> None:
        """Let about half of those who were asked give a score, and some of them words."""
        rng = random.Random(self.seed)
        for person, known in self.crowd:
            labels = {button.label for message in person.chat.from_bot[-1:] for button in message.buttons}
            if known.key or "10" not in labels or known.attitude < 0.52 or rng.random() < 0.5:
                continue
            person.taps(str(min(max(round(rng.gauss(known.attitude * 10 + 1.4, 1)), 3), 10)))
        await self._settle()
        for person, known in self.crowd:
            labels = {button.label for message in person.chat.from_bot[-1:] for button in message.buttons}
            if not known.key and labels and "10" not in labels and rng.random() < 0.4:
                person.sends(rng.choice((BEST if known.attitude > 0.7 else WHY)[known.language]))

    async def _answer_invitations(self) -> None:
        """Let two of three who were invited to the evening answer; most of them come."""
        rng, words = random.Random(self.seed), self.app.parts.room.words
        for person, known in self.crowd:
            label = words.plain(f"events.label.{'come' if rng.random() < 0.75 else 'cannot'}", known.language)
            labels = {button.label for message in person.chat.from_bot[-1:] for button in message.buttons}
            if not known.key and label in labels and rng.random() < 0.67:
                person.taps(label)

    async def _finish_task(self, person: Person, outcome: str, feeling: str = "") -> None:
        """Let a staff member open the first of her tasks, and say what became of it."""
        words, member = self.app.parts.room.words, next(each for each in STAFF if each.id == person.id)
        person.sends("/tasks")
        await self._settle()
        card = person.chat.from_bot[-1]
        if not card.buttons:
            raise LookupError(f"{person.first_name} has no task")
        labels = [card.buttons[0].label, words.plain("care.label.done", member.language)]
        if outcome != "done":
            labels[1:] = [
                words.plain(f"care.{key}", member.language) for key in ("label.not_done", f"why_not.{outcome}")
            ]
        for label in [*labels, *([_FEELINGS[int(feeling) - 1]] if feeling else [])]:
            person.taps(label, message=person.chat.from_bot[-1])
            await self._settle()

    async def _tap(self, person: Person, step: Step) -> None:
        room = self.app.parts.room
        cause = room.company.cases.causes.get(step.text.removeprefix("cause:"))
        languages = room.company.languages
        labels = set(cause.values()) if cause else {room.words.plain(step.text, each) for each in languages}
        thread = await self._thread(step.about)
        cards = [message for message in self.group.from_bot if message.thread == thread]
        for card in reversed(cards):
            label = next((button.label for button in card.buttons if button.label in labels), None)
            if label is not None:
                person.taps(label, chat=self.group, message=card)
                return
        raise LookupError(f"no button {step.text} in the topic of {step.about}")

    async def _open_cases(self, customer: str) -> list[int]:
        """Return the numbers of her open cases, the newest first. Raises LookupError for fewer than two."""
        async with self.app.database.read() as tx:
            known = (await customers_by_chat(tx, [self.people[customer].id]))[self.people[customer].id]
            found = (await cases_of(tx, [known.id], only_open=True)).get(known.id, [])
        if len(found) < 2:
            raise LookupError(f"{customer} has not two open cases")
        return [case.id for case in found]

    async def _thread(self, customer: str) -> int:
        async with self.app.database.read() as tx:
            known = await customers_by_chat(tx, [self.people[customer].id])
            topic = await find_topic(tx, known[self.people[customer].id].id)
        if topic is None:
            raise LookupError(f"{customer} has no topic")
        return topic.thread_id

    async def _newsletter(self, name: str) -> None:
        newsletters, now = self.app.parts.newsletters, self.playground.clock.now()
        maker, approver = self.people["Saara"].id, self.people["Olga"].id
        async with self.app.database.write() as tx:
            sending = await newsletters.draft(tx, name, maker, now)
            for staff_id in (maker, approver):
                if isinstance(sending, Sending) and not sending.state.is_over:
                    sending = await newsletters.confirm(tx, sending.id, sending.version, staff_id, now)
        if not isinstance(sending, Sending):
            raise LookupError(f"newsletter {name}: {sending.value}")
        await self._tick()

    async def _tick(self) -> None:
        """Tick until what is due at this moment is done."""
        for _ in range(_TICKS):
            await self.app.tick()
            await self._settle()
            due = await self.app.parts.ticker.next_due(self.playground.clock.now())
            if due is None or due > self.playground.clock.now() + dt.timedelta(seconds=2):
                return

    async def _settle(self) -> None:
        while True:
            await self.playground.until_idle()
            await self.app.settle()
            until = self.app.parts.conduct.gathers_until
            if until is None:
                return
            self.playground.clock.set(max(until, self.playground.clock.now()))
