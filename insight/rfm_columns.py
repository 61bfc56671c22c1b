"""RFM scores of columns of customers: exactly those that `insight.rfm` gives one by one, for a million in a second."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from domain.money import minor_digits
from insight.rfm import SCORES, CutPoints, Quintiles, Scheme

Ints = NDArray[np.int64]


def rfm_columns(
    last_days: NDArray[np.integer],
    visits: NDArray[np.integer],
    spent: NDArray[np.integer],
    today: int,
    scheme: Scheme,
    currency: str,
) -> tuple[Ints, Ints, Ints]:
    """
    Score customers who have bought, as `insight.rfm.score_customers` does; *spent* is in minor units of *currency*.

    *last_days* and *today* are days since 1970-01-01. The order of the customers makes no difference.
    """
    silence = np.maximum(0, today - last_days.astype(np.int64))
    often: Ints = visits.astype(np.int64)
    much: Ints = spent.astype(np.int64)
    match scheme.by:
        case CutPoints() as cuts:
            scale = 10 ** minor_digits(currency)
            money = [float(cut * scale) for cut in cuts.monetary]
            return (
                SCORES - np.searchsorted(np.array(cuts.recency), silence, side="left"),
                1 + np.searchsorted(np.array(cuts.frequency), often, side="right"),
                1 + np.searchsorted(np.array(money), much.astype(np.float64), side="right"),
            )
        case Quintiles.INDEPENDENT:
            return _fifths((), -silence), _fifths((), often), _fifths((), much)
        case Quintiles.NESTED:
            recency = _fifths((), -silence)
            frequency = _fifths((recency,), often)
            return recency, frequency, _fifths((recency, frequency), much)


def _fifths(within: Sequence[Ints], values: Ints) -> Ints:
    """Give the fifth in which the middle of each value's ties lies, among those of the same *within*."""
    count = len(values)
    if not count:
        return np.zeros(0, dtype=np.int64)
    cell = np.zeros(count, dtype=np.int64)
    for each in within:
        cell = cell * (SCORES + 1) + each
    order = np.lexsort((values, cell))
    cells, ordered = cell[order], values[order]
    places = np.arange(count)
    begins = np.maximum.accumulate(np.where(np.r_[True, cells[1:] != cells[:-1]], places, 0))
    sizes = np.bincount(cells, minlength=int(cells.max()) + 1)[cells]
    ties = np.flatnonzero(np.r_[True, (cells[1:] != cells[:-1]) | (ordered[1:] != ordered[:-1])])
    lengths = np.diff(np.r_[ties, count])
    left = np.repeat(ties, lengths) - begins
    right = left + np.repeat(lengths, lengths)
    scores = np.minimum(SCORES, -(-SCORES * (left + right + 1) // (2 * sizes)))
    found = np.empty(count, dtype=np.int64)
    found[order] = np.where(sizes > 1, scores, SCORES)
    return found
