"""What a cluster is called: by what sets it apart, unlike every other, and as before where it is the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from domain.clusters import MOST, ClusterName, GroupShare, Trait

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_APART = 0.5  # standard deviations of a habit
_MORE = 0.25  # standard deviations of a group's share
_TIMES = 1.25  # a group's share, against everybody's
_WORTH_NAMING = 0.03  # of the cluster's spending
_IN_A_NAME = 2
_SHOWN = 5
_SAME = 1 / 3
"""Two clusters are the same where they share so much of all who are in one of them (P. Jaccard, 1912)."""

_HABITS = ((Trait.RARE, Trait.FREQUENT), (Trait.SMALL, Trait.LARGE), (Trait.LATELY, Trait.LONG_AGO))


@dataclass(frozen=True, slots=True)
class Profile:
    """
    What its customers do on the average: *standardised* columns (the groups, then frequency, basket, silence), and the
    plain *shares* of the groups.
    """

    standardised: Floats
    shares: Floats


def distinguishing(groups: Sequence[str], profile: Profile, overall: Floats) -> tuple[GroupShare, ...]:
    """Give the groups that it buys more than everybody does (*overall* shares), the most over-represented first."""
    apart = [
        (-float(profile.standardised[place]), GroupShare(name, float(profile.shares[place]), float(overall[place])))
        for place, name in enumerate(groups)
        if profile.standardised[place] >= _MORE and profile.shares[place] >= max(_WORTH_NAMING, _TIMES * overall[place])
    ]
    return tuple(share for _, share in sorted(apart, key=lambda pair: (pair[0], pair[1].group)))[:_SHOWN]


def traits_of(profile: Profile) -> tuple[Trait, ...]:
    """Give the habits that lie half a standard deviation or more from the mean of all, the farthest first."""
    habits = profile.standardised[-len(_HABITS) :]
    farthest = sorted(range(len(_HABITS)), key=lambda place: (-abs(habits[place]), place))
    return tuple(_HABITS[place][int(habits[place] > 0)] for place in farthest if abs(habits[place]) >= _APART)


def named(
    apart: Sequence[tuple[Sequence[GroupShare], Sequence[Trait]]], kept: Mapping[int, ClusterName]
) -> tuple[ClusterName, ...]:
    """
    Name clusters, given in order what sets each apart; *kept* are the names, by place, that some have already.

    Two groups and two traits make a name; where another has it, further groups and traits join it, at last an ordinal.
    """
    names = dict(kept)
    taken = set(kept.values())
    for place, (groups, traits) in enumerate(apart):
        if place not in names:
            names[place] = next(
                each for each in _candidates([g.group for g in groups], tuple(traits)) if each not in taken
            )
            taken.add(names[place])
    return tuple(names[place] for place in range(len(apart)))


def _candidates(groups: Sequence[str], traits: Sequence[Trait]) -> Iterable[ClusterName]:
    usual, every = (tuple(sorted(part, key=list(Trait).index)) for part in (traits[:_IN_A_NAME], traits))
    yield ClusterName(tuple(groups[:_IN_A_NAME]), usual)
    yield ClusterName(tuple(groups[:_IN_A_NAME]), every)
    for more in range(_IN_A_NAME + 1, len(groups) + 1):
        yield ClusterName(tuple(groups[:more]), every)
    for ordinal in range(2, MOST + 2):
        yield ClusterName(tuple(groups[:_IN_A_NAME]), usual, ordinal)


def matched(places: Ints, former: Ints, k: int) -> dict[int, int]:
    """
    Say which of *k* new clusters (0 to k-1 in *places*) is which former one (*former* numbers; 0 for none).

    Pairs are chosen so that most customers stay (H. W. Kuhn, "The Hungarian method", 1955), and count where they share
    a third of all who are in one of them or the other.
    """
    numbers = np.unique(former[former > 0])
    if not len(numbers):
        return {}
    known = former > 0
    shared = np.zeros((k, len(numbers)), dtype=np.int64)
    np.add.at(shared, (places[known], np.searchsorted(numbers, former[known])), 1)
    union = np.bincount(places, minlength=k)[:, None] + shared.sum(axis=0)[None, :] - shared
    rows, columns = linear_sum_assignment(-shared)
    return {
        int(row): int(numbers[column])
        for row, column in zip(rows, columns, strict=True)
        if shared[row, column] >= _SAME * union[row, column] and shared[row, column]
    }


def numbered(k: int, same: Mapping[int, int], former: Iterable[int]) -> tuple[int, ...]:
    """
    Give each of *k* clusters its number: the former one's where it is the *same*, else the least that is free.

    A number that a *former* cluster had is given to another only when all 27 are used up.
    """
    gone = set(former)
    free = iter(sorted(set(range(1, MOST + 1)) - set(same.values()), key=lambda number: (number in gone, number)))
    return tuple(same[place] if place in same else next(free) for place in range(k))
