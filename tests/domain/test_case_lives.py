"""How a case stood at a moment, from its history."""

from __future__ import annotations

import datetime as dt

from domain.case_lives import CaseLife, Decision, life_at
from domain.cases import CaseEvent, CaseKind, CaseState, Move

NOON = dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC)
STORED = CaseLife(1, 7, CaseKind.COMPLAINT, "delivery", NOON, NOON)


def after(hours: float) -> dt.datetime:
    """Return so many hours after the case was opened."""
    return NOON + dt.timedelta(hours=hours)


def line(hours: float, move: Move, state: CaseState | None = None) -> CaseEvent:
    """Return a line of its history; without *state* as older versions wrote it."""
    return CaseEvent(1, after(hours), move, None, "", state)


def test_each_moment_has_the_life_up_to_it() -> None:
    """Decided, accepted, opened again by her, decided anew: each moment knows only what was before it."""
    events = [
        line(1, Move.REPLY, CaseState.WAITING_CUSTOMER),
        line(2, Move.RESOLVE, CaseState.RESOLVED),
        line(3, Move.ACCEPT, CaseState.CLOSED),
        line(4, Move.REOPEN, CaseState.OPEN),
        line(5, Move.DECLINE, CaseState.DECLINED),
    ]
    resolved, open_again, declined = (life_at(STORED, events, after(hours)) for hours in (3.5, 4.5, 9))
    assert (resolved.decided_at, resolved.closed_at, resolved.accepted_at) == (after(2), after(3), after(3))
    assert open_again.is_open
    assert open_again.decisions == (Decision(after(2), reopened_at=after(4)),)
    assert (declined.decided_at, declined.closed_at) == (after(5), None)
    assert declined.decisions[1] == Decision(after(5), declined=True)
    assert life_at(STORED, events, after(2)).decisions == ()  # just before it


def test_reply_after_the_decision_opens_the_case_but_not_for_her() -> None:
    """Staff write again: the decision does not stand, and nobody has opened it again."""
    life = life_at(STORED, [line(2, Move.RESOLVE), line(3, Move.REPLY)], after(9))
    assert life.is_open
    assert life.decisions == (Decision(after(2)),)


def test_decision_is_an_answer_where_it_came_first() -> None:
    """Whoever was told the outcome has been answered."""
    stored = CaseLife(1, 7, CaseKind.COMPLAINT, "delivery", NOON, NOON, answered_at=after(5))
    assert life_at(stored, [line(2, Move.RESOLVE)], after(9)).answered_at == after(2)
    assert life_at(stored, [], after(9)).answered_at == after(5)
    assert life_at(stored, [], after(5)).answered_at is None


def test_case_without_lines_is_taken_as_it_stands() -> None:
    """Rows of an import or of a sample have dates but no history, or none of their end."""
    decisions = (Decision(after(2)),)
    stored = CaseLife(
        1, 7, CaseKind.COMPLAINT, "delivery", NOON, NOON, decided_at=after(2), closed_at=after(3), decisions=decisions
    )
    bare = life_at(stored, [], after(9))
    assert (bare.decided_at, bare.closed_at, bare.decisions) == (after(2), after(3), decisions)
    assert life_at(stored, [], after(1)).is_open
    assert life_at(stored, [line(2, Move.RESOLVE)], after(9)).closed_at == after(3)
