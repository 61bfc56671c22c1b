"""The timeline: every contact with a customer, both directions, any channel, any outcome."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, replace

from domain.messages import Media


class Channel(enum.StrEnum):
    """How a contact took place."""

    TELEGRAM = "telegram"
    MEETING = "meeting"
    PHONE = "phone"
    EVENT = "event"
    LETTER = "letter"
    SMS = "sms"
    EMAIL = "email"


class Direction(enum.StrEnum):
    """From the customer to us, or from us to her."""

    IN = "in"
    OUT = "out"


class ContactKind(enum.StrEnum):
    """What a contact was for."""

    WORDS = "words"
    COMMAND = "command"
    ANSWER = "answer"
    QUESTION = "question"
    REPLY = "reply"
    STAFF_REPLY = "staff_reply"
    SERVICE = "service"
    REMINDER = "reminder"
    SURVEY = "survey"
    SMALL_QUESTION = "small_question"
    NEWSLETTER = "newsletter"
    OFFER = "offer"  # coupons and offers of the till; needs consent to advertising where we start it
    INVITATION = "invitation"  # to an event; the same
    CARE = "care"  # an action of a care plan
    LOYALTY = "loyalty"  # membership, points and benefits
    MEETING = "meeting"


class ContactState(enum.StrEnum):
    """What became of a contact."""

    RECEIVED = "received"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Contact:
    """One line of a customer's timeline. `edited_from` is the text that this one replaced, when she edited it."""

    id: int
    customer_id: int
    at: dt.datetime
    channel: Channel
    direction: Direction
    kind: ContactKind
    text: str
    state: ContactState
    media: tuple[Media, ...] = ()
    reason: str | None = None
    message_id: int | None = None
    run_id: int | None = None
    case_id: int | None = None
    newsletter_id: int | None = None
    staff_id: int | None = None
    feeling: int | None = None
    edited_from: str | None = None
    album: str | None = None
    message_ids: tuple[int, ...] = ()
    question: str | None = None
    proactive: bool = False

    def edited(self, message_id: int, text: str, media: tuple[Media, ...]) -> tuple[str, tuple[Media, ...]]:
        """
        Return its whole text and files after an edit of one of its messages; no *media* means that the file stays.

        In an album the caption belongs to the one file.
        """
        if message_id not in self.message_ids or len(self.message_ids) != len(self.media) or len(self.media) < 2:
            return text, media or self.media
        place = self.message_ids.index(message_id)
        files = list(self.media)
        files[place] = replace(media[0] if media else files[place], caption=text)
        return "\n".join(file.caption for file in files if file.caption), tuple(files)

    def has_other_file(self, message_id: int, media: tuple[Media, ...]) -> bool:
        """Say whether an edit put another file in place: what Telegram tells of both is not the same."""
        place = self.message_ids.index(message_id) if message_id in self.message_ids else 0
        before = self.media[place : place + 1]
        return any(
            (new.kind, new.name, new.size) != (old.kind, old.name, old.size)
            or (new.size is None and new.file_id != old.file_id)
            for new, old in zip(media, before, strict=False)
        ) or bool(media and not before)
