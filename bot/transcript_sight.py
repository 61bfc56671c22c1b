"""What has been seen of what the bot wrote while a transcript plays: new messages, edits, and buttons of all times."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.playground.chats import Chat
from bot.playground.messages import MEDIA, Message
from bot.transcript_stage import Stage

SHOWN_MEDIA = frozenset({*MEDIA, "location"})


@dataclass(slots=True)
class Sight:
    """Keeps what was seen in every chat of *stage*."""

    stage: Stage
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _edits: dict[tuple[int, int], int] = field(default_factory=dict)
    _buttons: list[tuple[Message, str, str]] = field(default_factory=list)

    def see(self, message: Message) -> None:
        """Note that *message* is not new any more."""
        self._seen.add((message.chat_id, message.message_id))

    def new(self, to: str) -> list[Message]:
        """Return what the bot wrote to the one named *to*, or to all "staff", and nobody has seen; the oldest first."""
        return [m for m in self._messages(to) if (m.chat_id, m.message_id) not in self._seen]

    def edited(self, to: str) -> list[Message]:
        """Return those of its messages that were edited since `remember`."""
        return [m for m in self._messages(to) if len(m.edits) > self._edits.get((m.chat_id, m.message_id), 0)]

    def pinned(self) -> list[Message]:
        """Return what is pinned in the staff group now, the newest first."""
        group = self.stage.group
        found = [group.message(number) for number in group.pinned] if group is not None else []
        return [message for message in found if message is not None]

    def remember(self) -> None:
        """Keep which buttons there are, and how often each message was edited, before the next thing happens."""
        known = {(m.chat_id, m.message_id, data) for m, _, data in self._buttons}
        for chat in self.stage.playground.world.chats.values():
            for message in chat.from_bot:
                self._edits[message.chat_id, message.message_id] = len(message.edits)
                for button in message.buttons:
                    data = str(button.fields.get("callback_data", ""))
                    if data and (message.chat_id, message.message_id, data) not in known:
                        self._buttons.append((message, button.label, data))

    def older_button(self, label: str) -> tuple[Message, str]:
        """
        Return the newest button called *label* with its data, one that is gone before one that is still there.

        Raises LookupError where there never was one.
        """
        older = [(m, data) for m, known, data in self._buttons if known == label]
        hidden = [(m, data) for m, data in older if label not in {b.label for b in m.buttons}]
        if not older:
            raise LookupError(f"there was no button [{label}]")
        return (hidden or older)[-1]

    def together(self, message: Message) -> list[Message]:
        """Return the messages that came as one with *message*: those of its album, or it alone."""
        album = message.data.get("media_group_id")
        chat = self.stage.playground.world.chats[message.chat_id]
        return [m for m in chat.from_bot if m.data.get("media_group_id") == album] if album else [message]

    def _messages(self, to: str) -> list[Message]:
        if to == "staff":
            actors = self.stage.transcript.actors.values()
            chats: list[Chat] = [self.stage.people[actor.name].chat for actor in actors if actor.role is not None]
            if self.stage.group is not None:
                chats.insert(0, self.stage.group)
        else:
            chats = [self.stage.people[to].chat] if to else []
        return [m for chat in chats for m in chat.from_bot if m.text or m.kind in SHOWN_MEDIA]


def labels_of(message: Message) -> list[str]:
    """Return the labels of its buttons, then those of the keyboard that came with it."""
    inline = [button.label for button in message.buttons]
    keyboard = (message.keyboard or {}).get("keyboard", [])
    return inline + [str(key["text"]) for row in keyboard for key in row]
