"""What customers are worth: value class, share of customer, lifetime value, age of the relationship."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from insight.repeat_buying_kept import YEAR

Floats = NDArray[np.float64]
CLASSES = ("A", "B", "C")


class Speaker(Protocol):
    """Who tells what to expect: the model, or the rates of cohorts."""

    def expected(self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike, weeks: float) -> Floats:
        """Give the purchases to expect in the next *weeks*."""
        ...


def value_classes(values: ArrayLike, is_active: ArrayLike, cuts: tuple[float, float]) -> NDArray[np.int8]:
    """
    Class customers by what they bring: 1 is A, 2 is B, 3 is C, 0 none, for who did nothing this year.

    A are those who together bring the first share of all (*cuts*, as 0.5), B those up to the second, C the rest: the
    ABC analysis of H. F. Dickie, "ABC inventory analysis shoots for dollars, not pennies", Factory Management and
    Maintenance 109 (1951) 92-94. Whoever reaches over a cut still belongs above it, and equal values are in one class.
    Who brings nothing or costs something is C.
    """
    worth = np.where(np.asarray(is_active, dtype=bool), np.asarray(values, dtype=np.float64), 0.0)
    brings = np.maximum(worth, 0.0)
    found = np.where(np.asarray(is_active, dtype=bool), 3, 0).astype(np.int8)
    total = brings.sum()
    if total <= 0:
        return found
    _, place = np.unique(brings, return_inverse=True)
    sums = np.bincount(place, brings)
    above = np.append(np.cumsum(sums[::-1])[::-1][1:], 0.0)[place]  # what those bring who bring more
    found[(above < cuts[1] * total) & (brings > 0)] = 2
    found[(above < cuts[0] * total) & (brings > 0)] = 1
    return found


def share_of_customer(spent: ArrayLike, total: ArrayLike) -> Floats:
    """
    Give what she spends with us of all that she spends on it, 0 to 1; NaN where the total is unknown or not above 0.

    Both are in the same units and for the same time. More than her total is all of it.
    """
    own, whole = np.asarray(spent, dtype=np.float64), np.asarray(total, dtype=np.float64)
    known = np.isfinite(whole) & (whole > 0)
    found = np.full(own.shape, np.nan)
    found[known] = np.clip(own[known] / whole[known], 0.0, 1.0)
    return found


def lifetime_values(
    speaker: Speaker, x: Floats, t_x: Floats, t: Floats, margin_a_day: Floats, horizon: int, rate: float
) -> Floats:
    """
    Give the margin that customers will bring in *horizon* years, discounted to today, in the units of *margin_a_day*.

    The sum over the years k = 1..horizon of E(k) · m / (1 + rate)^(k - 1/2), where E(k) are the purchase days expected
    in year k (*speaker*; *x*, *t_x* and *t* as it takes them, in weeks) and m is her mean margin a purchase day; a
    year's money comes in its middle. After P. D. Berger and N. I. Nasr, "Customer lifetime value: marketing models and
    applications", Journal of Interactive Marketing 12 (1998) 17-30, with the purchases of P. S. Fader, B. G. S. Hardie
    and K. L. Lee (2005). NaN where the margin is NaN.
    """
    total, before = np.zeros(len(x)), np.zeros(len(x))
    for year in range(1, horizon + 1):
        until = np.asarray(speaker.expected(x, t_x, t, YEAR * year), dtype=np.float64)
        total += (until - before) / (1 + rate) ** (year - 0.5)
        before = until
    return total * margin_a_day


def relationship_age(day: dt.date, first_on: dt.date | None, met_on: dt.date | None) -> int | None:
    """Give the days since her first purchase or the first meeting, whichever was earlier; None where neither was."""
    known = [each for each in (first_on, met_on) if each is not None]
    return max(0, (day - min(known)).days) if known else None


def rounded(values: ArrayLike, digits: int = 2) -> Floats:
    """Round to so many digits that count: 0.0342 is 0.034, 1234 is 1200. A forecast is no more exact than that."""
    given = np.asarray(values, dtype=np.float64)
    safe = np.where(np.isfinite(given) & (given != 0), np.abs(given), 1.0)
    power = 10.0 ** (np.floor(np.log10(safe)) - (digits - 1))
    small = power < 1  # a power of ten below 1 is not exact, its inverse is
    inverse = np.where(small, np.round(1 / power), 1.0)
    return np.where(small, np.round(given * inverse) / inverse, np.round(given / power) * power)
