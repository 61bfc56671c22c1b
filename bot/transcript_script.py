"""What a transcript says, as values: who is there, and step by step who does what and what must come of it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from domain.case_rules import CaseRules
from domain.staff import Role

LANGUAGES = ("en", "fi", "cs")
_FIRST_CUSTOMER, _FIRST_STAFF = 5_000_001, 6_000_001


@dataclass(frozen=True, slots=True)
class Actor:
    """
    A customer, or with a *role* a staff member.

    *traits* of a customer: "met" (has begun with the bot before) and the purposes she has agreed to.
    """

    name: str
    language: str
    role: Role | None = None
    traits: frozenset[str] = frozenset()


def user_id(actor: Actor, place: int) -> int:
    """Return the Telegram number of the one who stands at that *place* of the head, from 0."""
    return place + (_FIRST_CUSTOMER if actor.role is None else _FIRST_STAFF)


@dataclass(frozen=True, slots=True)
class Says:
    """Somebody writes. *where* of a staff member is "", "privately", "in General", or "to ANN", her topic."""

    who: str
    text: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Taps:
    """Somebody taps a button; *again*: one of an older message, whether it is still shown or not."""

    who: str
    label: str
    again: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class Sends:
    """Somebody sends files; several are an album. Each has its caption, "" for none."""

    who: str
    kind: str
    files: tuple[str, ...]
    captions: tuple[str, ...] = ("",)
    where: str = ""


@dataclass(frozen=True, slots=True)
class Shares:
    """Somebody shares her phone number (*place* None) or a place."""

    who: str
    place: tuple[float, float] | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Edits:
    """Somebody changes her newest message whose text is *old*."""

    who: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Reacts:
    """Somebody puts an emoji under the newest message of the bot."""

    who: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Blocks:
    """Somebody blocks the bot, or unblocks it."""

    who: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """A staff member answers (or notes) under the newest message about case *case*; *where* is "" or "privately"."""

    who: str
    case: str
    text: str
    note: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class Expects:
    """
    The bot must have written this. *to* names somebody, "" is the customer who acted last, "staff" the staff's side.

    *buttons* None: whatever they are. *toast*: the answer to the last tap instead of a message. *media*: the kind of
    file that came, and *count* how many of them as one album. *pinned*: a message that is pinned in the group now;
    then the text "nothing" is that none is.
    """

    text: str
    to: str = ""
    buttons: tuple[str, ...] | None = None
    toast: bool = False
    edited: bool = False
    media: str = ""
    count: int = 1
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Restarts:
    """The program ends, at once (*killed*) or in order, and begins again."""

    killed: bool


@dataclass(frozen=True, slots=True)
class Moves:
    """Time goes on: by a length, or to an instant."""

    by: dt.timedelta | None = None
    to: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Begins:
    """A newsletter or a survey starts, as an admin would start it."""

    what: str
    name: str


@dataclass(frozen=True, slots=True)
class Bought:
    """One line of a receipt: *count* of a product for *amount* together, in major units."""

    product: str
    amount: Decimal
    count: Decimal = Decimal(1)
    group: str = ""


@dataclass(frozen=True, slots=True)
class Buys:
    """A till reports what somebody bought, or with *back* brought back; *at* None is now."""

    who: str
    receipt: str
    lines: tuple[Bought, ...]
    store: str = ""
    at: dt.datetime | None = None
    back: bool = False


class Mishap(enum.StrEnum):
    """What can befall the staff's side; the values are the words of the transcripts."""

    TOPIC_DELETED = "topic deleted"
    TOPIC_CLOSED = "topic closed"
    TOPIC_RENAMED = "topic renamed"
    GROUP_UPGRADED = "group upgraded"
    FORUM_OFF = "forum off"
    FORUM_ON = "forum on"
    BOT_OUT = "bot out of the group"
    BOT_BACK = "bot back in the group"
    NO_PINS = "no right to pin"
    PINS = "right to pin"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Befalls:
    """
    Something happens to the staff's side.

    *who* is the customer whose topic it is (*name* its new name), or the staff member who is removed or added again.
    """

    what: Mishap
    who: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the store must say, such as `case {n} state = open`."""

    subject: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Checks:
    """What the store must say of a customer, "" the one who acted last."""

    checks: tuple[Check, ...]
    who: str = ""


Act = Says | Taps | Sends | Shares | Edits | Reacts | Blocks | Answers
Step = Act | Expects | Restarts | Moves | Begins | Buys | Befalls | Checks


@dataclass(frozen=True, slots=True)
class Line:
    """
    One step with the line of the file that it stands on, and that line's text.

    *at_once*: an act that follows the act before it before the program has seen either.
    """

    number: int
    text: str
    step: Step
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """
    One `.chat` file. *topics* are the topics of newsletters, which are labelled by their names; with *approval*
    a second person must approve newsletters. *cases* is the config's section [cases].
    """

    name: str
    at: dt.datetime
    zone: str
    actors: Mapping[str, Actor]
    lines: tuple[Line, ...]
    group: bool = True
    forum: bool = True
    content: str = ""
    approval: bool = False
    topics: tuple[str, ...] = ()
    cases: CaseRules = field(default_factory=CaseRules)
