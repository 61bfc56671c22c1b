"""Whose a new case is: the ways in their order, the least busy, and in turn where all are equally so."""

from __future__ import annotations

import pytest

from domain.assignment import Candidate, chosen_owner
from domain.case_rules import Assignment

OWNER, DESK, LEAST = Assignment.CUSTOMER_OWNER, Assignment.CATEGORY, Assignment.LEAST_BUSY
OLGA, PETE, QUINN = Candidate(61, busy=2, last_given=7), Candidate(62, busy=1, last_given=9), Candidate(63, busy=1)
ALL = (OLGA, PETE, QUINN)


@pytest.mark.parametrize(
    ("ways", "candidates", "own", "desk", "chosen"),
    [
        ((), ALL, 61, (61,), None),  # nothing is configured
        ((OWNER, DESK, LEAST), ALL, 61, (62,), 61),  # her own person, however busy
        ((OWNER, DESK, LEAST), ALL, 99, (61,), 61),  # who has left: the desk
        ((OWNER, DESK, LEAST), ALL, None, (99,), 63),  # nobody of the desk is there: the least busy
        ((OWNER, DESK), ALL, None, (), None),  # no desk for the category, and no further way: nobody's
        ((DESK,), ALL, None, (61, 62), 62),  # of a desk the least busy
        ((LEAST,), ALL, None, (), 63),  # of two with one case each the one who was given one longest ago
        ((LEAST,), (Candidate(62), Candidate(61)), None, (), 61),  # and at the very beginning the least id
        ((LEAST,), (), None, (), None),  # nobody can be reached
    ],
)
def test_first_way_that_finds_somebody_holds(
    ways: tuple[Assignment, ...],
    candidates: tuple[Candidate, ...],
    own: int | None,
    desk: tuple[int, ...],
    chosen: int | None,
) -> None:
    """And of several it takes the one with the fewest open cases."""
    assert chosen_owner(ways, candidates, own=own, desk=desk) == chosen


def test_cases_go_round_where_everybody_is_equally_busy() -> None:
    """Three people with nothing to do get one each, not one of them all."""
    given = {61: 0, 62: 0, 63: 0}
    order = []
    for number in range(1, 7):
        candidates = [Candidate(who, 0, last) for who, last in given.items()]
        chosen = chosen_owner((LEAST,), candidates)
        assert chosen is not None
        given[chosen] = number
        order.append(chosen)
    assert order == [61, 62, 63, 61, 62, 63]
