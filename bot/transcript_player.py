"""Plays one transcript on the real stack: people act, what the bot wrote is compared, the store is asked."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.playground.chats import Chat
from bot.playground.messages import MEDIA, Message
from bot.playground.taps import Tap
from bot.transcript_checks import Asking
from bot.transcript_files import play_file
from bot.transcript_matching import fill, match_buttons, match_text, shown
from bot.transcript_script import (
    Act,
    Answers,
    Begins,
    Blocks,
    Checks,
    Edits,
    Expects,
    Line,
    Moves,
    Reacts,
    Restarts,
    Says,
    Sends,
    Shares,
    Taps,
)
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
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _edits: dict[tuple[int, int], int] = field(default_factory=dict)
    _buttons: list[tuple[Message, str, str]] = field(default_factory=list)
    _who: str = ""
    _tap: Tap | None = None
    _staff_place: tuple[Chat, int | None] | None = None

    async def play(self) -> None:
        """Play every line."""
        actors = self.stage.transcript.actors.values()
        self._who = next(actor.name for actor in actors if actor.role is None)
        await self.stage.start_program()
        for line in self.stage.transcript.lines:
            if self.records:
                await self._record(line)
            else:
                await self._line(line)
        self._nothing_more(0)

    async def _record(self, line: Line) -> None:
        if isinstance(line.step, Expects):
            return
        self.record += line.text.splitlines()
        await self._line(line)
        if isinstance(line.step, Checks):
            return
        for actor in self.stage.transcript.actors.values():
            if actor.role is None:
                to = "" if actor.name == self._who else f" to {actor.name}"
                self._record_new(f"bot{to}", self._new(actor.name))
        self._record_new("staff", self._new("staff"))

    def _record_new(self, side: str, messages: Sequence[Message]) -> None:
        for message in messages:
            self._seen.add((message.chat_id, message.message_id))
            if side == "staff":
                self._staff_place = (self.stage.playground.world.chats[message.chat_id], message.thread)
            self.record.append(f"{side}: {shown(message.text.replace('*', chr(92) + '*') or '*', _labels(message))}")

    async def _line(self, line: Line) -> None:
        match line.step:
            case Expects():
                self._expect(line, line.step)
            case Checks():
                await self._check(line, line.step)
            case Restarts(killed=killed):
                self._nothing_more(line.number)
                await self.stage.end_program(killed=killed)
                await self._go_on()
            case Moves() | Begins():
                self._nothing_more(line.number)
                self._remember()
                await self._alive()
                await self._event(line, line.step)
                await self._after()
            case _:
                self._nothing_more(line.number)
                self._remember()
                self.stage.clock.advance(_STEP)
                try:
                    self._act(line.step)
                except LookupError as error:
                    self.differences.append(Difference(line.number, line.text, str(error.args[0])))
                await self._alive()
                await self.stage.settle()
                await self._after()

    async def _alive(self) -> None:
        if self.stage.app is None:
            await self._go_on()

    async def _go_on(self) -> None:
        await self.stage.start_program()
        await self.stage.settle()

    async def _after(self) -> None:
        if self.kills:
            await self.stage.end_program(killed=True)

    async def _event(self, line: Line, step: Moves | Begins) -> None:
        match step:
            case Moves(by=by, to=to):
                now = self.stage.clock.now()
                await self.stage.move_to(to if to is not None else now + (by or _STEP))
            case Begins():
                try:
                    await self.stage.begin(step)
                except LookupError as error:
                    self.differences.append(Difference(line.number, line.text, str(error.args[0])))

    # Acts ----------------------------------------------------------------------------------------------------------

    def _act(self, act: Act) -> None:
        person = self.stage.people[act.who]
        staff = self.stage.transcript.actors[act.who].role is not None
        if not staff:
            self._who = act.who
        chat, thread = self._place(act) if staff else (person.chat, None)
        match act:
            case Says(text=text):
                person.sends(fill(text, self.captured), chat=chat, thread=thread)
            case Taps(label=label, again=again):
                self._tap = self._tapped(act.who, fill(label, self.captured), again=again, staff=staff)
            case Sends(kind=kind, files=files, caption=caption):
                sent = [play_file(name, self.beside) for name in files]
                person.sends_media(kind, sent, caption=caption, chat=chat, thread=thread)
            case Shares(place=None):
                person.sends_contact(chat=chat)
            case Shares(place=(lat, lon)):
                person.sends_location(lat, lon, chat=chat)
            case Edits(old=old, new=new):
                own = [m for m in chat.live if m.sender_id == person.id and match_text(old, m.text, {}) is not None]
                if not own:
                    raise LookupError(f"{act.who} has written nothing like {old!r}")
                person.edits(own[-1], new)
            case Reacts(emoji=emoji):
                person.reacts(chat.from_bot[-1], emoji)
            case Blocks(blocked=blocked):
                person.blocks() if blocked else person.unblocks()
            case Answers(case=case, text=text, note=note):
                card = self._card(fill(case, self.captured), act.who)
                words = fill(text, self.captured)
                where = self.stage.playground.world.chats[card.chat_id]
                person.sends(f"/note {words}" if note else words, reply_to=card, chat=where)

    def _place(self, act: Act) -> tuple[Chat, int | None]:
        where = act.where if isinstance(act, Says) else ""
        group = self.stage.group
        if group is None or where == "privately":
            return self.stage.people[act.who].chat, None
        if where == "in General" or self._staff_place is None:
            return group, None
        chat, thread = self._staff_place
        return (chat, thread) if chat is group else (group, None)

    def _tapped(self, who: str, label: str, *, again: bool, staff: bool) -> Tap | None:
        person = self.stage.people[who]
        if not again and not staff and _is_key_of_newest(person.chat, label):
            person.sends(label)  # a plain key of the keyboard under the text field
            return None
        if again:
            older = [(m, data) for m, known, data in self._buttons if known == label and data]
            hidden = [(m, data) for m, data in older if label not in {b.label for b in m.buttons}]
            if not older:
                raise LookupError(f"there was no button [{label}]")
            message, data = (hidden or older)[-1]
            return person.taps_data(message, data)
        chats = self._staff_chats(who) if staff else [person.chat]
        for chat in chats:
            if any(label in {b.label for b in m.buttons} for m in chat.live):
                return person.taps(label, chat=chat)
        return person.taps(label, chat=chats[-1])

    def _staff_chats(self, who: str) -> list[Chat]:
        private = self.stage.people[who].chat
        if self.stage.group is None:
            return [private]
        first = self._staff_place[0] if self._staff_place else self.stage.group
        return [first, private] if first is not private else [private, self.stage.group]

    def _card(self, number: str, who: str) -> Message:
        for chat in (self.stage.chat_of_staff(who), self.stage.people[who].chat):
            for message in reversed(chat.from_bot):
                if re.search(rf"(?<!\d){re.escape(number)}(?!\d)", message.text):
                    return message
        raise LookupError(f"staff have no message about case {number}")

    # What the bot wrote --------------------------------------------------------------------------------------------

    def _expect(self, line: Line, expects: Expects) -> None:
        if expects.toast:
            answer = self._tap.answer.text if self._tap is not None else "(no button was tapped)"
            if match_text(expects.text, answer, self.captured) is None:
                self.differences.append(Difference(line.number, line.text, f"toast: {answer}"))
            return
        if expects.edited:
            candidates = self._edited(expects)
        else:
            candidates = self._new(expects.to)
            if expects.to != "staff":
                candidates = candidates[:1]
        for message in candidates:
            if self._fits(expects, message):
                self._seen.add((message.chat_id, message.message_id))
                if expects.to == "staff":
                    self._staff_place = (self.stage.playground.world.chats[message.chat_id], message.thread)
                return
        self._seen |= {(m.chat_id, m.message_id) for m in candidates if expects.to != "staff"}
        actual = "\n".join(self._said(message) for message in candidates) or "(nothing)"
        self.differences.append(Difference(line.number, line.text, actual))

    def _fits(self, expects: Expects, message: Message) -> bool:
        captured = match_text(expects.text, message.text, self.captured)
        if captured is None:
            return False
        if expects.buttons is not None and not match_buttons(expects.buttons, _labels(message), self.captured):
            return False
        self.captured |= captured
        return True

    def _new(self, to: str) -> list[Message]:
        return [m for m in self._messages(to) if (m.chat_id, m.message_id) not in self._seen]

    def _edited(self, expects: Expects) -> list[Message]:
        found = self._messages(expects.to)
        return [m for m in found if len(m.edits) > self._edits.get((m.chat_id, m.message_id), 0)]

    def _messages(self, to: str) -> list[Message]:
        if to == "staff":
            actors = self.stage.transcript.actors.values()
            chats: list[Chat] = [self.stage.people[actor.name].chat for actor in actors if actor.role is not None]
            if self.stage.group is not None:
                chats.insert(0, self.stage.group)
        else:
            chats = [self.stage.people[to or self._who].chat] if to or self._who else []
        return [m for chat in chats for m in chat.from_bot if m.text or m.kind in MEDIA]

    def _nothing_more(self, line: int) -> None:
        """What customers got and nobody expected is a difference."""
        for actor in self.stage.transcript.actors.values():
            if actor.role is not None:
                continue
            for message in self._new(actor.name):
                self._seen.add((message.chat_id, message.message_id))
                self.differences.append(Difference(line, "", f"bot to {actor.name}: {self._said(message)}"))

    def _remember(self) -> None:
        """Keep which buttons there were, and how often each message was edited, before the next thing happens."""
        known = {(m.chat_id, m.message_id, data) for m, _, data in self._buttons}
        for chat in self.stage.playground.world.chats.values():
            for message in chat.from_bot:
                self._edits[message.chat_id, message.message_id] = len(message.edits)
                for button in message.buttons:
                    data = str(button.fields.get("callback_data", ""))
                    if data and (message.chat_id, message.message_id, data) not in known:
                        self._buttons.append((message, button.label, data))

    @staticmethod
    def _said(message: Message) -> str:
        media = f"({message.kind}) " if message.kind not in {"text", "unknown"} else ""
        return media + shown(message.text, _labels(message))

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
            asking = Asking(tx, known[person.id].id, self.captured)
            for check in checks.checks:
                problem = await asking.problem(check)
                if problem is not None:
                    self.differences.append(Difference(line.number, line.text, f"store: {problem}"))


def _is_key_of_newest(chat: Chat, label: str) -> bool:
    """Say whether *label* is a plain key under the text field, and the newest message with it brought that keyboard."""
    newest = next((message for message in reversed(chat.from_bot) if label in _labels(message)), None)
    rows = (chat.keyboard or {}).get("keyboard", [])
    keys = [key for row in rows for key in row if key["text"] == label]
    plain = [key for key in keys if not key.get("request_contact") and not key.get("request_location")]
    return newest is not None and bool(newest.keyboard) and bool(plain)


def _labels(message: Message) -> list[str]:
    inline = [button.label for button in message.buttons]
    keyboard = (message.keyboard or {}).get("keyboard", [])
    return inline + [str(key["text"]) for row in keyboard for key in row]
