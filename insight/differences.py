"""Whether two waves of a survey differ by more than chance: difference, its interval, and a p-value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from insight.intervals import Interval, nps_adjusted, wilson, z_for
from insight.scores import Score, ScoreKind


@dataclass(frozen=True, slots=True)
class Difference:
    """
    The later score less the earlier: *value*, *low* and *high* in the scores' unit (points, or percentage points).

    *p* is two-sided. *is_significant* says whether p is under 1 less the confidence.
    """

    value: float
    low: float
    high: float
    p: float
    is_significant: bool


def difference_of(earlier: Score, later: Score, confidence: float = 0.95) -> Difference | None:
    """
    Compare two waves of one kind of score; None where one of them has too few answers.

    The answers are taken as independent samples. Raises ValueError for different kinds.
    """
    if earlier.kind is not later.kind:
        raise ValueError(f"waves: {earlier.kind} and {later.kind} cannot be compared; choose one kind")
    if earlier.value is None or later.value is None:
        return None
    if earlier.kind is ScoreKind.NPS:
        interval, p = nps_difference(
            (later.favourable, later.unfavourable, later.n),
            (earlier.favourable, earlier.unfavourable, earlier.n),
            confidence,
        )
    else:
        share = newcombe((later.favourable, later.n), (earlier.favourable, earlier.n), confidence)
        interval = Interval(100 * share.low, 100 * share.high)
        p = two_proportion_p((later.favourable, later.n), (earlier.favourable, earlier.n))
    return Difference(later.value - earlier.value, interval.low, interval.high, p, p < 1 - confidence)


def newcombe(first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95) -> Interval:
    """
    Give the interval for the share of *first* less that of *second*, each (successes, n); shares from 0 to 1.

    The hybrid score method, method 10 of R. G. Newcombe, "Interval estimation for the difference between independent
    proportions: comparison of eleven methods", Statistics in Medicine 17 (1998) 873-890.
    """
    (x1, n1), (x2, n2) = first, second
    if not n1 or not n2:
        return Interval(-1.0, 1.0)
    one, two = wilson(x1, n1, confidence), wilson(x2, n2, confidence)
    p1, p2 = x1 / n1, x2 / n2
    low = p1 - p2 - math.hypot(p1 - one.low, two.high - p2)
    high = p1 - p2 + math.hypot(one.high - p1, p2 - two.low)
    return Interval(max(-1.0, low), min(1.0, high))


def two_proportion_p(first: tuple[int, int], second: tuple[int, int]) -> float:
    """
    Give the two-sided p-value of the "N-1" two-proportion test of (successes, n) against (successes, n).

    It is the usual pooled z times √((N-1)/N), which keeps its level with small groups: E. S. Pearson, Biometrika 34
    (1947) 139-167; I. Campbell, "Chi-squared and Fisher-Irwin tests of two-by-two tables with small sample
    recommendations", Statistics in Medicine 26 (2007) 3661-3675. 1 where nothing can differ.
    """
    (x1, n1), (x2, n2) = first, second
    total = n1 + n2
    if not n1 or not n2 or x1 + x2 in {0, total}:
        return 1.0
    pooled = (x1 + x2) / total
    error = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    return _two_sided((x1 / n1 - x2 / n2) / error * math.sqrt((total - 1) / total))


def nps_difference(
    first: tuple[int, int, int], second: tuple[int, int, int], confidence: float = 0.95
) -> tuple[Interval, float]:
    """
    Give interval and two-sided p-value for the NPS of *first* less that of *second*, each (promoters, detractors, n).

    In points. Adjusted Wald for both groups (B. Rocks, The American Statistician 70 (2016) 365-372), their variances
    added, as J. Lewis and J. Sauro, "How to statistically compare two Net Promoter Scores", MeasuringU (2021).
    """
    one, two = nps_adjusted(*first), nps_adjusted(*second)
    error = math.hypot(one[1], two[1])
    gap = one[0] - two[0]
    half = z_for(confidence) * error
    return Interval(max(-200.0, 100 * (gap - half)), min(200.0, 100 * (gap + half))), _two_sided(gap / error)


def _two_sided(z: float) -> float:
    return min(1.0, 2 * NormalDist().cdf(-abs(z)))
