"""How often customers buy: days of buying and the usual gap between them, for many histories at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insight.histories import Days, Floats, Histories, date_of
from insight.lifecycle import NOTHING, Bought

_SHIFT = 1 << 24  # days fit in it, so that an owner and a day make one number that sorts


@dataclass(frozen=True, slots=True)
class Rhythms:
    """
    Per customer: the *first* and the *last* day of buying since 1970-01-01 (0 where she never bought), how many there
    are, and the median of the days between neighbouring ones (not a number for fewer than two).
    """

    first: Days
    last: Days
    days: Days
    usual_gaps: Floats

    def bought(self, place: int) -> Bought:
        """Give what the stage looks at, of the customer at *place*."""
        days = int(self.days[place])
        if not days:
            return NOTHING
        gap = None if days < 2 else float(self.usual_gaps[place])
        return Bought(days, date_of(int(self.first[place])), date_of(int(self.last[place])), gap)


def rhythms_of(histories: Histories) -> Rhythms:
    """Measure the rhythm of each customer; returns are no days of buying. About a tenth of a microsecond a line."""
    count = len(histories.customers)
    bought = histories.bought
    keys = np.unique(histories.owners[bought] * _SHIFT + histories.days[bought] + _SHIFT // 2)
    owners, days = keys // _SHIFT, (keys % _SHIFT - _SHIFT // 2).astype(np.int32)
    ends = np.searchsorted(owners, np.arange(count + 1))
    visits = np.diff(ends).astype(np.int32)
    has = visits > 0
    first, last = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    first[has], last[has] = days[ends[:-1][has]], days[ends[1:][has] - 1]
    same = owners[1:] == owners[:-1]
    return Rhythms(first, last, visits, _medians(owners[1:][same], np.diff(days)[same], visits))


def _medians(owners: np.ndarray, gaps: Days, visits: Days) -> Floats:
    """Give the median of the *gaps* of each owner; they come grouped by owner, one fewer than her *visits*."""
    ordered = gaps[np.lexsort((gaps, owners))]
    counts = np.maximum(visits - 1, 0)
    starts = np.concatenate(([0], np.cumsum(counts)))[:-1]
    medians = np.full(len(visits), np.nan)
    has = counts > 0
    low, high = (starts + (counts - 1) // 2)[has], (starts + counts // 2)[has]
    medians[has] = (ordered[low] + ordered[high]) / 2
    return medians
