"""What customers use: product by product how often, since when, when last, in which rhythm, net of returns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insight.histories import Days, Flags, Floats, Histories, Ints

_SHIFT = 1 << 17  # a day of the years 1791 to 2149 fits in it
_MIDDLE = 1 << 16


@dataclass(frozen=True, slots=True)
class Uses:
    """
    Products of n customers: r rows, those of customer i at `offsets[i]:offsets[i + 1]`, products ascending.

    Per row: *owners* (0 to n - 1), *products* (places in *names*), *groups* (her last line's, places in
    *group_names*), *times* (days on which she bought it), *first* and *last* of them since 1970-01-01, *gaps* (median
    days between neighbouring ones, not a number for fewer than two), *kept* (0 to 1: the part that she did not bring
    back), *used* (bought, and not all brought back). *rows* and *days* are the single days of buying.
    """

    names: tuple[str, ...]
    group_names: tuple[str, ...]
    offsets: Ints
    owners: Ints
    products: Ints
    groups: Ints
    times: Ints
    first: Days
    last: Days
    gaps: Floats
    kept: Floats
    rows: Ints
    days: Days

    @property
    def used(self) -> Flags:
        """Which rows she uses: others she only brought back."""
        found: Flags = (self.kept > 0) & (self.times > 0)
        return found

    def decayed(self, day: int, half_life: float) -> Floats:
        """Weigh each row's days of buying, each half as much after so many days, by the part that was kept."""
        weights = 0.5 ** ((day - self.days) / half_life)
        found: Floats = np.bincount(self.rows, weights=weights, minlength=len(self.products)) * self.kept
        return found

    def since(self, day: int) -> Ints:
        """Count each row's days of buying from *day* on."""
        found: Ints = np.bincount(self.rows[self.days >= day], minlength=len(self.products))
        return found


def uses_of(histories: Histories) -> Uses:
    """
    Gather the lines; those without a product's code are left out. About two microseconds a line.

    What is returned counts by its quantity against what was bought before or afterwards. The order of lines within a
    day, and the currency, make no difference.
    """
    named = np.array([bool(name) for name in histories.product_names], dtype=np.bool_)
    lines = np.flatnonzero(named[histories.products]) if len(named) else np.zeros(0, dtype=np.int64)
    owners, products = histories.owners[lines], histories.products[lines].astype(np.int64)
    pairs = owners * max(1, len(named)) + products
    pair_names, rows = np.unique(pairs, return_inverse=True)
    count = len(pair_names)
    quantities = histories.quantities[lines]
    came = np.bincount(rows, weights=np.maximum(quantities, 0), minlength=count)
    net = np.bincount(rows, weights=quantities, minlength=count)
    bought = histories.bought[lines] & (quantities > 0)
    keys = np.unique(rows[bought] * _SHIFT + histories.days[lines][bought] + _MIDDLE)
    day_rows, days = keys // _SHIFT, (keys % _SHIFT - _MIDDLE).astype(np.int32)
    times = np.bincount(day_rows, minlength=count)
    ends = np.concatenate(([0], np.cumsum(times)))
    has = times > 0
    first, last = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    first[has], last[has] = days[ends[:-1][has]], days[ends[1:][has] - 1]
    row_owners = pair_names // max(1, len(named))
    return Uses(
        names=histories.product_names,
        group_names=histories.group_names,
        offsets=np.searchsorted(row_owners, np.arange(len(histories.customers) + 1)).astype(np.int64),
        owners=row_owners,
        products=pair_names % max(1, len(named)),
        groups=_last_groups(histories, lines, rows, count),
        times=times,
        first=first,
        last=last,
        gaps=_gaps(day_rows, days, times),
        kept=np.clip(np.divide(net, came, out=np.zeros(count), where=came > 0), 0.0, 1.0),
        rows=day_rows,
        days=days,
    )


def fingerprints(uses: Uses) -> list[bytes]:
    """Give for each customer what is equal for those who bought the same on the same days, and hardly for others."""
    codes = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in uses.names]
    ends = np.concatenate(([0], np.cumsum(uses.times)))
    found = []
    for begin, end in zip(uses.offsets[:-1].tolist(), uses.offsets[1:].tolist(), strict=True):
        told = hashlib.blake2b(digest_size=16)
        told.update(b"".join(codes[place] for place in uses.products[begin:end].tolist()))
        for part in (uses.groups[begin:end], uses.times[begin:end], uses.kept[begin:end]):
            told.update(np.ascontiguousarray(part).tobytes())
        told.update(uses.days[ends[begin] : ends[end]].tobytes())
        found.append(told.digest())
    return found


def _last_groups(histories: Histories, lines: Ints, rows: NDArray[np.intp], count: int) -> Ints:
    """Find the group that stood on the last line of each row; of several at one moment the last by name."""
    groups = histories.groups[lines].astype(np.int64)
    order = np.lexsort((groups, histories.instants[lines], rows))
    found = np.zeros(count, dtype=np.int64)
    found[rows[order]] = groups[order]  # the last assignment stays
    return found


def _gaps(rows: Ints, days: Days, times: Ints) -> Floats:
    """Give the median of the days between neighbouring days of buying, row by row."""
    same = rows[1:] == rows[:-1]
    between, whose = np.diff(days)[same], rows[1:][same]
    ordered = between[np.lexsort((between, whose))]
    counts = np.maximum(times - 1, 0)
    starts = np.concatenate(([0], np.cumsum(counts)))[:-1]
    medians = np.full(len(times), np.nan)
    has = counts > 0
    low, high = (starts + (counts - 1) // 2)[has], (starts + counts // 2)[has]
    medians[has] = (ordered[low] + ordered[high]) / 2
    return medians
