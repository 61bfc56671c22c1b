"""What the offers of everybody rest on: profiles of a pool of customers, what they buy, and the favourites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array

from domain.offers import LEAST_BUYERS, Favourite, Favourites, OfferPerson
from insight.histories import Floats, Histories, Ints
from insight.offers_uses import Uses, fingerprints, uses_of

HALF_LIFE = 120.0
"""Days after which a purchase counts half in what makes customers alike."""
LATELY = 56
"""Days that "lately" is: the eight weeks before."""

_SATURATION = 3.0
_MOST_LEAST_BUYERS = 10
_CIRCLE = 10  # fewer people are no circle: what one of them buys would be told to the others
_LONGEST = 200  # favourites of everybody; a circle's are fewer
_LONGEST_CIRCLE = 60


@dataclass(frozen=True, slots=True)
class OfferModel:
    """
    The pool's n customers and m products, as of the end of *day* (since 1970-01-01), the products by their codes.

    The k *columns* are the products that enough people bought to tell who is alike, and to be new to somebody;
    *column_of* each of the m products is its place among them, or -1. *tastes* (see `tastes`), *profiles* (rows of
    length 1), *ever* and *lately* (ones) are n x k; *buyers* and *lately_buyers* (different customers) and *groups*
    (places in *group_names*) are per product, *rarity* per column. The customers' order depends on nothing but what
    they bought, so that who has which id, and who comes first, makes no difference.
    """

    day: int
    codes: tuple[str, ...]
    names: Mapping[str, str]
    group_names: tuple[str, ...]
    groups: Ints
    tastes: csr_array
    profiles: csr_array
    ever: csr_array
    ever_by_column: csc_array
    lately: csr_array
    buyers: Ints
    lately_buyers: Ints
    columns: Ints
    column_of: Ints
    rarity: Floats
    favourites: Favourites
    places: Mapping[str, int]
    group_places: Mapping[str, int]

    @property
    def size(self) -> int:
        """How many customers it rests on."""
        return int(self.ever.shape[0])


def fit(
    histories: Histories, day: int, names: Mapping[str, str], people: Sequence[OfferPerson] | None = None
) -> OfferModel:
    """
    Learn from the histories of a pool of customers up to the end of *day*, and from who they are (in their order).

    *names* are the products' names by code. Who has used nothing is left out of the pool. Of a product whose lines
    name several groups, the one that most customers' lines name holds, the first by name of equal ones.
    """
    uses = uses_of(histories)
    told = fingerprints(uses)
    present = np.bincount(uses.owners[uses.used], minlength=len(told)) > 0
    order = sorted(np.flatnonzero(present).tolist(), key=lambda place: told[place])
    m, n = len(uses.names), len(order)
    rank = np.full(len(told), -1, dtype=np.int64)
    rank[order] = np.arange(n)
    ever = _matrix(uses, rank, n, np.ones(len(uses.products)))
    lately = _matrix(uses, rank, n, (uses.since(day - LATELY + 1) > 0).astype(np.float64))
    buyers, lately_buyers = _counts(ever, m), _counts(lately, m)
    least = int(np.clip(n // 200, 1, _MOST_LEAST_BUYERS))
    columns = np.flatnonzero(buyers >= least)
    column_of = np.full(m, -1, dtype=np.int64)
    column_of[columns] = np.arange(len(columns))
    rarity = np.log1p(n / np.maximum(buyers[columns], 1))
    liked = _chosen(_matrix(uses, rank, n, tastes(uses, day)), columns)
    model = OfferModel(
        day=day,
        codes=uses.names,
        names=names,
        group_names=uses.group_names,
        groups=_groups(uses, m),
        tastes=liked,
        profiles=_profiles(liked, rarity),
        ever=_chosen(ever, columns),
        ever_by_column=csc_array(_chosen(ever, columns)),
        lately=_chosen(lately, columns),
        buyers=buyers,
        lately_buyers=lately_buyers,
        columns=columns,
        column_of=column_of,
        rarity=rarity,
        favourites=Favourites(),
        places={code: place for place, code in enumerate(uses.names)},
        group_places={name: place for place, name in enumerate(uses.group_names)},
    )
    circles = _circles(people, order) if people is not None else {}
    return replace(model, favourites=_favourites_of(model, ever, lately, circles))


def tastes(uses: Uses, day: int) -> Floats:
    """Weigh each row: the logarithm of its decayed days of buying, since a tenth time tells less than a first."""
    found: Floats = np.log1p(_SATURATION * uses.decayed(day, HALF_LIFE))
    return found


def tastes_of(model: OfferModel, uses: Uses) -> csr_array:
    """Give the tastes of other customers over the model's columns, as those of the pool."""
    places = np.array([model.places.get(name, -1) for name in uses.names], dtype=np.int64)
    columns = np.append(model.column_of, -1)[places][uses.products]
    taken = (columns >= 0) & uses.used
    values = tastes(uses, model.day)[taken]
    shape = (len(uses.offsets) - 1, len(model.columns))
    made = csr_array((values, (uses.owners[taken], columns[taken])), shape=shape)
    made.sort_indices()
    return made


def profiles_of(model: OfferModel, liked: csr_array) -> csr_array:
    """Give the profiles that belong to tastes, as those of the pool."""
    return _profiles(liked, model.rarity)


def _chosen(matrix: csr_array, columns: Ints) -> csr_array:
    found = csr_array(matrix.tocsc()[:, columns].tocsr())
    found.sort_indices()
    return found


def _profiles(raw: csr_array, rarity: Floats) -> csr_array:
    """Weigh by rarity (K. Spärck Jones, Journal of Documentation 28 (1972) 11-21) and give each row the length 1."""
    weighed = csr_array(raw @ diags_array(rarity))
    weighed.eliminate_zeros()
    weighed.sort_indices()
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    scaled = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    weighed.data *= np.repeat(scaled, np.diff(weighed.indptr))
    return weighed


def _matrix(uses: Uses, rank: Ints, n: int, values: Floats) -> csr_array:
    rows = rank[uses.owners]
    taken = (rows >= 0) & uses.used & (values > 0)
    made = csr_array((values[taken], (rows[taken], uses.products[taken])), shape=(n, len(uses.names)))
    made.sort_indices()
    return made


def _counts(ones: csr_array, m: int) -> Ints:
    found: Ints = np.bincount(ones.indices, minlength=m).astype(np.int64)
    return found


def _groups(uses: Uses, m: int) -> Ints:
    """Find the group of each product that most customers' lines name."""
    found = np.zeros(m, dtype=np.int64)
    if not len(uses.products):
        return found
    many = max(1, len(uses.group_names))
    pairs, counts = np.unique(uses.products * many + uses.groups, return_counts=True)
    order = np.lexsort((-(pairs % many), counts))  # the last assignment stays: the most, of equal ones the first name
    found[pairs[order] // many] = pairs[order] % many
    return found


def _circles(people: Sequence[OfferPerson], order: Sequence[int]) -> dict[str, list[int]]:
    circles: dict[str, list[int]] = {}
    for row, place in enumerate(order):
        for circle in people[place].circles if not people[place].objects else ():
            circles.setdefault(circle, []).append(row)
    return circles


def _favourites_of(
    model: OfferModel, ever: csr_array, lately: csr_array, circles: Mapping[str, Sequence[int]]
) -> Favourites:
    lists = {"": _favourites(model, model.lately_buyers, model.buyers, _LONGEST)}
    sizes = {"": model.size}
    m = len(model.codes)
    for circle, rows in sorted(circles.items()):
        if len(rows) >= _CIRCLE:
            inside = np.array(rows, dtype=np.int64)
            found = _counts(lately[inside], m), _counts(ever[inside], m)
            lists[circle] = _favourites(model, *found, _LONGEST_CIRCLE)
            sizes[circle] = len(rows)
    return Favourites(lists, sizes)


def _favourites(model: OfferModel, lately: Ints, ever: Ints, most: int) -> tuple[Favourite, ...]:
    """Order products by who bought them lately, then by who ever did, then by code; those that are none last."""
    order = np.lexsort((np.arange(len(model.codes)), -ever, -lately, ever < LEAST_BUYERS))[:most]
    return tuple(
        Favourite(
            model.codes[each],
            model.names.get(model.codes[each], ""),
            model.group_names[model.groups[each]],
            int(ever[each]),
        )
        for each in order.tolist()
        if ever[each] > 0
    )
