"""Samples: exact sizes, the same for the same seed, fair to everybody, and of each stratum what is due to it."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drawing import RandomOrder, prefix_number, sizes_of
from domain.sampling import Sampling, Share, Size, Target, sampling_from


def order_of(seed: str, ids: range) -> list[int]:
    """Return the ids in the random order of a seed."""
    order = RandomOrder(seed)
    order.add(ids)
    return sorted(ids, key=order.place)


@pytest.mark.parametrize(
    ("percent", "frame", "size"),
    [("20", 12, 2), ("20", 13, 3), ("12.5", 4, 1), ("50", 3, 2), ("100", 7, 7), ("0.1", 499, 0), ("0.1", 500, 1)],
)
def test_a_share_is_rounded_half_up(percent: str, frame: int, size: int) -> None:
    """Nobody has to guess what 20 % of 13 are."""
    assert Share(Decimal(percent)).size_of(frame) == size


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(Share(Decimal("12.5")), by="town", seed="7"),
        Sampling(Size(500), by="language", equal=True, least=30, recontact=dt.timedelta(days=90)),
        Sampling(Target(200, dt.timedelta(days=10), dt.timedelta(hours=6)), seed="x"),
    ],
)
def test_a_sampling_comes_back_from_its_document(sampling: Sampling) -> None:
    """What is stored with a wave is what was decided, and further keys do no harm."""
    assert sampling_from({**sampling.as_document(), "round": "2027-03-02"}) == sampling


def test_a_random_order_has_each_place_once_and_is_the_same_for_the_same_seed() -> None:
    """Places 1 to n whatever the order in which ids came; a known answer, so that no release draws otherwise."""
    order, other = RandomOrder("7"), RandomOrder("7")
    order.add(range(1, 2001))
    for start in (1001, 1):
        other.add(range(start, start + 1000))
    places = [order.place(each) for each in range(1, 2001)]
    assert sorted(places) == list(range(1, 2001))
    assert places == [other.place(each) for each in range(1, 2001)]
    assert order_of("7", range(1, 11)) == [5, 3, 1, 6, 7, 9, 10, 2, 4, 8]
    assert order_of("8", range(1, 2001)) != order_of("7", range(1, 2001))


def test_everybody_is_drawn_equally_often() -> None:
    """
    Over 2,000 seeds each of 30 customers is among the first 10 about 667 times: within 4.5 standard errors.

    Pairs, too: simple random sampling gives each pair the chance n(n-1)/N(N-1) (Cochran 1977, section 2.1).
    """
    seeds, members, size = 2000, 30, 10
    alone: Counter[int] = Counter()
    together: Counter[tuple[int, int]] = Counter()
    for seed in range(seeds):
        drawn = sorted(order_of(str(seed), range(1, members + 1))[:size])
        alone.update(drawn)
        together.update((one, two) for one in drawn for two in drawn if one < two)
    for counts, chance in (
        ([alone[i] for i in range(1, members + 1)], size / members),
        (
            [together[i, j] for i in range(1, members + 1) for j in range(i + 1, members + 1)],
            size * (size - 1) / (members * (members - 1)),
        ),
    ):
        error = math.sqrt(seeds * chance * (1 - chance))
        assert max(abs(count - seeds * chance) for count in counts) < 4.5 * error


def test_largest_remainders_divide_as_the_books_say() -> None:
    """Balinski and Young's example of Hamilton's method: 26 seats for 9061, 7179, 5259, 3319 and 1182."""
    states = {"A": 9061, "B": 7179, "C": 5259, "D": 3319, "E": 1182}
    assert sizes_of(26, states) == {"A": 9, "B": 7, "C": 5, "D": 4, "E": 1}
    assert sizes_of(26, states, least=3) == {"A": 8, "B": 7, "C": 5, "D": 3, "E": 3}
    assert sizes_of(10, {"A": 100, "B": 2, "C": 100}, equal=True) == {"A": 4, "B": 2, "C": 4}
    assert sizes_of(3, {"A": 5, "B": 5}, least=2) == {"A": 2, "B": 2}
    assert sizes_of(5, {}) == {}


@given(
    st.dictionaries(st.text(max_size=3), st.integers(0, 500), max_size=12),
    st.integers(0, 3000),
    st.booleans(),
    st.integers(0, 40),
)
def test_strata_add_up_to_the_sample(strata: dict[str, int], size: int, equal: bool, least: int) -> None:
    """The sum is the size (or all, or the least sizes together), and no stratum is below its least or above itself."""
    found = sizes_of(size, strata, equal=equal, least=least)
    lows = {name: min(least, members) for name, members in strata.items()}
    assert sum(found.values()) == max(min(size, sum(strata.values())), sum(lows.values()))
    assert all(lows[name] <= n <= strata[name] for name, n in found.items())
    if not least and not equal:
        total = sum(strata.values())
        assert all(abs(n - min(size, total) * strata[name] / total) < 1 for name, n in found.items() if total)


@pytest.mark.parametrize("equal", [False, True])
def test_each_beginning_of_a_stratified_order_is_a_stratified_sample(equal: bool) -> None:
    """Whenever the asking stops, each stratum had its part, to within one."""
    strata = {"Turku": 60, "Tampere": 30, "Oulu": 10}
    order = sorted(
        (prefix_number(place, members, equal=equal), town)
        for town, members in strata.items()
        for place in range(1, members + 1)
    )
    for size in range(1, 31):
        drawn = Counter(town for _, town in order[:size])
        parts = dict.fromkeys(strata, size / 3) if equal else {town: size * n / 100 for town, n in strata.items()}
        assert all(abs(drawn[town] - part) < 1 for town, part in parts.items())
    assert all(0 < number < 2**31 for number, _ in order)
    assert prefix_number(2**30, 2**30, equal=False) < 2**31
