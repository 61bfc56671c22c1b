"""How people act while a transcript plays: where they write, which button they tap, which message they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.playground.chats import Chat
from bot.playground.groups import Group
from bot.playground.messages import Message
from bot.playground.people import Person
from bot.playground.taps import Tap
from bot.transcript_files import play_file
from bot.transcript_matching import fill, match_text
from bot.transcript_script import (
    Act,
    Answers,
    Blocks,
    Edits,
    Reacts,
    Says,
    Sends,
    Shares,
    Taps,
)
from bot.transcript_sight import Sight, labels_of
from bot.transcript_stage import Stage


@dataclass(slots=True)
class Acting:
    """
    Carries out acts; those that cannot be done raise LookupError with a sentence that says why.

    `staff_place` is where the newest message stood that staff were expected to get: staff write there unless they say
    where. `taps` is the last tap of each, and under "" of all; None after a key of the keyboard.
    """

    stage: Stage
    sight: Sight
    beside: Path
    staff_place: tuple[Chat, int | None] | None = field(default=None, init=False)
    taps: dict[str, Tap | None] = field(default_factory=dict, init=False)

    def do(self, act: Act, captured: Mapping[str, str]) -> None:
        """Let somebody act."""
        person = self.stage.people[act.who]
        is_staff = self.stage.transcript.actors[act.who].role is not None
        where = act.where if isinstance(act, Says | Taps | Sends | Shares) else ""
        chat, thread = self._place(act.who, where) if is_staff else (person.chat, None)
        match act:
            case Says(text=text):
                person.sends(fill(text, captured), chat=chat, thread=thread)
            case Taps(label=label, again=again):
                label = fill(label, captured)
                if where and not again:
                    tap: Tap | None = self._tapped_in(person, label, chat, thread)
                else:
                    tap = self._tapped(act, label, again)
                self.taps[""] = self.taps[act.who] = tap
            case Sends(kind=kind, files=files, captions=captions):
                sent = [play_file(name, self.beside) for name in files]
                person.sends_media(kind, sent, caption=captions, chat=chat, thread=thread)
            case Shares(place=None):
                person.sends_contact(chat=chat, thread=thread)
            case Shares(place=(lat, lon)):
                person.sends_location(lat, lon, chat=chat, thread=thread)
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
                card = self._card(fill(case, captured), act)
                words = fill(text, captured)
                there = self.stage.playground.world.chats[card.chat_id]
                person.sends(f"/note {words}" if note else words, reply_to=card, chat=there, thread=card.thread)

    def _place(self, who: str, where: str) -> tuple[Chat, int | None]:
        group = self.stage.group
        if group is None or where == "privately":
            return self.stage.people[who].chat, None
        if where.startswith("to "):
            return group, topic_of(self.stage, group, where.removeprefix("to "))
        if where == "in General" or self.staff_place is None:
            return group, None
        chat, thread = self.staff_place
        return (chat, thread) if chat is group else (group, None)

    def _tapped_in(self, person: Person, label: str, chat: Chat, thread: int | None) -> Tap:
        """Tap the newest button of that label in one place."""
        for message in reversed(chat.in_topic(thread)):
            if label in {button.label for button in message.buttons}:
                return person.taps(label, chat=chat, message=message)
        raise LookupError(f"{person.first_name} has no button [{label}] there")

    def _tapped(self, act: Taps, label: str, again: bool) -> Tap | None:
        person = self.stage.people[act.who]
        is_staff = self.stage.transcript.actors[act.who].role is not None
        if not again and not is_staff and _is_key_of_newest(person.chat, label):
            person.sends(label)  # a plain key of the keyboard under the text field
            return None
        if again:
            return person.taps_data(*self.sight.older_button(label))
        chats = self._staff_chats(act.who) if is_staff else [person.chat]
        for chat in chats:
            if any(label in {b.label for b in m.buttons} for m in chat.live):
                return person.taps(label, chat=chat)
        return person.taps(label, chat=chats[-1])

    def _staff_chats(self, who: str) -> list[Chat]:
        private = self.stage.people[who].chat
        if self.stage.group is None:
            return [private]
        first = self.staff_place[0] if self.staff_place else self.stage.group
        return [first, private] if first is not private else [private, self.stage.group]

    def _card(self, number: str, act: Answers) -> Message:
        private = self.stage.people[act.who].chat
        for chat in (private,) if act.where == "privately" else (self.stage.chat_of_staff(act.who), private):
            for message in reversed(chat.from_bot):
                if re.search(rf"(?<!\d){re.escape(number)}(?!\d)", message.text):
                    return message
        raise LookupError(f"staff have no message about case {number}")


def topic_of(stage: Stage, group: Group, customer: str) -> int:
    """
    Return the number of a customer's topic; raises LookupError where she has none.

    Its name begins with hers, or a transcript has renamed it.
    """
    for number, topic in reversed(group.topics.items()):
        if stage.renamed.get(number) == customer:
            return number
        if topic.name == customer or topic.name.startswith(f"{customer} "):
            return number
    raise LookupError(f"{customer} has no topic")


def _is_key_of_newest(chat: Chat, label: str) -> bool:
    """Say whether *label* is a plain key under the text field, and the newest message with it brought that keyboard."""
    newest = next((message for message in reversed(chat.from_bot) if label in labels_of(message)), None)
    rows = (chat.keyboard or {}).get("keyboard", [])
    keys = [key for row in rows for key in row if key["text"] == label]
    plain = [key for key in keys if not key.get("request_contact") and not key.get("request_location")]
    return newest is not None and bool(newest.keyboard) and bool(plain)
