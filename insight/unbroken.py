"""Since when paid time has run without a gap, for many customers at once: as `domain.measures` finds it one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.measures import LONGEST_MONTHS, PLACES_A_MONTH

Ints = NDArray[np.int64]
Days = NDArray[np.int32]

_EPOCH_MONTH = 1970 * 12 + 1


@dataclass(frozen=True, slots=True)
class Runs:
    """Those of the *owners* whose paid time lasts, the days on which it *began*, and those on which it will *lapse*."""

    owners: Ints
    began: Days
    lapse: Ints


def unbroken_runs(owners: Ints, days: Days, quantities: NDArray[np.float64], each: int, today: int) -> Runs:
    """
    Find the runs of paid time that reach *today*; owners ascend, quantities are negative in returns.

    A line pays for its whole quantity times *each* months, and days count from 1970-01-01. Had the run begun at a line,
    it would reach as far as the months of it and of all lines after it. It began with the first line that reaches
    farthest: one after a gap reaches farther than all before it, and one in paid time does not.
    """
    months = np.minimum(np.minimum(np.abs(quantities), LONGEST_MONTHS).astype(np.int64) * each, LONGEST_MONTHS)
    months = np.where(quantities > 0, months, -months)
    order = np.lexsort((-months, days, owners))  # of a day, first what it brought and then its returns
    owners, days, months = owners[order], days[order], months[order]
    reach = _places(days) + _from_here_on(owners, months) * PLACES_A_MONTH
    order = np.lexsort((days, -reach, owners))
    order = order[(months[order] > 0) & (reach[order] >= _places(np.array([today])))]
    found, firsts = np.unique(owners[order], return_index=True)
    first = order[firsts]
    return Runs(found, days[first], _days_after(reach[first]))


def _from_here_on(owners: Ints, numbers: Ints) -> Ints:
    """Sum up, for each line, its own number and those of the same owner's lines after it."""
    sums: Ints = np.append(np.cumsum(numbers[::-1])[::-1], 0)
    here_on: Ints = sums[:-1] - sums[np.searchsorted(owners, owners, side="right")]
    return here_on


def _places(days: Days | Ints) -> Ints:
    """Give `domain.measures.calendar_place` of many days."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    places: Ints = (months.astype(np.int64) + _EPOCH_MONTH) * PLACES_A_MONTH + day
    return places


def _days_after(places: Ints) -> Ints:
    """Give the day after each place in the calendar; a place that the month lacks is its last day."""
    months = places // PLACES_A_MONTH - _EPOCH_MONTH
    begins, ends = _first_days(months), _first_days(months + 1)
    after: Ints = np.minimum(begins + places % PLACES_A_MONTH, ends)
    return after


def _first_days(months: Ints) -> Ints:
    days: Ints = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days
