"""Clusters: customers who shop alike, each with a number and a name that stay, its size, and its typical pairs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST = 27
"""There are never more clusters than this."""


class Trait(enum.StrEnum):
    """What sets a cluster apart beside what it buys."""

    FREQUENT = "frequent"
    RARE = "rare"
    LARGE = "large"  # baskets
    SMALL = "small"
    LATELY = "lately"
    LONG_AGO = "long_ago"


@dataclass(frozen=True, slots=True)
class ClusterName:
    """
    A name as values, so that each language words it: product groups bought more than elsewhere, and traits.

    *ordinal* is above 1 where another cluster is set apart by the same.
    """

    groups: tuple[str, ...] = ()
    traits: tuple[Trait, ...] = ()
    ordinal: int = 1


@dataclass(frozen=True, slots=True)
class GroupShare:
    """A product group's part (0 to 1) of a cluster's spending, and of everybody's."""

    group: str
    share: float
    overall: float


@dataclass(frozen=True, slots=True)
class Pair:
    """
    Two products that are on one receipt more often than chance puts them there.

    *receipts* have both, *support* is their part of all receipts, *confidence* the part of the receipts with *first*
    that have *second* too; *lift* says how many times as often as by chance, at least *lift_low*.
    """

    first: str
    second: str
    receipts: int
    support: float
    confidence: float
    lift: float
    lift_low: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """
    One cluster: *size* customers who spent *spent* in a year, *spent_share* (0 to 1) of what all in clusters spent.

    *visits* a year, *basket* (minor units) and *silent* days since the last purchase are means of its customers.
    """

    number: int
    name: ClusterName
    size: int
    spent: int
    spent_share: float
    visits: float
    basket: float
    silent: float
    groups: tuple[GroupShare, ...] = ()
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Clusters:
    """
    All clusters as of the morning of *day*, made from *n* customers who bought in the year before it.

    *asked* is how many the config wants, None for "auto"; *silhouettes* tell of each number tried how well customers
    sit in their cluster (-1 to 1). Without clusters, *refusal* says why.
    """

    day: dt.date
    n: int
    seed: int
    asked: int | None
    silhouettes: tuple[tuple[int, float], ...]
    clusters: tuple[Cluster, ...]
    refusal: str = ""

    def find(self, number: int | None) -> Cluster | None:
        """Return the cluster of that number."""
        return next((each for each in self.clusters if each.number == number), None)


def as_document(kept: Clusters) -> dict[str, Any]:
    """Write it as what JSON can say."""
    return {**dataclasses.asdict(kept), "day": kept.day.isoformat()}


def from_document(document: Mapping[str, Any] | None) -> Clusters | None:
    """Read what `as_document` wrote; None where nothing is kept, or in a form that this version does not know."""
    if document is None:
        return None
    try:
        return Clusters(
            **{
                **document,
                "day": dt.date.fromisoformat(document["day"]),
                "silhouettes": tuple((int(k), float(value)) for k, value in document["silhouettes"]),
                "clusters": tuple(_cluster(each) for each in document["clusters"]),
            }
        )
    except (KeyError, TypeError, ValueError):
        return None


def _cluster(document: Mapping[str, Any]) -> Cluster:
    name = document["name"]
    return Cluster(
        **{
            **document,
            "name": ClusterName(tuple(name["groups"]), tuple(map(Trait, name["traits"])), name["ordinal"]),
            "groups": tuple(GroupShare(**each) for each in document["groups"]),
            "pairs": tuple(Pair(**each) for each in document["pairs"]),
        }
    )
