"""
Making clusters of all customers: learnt from a sample, everybody assigned in parts, numbers and names handed on.

The caller reads and writes; this holds a few numbers for each customer, about 40 bytes.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.clusters import Cluster, Clusters, Pair
from insight.clusters import LEAST_CUSTOMERS, assigned, divide
from insight.clusters_features import Floats, Ints, Scale, features, scale_of, shares, shoppers, standardised
from insight.clusters_names import Profile, distinguishing, matched, named, numbered, traits_of
from insight.histories import day_number
from insight.lift import typical_pairs

SEED = 20261122
LEARNT_FROM = 50_000
"""So many customers, drawn with the seed, tell how to divide; the rest go where they are nearest."""
PAIRS = 5
MEMBERS = 2_000
"""The receipts of so many customers of a cluster, drawn with the seed, tell its typical pairs."""

_NO_ONE = -1


class ClusterMaking:
    """
    One making, as of the morning of *day*: `add` the pictures, `learn` from `sample`, `assign` all `parts`, then read.

    *asked* is how many clusters there shall be, None for the best number. Who is *left_out*, or has not bought in the
    year, is in none.
    """

    def __init__(self, day: dt.date, asked: int | None, left_out: Iterable[int], former: Clusters | None) -> None:
        self._day, self._asked, self._former = day, asked, former
        self._left_out = np.array(sorted(left_out), dtype=np.int64)
        self._parts: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []
        self._out: list[Ints] = []
        self._scale: Scale | None = None
        self._centres: Floats = np.zeros((0, 0))
        self._silhouettes: tuple[tuple[int, float], ...] = ()
        self._numbers: tuple[int, ...] = ()

    def add(self, columns: Sequence[Sequence[Any]]) -> None:
        """Take the next pictures by id: customer, visits and spending of the year, last day, number of her cluster."""
        ids, visits, spent = (np.array(column, dtype=np.int64) for column in columns[:3])
        last = np.array(columns[3], dtype="datetime64[D]")
        former = np.array([each or 0 for each in columns[4]], dtype=np.int64)
        known = (visits > 0) & ~np.isnat(last) & ~np.isin(ids, self._left_out)
        silent = np.maximum(day_number(self._day) - last[known].astype(np.int64), 0)
        self._parts.append((ids[known], visits[known], spent[known], silent, former[known]))
        self._out.append(ids[~known & (former > 0)])

    def gathered(self) -> str:
        """Say why no clusters can be made of all who were added; "" where they can."""
        empty = np.zeros(0, dtype=np.int64)
        self._ids, self._visits, self._spent, self._silent, self._before = (
            np.concatenate([part[place] for part in self._parts]) if self._parts else empty for place in range(5)
        )
        self._parts = []
        self._places: NDArray[np.int8] = np.full(len(self._ids), _NO_ONE, dtype=np.int8)
        if len(self._ids) >= LEAST_CUSTOMERS:
            return ""
        return f"{len(self._ids)} customers bought in the last year; it takes {LEAST_CUSTOMERS} to divide them."

    def __len__(self) -> int:
        """How many are divided."""
        return len(self._ids)

    def sample(self) -> list[int]:
        """Give the ids of those to learn from."""
        return _drawn(self._ids, LEARNT_FROM)

    def learn(self, owners: Sequence[int], groups: Sequence[str], amounts: Sequence[int]) -> None:
        """Find the columns and the centres from the sample, whose spending by product group is given."""
        rows = np.searchsorted(self._ids, np.array(self.sample(), dtype=np.int64))
        seen = shoppers(self._columns(rows), owners, groups, amounts)
        self._scale = scale_of(seen)
        division = divide(features(seen, self._scale), len(self._ids), self._asked, SEED)
        self._centres, self._silhouettes = division.centres, division.silhouettes
        k, columns = len(self._centres), len(self._scale.means)
        self._standardised = np.zeros((k, columns))
        self._shares = np.zeros((k, len(self._scale.groups)))

    def parts(self, at_once: int) -> Iterator[list[int]]:
        """Give the ids of all, so many at a time."""
        for start in range(0, len(self._ids), at_once):
            yield self._ids[start : start + at_once].tolist()

    def assign(self, ids: Sequence[int], owners: Sequence[int], groups: Sequence[str], amounts: Sequence[int]) -> None:
        """Put the customers *ids*, one of `parts`, where they are nearest."""
        assert self._scale is not None, "clusters: learn first"
        rows = np.searchsorted(self._ids, np.array(ids, dtype=np.int64))
        seen = shoppers(self._columns(rows), owners, groups, amounts)
        places = assigned(features(seen, self._scale), self._centres)
        self._places[rows] = places
        np.add.at(self._standardised, places, standardised(seen, self._scale))
        np.add.at(self._shares, places, shares(seen, self._scale.groups))

    def made(self) -> Clusters:
        """Give the clusters with numbers and names, still without pairs, the largest first."""
        assert self._scale is not None, "clusters: learn first"
        k = len(self._centres)
        places = self._places.astype(np.int64)
        former = self._former.clusters if self._former is not None else ()
        same = matched(places, self._before, k)
        self._numbers = numbered(k, same, (each.number for each in former))
        sizes = np.bincount(places, minlength=k)
        overall = self._shares.sum(axis=0) / max(len(places), 1)
        profiles = [
            Profile(self._standardised[at] / max(sizes[at], 1), self._shares[at] / max(sizes[at], 1)) for at in range(k)
        ]
        apart = [distinguishing(self._scale.groups, profile, overall) for profile in profiles]
        names = {each.number: each.name for each in former}
        kept = {place: names[number] for place, number in same.items() if number in names}
        found = named(list(zip(apart, map(traits_of, profiles), strict=True)), kept)
        means = [np.bincount(places, column, k) / np.maximum(sizes, 1) for column in (self._visits, self._silent)]
        spent, visits = (np.bincount(places, column, k) for column in (self._spent, self._visits))
        clusters = (
            Cluster(
                number=self._numbers[at],
                name=found[at],
                size=int(sizes[at]),
                spent=int(spent[at]),
                spent_share=float(spent[at] / spent.sum()) if spent.sum() > 0 else 0.0,
                visits=float(means[0][at]),
                basket=float(spent[at] / max(visits[at], 1)),
                silent=float(means[1][at]),
                groups=apart[at],
            )
            for at in range(k)
            if sizes[at]
        )
        ordered = tuple(sorted(clusters, key=lambda each: (-each.size, each.number)))
        return Clusters(self._day, len(self._ids), SEED, self._asked, self._silhouettes, ordered)

    def members(self, number: int) -> list[int]:
        """Give the ids of the customers of a cluster whose receipts are read."""
        return _drawn(self._ids[self._places == self._numbers.index(number)], MEMBERS)

    def changes(self, at_once: int) -> Iterator[dict[str, list[Any]]]:
        """Give `customer_id` and `cluster` (None for none) of everybody whose cluster is another now, as columns."""
        gone = np.concatenate([np.zeros(0, dtype=np.int64), *self._out])
        ids, clusters = [gone], [np.zeros(len(gone), dtype=np.int64)]
        if self._numbers:
            now = np.array(self._numbers, dtype=np.int64)[self._places]
        else:
            now = np.zeros(len(self._ids), dtype=np.int64)
        changed = now != self._before
        ids.append(self._ids[changed])
        clusters.append(now[changed])
        whose, which = np.concatenate(ids), np.concatenate(clusters)
        for start in range(0, len(whose), at_once):
            part = slice(start, start + at_once)
            yield {"customer_id": whose[part].tolist(), "cluster": [each or None for each in which[part].tolist()]}

    def _columns(self, rows: Ints) -> tuple[Any, ...]:
        return self._ids[rows], self._visits[rows], self._spent[rows], self._silent[rows]


def pairs_of(
    owners: Sequence[int], receipts: Sequence[str], products: Sequence[str], names: Sequence[str], groups: Sequence[str]
) -> tuple[Pair, ...]:
    """
    Give the typical pairs of lines of receipts: of products, and where they are too many to tell, of product groups.

    Products of one name are one, whatever their codes: of sizes and colours nobody wants to read that they go together.
    A code that had several names has the last of them.
    """
    numbers: dict[tuple[int, str], int] = {}
    which = [numbers.setdefault(key, len(numbers)) for key in zip(owners, receipts, strict=True)]
    called = {code: name for code, name in zip(products, names, strict=True) if code and name}
    things = [called.get(code, name or code) for code, name in zip(products, names, strict=True)]
    return _pairs(which, things) or _pairs(which, groups)


def _pairs(receipts: Sequence[int], things: Sequence[str]) -> tuple[Pair, ...]:
    lines = [(receipt, thing) for receipt, thing in zip(receipts, things, strict=True) if thing]
    known = sorted({thing for _, thing in lines})
    places = {thing: place for place, thing in enumerate(known)}
    return typical_pairs(
        np.array([receipt for receipt, _ in lines], dtype=np.int64),
        np.array([places[thing] for _, thing in lines], dtype=np.int32),
        known,
        PAIRS,
    )


def _drawn(ids: Ints, most: int) -> list[int]:
    found: list[int] = ids.tolist()
    return found if len(found) <= most else sorted(random.Random(SEED).sample(found, most))
