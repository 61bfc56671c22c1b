"""What comes in, translated once from Telegram's wire format."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from domain.messages import Media


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote. `id` is the Telegram user id; *anonymous* marks a chat or an anonymous group admin writing."""

    id: int
    name: str = ""
    username: str | None = None
    language: str | None = None
    is_bot: bool = False
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where it was written. In a private chat `chat_id` equals the sender's id."""

    chat_id: int
    private: bool
    thread_id: int | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """
    A message: text, or media with a caption, or a shared contact or location.

    *venue* is the name and address of a shared place; *live* marks the first position of one that moves. *topic_by* is
    who opened the forum topic in which it stands, known where it answers no other message.
    """

    update_id: int
    sender: Sender
    place: Place
    at: dt.datetime
    message_id: int
    text: str = ""
    media: tuple[Media, ...] = ()
    album: str | None = None
    reply_to: int | None = None
    phone: str | None = None
    phone_owner: int | None = None
    location: tuple[float, float] | None = None
    other: str = ""  # a kind of content that we only name, such as "poll" or "dice"
    message_ids: tuple[int, ...] = ()  # of an album gathered into one, all of them
    phone_name: str = ""
    venue: str = ""
    live: bool = False
    topic_by: int | None = None

    @property
    def command(self) -> str:
        """The command's name in lower case without slash and bot name, or ""."""
        if not self.text.startswith("/"):
            return ""
        return self.text[1:].split(maxsplit=1)[0].split("@")[0].lower() if len(self.text) > 1 else ""

    @property
    def argument(self) -> str:
        """What follows the command's name."""
        parts = self.text.split(maxsplit=1)
        return parts[1].strip() if len(parts) > 1 else ""


@dataclass(frozen=True, slots=True)
class Edited:
    """She changed an earlier message."""

    update_id: int
    sender: Sender
    place: Place
    at: dt.datetime
    message_id: int
    text: str
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Tap:
    """She tapped an inline button; *data* is what we put behind it."""

    update_id: int
    sender: Sender
    place: Place
    at: dt.datetime
    callback_id: str
    data: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """The bot was blocked or unblocked, added to a group or removed from it."""

    update_id: int
    sender: Sender
    place: Place
    at: dt.datetime
    present: bool


@dataclass(frozen=True, slots=True)
class Reaction:
    """She put an emoji under a message, or took it away (empty)."""

    update_id: int
    sender: Sender
    place: Place
    at: dt.datetime
    message_id: int
    emoji: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup with a new id."""

    update_id: int
    place: Place
    at: dt.datetime
    new_chat_id: int


@dataclass(frozen=True, slots=True)
class TopicRenamed:
    """Somebody gave a forum topic another name."""

    update_id: int
    place: Place
    at: dt.datetime
    name: str


@dataclass(frozen=True, slots=True)
class Service:
    """Something that needs no answer: pins, topic notices, title changes, kinds that we do not use."""

    update_id: int
    kind: str


Incoming = Words | Edited | Tap | Membership | Reaction | Moved | TopicRenamed | Service
