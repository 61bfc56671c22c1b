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
    """That staff resolved or *declined* a case, and when it was opened again, by the customer or for her."""

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
    state, decisions = CaseState.NEW, list[Decision]()
    decided: dt.datetime | None = None
    closed: dt.datetime | None = None
    accepted: dt.datetime | None = None
    for event in events:
        if event.at >= until:
            break
        after = event.state or _LED_TO.get(event.move, state)
        if after in _DECIDED and state not in _DECIDED:
            decided = event.at
            decisions.append(Decision(event.at, declined=after is CaseState.DECLINED))
        elif after is CaseState.CLOSED and state is not CaseState.CLOSED:
            closed = event.at
            accepted = event.at if event.move is Move.ACCEPT else None
        elif after not in _OVER and state in _OVER:
            decided = closed = accepted = None
            if event.move is Move.REOPEN and decisions:
                decisions[-1] = replace(decisions[-1], reopened_at=event.at)
        state = after
    if not decisions and state not in _OVER:
        decided, closed = _before(case.decided_at, until), _before(case.closed_at, until)
        decisions = list(case.decisions) if decided is not None else []
    elif state in _DECIDED:
        closed = _before(case.closed_at, until)  # it may have been closed without a line
    answers = (_before(case.answered_at, until), decisions[0].at if decisions else None)
    return replace(
        case,
        answered_at=min((at for at in answers if at is not None), default=None),
        decided_at=decided,
        closed_at=closed,
        accepted_at=accepted,
        decisions=tuple(decisions),
    )


def _before(at: dt.datetime | None, until: dt.datetime) -> dt.datetime | None:
    return at if at is not None and at < until else None
