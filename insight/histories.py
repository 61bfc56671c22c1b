"""Purchase histories of many customers as columns in numpy, customer by customer and in the order of time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Days = NDArray[np.int32]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

NEVER = np.int32(2**31 - 1)
"""The day of what never comes."""
_DAY_S = 86_400


class Columns(Protocol):
    """What `store.histories` reads."""

    @property
    def customers(self) -> list[int]: ...
    @property
    def owners(self) -> list[int]: ...
    @property
    def times(self) -> list[str]: ...
    @property
    def receipts(self) -> list[str]: ...
    @property
    def amounts(self) -> list[int]: ...
    @property
    def own(self) -> list[int]: ...
    @property
    def quantities(self) -> list[float]: ...
    @property
    def groups(self) -> list[str]: ...
    @property
    def products(self) -> list[str]: ...
    @property
    def later(self) -> dict[int, str]: ...
    @property
    def zone(self) -> dt.tzinfo: ...


@dataclass(frozen=True, slots=True)
class Histories:
    """
    The purchases of n customers up to a moment, m lines in all; those of customer i are `offsets[i]:offsets[i + 1]`.

    Per line: *days* since 1970-01-01 in the company's zone, *instants* in seconds since then (UTC), *receipts* as
    numbers (one number is one receipt of one customer), *amounts* in minor units (0 in another currency than the
    company's), *own* whether it is in the company's, *bought* whether it is no return, *groups* and *products* as
    places in their names, *quantities* net of returns. Per customer: *next_days* the day of her first line after the
    moment, or `NEVER`.
    """

    customers: Ints
    offsets: Ints
    days: Days
    instants: Ints
    receipts: Ints
    amounts: Ints
    own: Flags
    bought: Flags
    groups: NDArray[np.int32]
    group_names: tuple[str, ...]
    products: NDArray[np.int32]
    product_names: tuple[str, ...]
    quantities: Floats
    next_days: Days

    @property
    def future(self) -> Flags:
        """Who has lines after the moment."""
        found: Flags = self.next_days != NEVER
        return found

    @property
    def owners(self) -> Ints:
        """The place in *customers* of each line's."""
        return np.repeat(np.arange(len(self.customers)), np.diff(self.offsets))


def histories_of(raw: Columns) -> Histories:
    """Turn the store's plain columns into arrays. About half a microsecond a line."""
    customers = np.array(raw.customers, dtype=np.int64)
    owners = np.array(raw.owners, dtype=np.int64)
    offsets = np.append(np.searchsorted(owners, customers), len(owners)).astype(np.int64)
    amounts = np.array(raw.amounts, dtype=np.int64)
    own = np.array(raw.own, dtype=np.bool_)
    bought = amounts >= 0
    groups, group_names = _numbered(raw.groups)
    products, product_names = _numbered(raw.products)
    quantities = np.abs(np.array(raw.quantities, dtype=np.float64))
    instants = _instants(raw.times)
    return Histories(
        customers=customers,
        offsets=offsets,
        days=local_days(instants, raw.zone),
        instants=instants,
        receipts=_receipts(owners, raw.receipts),
        amounts=np.where(own, amounts, 0),
        own=own,
        bought=bought,
        groups=groups,
        group_names=group_names,
        products=products,
        product_names=product_names,
        quantities=np.where(bought, quantities, -quantities),
        next_days=_next_days(customers, raw.later, raw.zone),
    )


def local_days(instants: Ints, zone: dt.tzinfo) -> Days:
    """Give the days since 1970-01-01, in *zone*, of instants in seconds; exact for any zone of the tz database."""
    if not len(instants):
        return np.zeros(0, dtype=np.int32)
    years = [dt.datetime.fromtimestamp(int(end), dt.UTC).year for end in (instants.min(), instants.max())]
    since, offsets = _offsets(zone, years[0], years[1] + 1)
    at = np.searchsorted(np.array(since, dtype=np.int64), instants, side="right") - 1
    local = instants + np.array(offsets, dtype=np.int64)[at]
    found: Days = (local // _DAY_S).astype(np.int32)
    return found


def day_number(day: dt.date) -> int:
    """Give the days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def date_of(day: int) -> dt.date:
    """Give the date of so many days since 1970-01-01."""
    return dt.date.fromordinal(day + _EPOCH)


_EPOCH = dt.date(1970, 1, 1).toordinal()


@lru_cache(maxsize=32)
def _offsets(zone: dt.tzinfo, first: int, last: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Find since which second each offset of the zone holds, from the year *first* to the end of *last*."""

    def offset(second: int) -> int:
        delta = (_ZERO + dt.timedelta(seconds=second)).astimezone(zone).utcoffset()
        assert delta is not None
        return int(delta.total_seconds())

    begin = (dt.date(max(2, first), 1, 1).toordinal() - _EPOCH) * _DAY_S - _DAY_S
    end = (dt.date(min(9998, last) + 1, 1, 1).toordinal() - _EPOCH) * _DAY_S
    since, offsets = [-(2**62)], [offset(begin)]
    for at in range(begin, end, _DAY_S):
        if offset(at + _DAY_S) != offsets[-1]:
            low, high = at, at + _DAY_S
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offsets[-1] else (low, middle)
            since.append(high)
            offsets.append(offset(high))
    return tuple(since), tuple(offsets)


_ZERO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _instants(times: Sequence[str]) -> Ints:
    if not times:
        return np.zeros(0, dtype=np.int64)
    micros: Ints = np.array(times, dtype="datetime64[us]").astype(np.int64)
    return micros // 1_000_000


def _numbered(names: Sequence[str]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Number the names in the order of the alphabet, so that the same lines give the same numbers."""
    known = sorted(set(names))
    places = {name: place for place, name in enumerate(known)}
    return np.fromiter(map(places.__getitem__, names), dtype=np.int32, count=len(names)), tuple(known)


def _receipts(owners: Ints, receipts: Iterable[str]) -> Ints:
    """Number the receipts: two customers may have one of the same name, which are two."""
    places: dict[str, int] = {}
    numbers = np.fromiter((places.setdefault(each, len(places)) for each in receipts), np.int64, count=len(owners))
    if not len(owners):
        return numbers
    _, ranks = np.unique(owners, return_inverse=True)
    found: Ints = ranks.astype(np.int64) * max(1, len(places)) + numbers
    return found


def _next_days(customers: Ints, later: Mapping[int, str], zone: dt.tzinfo) -> Days:
    found = np.full(len(customers), NEVER, dtype=np.int32)
    if later:
        known = sorted(set(later) & set(customers.tolist()))
        days = local_days(_instants([later[each] for each in known]), zone)
        found[np.searchsorted(customers, np.array(known, dtype=np.int64))] = days
    return found
