"""Newsletters: what is sent to whom, where a sending stands, and its exact account."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from domain.languages import in_language
from domain.messages import Button, Media, OnUnknown


class SendingState(enum.StrEnum):
    """Where a sending of a newsletter stands."""

    DRAFT = "draft"
    APPROVAL = "approval"
    SCHEDULED = "scheduled"
    CANARY = "canary"  # to the first few only, until their outcomes are judged
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"  # by the breaker
    FINISHED = "finished"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will be sent."""
        return self in {SendingState.FINISHED, SendingState.CANCELLED}

    @property
    def is_sending(self) -> bool:
        """Say whether messages go out: to the canary, or to everybody."""
        return self in SENDS


SENDS = (SendingState.CANARY, SendingState.RUNNING)
"""The states in which messages go out."""

SENDING_MOVES: Mapping[SendingState, frozenset[SendingState]] = {
    SendingState.DRAFT: frozenset({SendingState.APPROVAL, SendingState.SCHEDULED, *SENDS, SendingState.CANCELLED}),
    SendingState.APPROVAL: frozenset({SendingState.DRAFT, SendingState.SCHEDULED, *SENDS, SendingState.CANCELLED}),
    SendingState.SCHEDULED: frozenset({SendingState.APPROVAL, *SENDS, SendingState.CANCELLED}),
    SendingState.CANARY: frozenset(
        {
            SendingState.RUNNING,
            SendingState.PAUSED,
            SendingState.STOPPED,
            SendingState.FINISHED,
            SendingState.CANCELLED,
        }
    ),
    SendingState.RUNNING: frozenset(
        {SendingState.PAUSED, SendingState.STOPPED, SendingState.FINISHED, SendingState.CANCELLED}
    ),
    SendingState.PAUSED: frozenset({*SENDS, SendingState.CANCELLED}),
    SendingState.STOPPED: frozenset({*SENDS, SendingState.CANCELLED}),
    SendingState.FINISHED: frozenset(SENDS),
    SendingState.CANCELLED: frozenset(),
}


class RecipientState(enum.StrEnum):
    """Where one recipient of a sending stands; the counts of these are the account."""

    QUEUED = "queued"
    OUTBOX = "outbox"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """How late a slot may still go out; later than *within*, staff are asked (or it is dropped)."""

    within: dt.timedelta = dt.timedelta(hours=6)
    ask: bool = True


class OnHoliday(enum.StrEnum):
    """What becomes of a slot that falls on one of the company's holidays."""

    SEND = "send"
    NEXT_DAY = "next day"  # the next day that is no holiday, at the same time
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Limits:
    """
    When the breaker stops a sending: the share (0 to 1) of recipients that may fail, block the bot, or opt out.

    Looked at over the canary, and then over the latest outcomes for as long as it runs.
    """

    failed: float = 0.2
    blocked: float = 0.1
    opted_out: float = 0.1


class Measure(enum.StrEnum):
    """What decides between variants: who did it at least once after her message came."""

    CLICKS = "clicks"
    REPLIES = "replies"
    PURCHASES = "purchases"


@dataclass(frozen=True, slots=True)
class Experiment:
    """
    A test of *variants* of the text on a random *share* (0 to 1) of the audience, split evenly between them.

    After *wait* the better one by *measure* goes to the rest, if the difference is more than chance; else staff decide.
    """

    variants: tuple[str, ...]
    share: float = 0.2
    wait: dt.timedelta = dt.timedelta(hours=4)
    measure: Measure = Measure.CLICKS


Cell = str | int | Decimal | bool | dt.date | Mapping[str, str]
"""What a row of a `Tailored` table says; a mapping is a text in several languages."""


@dataclass(frozen=True, slots=True)
class Tailored:
    """
    What a newsletter says otherwise to different customers: a row for each value of one attribute or fact of theirs.

    Keys of *rows* are case-folded values, *default* is for all others; every row has the same keys.
    """

    default: Mapping[str, Cell]
    rows: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)

    def row(self, value: object) -> Mapping[str, Cell]:
        """Return the row for *value*, whatever its capitals and the blanks around it."""
        return self.rows.get(str(value).strip().casefold(), self.default)

    def in_language(self, language: str, default: str) -> Tailored:
        """Return this table with its texts in *language*, or where they are not in it, in *default*."""

        def row(cells: Mapping[str, Cell]) -> Mapping[str, Cell]:
            return {
                key: in_language(cell, language, default) if isinstance(cell, Mapping) else cell
                for key, cell in cells.items()
            }

        return Tailored(row(self.default), {value: row(cells) for value, cells in self.rows.items()})


INTERRUPTED = "interrupted"
"""The reason of an unknown outcome where our own process ended before the answer came: no fault of the newsletter."""

MESSAGES_A_STAR = 10
"""How many messages above the free rate cost one Telegram Star."""


@dataclass(frozen=True, slots=True)
class Newsletter:
    """One newsletter file pair: front matter of the first language's file and a body per language."""

    name: str
    audience: str
    bodies: Mapping[str, str]
    digest: str
    title: str = ""
    exclude: str = ""
    schedule: str = ""
    timezone: str = ""
    late: LatePolicy = field(default_factory=LatePolicy)
    on_holiday: OnHoliday = OnHoliday.SEND
    on_unknown: OnUnknown = OnUnknown.NEVER_TWICE
    media: tuple[Media, ...] = ()
    buttons: tuple[tuple[Mapping[str, str], Button], ...] = ()
    canary: int = 0
    canary_wait: dt.timedelta = dt.timedelta(0)  # how long the canary's recipients have to react before it is judged
    limits: Limits = field(default_factory=Limits)
    holdout: int = 0  # per cent of the audience that gets nothing, to compare with
    service: bool = False
    topic: str = ""  # customers may switch topics off one by one; "" belongs to none
    local_time: dt.time | None = None  # goes to each recipient when it is that late where she lives
    paid_stars: int = 0  # most Telegram Stars that going faster than the free rate may cost
    track_links: bool = False  # links lead over our own address, which counts who followed them
    experiment: Experiment | None = None
    tailored: Mapping[str, Tailored] = field(default_factory=dict)  # by the name of the attribute or fact


@dataclass(frozen=True, slots=True)
class Sending:
    """One sending of a newsletter, started by hand or by a slot of its schedule."""

    id: int
    name: str
    digest: str
    state: SendingState
    created_at: dt.datetime
    created_by: int | None = None
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    audience: str = ""
    reason: str = ""
    version: int = 0  # grows with each change; a confirm button carries it, so an old one is refused
    frozen: bool = False
    canary: int = 0
    proved_at: dt.datetime | None = None  # when its canary was found to be well
    topic: str = ""
    winner: str = ""  # the variant that the rest of an experiment gets
    decided_at: dt.datetime | None = None
    recalled_at: dt.datetime | None = None
    resumed_at: dt.datetime | None = None  # when staff last let it go on after a pause, a stop, or its end
    audience_at: dt.datetime | None = None  # when its audience was last opened to newcomers
    paid_stars: int = 0  # the most that it may spend on going faster than the free rate
    paid_messages: int = 0  # so many may have been paid for; MESSAGES_A_STAR of them cost a Star


@dataclass(frozen=True, slots=True)
class Account:
    """
    The exact account of a sending: `snapshot = sent + sum(skipped) + sum(failed) + unknown + queued`, at any moment.
    """

    sent: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    unknown: int = 0
    queued: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)

    @property
    def snapshot(self) -> int:
        """All recipients that were frozen at the start."""
        return self.sent + sum(self.skipped.values()) + sum(self.failed.values()) + self.unknown + self.queued


@dataclass(frozen=True, slots=True)
class Held:
    """How many queued messages of a sending wait for the same *reason* (a `Hold`), and when the first may go."""

    reason: str
    count: int
    until: dt.datetime
