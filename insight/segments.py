"""How alike the members of a segment are: median, quartiles and the coefficient of variation of each measure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 4
"""Below this many values no quartiles are told."""


@dataclass(frozen=True, slots=True)
class Spread:
    """
    The spread of one measure over *known* members, in the measure's own unit.

    Quartiles are those of the linear interpolation that spreadsheets call inclusive (Hyndman and Fan 1996, type 7);
    *variation* is the standard deviation of the population divided by the mean, None where the mean is not positive.
    All are None with fewer than four values.
    """

    measure: str
    known: int
    unknown: int
    lower: float | None = None
    median: float | None = None
    upper: float | None = None
    variation: float | None = None


def spread_of(measure: str, values: Sequence[float | None]) -> Spread:
    """Describe how *values* spread; None is unknown, and what is no finite number counts as unknown."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    unknown = len(values) - len(known)
    if len(known) < FEWEST:
        return Spread(measure, len(known), unknown)
    lower, median, upper = statistics.quantiles(known, n=4, method="inclusive")
    mean = statistics.fmean(known)
    variation = statistics.pstdev(known, mean) / mean if mean > 0 else None
    return Spread(measure, len(known), unknown, lower, median, upper, variation)
