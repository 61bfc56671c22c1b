"""Six offers for each customer: always six and different, two never bought, the same for equals, in the right order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.offers import Basis, Offer, OfferKind, OfferPerson, OfferRules
from insight.histories import NEVER, Histories
from insight.offers import choose, learn, often_scores
from insight.offers_uses import uses_of

TODAY = 20_000
Line = tuple[str, int, float]
"""A product's code, days ago, and the quantity; below 0 for a return."""

GROUPS = {"a": "drinks", "b": "bread", "c": "spirits", "d": "fuel"}


def group_of(code: str) -> str:
    return GROUPS[code[0]]


def histories(people: Sequence[Sequence[Line]]) -> Histories:
    """What those people bought, in the order of time."""
    lines = [(who, *line) for who, hers in enumerate(people) for line in sorted(hers, key=lambda each: -each[1])]
    codes = sorted({line[1] for line in lines})
    groups = sorted({group_of(code) for code in codes})
    owners = np.array([line[0] for line in lines], dtype=np.int64)
    quantities = np.array([line[3] for line in lines], dtype=np.float64)
    days = np.array([TODAY - line[2] for line in lines], dtype=np.int32)
    return Histories(
        customers=np.arange(1, len(people) + 1, dtype=np.int64),
        offsets=np.searchsorted(owners, np.arange(len(people) + 1)).astype(np.int64),
        days=days,
        instants=days.astype(np.int64) * 86_400,
        receipts=np.arange(len(lines), dtype=np.int64),
        amounts=np.sign(quantities).astype(np.int64) * 100,
        own=np.ones(len(lines), dtype=np.bool_),
        bought=quantities >= 0,
        groups=np.array([groups.index(group_of(line[1])) for line in lines], dtype=np.int32),
        group_names=tuple(groups),
        products=np.array([codes.index(line[1]) for line in lines], dtype=np.int32),
        product_names=tuple(codes),
        quantities=quantities,
        next_days=np.full(len(people), NEVER, dtype=np.int32),
    )


def six(
    people: Sequence[Sequence[Line]],
    who: Sequence[OfferPerson] | None = None,
    rules: OfferRules = OfferRules(),  # noqa: B008 - frozen
) -> list[tuple[Offer, ...]]:
    """Learn from those people, and choose for each of them."""
    told = list(who) if who is not None else [OfferPerson() for _ in people]
    bought = histories(people)
    return choose(learn(bought, TODAY, {}, told), bought, told, rules, {})


SHOP = [f"{group}{number}" for group in "ab" for number in range(6)]
LINES = st.sets(st.sampled_from(SHOP), min_size=1, max_size=6).flatmap(
    lambda hers: st.lists(
        st.tuples(st.sampled_from(sorted(hers)), st.integers(0, 300), st.sampled_from([1.0, 1.0, 2.0, -1.0])),
        max_size=12,
    )
)
"""Lines of at most six of the shop's twelve products, so that six remain."""
EVERYTHING: list[Line] = [(code, 3, 1.0) for code in SHOP]


@settings(max_examples=30, deadline=None)
@given(people=st.lists(LINES, min_size=1, max_size=6), order=st.randoms(use_true_random=False))
def test_always_six_different_two_never_bought_and_the_same_for_equals(people: list[list[Line]], order: object) -> None:
    """
    Whatever they bought: six different, the last two never bought; who comes in which order makes no difference, and a
    twin gets what her twin gets.
    """
    everybody = [*people, people[0], EVERYTHING[:6]]
    told = [OfferPerson(kind="consumer") for _ in everybody]
    found = six([*everybody, EVERYTHING], [*told, OfferPerson()])[:-1]
    for hers, offers in zip(everybody, found, strict=True):
        codes = [each.product for each in offers]
        assert len(set(codes)) == 6
        assert [each.place for each in offers] == [1, 2, 3, 4, 5, 6]
        assert [each.kind for each in offers[4:]] == [OfferKind.NEW, OfferKind.NEW]
        assert not {each.product for each in offers[4:]} & {line[0] for line in hers}
    assert found[0] == found[len(people)]
    places = list(range(len(everybody)))
    order.shuffle(places)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    shuffled = six([*(everybody[place] for place in places), EVERYTHING], [*told, OfferPerson()])[:-1]
    assert [found[place] for place in places] == shuffled


def test_what_is_bought_often_and_lately_comes_first() -> None:
    """A product of long ago counts less than one of now that was bought as often; a code breaks a tie."""
    hers: list[Line] = [(code, ago, 1.0) for code in ("a0", "a1") for ago in (1, 2)]
    hers += [("b0", ago, 1.0) for ago in (200, 201)] + [("b1", 5, 1.0)]
    offers = six([hers, EVERYTHING])[0]
    assert [each.product for each in offers[:4]] == ["a0", "a1", "b1", "b0"]
    assert {each.kind for each in offers[:4]} == {OfferKind.OFTEN}
    assert offers[0].evidence["times"] == 2


def test_what_is_due_by_its_rhythm_counts_more() -> None:
    """Two were bought as often and on the same days in the mean; the one whose gap is over comes first."""
    hers: list[Line] = [("a0", ago, 1.0) for ago in (2, 32, 62)] + [("a1", ago, 1.0) for ago in (30, 32, 34)]
    uses = uses_of(histories([hers]))
    scores = often_scores(uses, TODAY)
    plain = uses.decayed(TODAY, 90.0)
    assert scores[1] == pytest.approx(plain[1])  # 30 days are fifteen gaps: she has given it up
    assert scores[0] == pytest.approx(plain[0] * (1 + 0.25 * 2 / 30))


def test_what_was_brought_back_is_neither_used_nor_new() -> None:
    """A product that was returned as a whole is in none of the six; half of it returned counts half."""
    hers: list[Line] = [("a0", 3, 1.0), ("a0", 2, -1.0), ("a1", 3, 2.0), ("a1", 2, -1.0)]
    offers = six([hers, EVERYTHING, EVERYTHING])[0]
    assert "a0" not in {each.product for each in offers}
    assert offers[0].product == "a1"
    assert uses_of(histories([hers])).kept.tolist() == [0.0, 0.5]


def test_with_little_history_her_groups_come_before_people_like_her_and_these_before_everybody() -> None:
    """One product used: favourites of its group, then of her town, then of all; each says what it rests on."""
    her: list[Line] = [("a0", 3, 1.0)]
    drinkers: list[list[Line]] = [[("a0", 5, 1.0), ("a1", 4, 1.0), ("b9", 3, 1.0)] for _ in range(12)]
    bakers: list[list[Line]] = [[(f"b{number}", 2, 1.0) for number in range(5)] for _ in range(20)]
    town = OfferPerson(kind="consumer", town="Turku")
    who = [town, *[town] * 12, *[OfferPerson(kind="consumer", town="Oulu")] * 20]
    offers = six([her, *drinkers, *bakers], who)[0]
    assert offers[0].product == "a0"
    bases = [each.basis for each in offers]
    assert bases[0] is Basis.OFTEN
    newcomer = six([[], *drinkers, *bakers], who)[0]
    assert [each.product for each in newcomer[:3]] == ["a0", "a1", "b9"]
    assert [each.basis for each in newcomer] == [Basis.PEOPLE] * 6
    assert [each.kind for each in newcomer] == [OfferKind.FILL] * 4 + [OfferKind.NEW] * 2
    alone = six([her, *drinkers, *bakers])[0]
    assert Basis.GROUP in bases or alone[4].basis is Basis.ALIKE
    assert Basis.POPULAR in {each.basis for each in alone}


def test_surplus_excluded_groups_and_who_is_too_young() -> None:
    """Neither is offered, however often she buys it; an unknown age is too young, the very birthday is old enough."""
    hers: list[Line] = [(code, 1, 1.0) for code in ("c0", "d0", "a0", "a1")]
    rules = OfferRules(surplus=frozenset({"a0"}), never=frozenset({"fuel"}), least_age={"spirits": 18})
    people = [hers, hers, hers, EVERYTHING]
    ages = [OfferPerson(), OfferPerson(age=17), OfferPerson(age=18), OfferPerson()]
    unknown, young, old, _ = six(people, ages, rules)
    assert unknown == young
    assert "c0" not in {each.product for each in young}
    assert "c0" in {each.product for each in old}
    assert not {"a0", "d0"} & {each.product for offers in (young, old) for each in offers}


def test_group_that_one_till_leaves_out_is_known_from_others() -> None:
    """A child whose line of spirits names no group is offered none all the same."""
    bought = histories([[("c0", 1, 1.0), ("a0", 1, 1.0)], *[[*EVERYTHING, ("c0", 2, 1.0)]] * 3])
    groups = bought.groups.copy()
    groups[(bought.owners == 0) & (bought.products == bought.product_names.index("c0"))] = len(bought.group_names)
    told = replace(bought, groups=groups, group_names=(*bought.group_names, ""))
    people = [OfferPerson(age=12), *[OfferPerson()] * 3]
    rules = OfferRules(least_age={"spirits": 18})
    offers = choose(learn(told, TODAY, {}, people), told, people, rules, {})[0]
    assert len(offers) == 6
    assert "c0" not in {each.product for each in offers}


def test_who_objects_to_profiling_gets_what_everybody_gets() -> None:
    """All who object get the same six most popular, and nothing of an age limit."""
    rules = OfferRules(least_age={"spirits": 18})
    people: list[list[Line]] = [[("a5", 1, 1.0)], [("b5", 1, 1.0)], *[[*EVERYTHING[:8], ("c0", 1, 1.0)]] * 5]
    objecting = OfferPerson(age=40, objects=True)
    found = six(people, [objecting, objecting, *[OfferPerson(age=40)] * 5], rules)
    assert found[0] == found[1]
    assert {each.basis for each in found[0]} == {Basis.EVERYBODY}
    assert "c0" not in {each.product for each in found[0]}


def test_a_new_product_does_not_come_in_two_batches_running_where_others_are_left() -> None:
    """The new ones of the last batch give way; with nothing else left they come again."""
    her: list[Line] = [(f"a{number}", 1, 1.0) for number in range(5)]
    like_her: list[Line] = [*her, *((f"b{number}", 2, 1.0) for number in range(4))]
    crowd = [like_her] * 8
    before = frozenset(each.product for each in six([her, *crowd])[0][4:])
    again = six([her, *crowd], [OfferPerson(last_new=before), *[OfferPerson()] * 8])[0]
    assert len(before) == 2
    assert not before & {each.product for each in again}
    few = [[*her, ("b0", 2, 1.0), ("b1", 2, 1.0)]] * 8
    last = six([her, *few], [OfferPerson(last_new=frozenset({"b0", "b1"})), *[OfferPerson()] * 8])[0]
    assert {each.product for each in last[4:]} == {"b0", "b1"}


def test_what_is_new_is_what_people_who_buy_alike_buy() -> None:
    """Two kinds of shoppers: each is offered what her own kind buys, with how many and what they have in common."""
    drinks, breads = ([f"{group}{number}" for number in range(6)] for group in "ab")
    crowd: list[list[Line]] = [
        [(code, 10, 1.0) for code in codes if code not in left_out]
        for codes in (drinks, breads)
        for left_out in itertools.combinations(codes, 2)
    ]
    found = six(crowd)
    for hers, offers in zip(crowd, found, strict=True):
        kinds = {code[0] for code, _, _ in hers}
        assert {each.product[0] for each in offers[4:]} == kinds
        evidence = offers[4].evidence
        assert evidence["basis"] == "alike"
        assert 0 < evidence["customers"] <= evidence["of"]
        assert set(evidence["because"]) <= {code for code, _, _ in hers}


def test_what_two_people_bought_is_no_favourite_where_enough_others_are() -> None:
    """However lately they bought it; where nothing else is left it fills the six, after all others."""
    crowd: list[list[Line]] = [[(f"b{number}", 60, 1.0) for number in range(6)] for _ in range(3)]
    two: list[list[Line]] = [[("a1", 1, 1.0), ("a2", 1, 1.0)]] * 2
    town = OfferPerson(kind="consumer", town="Turku")
    who = [town, OfferPerson(objects=True), *[OfferPerson()] * 3, *[town] * 2]
    for offers in six([[], [], *crowd, *two], who)[:2]:
        assert [each.product for each in offers] == [f"b{number}" for number in range(6)]
    fewer = [hers[:4] for hers in crowd]
    newcomer = six([[], [], *fewer, *two], who)[0]
    assert [each.product for each in newcomer] == ["b0", "b1", "b2", "b3", "a1", "a2"]
    assert [each.evidence["customers"] for each in newcomer] == [3, 3, 3, 3, 2, 2]


def test_with_too_small_a_catalogue_there_are_fewer() -> None:
    """Three products in all: three offers, none twice, none made up."""
    offers = six([[("a0", 1, 1.0)], [("a0", 1, 1.0), ("a1", 1, 1.0), ("a2", 1, 1.0)]])[0]
    assert [each.product for each in offers] == ["a0", "a1", "a2"]
    assert six([[]]) == [()]
