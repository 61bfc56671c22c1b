"""
Dividing customers into clusters by k-means: seeded, the same on any machine, as many as the silhouette likes best.

It knows columns of numbers only; what they say of customers is `insight.clusters_features`, what a cluster is called
`insight.clusters_names`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import vq
from scipy.spatial.distance import cdist

from domain.clusters import MOST

LEAST_CUSTOMERS = 100
"""Fewer are not divided."""
LEAST_IN_ONE = 20
LEAST_SHARE = 0.005
"""A cluster has at least so many customers, and at least this share of them."""

_TRIED_ON = 3_000  # rows on which the numbers of clusters are compared
_MEASURED = 2_000  # of them, those whose silhouette is measured
_RESTARTS = 3
_STEPS = 100

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Division:
    """Centres by size, the largest first; each row belongs to the nearest. *silhouettes* tell of each number tried."""

    centres: Floats
    silhouettes: tuple[tuple[int, float], ...]


def divide(rows: Floats, n: int, asked: int | None, seed: int) -> Division:
    """
    Divide *rows*, which stand for *n* customers, into *asked* clusters, or into the best number of 2 to 27.

    The best number has the greatest mean silhouette (P. J. Rousseeuw, Journal of Computational and Applied Mathematics
    20 (1987) 53-65) on a seeded sample; of equals, the smaller. Where a cluster would be too small there are fewer, and
    at least one. The same rows in the same order and the same seed give the same division. Raises ValueError for a
    number outside 1 to 27.
    """
    if asked is not None and not 1 <= asked <= MOST:
        raise ValueError(f'clusters: {asked} is not between 1 and {MOST}; write such a number, or "auto"')
    rng = random.Random(seed)
    least = max(LEAST_IN_ONE / n, LEAST_SHARE)
    silhouettes: tuple[tuple[int, float], ...] = ()
    number = asked
    if number is None:
        tried = rows if len(rows) <= _TRIED_ON else rows[sorted(rng.sample(range(len(rows)), _TRIED_ON))]
        silhouettes = _silhouettes(tried, rng, least)
        number = max(silhouettes, key=lambda pair: (round(pair[1], 9), -pair[0]), default=(1, 0.0))[0]
    while number > 1:
        centres, sizes = _best(rows, number, rng)
        if sizes.min() >= least * len(rows):
            return Division(_by_size(centres, sizes), silhouettes)
        number -= 1
    return Division(rows.mean(axis=0, keepdims=True), silhouettes)


def assigned(rows: Floats, centres: Floats) -> Ints:
    """Give the place of the nearest centre of each row; of two as near, the first."""
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    return np.asarray(vq(rows, centres)[0], dtype=np.int64)


def silhouette(distances: Floats, places: Ints) -> float:
    """
    Give the mean silhouette: how much nearer rows are to their own cluster than to the next, -1 to 1.

    *distances* are those of each row from each, *places* their clusters. One that is alone in its cluster counts 0.
    """
    sizes = np.bincount(places)
    if len(sizes) < 2:
        return 0.0
    own = np.arange(len(places)), places
    is_in = np.zeros((len(places), len(sizes)))
    is_in[own] = 1.0
    sums = distances @ is_in
    within = sums[own] / np.maximum(sizes[places] - 1, 1)
    others = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
    others[own] = np.inf
    beyond = others.min(axis=1)
    larger = np.maximum(within, beyond)
    told = (sizes[places] > 1) & (larger > 0)
    return float(np.where(told, (beyond - within) / np.where(told, larger, 1.0), 0.0).mean())


def _silhouettes(rows: Floats, rng: random.Random, least: float) -> tuple[tuple[int, float], ...]:
    measured = sorted(rng.sample(range(len(rows)), min(_MEASURED, len(rows))))
    distances = cdist(rows[measured], rows[measured])
    found, different = [], len(np.unique(rows, axis=0))
    for number in range(2, MOST + 1):
        if number * least > 1 or different < number:
            break
        centres, sizes = _best(rows, number, rng)
        if sizes.min() >= least * len(rows):
            found.append((number, silhouette(distances, assigned(rows[measured], centres))))
    return tuple(found)


def _best(rows: Floats, number: int, rng: random.Random) -> tuple[Floats, Ints]:
    """Give centres and sizes of the tightest of several starts."""
    columns = np.ascontiguousarray(rows.T)
    found = [_settled(rows, columns, _start(rows, columns, number, rng)) for _ in range(_RESTARTS)]
    spread, centres = min(found, key=lambda each: each[0])
    del spread
    return centres, np.bincount(assigned(rows, centres), minlength=number)


def _start(rows: Floats, columns: Floats, number: int, rng: random.Random) -> Floats:
    """
    Choose rows to start from, each with a probability by its squared distance to those already chosen.

    k-means++: D. Arthur and S. Vassilvitskii, Proceedings of SODA (2007) 1027-1035. Python's own generator gives the
    same numbers in every version and on every machine.
    """
    chosen = [rng.randrange(len(rows))]
    nearest = _squared_distances(columns, chosen[0])
    for _ in range(number - 1):
        summed = np.cumsum(nearest)
        at = int(np.searchsorted(summed, rng.random() * summed[-1], side="right"))
        chosen.append(min(at, len(rows) - 1))
        nearest = np.minimum(nearest, _squared_distances(columns, chosen[-1]))
    return rows[chosen].copy()


def _squared_distances(columns: Floats, place: int) -> Floats:
    apart = columns - columns[:, place : place + 1]
    found: Floats = np.einsum("ij,ij->j", apart, apart)
    return found


def _settled(rows: Floats, columns: Floats, centres: Floats) -> tuple[float, Floats]:
    """Move each centre to the middle of its rows until none changes its cluster (S. P. Lloyd, 1982)."""
    nearest, before = _Nearest(columns, len(centres)), np.zeros(0, dtype=np.int64)
    for _ in range(_STEPS):
        places = nearest.to(centres)
        if np.array_equal(places, before):
            break
        before = places.copy()
        sizes = np.bincount(places, minlength=len(centres))
        sums = np.stack([np.bincount(places, column, len(centres)) for column in columns], axis=1)
        filled = sizes > 0
        centres = np.where(filled[:, None], sums / np.maximum(sizes, 1)[:, None], centres)
    return float((vq(rows, centres)[1] ** 2).sum()), centres


class _Nearest:
    """Finds the nearest of some centres for the same rows again and again; it makes no new arrays, which costs more."""

    def __init__(self, columns: Floats, number: int) -> None:
        count = columns.shape[1]
        self._columns, self._products = columns, np.empty((number, count))
        self._least, self._is_less = np.empty(count), np.empty(count, dtype=bool)
        self._places: Ints = np.empty(count, dtype=np.int64)

    def to(self, centres: Floats) -> Ints:
        """Give the place of the nearest centre of each row, which holds until the next call."""
        apart = np.matmul(centres, self._columns, out=self._products)  # half the squared distance, less the row's own
        np.subtract((np.square(centres).sum(axis=1) / 2)[:, None], apart, out=apart)
        self._least[:] = apart[0]
        self._places.fill(0)
        for place in range(1, len(centres)):
            np.less(apart[place], self._least, out=self._is_less)
            np.copyto(self._places, place, where=self._is_less)
            np.minimum(self._least, apart[place], out=self._least)
        return self._places


def _by_size(centres: Floats, sizes: Ints) -> Floats:
    order: Sequence[int] = sorted(range(len(sizes)), key=lambda place: (-sizes[place], *centres[place].tolist()))
    return centres[list(order)]
