"""
Recency, frequency and monetary value as scores from 1 to 5, by quintiles or by a company's own cut points.

The method of direct marketing: A. M. Hughes, "Strategic Database Marketing" (1994); J. R. Bult and T. Wansbeek,
"Optimal selection for direct mail", Marketing Science 14 (1995) 378-394. Equal behaviour always gets equal scores.
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

SCORES = 5


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one customer did: the day of her last purchase, how many visits, how much in major units."""

    customer_id: int
    last_purchase: dt.date
    visits: int
    spent: Decimal


@dataclass(frozen=True, slots=True, order=True)
class Rfm:
    """Three scores from 1 (worst) to 5 (best)."""

    recency: int
    frequency: int
    monetary: int

    @property
    def code(self) -> str:
        """The scores side by side: "555" is the best customer."""
        return f"{self.recency}{self.frequency}{self.monetary}"


class Quintiles(enum.StrEnum):
    """
    How fifths are taken.

    INDEPENDENT: each of the three over all customers. NESTED: frequency within each fifth of recency, and monetary
    value within each of those 25 cells, as Hughes does, so that the 125 cells are about equally large.
    """

    INDEPENDENT = "independent"
    NESTED = "nested"


@dataclass(frozen=True, slots=True)
class CutPoints:
    """
    A company's own four cut points a score.

    *recency* in days since the last purchase, rising: at most the first is 5, more than the last is 1. *frequency* in
    visits and *monetary* in major units, rising: under the first is 1, at least the last is 5.
    """

    recency: tuple[int, int, int, int]
    frequency: tuple[int, int, int, int]
    monetary: tuple[Decimal, Decimal, Decimal, Decimal]

    def __post_init__(self) -> None:
        _refuse_unless_rising("recency", self.recency)
        _refuse_unless_rising("frequency", self.frequency)
        _refuse_unless_rising("monetary", self.monetary)


def _refuse_unless_rising(name: str, cuts: Sequence[int | Decimal]) -> None:
    if len(cuts) != SCORES - 1 or any(low >= high for low, high in itertools.pairwise(cuts)):
        raise ValueError(f"{name}: {cuts} are not four rising cut points; write four, each above the one before")


@dataclass(frozen=True, slots=True)
class Scheme:
    """A named way to score; its name is stored with every score, so that two schemes are never mixed up."""

    name: str
    by: Quintiles | CutPoints


INDEPENDENT = Scheme("quintiles", Quintiles.INDEPENDENT)
NESTED = Scheme("nested quintiles", Quintiles.NESTED)


def score_customers(behaviours: Iterable[Behaviour], today: dt.date, scheme: Scheme = INDEPENDENT) -> dict[int, Rfm]:
    """
    Score every customer who has bought, by customer id.

    A quintile's score is the fifth in which the middle of a customer's ties lies, so fewer than five different values
    do not fill all five. A purchase later than *today* counts as today's.
    """
    customers = list(behaviours)
    match scheme.by:
        case CutPoints() as cuts:
            return {one.customer_id: _cut(one, cuts, today) for one in customers}
        case Quintiles.INDEPENDENT:
            recency = _fifths(customers, lambda one: -_days(one, today))
            frequency = _fifths(customers, lambda one: one.visits)
            monetary = _fifths(customers, lambda one: one.spent)
            return {i: Rfm(recency[i], frequency[i], monetary[i]) for i in recency}
        case Quintiles.NESTED:
            return _nested(customers, today)


def cell_sizes(scores: Mapping[int, Rfm]) -> dict[str, int]:
    """Count the customers of each cell that has any, the best cell first."""
    counts: defaultdict[str, int] = defaultdict(int)
    for rfm in scores.values():
        counts[rfm.code] += 1
    return dict(sorted(counts.items(), reverse=True))


def _days(one: Behaviour, today: dt.date) -> int:
    return max(0, (today - one.last_purchase).days)


def _fifths(customers: Sequence[Behaviour], measure: Callable[[Behaviour], int | Decimal]) -> dict[int, int]:
    ordered = sorted(measure(one) for one in customers)
    count = len(ordered)
    found: dict[int, int] = {}
    for one in customers:
        value = measure(one)
        twice_middle = bisect_left(ordered, value) + bisect_right(ordered, value) + 1
        found[one.customer_id] = -(-SCORES * twice_middle // (2 * count)) if count > 1 else SCORES
    return {customer_id: min(SCORES, score) for customer_id, score in found.items()}


def _nested(customers: Sequence[Behaviour], today: dt.date) -> dict[int, Rfm]:
    found: dict[int, Rfm] = {}
    recency = _fifths(customers, lambda one: -_days(one, today))
    for r, of_recency in _grouped(customers, recency).items():
        frequency = _fifths(of_recency, lambda one: one.visits)
        for f, of_both in _grouped(of_recency, frequency).items():
            monetary = _fifths(of_both, lambda one: one.spent)
            found.update({i: Rfm(r, f, m) for i, m in monetary.items()})
    return found


def _grouped(customers: Sequence[Behaviour], scores: Mapping[int, int]) -> dict[int, list[Behaviour]]:
    groups: defaultdict[int, list[Behaviour]] = defaultdict(list)
    for one in customers:
        groups[scores[one.customer_id]].append(one)
    return groups


def _cut(one: Behaviour, cuts: CutPoints, today: dt.date) -> Rfm:
    return Rfm(
        SCORES - bisect_left(cuts.recency, _days(one, today)),
        1 + bisect_right(cuts.frequency, one.visits),
        1 + bisect_right(cuts.monetary, one.spent),
    )
