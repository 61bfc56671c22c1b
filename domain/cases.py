"""Cases: complaints, questions and follow-ups; their states, and one table of all that may be done (see ISO 10002)."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass

from domain.staff import Role


class CaseKind(enum.StrEnum):
    """What a case is about."""

    COMPLAINT = "complaint"
    QUESTION = "question"
    FEEDBACK = "feedback"
    FOLLOW_UP = "follow-up"


class Priority(enum.StrEnum):
    """How pressing a case is."""

    NORMAL = "normal"
    HIGH = "high"


class Severity(enum.StrEnum):
    """How bad it is for the customer, as assessed by staff (ISO 10002, 8.4)."""

    MINOR = "minor"
    SERIOUS = "serious"
    CRITICAL = "critical"


class Impact(enum.StrEnum):
    """How many customers it touches, as assessed by staff."""

    ONE = "one"
    SEVERAL = "several"
    MANY = "many"


class CaseState(enum.StrEnum):
    """Where a case stands."""

    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    RESOLVED = "resolved"
    DECLINED = "declined"
    CLOSED = "closed"
    SPAM = "spam"
    MERGED = "merged"

    @property
    def is_open(self) -> bool:
        """Say whether staff still owe something."""
        return self in {CaseState.NEW, CaseState.OPEN, CaseState.WAITING_CUSTOMER}


class Move(enum.StrEnum):
    """What somebody does with a case."""

    TAKE = "take"
    TAKE_OVER = "take_over"
    REPLY = "reply"
    NOTE = "note"
    CONTACT = "contact"  # outside Telegram
    WAIT = "wait"
    ASSESS = "assess"
    RESOLVE = "resolve"
    DECLINE = "decline"
    CAUSE = "cause"
    MERGE = "merge"
    SPAM = "spam"
    CUSTOMER_WRITES = "customer_writes"
    ACCEPT = "accept"
    REOPEN = "reopen"
    EXPIRE = "expire"
    ASSIGN = "assign"
    ESCALATE = "escalate"


class Actor(enum.StrEnum):
    """Who makes a move: the customer, a member of staff by her role, or nobody but the time that has passed."""

    CUSTOMER = "customer"
    AGENT = Role.AGENT.value
    EDITOR = Role.EDITOR.value
    MANAGER = Role.MANAGER.value
    ADMIN = Role.ADMIN.value
    CLOCK = "clock"


_HER = frozenset({Actor.CUSTOMER})
_STAFF = frozenset(Actor(role.value) for role in Role)
_MANAGERS = frozenset({Actor.MANAGER, Actor.ADMIN})
_CLOCK = frozenset({Actor.CLOCK})
WORDS = "words"
"""Told by a reply: the words of staff themselves."""


@dataclass(frozen=True, slots=True)
class Cell:
    """
    What one move does in one state: the *state* after it, *who* may make it, and what the customer is *told*.

    *told* is the key of a text. Where it is empty nothing is told: the move concerns staff only, or she has made it and
    sees it answered. Every move is written in the case's history with the state after it, and one of staff in the audit
    log, too.
    """

    state: CaseState
    who: frozenset[Actor]
    told: str = ""


_S, _M = CaseState, Move
_BEING_DONE = (_S.NEW, _S.OPEN, _S.WAITING_CUSTOMER)
_DECIDED = (_S.RESOLVED, _S.DECLINED)

TABLE: Mapping[tuple[CaseState, Move], Cell] = {
    **{(state, _M.NOTE): Cell(state, _STAFF) for state in _S},
    # whose it is; a manager may take it from a colleague, anybody from one who has left
    (_S.NEW, _M.TAKE): Cell(_S.OPEN, _STAFF, "service.case_taken"),
    (_S.OPEN, _M.TAKE): Cell(_S.OPEN, _STAFF, "service.case_taken"),
    (_S.WAITING_CUSTOMER, _M.TAKE): Cell(_S.WAITING_CUSTOMER, _STAFF, "service.case_taken"),
    (_S.NEW, _M.TAKE_OVER): Cell(_S.OPEN, _MANAGERS, "service.case_taken"),
    (_S.OPEN, _M.TAKE_OVER): Cell(_S.OPEN, _MANAGERS, "service.case_taken"),
    (_S.WAITING_CUSTOMER, _M.TAKE_OVER): Cell(_S.WAITING_CUSTOMER, _MANAGERS, "service.case_taken"),
    # assessing and investigating
    **{(state, _M.ASSESS): Cell(state, _STAFF) for state in _BEING_DONE},
    **{(state, _M.REPLY): Cell(_S.WAITING_CUSTOMER, _STAFF, WORDS) for state in (*_BEING_DONE, *_DECIDED)},
    **{(state, _M.CONTACT): Cell(state, _STAFF) for state in (_S.OPEN, _S.WAITING_CUSTOMER, *_DECIDED, _S.CLOSED)},
    (_S.NEW, _M.CONTACT): Cell(_S.OPEN, _STAFF),
    (_S.NEW, _M.WAIT): Cell(_S.WAITING_CUSTOMER, _STAFF, "service.case_waiting"),
    (_S.OPEN, _M.WAIT): Cell(_S.WAITING_CUSTOMER, _STAFF, "service.case_waiting"),
    (_S.NEW, _M.CUSTOMER_WRITES): Cell(_S.NEW, _HER),
    (_S.OPEN, _M.CUSTOMER_WRITES): Cell(_S.OPEN, _HER),
    (_S.WAITING_CUSTOMER, _M.CUSTOMER_WRITES): Cell(_S.OPEN, _HER),
    **{(state, _M.CUSTOMER_WRITES): Cell(state, _HER) for state in _DECIDED},
    # what is no case of its own
    **{(state, _M.MERGE): Cell(_S.MERGED, _STAFF, "service.case_merged") for state in _BEING_DONE},
    (_S.NEW, _M.SPAM): Cell(_S.SPAM, _STAFF),
    (_S.OPEN, _M.SPAM): Cell(_S.SPAM, _STAFF),
    # deciding, and why it came to it
    **{(state, _M.RESOLVE): Cell(_S.RESOLVED, _STAFF, "service.case_resolved") for state in _BEING_DONE},
    **{(state, _M.DECLINE): Cell(_S.DECLINED, _STAFF, "service.case_declined") for state in _BEING_DONE},
    **{(state, _M.CAUSE): Cell(state, _STAFF) for state in (_S.OPEN, _S.WAITING_CUSTOMER, *_DECIDED, _S.CLOSED)},
    # closing: she accepts, or has had her time
    **{(state, _M.ACCEPT): Cell(_S.CLOSED, _HER, "service.case_closed") for state in _DECIDED},
    (_S.RESOLVED, _M.EXPIRE): Cell(_S.CLOSED, _CLOCK, "service.case_expired"),
    (_S.DECLINED, _M.EXPIRE): Cell(_S.CLOSED, _CLOCK, "service.case_expired_declined"),
    # whose it is, and how pressing, where nobody has said so
    **{(state, _M.ASSIGN): Cell(state, _CLOCK) for state in _BEING_DONE},
    **{(state, _M.ESCALATE): Cell(state, _CLOCK) for state in _BEING_DONE},
    # and opening it again
    (_S.RESOLVED, _M.REOPEN): Cell(_S.OPEN, _HER | _STAFF, "service.case_reopened"),
    (_S.DECLINED, _M.REOPEN): Cell(_S.OPEN, _HER | _STAFF, "service.case_second_look"),
    (_S.CLOSED, _M.REOPEN): Cell(_S.OPEN, _HER | _STAFF, "service.case_second_look"),
    (_S.SPAM, _M.REOPEN): Cell(_S.OPEN, _STAFF, "service.case_reopened"),
    (_S.MERGED, _M.REOPEN): Cell(_S.OPEN, _STAFF, "service.case_apart"),
}
"""The life of a case. What is not in it is refused; what depends on more than state and role, `move_case` asks."""


def state_after(state: CaseState, move: Move) -> CaseState | None:
    """Return the state that *move* leads to from *state*, or None when it is not allowed there."""
    cell = TABLE.get((state, move))
    return cell.state if cell is not None else None


def priority_of(severity: Severity, impact: Impact) -> Priority:
    """
    Return the priority that follows from an assessment.

    Each of severity (minor, serious, critical) and impact (one, several, many) counts 0, 1 or 2; together from 2 on the
    case is of high priority. So a critical one always is, and so is whatever touches many.
    """
    weight = list(Severity).index(severity) + list(Impact).index(impact)
    return Priority.HIGH if weight >= 2 else Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `id` is its number, the one that the customer is told."""

    id: int
    customer_id: int
    kind: CaseKind
    category: str
    state: CaseState
    priority: Priority
    summary: str
    opened_at: dt.datetime
    owner_id: int | None = None
    run_id: int | None = None
    remedy: str = ""
    order_ref: str = ""
    first_answer_at: dt.datetime | None = None
    first_answer_due: dt.datetime | None = None
    resolved_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    severity: Severity | None = None
    impact: Impact | None = None
    cause: str = ""
    merged_into: int | None = None
    about_case: int | None = None  # the earlier case that this one follows up
    settle_by: dt.datetime | None = None  # when a decision counts as accepted, without a word of hers
    answering_id: int | None = None  # who said that she is answering, until answering_until
    answering_until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One line of a case's own history."""

    case_id: int
    at: dt.datetime
    move: Move
    staff_id: int | None
    text: str = ""
    state: CaseState | None = None  # after the move; None for what older versions wrote
