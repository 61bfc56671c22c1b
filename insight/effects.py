"""
What a newsletter brought about, from counts: shares with intervals, against the hold-out group, and between variants.

Who was kept from a newsletter was so by lot, so a difference beyond chance is its effect. Groups of under ten say
nothing; amounts need ten buyers on each side, because a few large receipts would decide.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.effects import Doings
from insight.differences import newcombe, two_proportion_p
from insight.intervals import Interval, t_for, wilson
from insight.scores import LEAST_ANSWERS

LEAST = LEAST_ANSWERS
COMPARED = ("bought", "blocked", "opted_out", "complained")
"""What those who got nothing can do as well: the rest needs a message to click on, to answer or to react to."""


@dataclass(frozen=True, slots=True)
class Rate:
    """*count* of *n* people; the share with Wilson's 95 % interval (0 to 1) is None with fewer than ten people."""

    count: int
    n: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """
    The first group less the second, with its 95 % interval; all None where one of them is too small.

    In the unit of what is compared: shares from -1 to 1, amounts in minor units per customer.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the interval leaves out no difference."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True)
class Lift:
    """What being meant to get it changed, beside those kept from it: shares by name, and the amount per customer."""

    n: int
    held_out: int
    shares: Mapping[str, Gap]
    amount: Gap
    mean: float | None = None  # minor units per customer, None where the gap is
    held_out_mean: float | None = None

    @property
    def is_too_few(self) -> bool:
        """Whether one of the groups is too small to say anything."""
        return min(self.n, self.held_out) < LEAST


@dataclass(frozen=True, slots=True)
class Contest:
    """
    Two variants: the share of *first* less that of *second*, and p adjusted for how many pairs were compared.
    """

    first: str
    second: str
    gap: Gap
    p: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an experiment showed: each variant's rate, each pair, and the variant that beat all others, or ""."""

    rates: Mapping[str, Rate]
    contests: tuple[Contest, ...]
    winner: str = ""


def rate(count: int, n: int) -> Rate:
    """Give how many of *n* did something."""
    if n < LEAST:
        return Rate(count, n)
    interval = wilson(count, n)
    return Rate(count, n, count / n, interval.low, interval.high)


def lift(assigned: Doings, held_out: Doings) -> Lift:
    """
    Compare all who were to get a newsletter, reached or not, with all who were kept from it.

    Shares by Newcombe's method 10. Amounts per customer, buyers or not, by Welch's interval.
    """
    shares = {}
    for name in COMPARED:
        pair = ((getattr(assigned, name), assigned.n), (getattr(held_out, name), held_out.n))
        shares[name] = share_gap(*pair)
    amount = Gap()
    if min(assigned.bought, held_out.bought) >= LEAST:
        interval = welch(
            (assigned.n, assigned.amount, assigned.squares), (held_out.n, held_out.amount, held_out.squares)
        )
        mean, other = assigned.amount / assigned.n, held_out.amount / held_out.n
        amount = Gap(mean - other, interval.low, interval.high)
        return Lift(assigned.n, held_out.n, shares, amount, mean, other)
    return Lift(assigned.n, held_out.n, shares, amount)


def share_gap(first: tuple[int, int], second: tuple[int, int]) -> Gap:
    """Give the share of *first* less that of *second*, each (successes, n), by Newcombe's method 10."""
    if min(first[1], second[1]) < LEAST:
        return Gap()
    interval = newcombe(first, second)
    return Gap(first[0] / first[1] - second[0] / second[1], interval.low, interval.high)


def welch(first: tuple[int, float, float], second: tuple[int, float, float], confidence: float = 0.95) -> Interval:
    """
    Give the interval for the mean of *first* less that of *second*, each (n, sum, sum of squares), n at least 2.

    As `insight.behaviour.welch_interval`, which says the source, from sums instead of values.
    """
    (n1, total1, squares1), (n2, total2, squares2) = first, second
    gap = total1 / n1 - total2 / n2
    one, two = _variance(n1, total1, squares1) / n1, _variance(n2, total2, squares2) / n2
    if one + two == 0:
        return Interval(gap, gap)
    freedom = (one + two) ** 2 / (one**2 / (n1 - 1) + two**2 / (n2 - 1))
    half = t_for(confidence, freedom) * math.sqrt(one + two)
    return Interval(gap - half, gap + half)


def judge(counts: Mapping[str, tuple[int, int]], confidence: float = 0.95) -> Outcome:
    """
    Say which variant of {name: (successes, n)} did better than each other by more than chance, if any did.

    Every pair is tested, and p is adjusted by S. Holm, "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6 (1979) 65-70, so that the chance to name any winner where there is none stays
    under 1 less *confidence*. With fewer than ten customers in a variant nothing wins. It holds for one look only.
    """
    rates = {name: rate(*counted) for name, counted in counts.items()}
    pairs = list(itertools.combinations(counts, 2))
    adjusted = holm([two_shares_p(counts[one], counts[two]) for one, two in pairs])
    contests = tuple(
        Contest(one, two, share_gap(counts[one], counts[two]), p) for (one, two), p in zip(pairs, adjusted, strict=True)
    )
    enough = len(counts) > 1 and all(n >= LEAST for _, n in counts.values())
    winner = ""
    if enough:
        best = max(counts, key=lambda name: counts[name][0] / counts[name][1])
        if all(each.p < 1 - confidence for each in contests if best in {each.first, each.second}):
            winner = best
    return Outcome(rates, contests, winner)


def holm(ps: Sequence[float]) -> list[float]:
    """Adjust p-values of several tests by Holm's procedure, in their order."""
    adjusted = [1.0] * len(ps)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(ps)), key=lambda index: ps[index])):
        highest = max(highest, min(1.0, (len(ps) - place) * ps[index]))
        adjusted[index] = highest
    return adjusted


def two_shares_p(first: tuple[int, int], second: tuple[int, int]) -> float:
    """
    Give the two-sided p-value of two shares, each (successes, n).

    The "N-1" test where every expected count is at least 1, else the Fisher-Irwin test: I. Campbell, "Chi-squared and
    Fisher-Irwin tests of two-by-two tables with small sample recommendations", Statistics in Medicine 26 (2007)
    3661-3675.
    """
    (x1, n1), (x2, n2) = first, second
    total, successes = n1 + n2, x1 + x2
    if not n1 or not n2 or successes in {0, total}:
        return 1.0
    if min(n1, n2) * min(successes, total - successes) >= total:
        return two_proportion_p(first, second)
    return fisher_irwin_p(first, second)


def fisher_irwin_p(first: tuple[int, int], second: tuple[int, int]) -> float:
    """
    Give the exact two-sided p-value of two shares: all tables with the same margins that are no likelier are added up.

    J. O. Irwin, "Tests of significance for differences between percentages based on small numbers", Metron 12 (1935)
    83-94.
    """
    (x1, n1), (x2, n2) = first, second
    successes = x1 + x2
    least, most = max(0, successes - n2), min(successes, n1)

    def chance(x: int) -> float:
        ways = _log_ways(n1, x) + _log_ways(n2, successes - x) - _log_ways(n1 + n2, successes)
        return math.exp(ways)

    observed = chance(x1) * (1 + 1e-9)
    return min(1.0, math.fsum(p for x in range(least, most + 1) if (p := chance(x)) <= observed))


def _log_ways(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _variance(n: int, total: float, squares: float) -> float:
    return max(0.0, (squares - total * total / n) / (n - 1))
