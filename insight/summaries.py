"""Answers that make no score, summed up: choices as shares with their intervals, numbers by their quartiles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from insight.intervals import wilson
from insight.scores import LEAST_ANSWERS


@dataclass(frozen=True, slots=True)
class Proportion:
    """How many chose something; the share with Wilson's 95 % interval (0 to 1) is None with fewer than ten answers."""

    count: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers by their order. With fewer than ten of them only *n* is told, and the rest is None."""

    n: int
    mean: float | None = None
    least: float | None = None
    lower: float | None = None
    median: float | None = None
    upper: float | None = None
    most: float | None = None


def proportions(counts: Mapping[str, int], n: int) -> dict[str, Proportion]:
    """Give each choice's part of *n* who answered; where several may be chosen, the parts add up to more than one."""
    found = {}
    for name, count in counts.items():
        interval = wilson(count, n)
        enough = n >= LEAST_ANSWERS
        bounds = (count / n, interval.low, interval.high) if enough else (None, None, None)
        found[name] = Proportion(count, *bounds)
    return found


def numbers(counted: Iterable[tuple[float, int]]) -> Numbers:
    """
    Sum up numbers that are given as (value, how often).

    Quartiles are definition 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American
    Statistician 50 (1996) 361-365: linear between the order statistics at 1 + (n - 1) p.
    """
    ordered = sorted((value, count) for value, count in counted if count > 0)
    n = sum(count for _, count in ordered)
    if n < LEAST_ANSWERS:
        return Numbers(n)
    mean = math.fsum(value * count for value, count in ordered) / n

    def at(place: int) -> float:
        for value, count in ordered:
            if place < count:
                return value
            place -= count
        return ordered[-1][0]

    def quantile(p: float) -> float:
        place = (n - 1) * p
        low = at(math.floor(place))
        return low + (place - math.floor(place)) * (at(math.ceil(place)) - low)

    return Numbers(n, mean, ordered[0][0], quantile(0.25), quantile(0.5), quantile(0.75), ordered[-1][0])
