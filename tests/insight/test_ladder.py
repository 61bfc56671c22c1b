"""The ladder: each step's limits, no step over a gap, and moves both ways with their evidence."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.ladder import Evidence, Ladder, Step, move_of, standing_of

DAY = dt.date(2027, 3, 28)


@pytest.mark.parametrize(
    ("evidence", "step"),
    [
        (Evidence(), Step.PROSPECT),
        (Evidence(visits=1, visits_in_year=1), Step.PURCHASER),
        (Evidence(visits=9, visits_in_year=2), Step.PURCHASER),
        (Evidence(visits=3, visits_in_year=3), Step.CLIENT),
        (Evidence(visits=3, visits_in_year=3, nps=8), Step.CLIENT),
        (Evidence(visits=3, visits_in_year=3, nps=9), Step.SUPPORTER),
        (Evidence(visits=3, visits_in_year=3, nps=9, referrals_joined=1), Step.ADVOCATE),
        (Evidence(visits=3, visits_in_year=3, nps=10, referrals_joined=2, is_partner=True), Step.PARTNER),
        (Evidence(visits=3, visits_in_year=3, referrals_joined=2, is_partner=True), Step.CLIENT),
    ],
)
def test_step_is_the_highest_without_a_gap(evidence: Evidence, step: Step) -> None:
    """Who refers friends but does not like us is no advocate."""
    assert standing_of(evidence).step is step


def test_own_limits_move_the_steps() -> None:
    """A car dealer's client comes less often than a grocer's."""
    evidence = Evidence(visits=1, visits_in_year=1)
    assert standing_of(evidence, Ladder(client_visits=1)).step is Step.CLIENT


def test_what_is_missing_for_the_next_step_is_told() -> None:
    """Staff see what to work on."""
    assert standing_of(Evidence(visits=5, visits_in_year=2)).missing == "3 visits in a year, has 2"
    assert standing_of(Evidence(visits=5, visits_in_year=5)).missing == "a recommendation of at least 9, last unknown"


def test_moves_go_both_ways_with_their_evidence() -> None:
    """A climb says what carries it, a fall what is missing now."""
    up = move_of(Step.PURCHASER, Evidence(visits=3, visits_in_year=3), DAY)
    assert up is not None
    assert (up.is_up, up.after, up.evidence) == (True, Step.CLIENT, "3 visits in a year")
    down = move_of(Step.ADVOCATE, Evidence(visits=9, visits_in_year=4, nps=6, referrals_joined=1), DAY)
    assert down is not None
    assert (down.is_up, down.after) == (False, Step.CLIENT)
    assert down.evidence == "4 visits in a year; needs a recommendation of at least 9, last 6"


EVIDENCE = st.builds(
    Evidence,
    st.integers(0, 9),
    st.integers(0, 9),
    st.none() | st.integers(0, 10),
    st.integers(0, 3),
    st.booleans(),
)


@given(EVIDENCE, st.sampled_from(list(Step)))
def test_after_a_move_the_same_evidence_moves_no_further(evidence: Evidence, before: Step) -> None:
    """A night that is run twice changes nothing the second time."""
    move = move_of(before, evidence, DAY)
    assert move_of(before if move is None else move.after, evidence, DAY) is None
