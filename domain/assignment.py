"""Whose a new case is: the customer's own person, a category's desk, or whoever has least to do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.case_rules import Assignment


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A member of staff who can be given a case.

    *busy* counts her open cases; *last_given* is the number of the newest case that is hers, 0 where that is long ago.
    """

    id: int
    busy: int = 0
    last_given: int = 0


def chosen_owner(
    ways: Sequence[Assignment],
    candidates: Collection[Candidate],
    *,
    own: int | None = None,
    desk: Collection[int] = (),
) -> int | None:
    """
    Return whose a new case is, by the first of *ways* that finds somebody among *candidates*; None where none does.

    *own* is the customer's own person, *desk* who has the case's category. Of several, the one with the fewest open
    cases gets it; of those with equally many, the one who was given one longest ago, then the one with the least id.
    """
    for way in ways:
        match way:
            case Assignment.CUSTOMER_OWNER:
                fitting = [each for each in candidates if each.id == own]
            case Assignment.CATEGORY:
                fitting = [each for each in candidates if each.id in desk]
            case Assignment.LEAST_BUSY:
                fitting = list(candidates)
        if fitting:
            return min(fitting, key=lambda each: (each.busy, each.last_given, each.id)).id
    return None
