"""Care plans: what the company does for a group of customers through the year, and what became of each action."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.care_days import When
from domain.contacts import Channel

LONGEST_PLAN, LONGEST_ACTION = 31, 32
"""Signs of a plan's name and of an action's: together with a slash they name a schedule."""


class CareKind(enum.StrEnum):
    """What an action does."""

    TASK = "task"  # people do it
    MESSAGE = "message"
    NEWSLETTER = "newsletter"
    SURVEY = "survey"


class RunState(enum.StrEnum):
    """Where an action is, of one day."""

    FREEZING = "freezing"  # its customers are being found
    RUNNING = "running"
    DONE = "done"  # nothing is left for the program; tasks may be open
    LATE = "late"  # an outage made it too late: staff are asked
    CANCELLED = "cancelled"


class CareState(enum.StrEnum):
    """What has become of an action for one customer."""

    QUEUED = "queued"
    HELD = "held"  # something that passes is against it; it is tried again
    OUTBOX = "outbox"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    TASK = "task"  # somebody has to do it
    DONE = "done"
    NOT_DONE = "not_done"
    SKIPPED = "skipped"

    @property
    def is_settled(self) -> bool:
        """Say whether nothing more becomes of it."""
        return self not in _UNSETTLED


_UNSETTLED = frozenset({CareState.QUEUED, CareState.HELD, CareState.OUTBOX, CareState.TASK})

CONDITION = "condition"
"""Why an action was skipped whose rule did not hold for her on the day."""

UNAPPROVED = "unapproved"
"""Why a plan's newsletter went to nobody: no manager approved it in time."""

NOT_REACHED = "call"
"""Why a message became a task: she cannot be reached in Telegram."""


@dataclass(frozen=True, slots=True)
class CareAction:
    """
    One action of a plan. Certain without *only_if*; with it, the rule is asked for each customer on the day.

    *when* has several parts where its days have no one form. A task appears *lead* before its day; what could not
    begin is made up for up to *late*, and then staff are asked (*ask_late*) or it is left out. *cost* is in minor
    units of the company's currency, for each customer. *otherwise* "task": whom Telegram cannot reach is called.
    """

    id: str
    title: Mapping[str, str]
    channel: Channel
    kind: CareKind
    when: tuple[When, ...]
    zone: str = ""
    only_if: str = ""
    text: Mapping[str, str] = field(default_factory=dict)
    newsletter: str = ""
    survey: str = ""
    late: dt.timedelta = dt.timedelta(days=5)
    ask_late: bool = True
    lead: dt.timedelta = dt.timedelta()
    cost: int = 0
    otherwise: str = ""
    line: int = 1

    def walls(self, year: int) -> list[dt.datetime]:
        """Give the naive wall times of a year in its zone, in order, each once."""
        return sorted({wall for when in self.when for wall in when.walls(year)})


@dataclass(frozen=True, slots=True)
class CarePlan:
    """
    A year for an audience. *owner* is "" for the owner of each customer, else a staff id or a role.

    *stand_in*, an id or a role, does it where a customer has no owner or the owner has left.
    """

    name: str
    title: Mapping[str, str]
    audience: str
    actions: tuple[CareAction, ...]
    owner: str = ""
    stand_in: str = "manager"
    on: bool = True
    where: str = ""  # its file, as faults show it
    audience_line: int = 1

    def action(self, action_id: str) -> CareAction | None:
        """Find an action by its id."""
        return next((action for action in self.actions if action.id == action_id), None)


def planned(plan: CarePlan, year: int) -> list[tuple[CareAction, dt.date]]:
    """Return what a plan has in a year, by day and then in the order of its file; whether or not the plan is on."""
    found = [(action, wall.date()) for action in plan.actions for wall in action.walls(year)]
    return sorted(found, key=lambda each: each[1])


class Row(enum.StrEnum):
    """A row of the calendar: channels as people speak of them."""

    MEETING = "meeting"
    PHONE = "phone"
    EVENT = "event"
    LETTER = "letter"
    ONLINE = "online"


_ROWS = {
    Channel.MEETING: Row.MEETING,
    Channel.PHONE: Row.PHONE,
    Channel.EVENT: Row.EVENT,
    Channel.LETTER: Row.LETTER,
}


def row_of(channel: Channel) -> Row:
    """Return the calendar's row of a channel; e-mail, Telegram and text messages share one."""
    return _ROWS.get(channel, Row.ONLINE)


def cells(plan: CarePlan, year: int) -> dict[tuple[Row, int], list[CareAction]]:
    """Return the calendar's cells that hold anything: (row, month from 1) → actions by day."""
    found: dict[tuple[Row, int], list[CareAction]] = {}
    for action, day in planned(plan, year):
        found.setdefault((row_of(action.channel), day.month), []).append(action)
    return found


@dataclass(frozen=True, slots=True)
class CareRun:
    """An action on its day. *content* is what the plan said then, *upto* the customer up to whom it is frozen."""

    id: int
    plan: str
    action: str
    due_at: dt.datetime
    state: RunState
    at: dt.datetime
    content: Mapping[str, Any] = field(default_factory=dict)
    upto: int = 0


@dataclass(frozen=True, slots=True)
class CareRow:
    """An action for one customer. *reason* is a closed word, *note* the rule's trace or what staff wrote."""

    id: int
    run_id: int
    customer_id: int
    state: CareState
    channel: Channel
    not_before: dt.datetime
    at: dt.datetime
    owner_id: int | None = None
    reason: str = ""
    note: str = ""
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class CareTask:
    """A task with what it is of."""

    row: CareRow
    run: CareRun

    @property
    def due_at(self) -> dt.datetime:
        """When it was planned for."""
        return self.run.due_at

    def title(self, language: str, default: str) -> str:
        """Say what is to be done."""
        titles: Mapping[str, str] = self.run.content.get("title", {})
        return titles.get(language) or titles.get(default) or next(iter(titles.values()), self.run.action)


def content_of(plan: CarePlan, action: CareAction) -> dict[str, Any]:
    """Write down what a run needs, so that changed files do not change what is under way."""
    return {
        "title": dict(action.title),
        "plan_title": dict(plan.title),
        "audience": plan.audience,
        "owner": plan.owner,
        "stand_in": plan.stand_in,
        "channel": action.channel.value,
        "kind": action.kind.value,
        "only_if": action.only_if,
        "text": dict(action.text),
        "newsletter": action.newsletter,
        "survey": action.survey,
        "late_s": int(action.late.total_seconds()),
        "otherwise": action.otherwise,
        "cost": action.cost,
    }


def audiences_of(plans: Sequence[CarePlan]) -> list[tuple[CarePlan, str, int, str]]:
    """Return each rule of the plans that are on: (plan, key, line, rule)."""
    found = []
    for plan in plans:
        if plan.on:
            found.append((plan, "audience", plan.audience_line, plan.audience))
            found += [(plan, f"action[{a.id}].only_if", a.line, a.only_if) for a in plan.actions if a.only_if]
    return found
