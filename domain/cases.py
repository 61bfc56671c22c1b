"""Cases: complaints, questions and follow-ups; their states and only their allowed moves (after ISO 10002)."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass


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
    REPLY = "reply"
    NOTE = "note"
    WAIT = "wait"
    RESOLVE = "resolve"
    DECLINE = "decline"
    SPAM = "spam"
    CUSTOMER_WRITES = "customer_writes"
    ACCEPT = "accept"
    REOPEN = "reopen"
    EXPIRE = "expire"


_S, _M = CaseState, Move
MOVES: Mapping[tuple[CaseState, Move], CaseState] = {
    (_S.NEW, _M.TAKE): _S.OPEN,
    (_S.OPEN, _M.TAKE): _S.OPEN,
    (_S.WAITING_CUSTOMER, _M.TAKE): _S.WAITING_CUSTOMER,
    (_S.NEW, _M.REPLY): _S.WAITING_CUSTOMER,
    (_S.OPEN, _M.REPLY): _S.WAITING_CUSTOMER,
    (_S.WAITING_CUSTOMER, _M.REPLY): _S.WAITING_CUSTOMER,
    (_S.RESOLVED, _M.REPLY): _S.WAITING_CUSTOMER,
    (_S.DECLINED, _M.REPLY): _S.WAITING_CUSTOMER,
    **{(state, _M.NOTE): state for state in _S},
    (_S.NEW, _M.WAIT): _S.WAITING_CUSTOMER,
    (_S.OPEN, _M.WAIT): _S.WAITING_CUSTOMER,
    (_S.NEW, _M.RESOLVE): _S.RESOLVED,
    (_S.OPEN, _M.RESOLVE): _S.RESOLVED,
    (_S.WAITING_CUSTOMER, _M.RESOLVE): _S.RESOLVED,
    (_S.NEW, _M.DECLINE): _S.DECLINED,
    (_S.OPEN, _M.DECLINE): _S.DECLINED,
    (_S.WAITING_CUSTOMER, _M.DECLINE): _S.DECLINED,
    (_S.NEW, _M.SPAM): _S.SPAM,
    (_S.OPEN, _M.SPAM): _S.SPAM,
    (_S.NEW, _M.CUSTOMER_WRITES): _S.NEW,
    (_S.OPEN, _M.CUSTOMER_WRITES): _S.OPEN,
    (_S.WAITING_CUSTOMER, _M.CUSTOMER_WRITES): _S.OPEN,
    (_S.RESOLVED, _M.ACCEPT): _S.CLOSED,
    (_S.DECLINED, _M.ACCEPT): _S.CLOSED,
    (_S.RESOLVED, _M.REOPEN): _S.OPEN,
    (_S.DECLINED, _M.REOPEN): _S.OPEN,
    (_S.CLOSED, _M.REOPEN): _S.OPEN,
    (_S.SPAM, _M.REOPEN): _S.OPEN,
    (_S.RESOLVED, _M.EXPIRE): _S.CLOSED,
    (_S.DECLINED, _M.EXPIRE): _S.CLOSED,
}


def state_after(state: CaseState, move: Move) -> CaseState | None:
    """Return the state that *move* leads to from *state*, or None when it is not allowed there."""
    return MOVES.get((state, move))


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
