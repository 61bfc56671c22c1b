"""What goes out: texts, buttons and media; which lane they take; and what became of a call."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field


class MediaKind(enum.StrEnum):
    """What kind of file a message carries; values are Telegram's own field names."""

    PHOTO = "photo"
    VIDEO = "video"
    VIDEO_NOTE = "video_note"
    VOICE = "voice"
    AUDIO = "audio"
    DOCUMENT = "document"
    ANIMATION = "animation"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True)
class Media:
    """
    One file, known by Telegram's `file_id`, or by `path` of a local file to upload first.

    `size` in bytes where Telegram told it; a file over 20 MB cannot be downloaded by a bot. In an album `caption` is
    what stands under this file alone.
    """

    kind: MediaKind
    file_id: str = ""
    path: str = ""
    name: str = ""
    size: int | None = None
    caption: str = ""

    @property
    def is_too_large(self) -> bool:
        """Say whether Telegram refuses to hand this file to a bot (over 20 MB)."""
        return self.size is not None and self.size > 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button: a *tap* (callback data, 1 to 64 bytes) or a *url*."""

    label: str
    tap: str = ""
    url: str = ""


Keyboard = tuple[tuple[Button, ...], ...]


class Ask(enum.StrEnum):
    """What a reply keyboard asks Telegram to share."""

    CONTACT = "contact"
    LOCATION = "location"
    NOTHING = "remove"


@dataclass(frozen=True, slots=True)
class Span:
    """A formatted stretch of a plain text; offset and length in UTF-16 units, *kind* Telegram's entity type."""

    kind: str
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """
    One message to one chat, free of any wire format.

    With *html* the text is our own markup from the renderer; without it the text is foreign and goes out as it
    stands, with no parse mode. Several *media* make an album. A *location* is latitude and longitude in degrees.
    """

    text: str = ""
    html: bool = False
    keyboard: Keyboard = ()
    media: tuple[Media, ...] = ()
    ask: Ask | None = None
    ask_label: str = ""
    spans: tuple[Span, ...] = ()
    reply_to: int | None = None
    silent: bool = False
    protect: bool = False
    location: tuple[float, float] | None = None


def coordinates(location: tuple[float, float]) -> str:
    """Write a place as the timeline shows it: latitude and longitude in degrees, to about a metre."""
    return f"⌖ {location[0]:.5f}, {location[1]:.5f}"


class Lane(enum.IntEnum):
    """Who overtakes whom: the lower number goes first."""

    REPLY = 0
    STAFF = 1
    SERVICE = 2
    BULK = 3


class OnUnknown(enum.StrEnum):
    """What to do when nobody knows whether a message arrived."""

    NEVER_TWICE = "never_twice"
    NEVER_MISS = "never_miss"
    ASK_STAFF = "ask_staff"


class Act(enum.StrEnum):
    """What a waiting row asks of Telegram."""

    SEND = "send"
    EDIT = "edit"
    CLEAR = "clear"  # take the buttons off a message
    DELETE = "delete"
    TOAST = "toast"  # answer a tap
    PIN = "pin"
    UNPIN = "unpin"
    LOOK = "look"  # see whether the staff group can be used
    TOPIC = "topic"  # rename, close or reopen a forum topic


# What became of a call --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram took it. An album has several message ids."""

    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Not delivered; the same call may go again after *seconds* (monotonic). *flood* when Telegram asked for it."""

    seconds: float
    flood: bool
    reason: str


class Refusal(enum.StrEnum):
    """Why Telegram refused for good."""

    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    NEVER_MET = "never_met"
    CHAT_GONE = "chat_not_found"
    GROUP_GONE = "group_unreachable"
    NO_RIGHTS = "no_rights"
    TOPIC_GONE = "topic_gone"
    TOPIC_CLOSED = "topic_closed"
    CONTENT = "content"
    PRIVACY = "privacy"
    TOKEN = "token"  # noqa: S105 - the name of a reason, not a secret
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Not delivered, and trying again would not help. *raw* is Telegram's own sentence."""

    reason: Refusal
    raw: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """The group became a supergroup: send once to the new id."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it arrived."""

    raw: str


Outcome = Sent | RetryAt | GivenUp | Migrated | Unknown


class OutboxState(enum.StrEnum):
    """Where a waiting row stands. Rows with a final outcome leave the outbox for the timeline."""

    WAITING = "waiting"
    INTENT = "intent"
    ASKED = "asked"  # unknown; staff were asked whether to send again


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    One row of the outbox.

    *chat_id* 0 means the customer's topic in the staff forum, resolved when it is sent. *ref* names what the message
    belongs to, for staff messages: "case:12", "card:7", "newsletter:3".
    """

    id: int
    act: Act
    chat_id: int
    lane: Lane
    kind: str
    message: Message
    created_at: dt.datetime
    not_before: dt.datetime
    customer_id: int | None = None
    thread_id: int | None = None
    message_id: int | None = None  # of the message to edit, clear, delete or pin
    callback_id: str = ""
    run_id: int | None = None
    question: str | None = None
    case_id: int | None = None
    newsletter_id: int | None = None
    staff_id: int | None = None
    on_unknown: OnUnknown = OnUnknown.NEVER_MISS
    proactive: bool = False
    attempts: int = 0
    ref: str = ""
    reason: str = ""
    state: OutboxState = field(default=OutboxState.WAITING)
    paid: bool = False  # goes above the free rate and may cost Stars; known only while it is on its way
    not_after: dt.datetime | None = None  # afterwards it is too late: then it is not sent at all
    promotional: bool = False  # of a kind that needs no consent, but made for somebody who takes advertising
