"""What clusters are made of: each customer's shares of spending over product groups, and how she shops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_GROUPS = 30
"""So many groups at the most, those that most customers buy, have a column each; the others count in the whole only."""

_COMMON = 0.05  # a group that fewer buy would set apart single customers
_HABITS = 3  # frequency, basket, silence
_GROUPS_WEIGH = 2.0  # what is bought counts twice as much as how
_CLIPPED = 4.0  # standard deviations

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shoppers:
    """
    Customers by id: their visits and spending (minor units) in the year, and days since the last purchase; and their
    spending by product group, as columns of whose (place in *customers*), which group (place in *names*), how much.
    """

    customers: Ints
    visits: Ints
    spent: Ints
    silent: Ints
    owners: Ints
    groups: NDArray[np.int32]
    amounts: Ints
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """Which groups have a column, and the mean and spread of each column (the groups, then the three habits)."""

    groups: tuple[str, ...]
    means: Floats
    spreads: Floats


def shoppers(
    columns: Sequence[Sequence[int]], owners: Sequence[int], groups: Sequence[str], amounts: Sequence[int]
) -> Shoppers:
    """
    Put together *columns* (customer ids ascending, visits, spent, days silent) and spending by customer id and group.

    Groups without a name, and those that were given back rather than bought, are left out.
    """
    ids, visits, spent, silent = (np.array(column, dtype=np.int64) for column in columns)
    whose, sums = np.array(owners, dtype=np.int64), np.array(amounts, dtype=np.int64)
    names = tuple(sorted(set(groups)))
    places = {name: place for place, name in enumerate(names)}
    which = np.fromiter((places[name] for name in groups), dtype=np.int32, count=len(groups))
    place = np.searchsorted(ids, whose)
    known = (sums > 0) & (place < len(ids)) & (which != places.get("", -1))
    known[known] = ids[place[known]] == whose[known]
    return Shoppers(ids, visits, spent, silent, place[known], which[known], sums[known], names)


def scale_of(sample: Shoppers) -> Scale:
    """Choose the groups and measure the columns on a sample."""
    counts = np.bincount(sample.groups, minlength=len(sample.names)).tolist()
    least = max(1.0, _COMMON * len(sample.customers))
    common = [(-count, name) for name, count in zip(sample.names, counts, strict=True) if count >= least]
    groups = tuple(sorted(name for _, name in sorted(common)[:MOST_GROUPS]))
    columns = np.hstack([shares(sample, groups), _habits(sample)])
    spreads = columns.std(axis=0)
    return Scale(groups, columns.mean(axis=0), np.where(spreads > 1e-12, spreads, np.inf))


def shares(of: Shoppers, groups: Sequence[str]) -> Floats:
    """Give the share (0 to 1) that each group has in each customer's spending, one row a customer."""
    found = np.zeros((len(of.customers), len(groups)))
    whole = np.bincount(of.owners, of.amounts, len(of.customers))
    columns = {name: place for place, name in enumerate(groups)}
    column = np.array([columns.get(name, -1) for name in of.names], dtype=np.int64)[of.groups]
    known = column >= 0
    np.add.at(found, (of.owners[known], column[known]), of.amounts[known])
    return found / np.maximum(whole, 1)[:, None]


def features(of: Shoppers, scale: Scale) -> Floats:
    """
    Give the columns that are clustered: standardised, so that each counts by how customers differ in it.

    All groups together weigh twice what frequency, basket and silence do, however many there are; what lies more than
    four standard deviations away counts as four.
    """
    plain = standardised(of, scale)
    weights = np.ones(plain.shape[1])
    if scale.groups:
        weights[: len(scale.groups)] = (_GROUPS_WEIGH * _HABITS / len(scale.groups)) ** 0.5
    return plain * weights


def standardised(of: Shoppers, scale: Scale) -> Floats:
    """Give each column in standard deviations from its mean: the groups, then frequency, basket and silence."""
    columns = np.hstack([shares(of, scale.groups), _habits(of)])
    return np.clip((columns - scale.means) / scale.spreads, -_CLIPPED, _CLIPPED)


def _habits(of: Shoppers) -> Floats:
    """Visits, mean basket and days of silence as logarithms, in which a doubling is the same step for everybody."""
    basket = np.maximum(of.spent, 0) / np.maximum(of.visits, 1)
    return np.stack([np.log1p(of.visits), np.log1p(basket), np.log1p(np.maximum(of.silent, 0))], axis=1)
