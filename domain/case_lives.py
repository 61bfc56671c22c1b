"""How a case went, as it stood at a moment: read from its history, so that a past month's report stays the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.cases import CaseEvent, CaseKind, CaseState, Move

_DECIDED = frozenset({CaseState.RESOLVED, CaseState.DECLINED})
_OVER = _DECIDED | {CaseState.CLOSED}
_LED_TO = {  # what older versions did not write down
    Move.RESOLVE: CaseState.RESOLVED,
    Move.DECLINE: CaseState.DECLINED,
    Move.ACCEPT: CaseState.CLOSED,
    Move.EXPIRE: CaseState.CLOSED,
    Move.REOPEN: CaseState.OPEN,
    Move.REPLY: CaseState.WAITING_CUSTOMER,
    Move.WAIT: CaseState.WAITING_CUSTOMER,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """That staff resolved or *declined* a case, and when the customer had it opened again, if she did."""

    at: dt.datetime
    declined: bool = False
    reopened_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseLife:
    """
    A case as it stood at a moment.

    *answered_at* is the first human answer: a reply, or the decision where that came first. *decided_at* is the
    decision that stands, None while the case is open; *closed_at* likewise; *accepted_at* is when the customer herself
    said that it is settled. *said_at* is when she said what the case is about: a follow-up's answer in the survey.
    """

    number: int
    customer_id: int
    kind: CaseKind
    category: str
    opened_at: dt.datetime
    said_at: dt.datetime
    cause: str = ""
    answered_at: dt.datetime | None = None
    decided_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    accepted_at: dt.datetime | None = None
    decisions: tuple[Decision, ...] = ()
    first_answer_due: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        """Say whether staff still owed something."""
        return self.decided_at is None and self.closed_at is None

    @property
    def over_at(self) -> dt.datetime | None:
        """When it was decided or, without a decision, closed; None while it is open."""
        return self.decided_at or self.closed_at


def life_at(case: CaseLife, events: Iterable[CaseEvent], until: dt.datetime) -> CaseLife:
    """
    Return how *case*, which is given as the store has it now, stood just before *until*.

    *events* are its history, the oldest first. What came later is as if it had not been. A case that has no history of
    its decision (rows of an import) is taken as it stands.
    """
    before = [event for event in events if event.at < until]
    life = replace(case, answered_at=None, decided_at=None, closed_at=None, accepted_at=None)
    state = CaseState.NEW
    for event in before:
        after = event.state or _LED_TO.get(event.move, state)
        life = _moved(life, state, after, event)
        state = after
    if not life.decisions and state not in _OVER:
        life = _as_it_stands(life, case, until)
    answers = [case.answered_at, life.decisions[0].at if life.decisions else None]
    answered = min((at for at in answers if at is not None and at < until), default=None)
    return replace(life, answered_at=answered)


def _moved(life: CaseLife, before: CaseState, after: CaseState, event: CaseEvent) -> CaseLife:
    if after in _DECIDED and before not in _DECIDED:
        decided = Decision(event.at, declined=after is CaseState.DECLINED)
        return replace(life, decided_at=event.at, decisions=(*life.decisions, decided))
    if after is CaseState.CLOSED and before is not CaseState.CLOSED:
        accepted = event.at if event.move is Move.ACCEPT else None
        return replace(life, closed_at=event.at, accepted_at=accepted)
    if after.is_open and before in _OVER:
        decisions = life.decisions
        if event.move is Move.REOPEN and decisions:
            decisions = (*decisions[:-1], replace(decisions[-1], reopened_at=event.at))
        return replace(life, decided_at=None, closed_at=None, accepted_at=None, decisions=decisions)
    return life


def _as_it_stands(life: CaseLife, case: CaseLife, until: dt.datetime) -> CaseLife:
    decided = case.decided_at if case.decided_at is not None and case.decided_at < until else None
    closed = case.closed_at if case.closed_at is not None and case.closed_at < until else None
    return replace(life, decided_at=decided, closed_at=closed, decisions=case.decisions if decided is not None else ())
