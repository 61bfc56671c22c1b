"""
Six offers for each customer: four for what she often uses, two for what she never bought and probably will.

Pure: the same histories, people and rules give the same offers, whoever has which id and comes in which order.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from domain.offers import (
    LEAST_BUYERS,
    NEW_PLACES,
    OFTEN_PLACES,
    SIX,
    Basis,
    Offer,
    OfferKind,
    OfferPerson,
    OfferRules,
    is_favourite,
    same_for_everybody,
    six_without_history,
)
from insight.histories import Flags, Floats, Histories, Ints, date_of
from insight.offers_factors import Factors, factorize
from insight.offers_model import OfferModel, fit, profiles_of, tastes_of
from insight.offers_neighbours import Neighbours, bought_by, neighbours_of, shared_with
from insight.offers_uses import Uses, uses_of

HALF_LIFE = 90.0
"""Days after which a day of buying counts half in what she often uses."""

_DUE = 0.25  # so much more counts a product that is due by its rhythm
_LEAST_FOR_RHYTHM = 3
_GONE = 3  # rhythms after which she has given it up rather than being due
_UNSEEN = 0.001  # the weight of what no neighbour bought lately: the factors alone order it
_SOLD = 182  # a product that nobody bought for half a year is not on the shelf any more
_TOLD = 2  # products that the evidence of a new one names


@dataclass(frozen=True, slots=True)
class Learnt:
    """All that is learnt from everybody: the pool and its factors."""

    model: OfferModel
    factors: Factors


@dataclass(frozen=True, slots=True)
class _Customer:
    """One customer as the choice goes on: her rows in the uses, and what of the model's products she may be offered."""

    place: int
    person: OfferPerson
    rows: Ints
    known: frozenset[str]
    allowed: Flags


def learn(
    histories: Histories, day: int, names: Mapping[str, str], people: Sequence[OfferPerson] | None = None
) -> Learnt:
    """Learn from the histories of a pool of customers up to the end of *day*; see `offers_model.fit`."""
    model = fit(histories, day, names, people)
    return Learnt(model, factorize(model.tastes))


def choose(
    learnt: Learnt,
    histories: Histories,
    people: Sequence[OfferPerson],
    rules: OfferRules,
    names: Mapping[str, str],
) -> list[tuple[Offer, ...]]:
    """
    Choose six offers for each customer of *histories*, whose *people* are in the same order.

    Always six different products, the last two of them never bought in her whole history, as long as there are so many
    that she may be offered; else fewer. The first four are what she uses most, then the favourites of her product
    groups, of people like her, of everybody. Who objects to profiling gets the most popular ones.
    """
    uses = uses_of(histories)
    chooser = _Chooser(learnt, uses, rules, names)
    near = neighbours_of(learnt.model, chooser.profiles)
    return [chooser.six(place, person, near[place]) for place, person in enumerate(people)]


class _Chooser:
    """What is reckoned once for a batch of customers."""

    def __init__(self, learnt: Learnt, uses: Uses, rules: OfferRules, names: Mapping[str, str]) -> None:
        model = learnt.model
        self._model, self._factors, self._uses, self._rules = model, learnt.factors, uses, rules
        self._names = {**names, **model.names}
        self._tastes = tastes_of(model, uses)
        self.profiles = profiles_of(model, self._tastes)
        self._often = often_scores(uses, model.day)
        places = np.array([model.places.get(name, -1) for name in uses.names], dtype=np.int64)
        self._places = places[uses.products]
        self._used = uses.used
        groups = [model.group_names[group] for group in model.groups.tolist()]
        self._groups = groups
        self._open = np.array([rules.may_offer(*each, None) for each in zip(model.codes, groups, strict=True)], bool)
        self._open_columns = self._open[model.columns]
        self._aged = [
            (place, code, group)
            for place, (code, group) in enumerate(zip(model.codes, groups, strict=True))
            if group in rules.least_age
        ]

    def six(self, place: int, person: OfferPerson, near: Neighbours) -> tuple[Offer, ...]:
        """Choose for the customer at *place*."""
        if person.objects:
            return same_for_everybody(self._model.favourites, self._rules)
        begin, end = self._uses.offsets[place : place + 2].tolist()
        rows = np.arange(begin, end)
        known = frozenset(self._uses.names[each] for each in self._uses.products[begin:end].tolist())
        if not self._used[begin:end].any():
            return six_without_history(self._model.favourites, person, self._rules, known)
        her = _Customer(place, person, rows, known, self._allowed(person))
        often = self._often_of(her)
        new = self._new_of(her, near)
        taken = {each.product for each in new}
        fill = self._fill(her, SIX - len(new) - min(len(often), OFTEN_PLACES), taken)
        first = [*often[:OFTEN_PLACES], *fill]
        first += often[OFTEN_PLACES : OFTEN_PLACES + max(0, SIX - len(first) - len(new))]
        return tuple(replace(each, place=at) for at, each in enumerate([*first, *new], start=1))

    def _allowed(self, person: OfferPerson) -> Flags:
        if person.age is None or not self._aged:
            return self._open
        allowed = self._open.copy()
        for place, code, group in self._aged:
            allowed[place] = self._rules.may_offer(code, group, person.age)
        return allowed

    def _often_of(self, her: _Customer) -> list[Offer]:
        """What she uses, the most first; equal ones by code."""
        uses, day = self._uses, self._model.day
        rows = her.rows[self._used[her.rows]]
        order = rows[np.argsort(-self._often[rows], kind="stable")]  # rows are by product, and so by code
        on_sale = day - uses.last[order] < _SOLD
        found: list[Offer] = []
        for row in [*order[on_sale].tolist(), *order[~on_sale].tolist()]:
            if len(found) == SIX:
                break
            code, group = uses.names[uses.products[row]], uses.group_names[uses.groups[row]]
            place = int(self._places[row])  # her line may lack the group that others' lines name
            if self._rules.may_offer(code, group, her.person.age) and (place < 0 or her.allowed[place]):
                score = float(self._often[row])
                name = self._names.get(code, "")
                found.append(Offer(0, OfferKind.OFTEN, code, name, group, score, _often_evidence(uses, row)))
        return found

    def _new_of(self, her: _Customer, near: Neighbours) -> list[Offer]:
        """Two that she never bought: what she would prefer by the factors; else her groups' favourites, and so on."""
        model = self._model
        own, weights = _row_of(self._tastes, her.place)
        liked = self._factors.scores(own, weights).astype(np.float64)
        scores = np.maximum(liked, 0.0) * (bought_by(model, near, lately=True) + _UNSEEN)
        fits = her.allowed[model.columns] if her.allowed is not self._open else self._open_columns.copy()
        own_places = self._places[her.rows]
        own_columns = model.column_of[own_places[own_places >= 0]]
        fits[own_columns[own_columns >= 0]] = False
        best = _best(np.where(fits, scores, 0.0), NEW_PLACES + len(her.person.last_new))
        again = [each for each in best if model.codes[model.columns[each]] in her.person.last_new]
        chosen = [*(each for each in best if each not in again), *again][:NEW_PLACES]
        offers = [self._new(each, float(scores[each]), her, near) for each in chosen]
        taken = {each.product for each in offers}
        more = self._fill(her, NEW_PLACES - len(offers), taken)
        return [*offers, *(replace(each, kind=OfferKind.NEW) for each in more)]

    def _new(self, column: int, score: float, her: _Customer, near: Neighbours) -> Offer:
        model = self._model
        count, common = shared_with(model, near, column, _row_of(self.profiles, her.place))
        because = list(itertools.islice((each for each in model.columns[common].tolist() if her.allowed[each]), _TOLD))
        evidence: dict[str, Any] = {
            "basis": Basis.ALIKE.value,
            "customers": count,
            "of": len(near.places),
            "because": [model.names.get(model.codes[each], "") or model.codes[each] for each in because],
        }
        return self._offer(OfferKind.NEW, int(model.columns[column]), score, evidence)

    def _open_to(self, her: _Customer) -> Flags:
        """Say which of the model's products she may be offered and never had anything to do with."""
        fits = her.allowed.copy()
        own = self._places[her.rows]
        fits[own[own >= 0]] = False
        return fits

    def _fill(self, her: _Customer, places: int, taken: set[str]) -> list[Offer]:
        """
        Fill so many places: favourites of her groups, of people like her, of everybody; adds them to *taken*.

        What too few have bought to be a favourite comes last.
        """
        if places <= 0:
            return []
        found: list[Offer] = []
        offers = [*self._of_her_groups(her), *self._of_people(her), *self._of_everybody(her)]
        for offer in sorted(offers, key=lambda each: not is_favourite(each.evidence["customers"])):
            if len(found) == places:
                break
            if offer.product not in taken and offer.product not in her.known:
                taken.add(offer.product)
                found.append(offer)
        return found

    def _of_her_groups(self, her: _Customer) -> list[Offer]:
        """The favourites of the groups that she buys most of, one of each in turn."""
        model, uses = self._model, self._uses
        weights: dict[str, float] = {}
        for row in her.rows[self._used[her.rows]].tolist():
            group = uses.group_names[uses.groups[row]]
            if group:
                weights[group] = weights.get(group, 0.0) + float(self._often[row])
        queues = [
            self._favourites_in(model.group_places[group], her)
            for group in sorted(weights, key=lambda name: (-weights[name], name))
            if group in model.group_places
        ]
        turns = [queue[turn] for turn in range(SIX) for queue in queues if turn < len(queue)]
        return [self._offer(OfferKind.FILL, each, None, self._counted(Basis.GROUP, each)) for each in turns]

    def _favourites_in(self, group: int, her: _Customer) -> list[int]:
        model = self._model
        fits = self._open_to(her) & (model.groups == group) & (model.buyers > 0)
        return [int(each) for each in self._most_popular(np.flatnonzero(fits))[:SIX]]

    def _of_people(self, her: _Customer) -> tuple[Offer, ...]:
        offers = six_without_history(self._model.favourites, her.person, self._rules, her.known)
        return tuple(replace(each, kind=OfferKind.FILL) for each in offers)

    def _of_everybody(self, her: _Customer) -> list[Offer]:
        fits = self._open_to(her) & (self._model.buyers > 0)
        best = self._most_popular(np.flatnonzero(fits))[: 2 * SIX].tolist()
        return [self._offer(OfferKind.FILL, each, None, self._counted(Basis.POPULAR, each)) for each in best]

    def _most_popular(self, products: Ints) -> Ints:
        buyers, lately = self._model.buyers[products], self._model.lately_buyers[products]
        return products[np.lexsort((products, -buyers, -lately, buyers < LEAST_BUYERS))]

    def _counted(self, basis: Basis, product: int) -> dict[str, Any]:
        model = self._model
        return {"basis": basis.value, "customers": int(model.buyers[product]), "of": model.size}

    def _offer(self, kind: OfferKind, product: int, score: float | None, evidence: Mapping[str, Any]) -> Offer:
        model = self._model
        code = model.codes[product]
        return Offer(0, kind, code, model.names.get(code, ""), self._groups[product], score, evidence)


def _best(scores: Floats, most: int) -> list[int]:
    """Give the places of the highest scores above 0, at most so many; of equal ones the first."""
    above = np.flatnonzero(scores > 0)
    if len(above) > most:
        least = np.partition(scores[above], len(above) - most)[len(above) - most]
        above = above[scores[above] >= least]
    return [int(each) for each in above[np.argsort(-scores[above], kind="stable")][:most]]


def _row_of(matrix: csr_array, row: int) -> tuple[Ints, Floats]:
    begin, end = matrix.indptr[row : row + 2].tolist()
    return matrix.indices[begin:end].astype(np.int64), matrix.data[begin:end]


def often_scores(uses: Uses, day: int) -> Floats:
    """
    Score how much each row's customer uses the product: her days of buying, each half as much after `HALF_LIFE` days.

    Exponential smoothing of frequency (R. G. Brown, "Statistical forecasting for inventory control", 1959). A product
    that was bought three times or more counts up to a quarter more as its usual gap passes, until three gaps are over.
    """
    weights = uses.decayed(day, HALF_LIFE)
    passed = np.divide(day - uses.last, uses.gaps, out=np.zeros(len(weights)), where=uses.gaps > 0)
    rhythmic = (uses.times >= _LEAST_FOR_RHYTHM) & (passed < _GONE)
    found: Floats = np.where(rhythmic, weights * (1 + _DUE * np.clip(passed, 0, 1)), weights)
    return found


def _often_evidence(uses: Uses, row: int) -> dict[str, Any]:
    times, gap = int(uses.times[row]), float(uses.gaps[row])
    return {
        "basis": Basis.OFTEN.value,
        "times": times,
        "since": date_of(int(uses.first[row])).isoformat(),
        "last": date_of(int(uses.last[row])).isoformat(),
        "every": round(gap) if times >= _LEAST_FOR_RHYTHM else None,
    }
