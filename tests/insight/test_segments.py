"""The spread within a segment, against values that anybody can work out by hand."""

from __future__ import annotations

import math

import pytest

from insight.segments import Spread, spread_of


def test_spread_of_known_values() -> None:
    """1 to 5: quartiles 2, 3, 4; deviation of the population √2, mean 3."""
    spread = spread_of("visits(12m)", [5, 1, 4, 2, 3, None])
    assert (spread.lower, spread.median, spread.upper, spread.known, spread.unknown) == (2, 3, 4, 5, 1)
    assert spread.variation == pytest.approx(math.sqrt(2) / 3)


def test_quartiles_between_values_are_interpolated() -> None:
    """Of 1, 2, 3, 4 the lower quartile is 1.75, as a spreadsheet says."""
    spread = spread_of("spent(12m)", [1, 2, 3, 4])
    assert (spread.lower, spread.median, spread.upper) == (1.75, 2.5, 3.25)


def test_too_few_values_tell_nothing() -> None:
    """Three members have no quartiles worth the name; what is no number is unknown."""
    assert spread_of("x", [1, 2, 3, math.inf, None]) == Spread("x", 3, 2)


def test_alike_members_do_not_vary_and_a_mean_of_nothing_has_no_coefficient() -> None:
    """A division by nothing is not made."""
    assert spread_of("x", [7, 7, 7, 7]).variation == 0
    assert spread_of("x", [-1, 1, -1, 1]).variation is None
