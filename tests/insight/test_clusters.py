"""Clusters: planted ones are found, the same on every run, never too many or too small, and keep number and name."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.clusters import ClusterName, GroupShare, Trait
from insight.clusters import LEAST_IN_ONE, assigned, divide, silhouette
from insight.clusters_features import features, scale_of, shares, shoppers, standardised
from insight.clusters_names import Profile, distinguishing, matched, named, numbered, traits_of

Floats = NDArray[np.float64]


def planted(sizes: tuple[int, ...], width: int = 4) -> Floats:
    """Draw clouds of those sizes, far from one another."""
    rng = np.random.default_rng(7)
    middles = rng.uniform(-20, 20, (len(sizes), width))
    return np.vstack([rng.normal(middle, 1, (size, width)) for middle, size in zip(middles, sizes, strict=True)])


def test_planted_clusters_are_found_and_numbered_by_size() -> None:
    """Five clouds make five clusters, each whole, the largest first."""
    sizes = (60, 200, 90, 150, 120)
    rows = planted(sizes)
    found = divide(rows, len(rows), None, seed=1)
    assert len(found.centres) == 5
    places = assigned(rows, found.centres)
    assert np.bincount(places).tolist() == sorted(sizes, reverse=True)
    starts = np.cumsum((0, *sizes))
    assert all(len(set(places[a:b].tolist())) == 1 for a, b in itertools.pairwise(starts))
    assert max(found.silhouettes, key=lambda pair: pair[1])[0] == 5


def test_the_same_seed_gives_the_same_division() -> None:
    """Nothing but the rows and the seed counts; another seed finds the same clouds."""
    rows = planted((80, 60, 70))
    one, two, other = (divide(rows, len(rows), None, seed) for seed in (5, 5, 6))
    assert (one.centres == two.centres).all()
    assert one.silhouettes == two.silhouettes
    assert np.allclose(one.centres, other.centres)


@pytest.mark.parametrize("asked", [1, 3, 27])
def test_as_many_as_asked_for(asked: int) -> None:
    """A number in the config is taken without looking at the silhouette, up to 27."""
    rows = np.random.default_rng(3).normal(0, 1, (3000, 3))
    found = divide(rows, len(rows), asked, seed=1)
    assert len(found.centres) == asked
    assert found.silhouettes == ()
    assert np.bincount(assigned(rows, found.centres)).min() >= LEAST_IN_ONE


def test_more_than_27_are_an_error() -> None:
    """So is none at all."""
    rows = planted((50, 50))
    for asked in (0, 28):
        with pytest.raises(ValueError, match="between 1 and 27"):
            divide(rows, 100, asked, seed=1)


def test_a_cluster_too_small_is_not_made() -> None:
    """Five odd customers are no cluster: there are fewer, and everybody is in one."""
    rows = np.vstack([planted((300, 300)), np.full((5, 4), 90.0)])
    found = divide(rows, len(rows), 3, seed=1)
    assert np.bincount(assigned(rows, found.centres)).min() >= LEAST_IN_ONE
    assert len(divide(np.ones((200, 3)), 200, None, seed=1).centres) == 1


def test_silhouette_agrees_with_a_hand_calculation() -> None:
    """0, 1 and 10, 11: the first is 1 from its own and 10.5 from the others: 9.5 / 10.5; alone counts 0."""
    rows = np.array([[0.0], [1.0], [10.0], [11.0]])
    distances = np.abs(rows - rows.T)
    assert silhouette(distances, np.array([0, 0, 1, 1])) == pytest.approx((2 * 9.5 / 10.5 + 2 * 8.5 / 9.5) / 4)
    assert silhouette(distances[:3, :3], np.array([0, 0, 1])) == pytest.approx((9 / 10 + 8 / 9) / 3)
    assert silhouette(distances, np.zeros(4, dtype=np.int64)) == 0


def test_shares_and_columns_of_shoppers() -> None:
    """Shares are of all that was spent; returns, nameless groups and strangers do not count; no spending is 0."""
    told = shoppers(
        ([3, 5, 9], [10, 1, 2], [1000, 50, 0], [1, 300, 9]),
        [3, 3, 5, 5, 7, 3], ["wine", "tea", "tea", "soap", "tea", ""], [750, 250, 50, -20, 99, 5],
    )  # fmt: skip
    assert shares(told, ("tea", "wine")).tolist() == [[0.25, 0.75], [1.0, 0.0], [0.0, 0.0]]
    scale = scale_of(told)
    assert scale.groups == ("tea", "wine")
    columns = standardised(told, scale)
    assert columns.mean(axis=0) == pytest.approx(np.zeros(5))
    assert columns.std(axis=0) == pytest.approx(np.ones(5))
    assert features(told, scale).shape == (3, 5)


def test_groups_weigh_the_same_however_many_they_are() -> None:
    """All groups together have twice the variance of the three habits."""
    rng = np.random.default_rng(1)
    for many in (2, 9):
        owners = np.repeat(np.arange(500), many)
        names = [f"g{place}" for place in range(many)] * 500
        told = shoppers(
            (range(500), rng.integers(1, 50, 500).tolist(), rng.integers(100, 9000, 500).tolist(), [5, 90] * 250),
            owners.tolist(), names, rng.integers(1, 999, 500 * many).tolist(),
        )  # fmt: skip
        spread = features(told, scale_of(told)).var(axis=0)
        assert spread[:many].sum() / spread[many:].sum() == pytest.approx(2, rel=0.05)


def test_what_sets_a_cluster_apart() -> None:
    """A group that everybody buys as much of says nothing, nor does one that hardly counts; habits have words."""
    profile = Profile(np.array([1.5, 0.0, 0.9, 2.0, 0.7, -0.6, 0.1]), np.array([0.4, 0.3, 0.2, 0.01]))
    groups = distinguishing(("wine", "bread", "cheese", "caviar"), profile, np.array([0.1, 0.3, 0.1, 0.001]))
    assert groups == (GroupShare("wine", 0.4, 0.1), GroupShare("cheese", 0.2, 0.1))
    assert traits_of(profile) == (Trait.FREQUENT, Trait.SMALL)
    assert traits_of(Profile(np.array([-0.6, 0.9, 1.2]), np.zeros(0))) == (Trait.LONG_AGO, Trait.LARGE, Trait.RARE)


def test_names_are_unlike_one_another() -> None:
    """Where two would be called the same, a third group joins, or a number; what is kept stays."""
    wine, cheese, tea = (GroupShare(name, 0.5, 0.1) for name in ("wine", "cheese", "tea"))
    kept = {0: ClusterName(("wine", "cheese"), (Trait.RARE,))}
    apart = [((tea,), ()), ((wine, cheese, tea), (Trait.RARE,)), ((), ()), ((), ()), ((wine, cheese), (Trait.RARE,))]
    found = named(apart, kept)
    assert found[0] == kept[0]
    assert found[1] == ClusterName(("wine", "cheese", "tea"), (Trait.RARE,))
    assert found[2:4] == (ClusterName(), ClusterName(ordinal=2))
    assert found[4] == ClusterName(("wine", "cheese"), (Trait.RARE,), 2)
    assert len(set(found)) == 5
    three = (Trait.LONG_AGO, Trait.RARE, Trait.SMALL)
    assert named([((), three[:2]), ((), three)], {}) == (
        ClusterName((), (Trait.RARE, Trait.LONG_AGO)),
        ClusterName((), (Trait.RARE, Trait.SMALL, Trait.LONG_AGO)),
    )


def test_clusters_keep_their_numbers_by_whom_they_share() -> None:
    """Most of new 0 were in 4: it is 4 again. New 1 has nobody from before, and gets a number that none had."""
    places = np.array([0] * 50 + [1] * 40 + [2] * 30)
    former = np.array([4] * 45 + [2] * 5 + [0] * 40 + [2] * 25 + [1] * 5)
    same = matched(places, former, 3)
    assert same == {0: 4, 2: 2}
    assert numbered(3, same, {1, 2, 4}) == (4, 3, 2)
    assert matched(places, np.zeros(120, dtype=np.int64), 3) == {}
    assert numbered(3, {}, ()) == (1, 2, 3)


def test_a_cluster_that_scattered_is_another() -> None:
    """Where less than a third is shared, the number is not handed on."""
    places = np.array([0] * 90 + [1] * 90)
    former = np.array([1] * 30 + [2] * 30 + [3] * 30 + [1] * 30 + [2] * 30 + [3] * 30)
    assert matched(places, former, 2) == {}
    assert numbered(2, {}, {1, 2, 3}) == (4, 5)
