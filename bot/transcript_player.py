"""Plays one transcript on the real stack: people act, what the bot wrote is compared, the store is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.playground.messages import Message
from bot.transcript_acting import Acting
from bot.transcript_checks import Asking
from bot.transcript_matching import match_buttons, match_text, shown
from bot.transcript_mishaps import let_happen
from bot.transcript_purchases import bring_in
from bot.transcript_script import Act, Befalls, Begins, Buys, Checks, Expects, Line, Moves, Restarts
from bot.transcript_sight import SHOWN_MEDIA, Sight, labels_of
from bot.transcript_stage import Stage
from store.customers import customers_by_chat

_STEP = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as the transcript says; *line* 0 is the end of the file."""

    line: int
    expected: str
    actual: str


@dataclass(slots=True)
class Player:
    """
    One run over the lines. With *kills* the program is killed after each act, and the next act finds it dead.

    What customers get must be exactly what is expected, in order; of what staff get, the expected must be there. With
    *records* nothing is compared: `record` becomes the file as it would have to be.
    """

    stage: Stage
    beside: Path
    kills: bool = False
    records: bool = False
    record: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    captured: dict[str, str] = field(default_factory=dict)
    _sight: Sight = field(init=False)
    _acting: Acting = field(init=False)
    _who: str = ""

    def __post_init__(self) -> None:
        self._sight = Sight(self.stage)
        self._acting = Acting(self.stage, self._sight, self.beside)

    async def play(self) -> None:
        """Play every line."""
        actors = self.stage.transcript.actors.values()
        self._who = next(actor.name for actor in actors if actor.role is None)
        await self.stage.start_program()
        for lines in _together(self.stage.transcript.lines):
            if self.records:
                await self._record(lines)
            else:
                await self._play_lines(lines)
        self._nothing_more(0)

    async def _record(self, lines: Sequence[Line]) -> None:
        if isinstance(lines[0].step, Expects):
            return
        self.record += [each for line in lines for each in line.text.splitlines()]
        await self._play_lines(lines)
        if isinstance(lines[0].step, Checks):
            return
        for actor in self.stage.transcript.actors.values():
            if actor.role is None:
                to = "" if actor.name == self._who else f" to {actor.name}"
                self._record_new(f"bot{to}", self._sight.new(actor.name))
        self._record_new("staff", self._sight.new("staff"))

    def _record_new(self, side: str, messages: Sequence[Message]) -> None:
        shown_before: list[Message] = []
        for message in messages:
            self._sight.see(message)
            if side == "staff":
                self._acting.staff_place = (self.stage.playground.world.chats[message.chat_id], message.thread)
            if message not in shown_before:
                album = self._sight.together(message)
                shown_before += album
                self.record.append(f"{side}: {_as_expected(message, album)}")

    async def _play_lines(self, lines: Sequence[Line]) -> None:
        """Play one line, or acts that happen at once."""
        line = lines[0]
        match line.step:
            case Expects():
                self._expect(line, line.step)
            case Checks():
                await self._check(line, line.step)
            case Restarts(killed=killed):
                self._nothing_more(line.number)
                await self.stage.end_program(killed=killed)
                await self._go_on()
            case Moves() | Begins() | Buys() | Befalls():
                self._nothing_more(line.number)
                self._sight.remember()
                await self._alive()
                await self._event(line, line.step)
                await self._after()
            case _:
                self._nothing_more(line.number)
                self._sight.remember()
                self.stage.clock.advance(_STEP)
                for each in lines:
                    self._act(each)
                await self._alive()
                await self.stage.settle()
                await self._after()

    def _act(self, line: Line) -> None:
        assert isinstance(line.step, Act)
        if self.stage.transcript.actors[line.step.who].role is None:
            self._who = line.step.who
        try:
            self._acting.do(line.step, self.captured)
        except LookupError as error:
            self.differences.append(Difference(line.number, line.text, str(error.args[0])))

    async def _alive(self) -> None:
        if self.stage.app is None:
            await self._go_on()

    async def _go_on(self) -> None:
        await self.stage.start_program()
        await self.stage.settle()

    async def _after(self) -> None:
        if self.kills:
            await self.stage.end_program(killed=True)

    async def _event(self, line: Line, step: Moves | Begins | Buys | Befalls) -> None:
        match step:
            case Moves(by=by, to=to):
                now = self.stage.clock.now()
                await self.stage.move_to(to if to is not None else now + (by or _STEP))
            case Begins() | Buys() | Befalls():
                try:
                    if isinstance(step, Begins):
                        await self.stage.begin(step)
                    elif isinstance(step, Buys):
                        await self._buy(step)
                    else:
                        await let_happen(self.stage, step)
                        await self.stage.settle()
                except LookupError as error:
                    self.differences.append(Difference(line.number, line.text, str(error.args[0])))

    async def _buy(self, step: Buys) -> None:
        self._who = step.who
        self.stage.clock.advance(_STEP)
        await bring_in(self.stage, step)
        await self.stage.tick()

    # What the bot wrote --------------------------------------------------------------------------------------------

    def _expect(self, line: Line, expects: Expects) -> None:
        if expects.toast:
            tap = self._acting.taps.get(expects.to)
            answer = tap.answer.text if tap is not None else "(no button was tapped)"
            if match_text(expects.text, answer, self.captured) is None:
                self.differences.append(Difference(line.number, line.text, f"toast: {answer}"))
            return
        if expects.pinned:
            self._expect_pinned(line, expects)
            return
        to = expects.to or self._who
        is_customer = to != "staff" and self.stage.transcript.actors[to].role is None
        candidates = self._sight.edited(to) if expects.edited else self._sight.new(to)
        if is_customer and not expects.edited:
            candidates = candidates[:1]
        for message in candidates:
            if self._fits(expects, message):
                for each in self._sight.together(message) if expects.media else [message]:
                    self._sight.see(each)
                if not is_customer:
                    self._acting.staff_place = (self.stage.playground.world.chats[message.chat_id], message.thread)
                return
        if is_customer:
            for message in candidates:
                self._sight.see(message)
        actual = "\n".join(self._said(message) for message in candidates) or "(nothing)"
        self.differences.append(Difference(line.number, line.text, actual))

    def _expect_pinned(self, line: Line, expects: Expects) -> None:
        pinned = self._sight.pinned()
        if any(self._fits(expects, message) for message in pinned) or (expects.text == "nothing" and not pinned):
            return
        actual = "\n".join(self._said(message) for message in pinned) or "(nothing)"
        self.differences.append(Difference(line.number, line.text, actual))

    def _fits(self, expects: Expects, message: Message) -> bool:
        together = self._sight.together(message) if expects.media else [message]
        if expects.media and (expects.media, expects.count) != (message.kind, len(together)):
            return False
        text = "\n".join(each.text for each in together if each.text)  # an album's captions, each from its file
        captured = match_text(expects.text, text, self.captured)
        if captured is None:
            return False
        if expects.buttons is not None and not match_buttons(expects.buttons, labels_of(message), self.captured):
            return False
        self.captured |= captured
        return True

    def _nothing_more(self, line: int) -> None:
        """What customers got and nobody expected is a difference."""
        for actor in self.stage.transcript.actors.values():
            if actor.role is not None:
                continue
            for message in self._sight.new(actor.name):
                self._sight.see(message)
                self.differences.append(Difference(line, "", f"bot to {actor.name}: {self._said(message)}"))

    @staticmethod
    def _said(message: Message) -> str:
        media = f"({message.kind}) " if message.kind not in {"text", "unknown"} else ""
        return (media + shown(message.text, labels_of(message))).rstrip()

    # What the store says -------------------------------------------------------------------------------------------

    async def _check(self, line: Line, checks: Checks) -> None:
        await self._alive()
        who = checks.who or self._who
        person = self.stage.people.get(who)
        async with self.stage.running.database.read() as tx:
            known = await customers_by_chat(tx, [person.id]) if person is not None else {}
            if person is None or person.id not in known:
                self.differences.append(Difference(line.number, line.text, f"store: {who or 'nobody'} is no customer"))
                return
            asking = Asking(tx, known[person.id].id, self.captured, self.stage.clock.now())
            for check in checks.checks:
                problem = await asking.problem(check)
                if problem is not None:
                    self.differences.append(Difference(line.number, line.text, f"store: {problem}"))


def _as_expected(message: Message, album: Sequence[Message]) -> str:
    """Write a message, or an album, as a transcript expects it."""
    text = "\n".join(each.text for each in album if each.text).replace("*", "\\*")
    if message.kind in SHOWN_MEDIA:
        file = f"(album of {len(album)})" if len(album) > 1 else f"({message.kind})"
        text = f'{file} "{text}"' if text else file
    return shown(text or "*", labels_of(message))


def _together(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Give each line, with those that happen at once with it."""
    found: list[Line] = []
    for line in lines:
        if found and not line.at_once:
            yield found
            found = []
        found.append(line)
    if found:
        yield found
