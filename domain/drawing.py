"""
Drawing a sample: a random order that everybody can repeat, and how many of each stratum.

Pure: a customer's place depends on nothing but the seed and the ids, so it is the same on every machine and database.
"""

from __future__ import annotations

import bisect
import hashlib
from array import array
from collections.abc import Iterable, Mapping

_BUCKETS = 8  # bits: a million ids fall into 256 sorted parts of four thousand


class RandomOrder:
    """
    A random order of the ids that were added, in 8 bytes each; the first n are a simple random sample of size n.

    Simple random sampling without replacement (W. G. Cochran, "Sampling Techniques", 3rd ed., 1977, chapter 2) by the
    random sort method (Y. Tillé, "Sampling Algorithms", 2006, chapter 4): each id gets a number that is as good as
    random, here a keyed hash (BLAKE2b, RFC 7693), and the smallest are taken. Unlike with a coin that is tossed for
    each (Bernoulli sampling) the size is fixed.
    """

    def __init__(self, seed: str) -> None:
        self._key = hashlib.blake2b(seed.encode(), digest_size=32).digest()
        self._buckets: dict[int, array[int]] = {}
        self._sorted: set[int] = set()
        self._before: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, ids: Iterable[int]) -> None:
        """Take further ids into the order; each only once."""
        for each in ids:
            number = self._number(each)
            self._buckets.setdefault(number >> (64 - _BUCKETS), array("Q")).append(number)
            self._count += 1
        self._sorted.clear()
        self._before.clear()

    def place(self, customer_id: int) -> int:
        """
        Give the place, from 1, of an id that was added.

        Two ids share a place only where their 64 bits are the same: once in 30 million draws of a million customers.
        """
        if not self._before:
            passed = 0
            for each in sorted(self._buckets):
                self._before[each] = passed
                passed += len(self._buckets[each])
        number = self._number(customer_id)
        bucket = number >> (64 - _BUCKETS)
        if bucket not in self._sorted:  # one after the other, so that nothing else has to wait for a million
            self._buckets[bucket] = array("Q", sorted(self._buckets[bucket]))
            self._sorted.add(bucket)
        return self._before[bucket] + bisect.bisect_left(self._buckets[bucket], number) + 1

    def _number(self, customer_id: int) -> int:
        digest = hashlib.blake2b(customer_id.to_bytes(8, "big"), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big")


def sizes_of(size: int, strata: Mapping[str, int], *, equal: bool = False, least: int = 0) -> dict[str, int]:
    """
    Divide a sample of *size* among *strata* (name to number of members), in proportion or in *equal* parts.

    Largest remainders (Hamilton; M. L. Balinski and H. P. Young, "Fair Representation", 1982), equal remainders to the
    larger stratum; no stratum gives more than it has. Each has at least *least* members in the sample, or all where it
    has fewer; where these are more than *size* together, the sample grows to them.
    """
    lows = {name: min(least, members) for name, members in strata.items()}
    size = max(min(size, sum(strata.values())), sum(lows.values()))
    weights = dict.fromkeys(strata, 1) if equal else dict(strata)
    fixed = {name: 0 for name, members in strata.items() if not members}
    while True:
        free = {name: weight for name, weight in weights.items() if name not in fixed}
        given = _by_remainders(size - sum(fixed.values()), free, strata)
        short = {name: lows[name] for name, n in given.items() if n < lows[name]}
        over = {name: strata[name] for name, n in given.items() if n > strata[name]}
        missing = sum(n - given[name] for name, n in short.items())
        if not short and not over:
            return {name: {**fixed, **given}[name] for name in strata}
        # What is taken to fill up the one side lessens or raises the other: the larger side is settled first.
        fixed |= short if missing >= sum(given[name] - n for name, n in over.items()) else over


def _by_remainders(size: int, weights: Mapping[str, int], strata: Mapping[str, int]) -> dict[str, int]:
    total = sum(weights.values())
    if not total:
        return {}
    given = {name: size * weight // total for name, weight in weights.items()}
    left = size - sum(given.values())
    order = sorted(weights, key=lambda name: (-(size * weights[name] % total), -strata[name], name))
    for name in order[:left]:
        given[name] += 1
    return given


def prefix_number(place: int, members: int, *, equal: bool) -> int:
    """
    Give the number that orders a stratified frame so that each beginning of it is a stratified sample.

    In proportion these are the quotients of Webster and Sainte-Laguë, (place - 1/2) / *members* (Balinski and Young,
    1982); *equal* goes through the places, one of each stratum. Below 2**31, for up to 2**30 members.
    """
    return place if equal else ((2 * place - 1) << 30) // members
