"""Confidence intervals for shares and for the Net Promoter Score that hold with few answers, too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval with its lower and upper bound, in the unit of the estimate it belongs to."""

    low: float
    high: float


def z_for(confidence: float) -> float:
    """Give the two-sided standard normal quantile: 1.96 for 0.95. Raises ValueError outside 0 to 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}: is not between 0 and 1; 0.95 is usual")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def t_for(confidence: float, freedom: float) -> float:
    """
    Give the two-sided quantile of Student's t with *freedom* degrees: 2.262 for 0.95 and 9.

    The expansion around the normal quantile, M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions (1964),
    26.7.5; right to three digits from 8 degrees on. Raises ValueError under 3 degrees, where it is not.
    """
    if freedom < 3:
        raise ValueError(f"t: {freedom} degrees of freedom are too few for this expansion; gather more answers")
    z = z_for(confidence)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """
    Give Wilson's score interval for a share (0 to 1), without continuity correction.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212; method
    3 of R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998)
    857-872. Without answers it is 0 to 1. Raises ValueError for impossible counts.
    """
    _refuse_impossible(successes, n)
    if n == 0:
        return Interval(0.0, 1.0)
    z2 = z_for(confidence) ** 2
    share = successes / n
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    return Interval(low, 1.0 if successes == n else min(1.0, middle + half))


def adjusted_wald(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """
    Give the adjusted Wald interval for a share (0 to 1): z²/2 successes and z²/2 failures are added.

    A. Agresti and B. A. Coull, "Approximate is better than 'exact' for interval estimation of binomial proportions",
    The American Statistician 52 (1998) 119-126. It always contains Wilson's. Raises ValueError for impossible counts.
    """
    _refuse_impossible(successes, n)
    if n == 0:
        return Interval(0.0, 1.0)
    z = z_for(confidence)
    total = n + z * z
    share = (successes + z * z / 2) / total
    half = z * math.sqrt(share * (1 - share) / total)
    return Interval(max(0.0, share - half), min(1.0, share + half))


def nps_adjusted_wald(promoters: int, detractors: int, n: int, confidence: float = 0.95) -> Interval:
    """
    Give the adjusted Wald interval for the Net Promoter Score, in points from -100 to 100.

    Three answers are added: ¾ promoters, 1½ passives, ¾ detractors. B. Rocks, "Interval estimation for the 'Net
    Promoter Score'", The American Statistician 70 (2016) 365-372. Raises ValueError for impossible counts.
    """
    score, error = nps_adjusted(promoters, detractors, n)
    half = z_for(confidence) * error
    return Interval(max(-100.0, 100 * (score - half)), min(100.0, 100 * (score + half)))


def nps_adjusted(promoters: int, detractors: int, n: int) -> tuple[float, float]:
    """Give the adjusted Net Promoter Score (-1 to 1) and its standard error; the source is that of the interval."""
    if promoters < 0 or detractors < 0 or promoters + detractors > n:
        raise ValueError(f"nps: {promoters} promoters and {detractors} detractors of {n} cannot be; count again")
    total = n + 3
    up, down = (promoters + 0.75) / total, (detractors + 0.75) / total
    score = up - down
    return score, math.sqrt((up + down - score * score) / total)


def _refuse_impossible(successes: int, n: int) -> None:
    if not 0 <= successes <= n:
        raise ValueError(f"share: {successes} of {n} cannot be; count again")
