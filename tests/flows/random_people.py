"""Random people: what they do at a random dialogue, and how it is played on the real program."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import enum
from pathlib import Path

from hypothesis import strategies as st

from bot.content import Content
from bot.playground.chats import Chat
from bot.playground.messages import Message
from bot.transcript_files import play_file
from bot.transcript_script import Actor, Transcript
from bot.transcript_stage import Stage
from dialogues.library import Library
from dialogues.taps import RunTap, read_tap
from domain.dialogues import QuestionKind, Run, Script
from store.customers import customers_by_chat
from store.runs import open_runs
from tests.flows.random_dialogues import NAME

START = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
_K = QuestionKind
_WORDS = (
    *("5", "12", "red", "blue, green", "yes", "ei", "Suomi", "???", "🙂", "24.12.2027", "tomorrow", "<b>&</b>"),
    *("{oops}", "It was wet", "skip", "back", "done", "+358401234567", "/back", "/skip", "/done", "/help", "/cancel"),
    *("/language", "/complaint", "/mydata", f"/{NAME}", "/start", "/nonsense"),
)


class Mode(enum.StrEnum):
    """How a person's acts are played."""

    PLAIN = "plain"
    KILLED = "killed between some acts"
    TWICE = "every update twice"
    CUT = "killed in the midst of some acts"


@dataclasses.dataclass(frozen=True, slots=True)
class Fits:
    """She gives an answer of the kind that is asked for; *choice* says which."""

    choice: int


@dataclasses.dataclass(frozen=True, slots=True)
class Press:
    """She presses a button of the newest message that had any, or of one *before* it; perhaps *twice*."""

    choice: int
    before: int = 0
    twice: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Type:
    """She writes."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Edit:
    """She changes what she wrote last."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Send:
    """She sends a file."""

    kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class Silence:
    """She does nothing for some hours."""

    hours: int


@dataclasses.dataclass(frozen=True, slots=True)
class Together:
    """She does two things on two devices at the same moment."""

    acts: tuple[Press | Type, Press | Type]


Act = Fits | Press | Type | Edit | Send | Silence | Together

_PRESSES = st.builds(Press, st.integers(0, 12), st.sampled_from((0, 0, 0, 1, 2, 4)), st.sampled_from((False, True)))
_TYPES = st.builds(Type, st.sampled_from(_WORDS))
_FITS = st.builds(Fits, st.integers(0, 12))
_ERRS: st.SearchStrategy[Act] = st.one_of(
    _PRESSES,
    _TYPES,
    st.builds(Edit, st.sampled_from(("7", "green", "no", "It was dry", "25.12.2027"))),
    st.builds(Send, st.sampled_from(("photo", "voice", "document", "sticker"))),
    st.builds(Silence, st.sampled_from((1, 21, 150))),
    st.builds(Together, st.tuples(st.one_of(_PRESSES, _TYPES), st.one_of(_PRESSES, _TYPES))),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Human:
    """A customer: her language, what she does, and after which of her acts the program is killed."""

    language: str
    acts: tuple[Act, ...]
    killed_after: frozenset[int]


@st.composite
def humans(draw: st.DrawFn) -> Human:
    """Draw somebody who answers, errs, hesitates, changes her mind, presses old buttons, or goes away."""
    sense = draw(st.lists(_FITS, min_size=8, max_size=16))
    acts: list[Act] = [*sense]
    for place, act in draw(st.lists(st.tuples(st.integers(0, len(sense)), _ERRS), min_size=2, max_size=10)):
        acts.insert(place, act)
    killed = draw(st.frozensets(st.integers(0, len(acts) - 1), min_size=2, max_size=8))
    return Human(draw(st.sampled_from(("en", "fi", "cs", "de"))), tuple(acts), killed)


class Play:
    """One human at one dialogue, on the real program and the stand-in Telegram."""

    def __init__(self, script: Script, human: Human, mode: Mode, content: Content, folder: Path) -> None:
        actor = Actor("Ann", human.language, traits=frozenset({"met", "surveys"}))
        transcript = Transcript(NAME, START, "Europe/Helsinki", {"Ann": actor}, (), group=False, forum=False)
        library = Library({**{each.id: each for each in content.library.all()}, NAME: script})
        own = dataclasses.replace(content, library=library)
        self.stage = Stage(transcript, folder, beside=folder, content=own)
        self.stage.playground.faults.double_updates = mode is Mode.TWICE
        self.script = script
        self._human = human
        self._mode = mode
        self._folder = folder
        self.problems: list[str] = []
        self._buttons: list[tuple[Message, tuple[str, ...]]] = []
        self._read = 0

    @property
    def chat(self) -> Chat:
        """Her chat."""
        return self.stage.people["Ann"].chat

    async def run(self, template: Path) -> None:
        """Play all of it; whoever calls it closes the stage."""
        await self.stage.open(template)
        await self.stage.start_program()
        await self._act(Type(f"/{NAME}"), -1)
        for number, act in enumerate(self._human.acts):
            await self._act(act, number)
        if self.stage.app is None:
            await self._go_on()
        await self.stage.settle()

    async def _act(self, act: Act, number: int) -> None:
        killed = number in self._human.killed_after
        run = await self._open_run()
        chosen = self._chosen(act, run) if isinstance(act, Fits) else act
        stale = run is not None and isinstance(chosen, Press) and self._is_stale(chosen, run)
        if killed and self._mode is Mode.KILLED:
            await self.stage.end_program(killed=True)
        if isinstance(chosen, Silence):
            await self._go_on()
            await self.stage.move_to(self.stage.clock.now() + dt.timedelta(hours=chosen.hours))
        else:
            self.stage.clock.advance(dt.timedelta(seconds=1))
            for one in chosen.acts if isinstance(chosen, Together) else (chosen,):
                self._do(one)
            if killed and self._mode is Mode.CUT:
                for _ in range(7 * number % 40):
                    await asyncio.sleep(0)
                await self.stage.end_program(killed=True)
            await self._go_on()
        self._look()
        now = await self._open_run()
        if stale and run is not None and (now is None or now.answers != run.answers):
            self.problems.append(f"act {number}: a button of an older question answered a newer one")

    async def _open_run(self) -> Run | None:
        """Return her open run of the random dialogue."""
        async with self.stage.running.database.read() as tx:
            known = await customers_by_chat(tx, [self.chat.id])
            runs = await open_runs(tx, [customer.id for customer in known.values()])
        return next((run for of_her in runs.values() for run in of_her if run.script_id == NAME), None)

    def _is_stale(self, press: Press, run: Run) -> bool:
        """Say whether the button belongs to another question of the run than the one that is open."""
        tap = read_tap(self._pressed(press)[1]) if self._buttons else None
        return isinstance(tap, RunTap) and (tap.run_id, tap.heard.asking) != (run.id, run.asking)

    async def _go_on(self) -> None:
        if self.stage.app is None:
            await self.stage.start_program()
        await self.stage.settle()

    def _look(self) -> None:
        """Remember every button that was seen, since a message may lose its own."""
        for message in self.chat.from_bot[self._read :]:
            data = tuple(str(b.fields["callback_data"]) for b in message.buttons if "callback_data" in b.fields)
            if data:
                self._buttons.append((message, data))
        self._read = len(self.chat.from_bot)

    def _pressed(self, press: Press) -> tuple[Message, str]:
        """Return the message and the data of the button that is meant."""
        message, data = self._buttons[-1 - min(press.before, len(self._buttons) - 1)]
        return message, data[press.choice % len(data)]

    def _chosen(self, act: Fits, run: Run | None) -> Act:
        """Find an answer that fits the question which is open; begin again where none is."""
        question = self.script.question(run.asked) if run is not None else None
        match question.kind if question is not None else None:
            case None:
                return Type(f"/{NAME}")
            case _K.TEXT | _K.MESSAGES:
                return Type("Fine, thank you" if act.choice % 3 else "/done")
            case _K.NUMBER:
                return Type(str(act.choice + 5))
            case _K.DATE:
                return Type(f"{act.choice + 1}.12.2027")
            case _K.PHOTO | _K.VOICE | _K.DOCUMENT as kind:
                return Send(kind.value)
            case _K.PHONE:
                return Send("contact")
            case _K.LOCATION:
                return Send("location")
            case _:
                return Press(act.choice)

    def _do(self, act: Act) -> None:
        ann = self.stage.people["Ann"]
        match act:
            case Press(twice=twice) if self._buttons:
                for _ in range(2 if twice else 1):
                    ann.taps_data(*self._pressed(act))
            case Type(text=text):
                ann.sends(text)
            case Edit(text=text):
                own = [m for m in self.chat.live if m.sender_id == ann.id and m.text]
                if own and own[-1].text != text:
                    ann.edits(own[-1], text)
            case Send(kind="contact"):
                ann.sends_contact()
            case Send(kind="location"):
                ann.sends_location(60.17, 24.94)
            case Send(kind=kind):
                ann.sends_media(kind, [play_file(f"{kind}.png", self._folder)])
            case _:
                pass
