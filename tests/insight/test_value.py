"""Value class, share, lifetime value and age of the relationship: known answers and boundaries."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from insight.repeat_buying_kept import YEAR
from insight.value import lifetime_values, relationship_age, rounded, share_of_customer, value_classes

CUTS = (0.5, 0.8)
DAY = dt.date(2027, 3, 28)


def classes(*values: float, active: list[bool] | None = None) -> str:
    found = value_classes(values, [True] * len(values) if active is None else active, CUTS)
    return "".join("-ABC"[each] for each in found)


def test_who_bring_the_first_half_are_a() -> None:
    """Of 100: 50 and 30 and 20 in three; at exactly a half the next one is B."""
    assert classes(50, 30, 20) == "ABC"
    assert classes(49, 31, 20) == "AAC"  # the first brings less than a half, so the second still belongs to it
    assert classes(20, 30, 50) == "CBA"


def test_equal_values_are_in_one_class() -> None:
    """Ten who bring the same bring the first half together with the second: all are A."""
    assert classes(*[7] * 10) == "A" * 10
    assert classes(40, 20, 20, 20) == "AAAA"


def test_who_did_nothing_has_no_class_and_who_brought_nothing_is_c() -> None:
    """Nothing this year is not the same as bringing nothing."""
    assert classes(10, 0, -5, 99, active=[True, True, True, False]) == "ACC-"
    assert classes(0, -1) == "CC"
    assert classes() == ""


def test_share_is_own_of_total_and_unknown_stays_unknown() -> None:
    """More than she told counts as all; a total of 0 tells nothing; returns make no negative share."""
    found = share_of_customer([50, 120, 50, 50, -10], [200, 100, np.nan, 0, 100]).tolist()
    assert found[:2] == [0.25, 1.0]
    assert math.isnan(found[2])
    assert math.isnan(found[3])
    assert found[4] == 0.0


class _Steady:
    """Whoever speaks expects two purchase days a year, and half as many after each year."""

    def expected(self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike, weeks: float) -> NDArray[np.float64]:
        return np.full(len(np.atleast_1d(np.asarray(x))), 2.0 * (2 - 2 ** (1 - weeks / YEAR)))


def test_lifetime_value_is_the_discounted_sum_over_years() -> None:
    """2, 1 and ½ days at 30 euros each, in the middle of years at 10 %: by hand 95.03."""
    nothing = np.zeros(1)
    expected = 30 * (2 / 1.1**0.5 + 1 / 1.1**1.5 + 0.5 / 1.1**2.5)
    found = lifetime_values(_Steady(), nothing, nothing, nothing, np.array([30.0]), 3, 0.1)
    assert found[0] == pytest.approx(expected)
    assert found[0] == pytest.approx(95.03, abs=0.01)
    assert lifetime_values(_Steady(), nothing, nothing, nothing, np.array([30.0]), 1, 0.0)[0] == pytest.approx(60)


def test_without_margin_there_is_no_lifetime_value() -> None:
    """An unknown margin stays unknown."""
    nothing = np.zeros(1)
    assert np.isnan(lifetime_values(_Steady(), nothing, nothing, nothing, np.array([np.nan]), 3, 0.1)[0])


def test_relationship_begins_with_what_came_first() -> None:
    """The first purchase or the first meeting; without both there is no age."""
    early, late = DAY - dt.timedelta(days=400), DAY - dt.timedelta(days=3)
    assert relationship_age(DAY, early, late) == 400
    assert relationship_age(DAY, None, late) == 3
    assert relationship_age(DAY, None, None) is None


def test_forecast_keeps_two_digits_that_count() -> None:
    """It is no more exact than that, and so it moves on few nights."""
    given = [0.0342, 0.0346, 5.349, 12.4, 1234.0, 0.0, -0.0342, np.nan]
    assert rounded(given)[:-1].tolist() == [0.034, 0.035, 5.3, 12.0, 1200.0, 0.0, -0.034]
    assert np.isnan(rounded(given)[-1])
