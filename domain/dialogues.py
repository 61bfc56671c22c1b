"""Dialogues: the script that staff write, the run that a customer is in, and the answers she gave."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.cases import CaseKind, Priority
from domain.customers import Purpose
from domain.messages import Media
from domain.rules import Rule

Texts = Mapping[str, str]  # language tag -> text


class QuestionKind(enum.StrEnum):
    """What an answer may be."""

    TEXT = "text"
    CHOICE = "choice"
    MANY = "many"
    SCALE = "scale"
    STARS = "stars"
    YES_NO = "yes/no"
    NUMBER = "number"
    DATE = "date"
    PHONE = "phone"
    LOCATION = "location"
    PHOTO = "photo"
    VOICE = "voice"
    DOCUMENT = "document"
    MESSAGES = "messages"
    CONSENT = "consent"
    CONFIRM = "confirm"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. Branches test `id`, never a label."""

    id: str
    label: Texts


@dataclass(frozen=True, slots=True)
class Question:
    """
    One `[[ask]]` of a script.

    `low` and `high` bound a scale (both inclusive), a number, the length of a text in characters, or a date in days
    from today; `earliest` and `latest` bound a date by the calendar. A number may have to be `whole`, or be an amount
    in `currency`. `pattern` is a regular expression that a text must match as a whole. `fact` names the customer fact
    that the answer becomes. No to a confirm with `again_from` asks anew from that question on.
    """

    id: str
    kind: QuestionKind
    say: Texts
    options: tuple[Option, ...] = ()
    skip: bool = False
    only_if: Rule | None = None
    retry: Texts = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    low_label: Texts = field(default_factory=dict)
    high_label: Texts = field(default_factory=dict)
    pattern: str = ""
    sample: str = ""
    fact: str = ""
    purpose: Purpose | None = None
    text_version: str = ""
    earliest: dt.date | None = None
    latest: dt.date | None = None
    whole: bool = False
    currency: str = ""
    again_from: str = ""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """The case that an ending opens; its texts may name answers in braces, such as "{why}"."""

    kind: CaseKind
    category: str
    priority: Priority = Priority.NORMAL
    summary: str = ""
    remedy: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """
    One `[[done]]` of a script; the first whose *when* holds is the one that happens.

    *pause* is how long we are to start nothing with her, *start* the script that follows. With *forget* nothing that
    she said in this run is kept: that it took place is, and consents, a No among them. She gets *points*, once a run,
    in *programme* ("" is the first open one that she is a member of), and becomes a member of *join*
    ("programme:NAME", "club:NAME").
    """

    when: Rule | None
    say: Texts
    case: OpenCase | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    start: str = ""
    pause: dt.timedelta | None = None
    forget: bool = False
    points: int = 0
    programme: str = ""
    join: str = ""


@dataclass(frozen=True, slots=True)
class Starts:
    """What starts a script: a command, an event with a delay, both, or only staff and the scheduler."""

    command: str = ""
    after: str = ""
    delay: dt.timedelta = dt.timedelta(0)


@dataclass(frozen=True, slots=True)
class Script:
    """
    One dialogue file.

    `purpose` is the consent that a start by us needs (None: none, such as a complaint). `source` is the file's text,
    stored with the first run of each version, since a run keeps the version it began with. `recontact` is how long she
    rests before we ask her the same again (None: as the config says).
    """

    id: str
    version: int
    title: Texts
    questions: tuple[Question, ...]
    endings: tuple[Ending, ...]
    starts: Starts = field(default_factory=Starts)
    remind: tuple[dt.timedelta, ...] = ()
    expire: dt.timedelta | None = None
    purpose: Purpose | None = None
    survey: bool = False
    source: str = ""
    digest: str = ""
    recontact: dt.timedelta | None = None

    def question(self, question_id: str) -> Question | None:
        """Return the question of that id, or None."""
        return next((q for q in self.questions if q.id == question_id), None)


class RunState(enum.StrEnum):
    """Where a run stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True)
class Answer:
    """
    One version of an answer.

    `value` is what the rule language sees: text, number, bool, option id, tuple of option ids, ISO date. `closed` is
    False while a question of several parts (many, messages, photos) still collects.
    """

    question: str
    version: int
    at: dt.datetime
    value: Any = None
    text: str = ""
    skipped: bool = False
    closed: bool = True
    reopened: bool = False
    media: tuple[Media, ...] = ()
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """
    One customer in one script. There is no stored pointer: the next question is derived from the answers.

    `asking` counts the times that a question was put; buttons carry it, so that older ones are void. `asked` is the
    question that the last asking put, `misses` how often its answer was not understood. `focus` orders a customer's
    open runs: the highest is the one she is in.
    """

    id: int
    customer_id: int
    script_id: str
    script_digest: str
    state: RunState
    started_at: dt.datetime
    started_by: str
    focus: int
    asking: int = 0
    asked: str = ""
    asked_at: dt.datetime | None = None
    misses: int = 0
    reminders: int = 0
    due_at: dt.datetime | None = None
    case_id: int | None = None
    wave_id: int | None = None
    ended_at: dt.datetime | None = None
    answers: tuple[Answer, ...] = ()
