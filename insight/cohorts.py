"""
What customers like her did: shares that bought again and mean purchases, counted by cohort, where no model speaks.

A cohort is told by how many quarters ago its first purchase was, how long it has been silent, and how many times it had
bought again; one that is too small is joined with those around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from insight.intervals import wilson, z_for
from insight.repeat_buying import Range
from insight.repeat_buying_model import Floats

LEAST = 30
"""A smaller cohort says nothing by itself."""

_QUARTER = 13.0  # weeks
_MOST_QUARTERS = 20
_SILENCES = (1.0, 2.0, 4.0, 8.0, 13.0, 26.0, 52.0, 104.0)  # weeks
_AGAINS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_ANY = -1

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cohort:
    """
    Customers who were alike at the split, and what they did in the weeks after it; -1 in a band is "any".

    *quarters* since the first purchase, *silence* and *again* are the places of their bands. *bought* of *n* bought
    again; *mean* and *error* are those of their purchases.
    """

    quarters: int
    silence: int
    again: int
    n: int
    bought: int
    mean: float
    error: float


@dataclass(frozen=True, slots=True)
class CohortRates:
    """
    The rates of all cohorts that are large enough, and of those that join them, counted over *weeks*.

    It answers as `insight.repeat_buying.Fit` does, but says less: *alive* is the share that bought again within the
    weeks counted, and *expected* the mean of the cohort, for other weeks in proportion.
    """

    weeks: float
    cohorts: tuple[Cohort, ...]

    def alive(self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike) -> Floats:
        """Give the share (0 to 1) of each customer's cohort that bought again within the weeks counted."""
        return self.alive_range(x, t_x, t).value

    def expected(self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike, weeks: float) -> Floats:
        """Give the mean purchases of each customer's cohort, in proportion to *weeks*."""
        return self.expected_range(x, t_x, t, weeks).value

    def alive_range(self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike, confidence: float = 0.95) -> Range:
        """Give the share of the cohort with Wilson's interval."""
        place = self._places(x, t_x, t)
        intervals = [wilson(each.bought, each.n, confidence) for each in self.cohorts]
        value = np.array([each.bought / each.n for each in self.cohorts])
        low, high = np.array([each.low for each in intervals]), np.array([each.high for each in intervals])
        return Range(value[place], low[place], high[place])

    def expected_range(
        self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike, weeks: float, confidence: float = 0.95
    ) -> Range:
        """Give the mean of the cohort with its normal interval, not below 0."""
        place, z, part = self._places(x, t_x, t), z_for(confidence), weeks / self.weeks
        value = np.array([each.mean for each in self.cohorts]) * part
        half = np.array([each.error for each in self.cohorts]) * z * part
        return Range(value[place], np.maximum(value - half, 0.0)[place], (value + half)[place])

    def _places(self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike) -> Ints:
        """Find each customer's cohort: her own, or the narrowest that joins it with others."""
        known = {(each.quarters, each.silence, each.again): place for place, each in enumerate(self.cohorts)}
        bands = _bands(x, t_x, t)
        codes, place = np.unique(_coded(*bands), return_inverse=True)
        found = np.empty(len(codes), dtype=np.int64)
        for number, code in enumerate(codes.tolist()):
            found[number] = next(known[key] for key in _from_narrow_to_wide(*_uncoded(code)) if key in known)
        return found[place]


def cohort_rates(
    x: ArrayLike, t_x: ArrayLike, t: ArrayLike, happened: ArrayLike, weeks: float, counts: ArrayLike | None = None
) -> CohortRates | None:
    """
    Count what happened in the *weeks* after a split to customers as they were at it; None for fewer than `LEAST`.

    Columns are as for `insight.back_test.back_test`, in weeks; cohorts are aligned by age, so that those of then tell
    of those who are as old now.
    """
    came = np.asarray(happened, dtype=np.float64)
    weights = np.ones(len(came)) if counts is None else np.asarray(counts, dtype=np.float64)
    if weights.sum() < LEAST:
        return None
    quarters, silence, again = _bands(x, t_x, t)
    any_band = np.full_like(quarters, _ANY)
    found: list[Cohort] = []
    for bands in (
        (quarters, silence, again),
        (any_band, silence, again),
        (any_band, silence, any_band),
        (any_band, any_band, any_band),
    ):
        found.extend(_counted(bands, came, weights))
    return CohortRates(weeks, tuple(found))


def _counted(bands: tuple[Ints, Ints, Ints], came: Floats, weights: Floats) -> list[Cohort]:
    codes, place = np.unique(_coded(*bands), return_inverse=True)
    n = np.bincount(place, weights)
    bought = np.bincount(place, weights * (came > 0))
    mean = np.bincount(place, weights * came) / n
    spread = np.bincount(place, weights * (came - mean[place]) ** 2) / np.maximum(n - 1, 1)
    error = np.sqrt(spread / n)
    return [
        Cohort(*_uncoded(int(code)), int(n[at]), int(bought[at]), float(mean[at]), float(error[at]))
        for at, code in enumerate(codes)
        if n[at] >= LEAST
    ]


def _bands(x: ArrayLike, t_x: ArrayLike, t: ArrayLike) -> tuple[Ints, Ints, Ints]:
    again, last, age = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (x, t_x, t)))
    quarters = np.minimum(np.atleast_1d(age) // _QUARTER, _MOST_QUARTERS).astype(np.int64)
    silence = np.searchsorted(_SILENCES, np.atleast_1d(age - last), side="right")
    return quarters, silence.astype(np.int64), np.searchsorted(_AGAINS, np.atleast_1d(again), side="right").astype("i8")


def _from_narrow_to_wide(quarters: int, silence: int, again: int) -> tuple[tuple[int, int, int], ...]:
    return (quarters, silence, again), (_ANY, silence, again), (_ANY, silence, _ANY), (_ANY, _ANY, _ANY)


def _coded(quarters: Ints, silence: Ints, again: Ints) -> Ints:
    return ((quarters + 1) * 100 + silence + 1) * 100 + again + 1


def _uncoded(code: int) -> tuple[int, int, int]:
    return code // 10_000 - 1, code // 100 % 100 - 1, code % 100 - 1
