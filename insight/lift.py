"""Which products go together: pairs on one receipt so often that it is no coincidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, triu
from scipy.stats import hypergeom

from domain.clusters import Pair
from insight.intervals import z_for

LEAST_RECEIPTS = 10
LEAST_SUPPORT = 0.003
"""A pair is on at least so many receipts, and on at least this share of them."""

_MOST_PRODUCTS = 1_000  # the most frequent
_MOST_IN_ONE = 100  # a receipt with more products, as of a wholesaler, says nothing of pairs
_LEVEL = 0.05

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def typical_pairs(receipts: Ints, products: NDArray[np.int32], names: Sequence[str], most: int = 5) -> tuple[Pair, ...]:
    """
    Give the pairs of products that are together on receipts more often than chance, the surest first.

    Lines are *receipts* (any numbers) and *products* (places in *names*); what is on a receipt twice counts once. Lift
    is P(both) / (P(first)·P(second)), S. Brin et al., Proceedings of SIGMOD (1997) 255-264; pairs are ordered by the
    lower bound of its 95 % interval (delta method on its logarithm), and counted only where Fisher's exact test
    (R. A. Fisher, 1922; one-sided) holds over all pairs there could be (C. E. Bonferroni, 1936).
    """
    rows, bought = _small_receipts(receipts, products)
    if not len(rows):
        return ()
    n = int(rows.max()) + 1
    least = max(LEAST_RECEIPTS, int(np.ceil(LEAST_SUPPORT * n)))
    times = np.bincount(bought, minlength=len(names))
    order = np.lexsort((np.arange(len(names)), -times))[:_MOST_PRODUCTS]
    chosen = np.sort(order[times[order] >= least])
    place = np.full(len(names), -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    taken = place[bought] >= 0
    has = coo_array((np.ones(int(taken.sum())), (rows[taken], place[bought[taken]])), shape=(n, len(chosen))).tocsr()
    together = coo_array(triu(has.T @ has, k=1))
    often = together.data >= least
    one, two = together.coords[0][often], together.coords[1][often]
    return _judged(one, two, together.data[often], times[chosen], n, [names[each] for each in chosen.tolist()], most)


def _small_receipts(receipts: Ints, products: NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Number the receipts that are not too long, each product once."""
    if not len(receipts):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    lines = np.unique(np.stack([receipts, products.astype(np.int64)], axis=1), axis=0)
    _, rows, counts = np.unique(lines[:, 0], return_inverse=True, return_counts=True)
    lines = lines[counts[rows] <= _MOST_IN_ONE]
    _, rows = np.unique(lines[:, 0], return_inverse=True)
    return rows, lines[:, 1]


def _judged(
    one: Ints, two: Ints, both: Floats, times: Ints, n: int, names: Sequence[str], most: int
) -> tuple[Pair, ...]:
    """Judge pairs of places (*one*, *two*) that are on *both* of *n* receipts, each product on *times*."""
    if not len(both):
        return ()
    p, p_one, p_two = both / n, times[one] / n, times[two] / n
    lift = p / (p_one * p_two)
    # The variance of the logarithm of a ratio of counts of one multinomial sample.
    variance = np.maximum((1 / p - 1 / p_one - 1 / p_two + 2 * lift - 1) / n, 0.0)
    low = lift * np.exp(-z_for(1 - _LEVEL) * np.sqrt(variance))
    by_chance = hypergeom.sf(both - 1, n, times[one], times[two])
    looked_at = len(times) * (len(times) - 1) / 2  # all pairs: those that came often were chosen by what is tested
    holds = np.flatnonzero((low > 1) & (by_chance * looked_at < _LEVEL))
    best = sorted(holds.tolist(), key=lambda at: (-low[at], -both[at], one[at], two[at]))[:most]
    return tuple(_pair(at, one, two, both, times, n, names, float(lift[at]), float(low[at])) for at in best)


def _pair(
    at: int, one: Ints, two: Ints, both: Floats, times: Ints, n: int, names: Sequence[str], lift: float, low: float
) -> Pair:
    """Put the rarer product first: of its receipts, more have the other."""
    pair = int(one[at]), int(two[at])
    first, second = pair if times[pair[0]] <= times[pair[1]] else pair[::-1]
    count = int(both[at])
    return Pair(names[first], names[second], count, count / n, count / float(times[first]), lift, low)
