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
from pathlib import Path

from bot.playground.groups import Group
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.sample_company_people import SamplePerson
from bot.sample_company_words import BEST, WHY
from bot.transcript_files import play_file
from bot.wiring import App
from domain.newsletters import Sending
from scheduler.surveys import start_wave
from store.cases import cases_of
from store.customers import customers_by_chat
from store.topics import find_topic

log = logging.getLogger(__name__)

_TICKS = 12


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody does something; *about* is the customer whose topic or case a staff member has before her."""

    who: str
    does: str
    text: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Steps that follow each other by a few minutes, so many days ago at a time of day (UTC)."""

    days_ago: int
    at: dt.time
    steps: tuple[Step, ...]


def _scene(days_ago: int, hour: int, *steps: tuple[str, ...]) -> Scene:
    return Scene(days_ago, dt.time(hour, 12, tzinfo=dt.UTC), tuple(Step(*step) for step in steps))


SCENES = (
    _scene(8, 8, ("", "newsletter", "magazine")),  # over a week ago: a newcomer can send one, too
    _scene(8, 9, ("tereza", "says", "Krásný časopis, díky! 🌷")),
    _scene(
        5,
        9,
        ("oliver", "says", "/complaint"),
        ("oliver", "says", "Product"),
        ("oliver", "says", "204390"),
        ("oliver", "says", "The wardrobe came without its doors."),
        ("oliver", "says", "Done"),
        ("oliver", "says", "Replacement"),
    ),
    _scene(
        4,
        8,
        ("noora", "says", "/complaint"),
        ("noora", "says", "Muu asia"),
        ("noora", "says", "Ohita"),
        ("noora", "says", "Lahjakorttini vanheni viikkoa ennen kuin ehdin käyttää sen."),
        ("noora", "says", "Valmis"),
        ("noora", "says", "Rahat takaisin"),
        ("Olga", "taps", "staff.label.take", "noora"),
        ("Olga", "taps", "cases.label.minor", "noora"),
        ("Olga", "taps", "cases.label.one", "noora"),
        ("Olga", "taps", "staff.label.decline", "noora"),
        ("Olga", "says", "Lahjakortti oli voimassa kaksi vuotta, ja viimeinen päivä luki siinä.", "noora"),
        ("Olga", "taps", "cause:other", "noora"),
    ),
    _scene(
        4,
        9,
        ("oliver", "says", "/complaint"),
        ("oliver", "says", "Delivery"),
        ("oliver", "says", "204390"),
        ("oliver", "says", "Nobody has told me when the doors of my wardrobe will come."),
        ("oliver", "says", "Done"),
        ("oliver", "says", "An explanation"),
        ("Matti", "merges", "", "oliver"),
    ),
    _scene(
        3,
        8,
        ("ville", "says", "/complaint"),
        ("ville", "says", "Tuote"),
        ("ville", "says", "204518"),
        ("ville", "says", "Polkupyörän kypärän solki oli rikki jo paketissa."),
        ("ville", "says", "Valmis"),
        ("ville", "says", "Uusi tilalle"),
        ("Matti", "taps", "staff.label.take", "ville"),
        ("Matti", "taps", "cases.label.minor", "ville"),
        ("Matti", "taps", "cases.label.one", "ville"),
        ("Matti", "says", "Hei Ville! Ikävä juttu. Uusi kypärä on jo postissa, saat sen huomenna.", "ville"),
        ("ville", "says", "Hienoa, kiitos nopeasta vastauksesta!"),
        ("Matti", "taps", "staff.label.resolve", "ville"),
        ("Matti", "taps", "cause:quality", "ville"),
    ),
    _scene(
        2,
        7,
        ("liisa", "says", "/complaint"),
        ("liisa", "says", "Toimitus"),
        ("liisa", "says", "204777"),
        ("liisa", "says", "Sohvan piti tulla maanantaina. Odotin koko päivän kotona, eikä kukaan soittanut."),
        ("liisa", "photo", "sohva.png"),
        ("liisa", "says", "Valmis"),
        ("liisa", "says", "Selitys"),
        ("Olga", "taps", "staff.label.take", "liisa"),
        ("Olga", "taps", "cases.label.serious", "liisa"),
        ("Olga", "taps", "cases.label.several", "liisa"),
        ("Olga", "says", "Hei Liisa, pahoittelut! Sohva on Turun varastolla. Sopisiko torstai klo 16–18?", "liisa"),
        ("liisa", "says", "Torstai sopii, mutta soittakaa ennen kuin tulette."),
    ),
    _scene(2, 12, ("jana", "says", "/stop")),
    _scene(1, 7, ("", "survey", "nps")),
    _scene(1, 8, ("", "crowd")),
    _scene(1, 8, ("tereza", "says", "10"), ("tereza", "says", "Zahradnictví a lidé v něm!")),
    _scene(
        1, 9, ("petri", "says", "3"), ("petri", "says", "Puhelimeen ei vastata, ja verkkokauppa hukkasi tilaukseni.")
    ),
    _scene(1, 10, ("ville", "says", "9"), ("ville", "says", "Asiat hoituvat, kun jotain sattuu.")),
    _scene(
        0,
        4,
        ("james", "says", "/question"),
        ("james", "says", "Do you wrap presents, and can I have one sent to Oulu by Friday?"),
        ("james", "says", "Done"),
    ),
    _scene(
        0, 5, ("emily", "says", "/feedback"), ("emily", "says", "The new café is lovely, but the lift is too slow.")
    ),
)


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
            at = dt.datetime.combine(now.date() - dt.timedelta(days=scene.days_ago), scene.at)
            at = min(at, now - dt.timedelta(minutes=45))
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
                person.sends_media("photo", [play_file(step.text, Path())])
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
            if not known.key and labels and "10" not in labels and rng.random() < 0.6:
                person.sends(rng.choice((BEST if known.attitude > 0.7 else WHY)[known.language]))

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
