"""What customers like her did: counted by hand, joined where few, with intervals."""

from __future__ import annotations

import numpy as np
import pytest

from insight.cohorts import LEAST, CohortRates, cohort_rates
from insight.intervals import wilson


def rates() -> CohortRates:
    """40 who bought once 3 weeks ago, 10 of them twice again; 50 silent for 30 weeks; 5 faithful ones."""
    x = [0] * 40 + [0] * 50 + [6] * 5
    t_x = [0.0] * 90 + [24.5] * 5
    t = [3.0] * 40 + [30.0] * 50 + [25.0] * 5
    happened = [2] * 10 + [0] * 30 + [1] * 5 + [0] * 45 + [4] * 5
    found = cohort_rates(x, t_x, t, happened, 26)
    assert found is not None
    return found


def test_shares_and_means_are_those_counted_by_hand() -> None:
    """10 of 40 and 5 of 50, means 0.5 and 0.1; a year is twice 26 weeks."""
    assert rates().alive([0, 0], [0, 0], [3, 30]) == pytest.approx([0.25, 0.1])
    assert rates().expected([0, 0], [0, 0], [3, 30], 52) == pytest.approx([1.0, 0.2])


def test_the_interval_is_wilsons() -> None:
    """The bounds of 10 of 40, and a mean's bounds around it."""
    told, expected = rates().alive_range(0, 0, 3), wilson(10, 40)
    assert (told.low[0], told.high[0]) == pytest.approx((expected.low, expected.high))
    mean = rates().expected_range(0, 0, 3, 26)
    assert 0 <= mean.low[0] < mean.value[0] < mean.high[0]


def test_a_cohort_that_is_too_small_is_joined_with_those_around_it() -> None:
    """The five faithful ones are told by everybody: 20 of 95 bought."""
    assert all(cohort.n >= LEAST for cohort in rates().cohorts)
    assert rates().alive(6, 24.5, 25) == pytest.approx([20 / 95])
    assert rates().alive(0, 0, 200) == pytest.approx([20 / 95])


def test_counts_stand_for_equal_customers() -> None:
    """Three rows with counts are the same as so many customers."""
    counted = cohort_rates([0, 0], [0, 0], [3, 3], [2, 0], 26, counts=[10, 30])
    assert counted is not None
    assert counted.cohorts[0].n == 40
    assert counted.cohorts[0].bought == 10
    assert counted.cohorts[0].error == pytest.approx(np.std([2] * 10 + [0] * 30, ddof=1) / 40**0.5)


def test_fewer_than_the_least_have_no_rates() -> None:
    """Nothing is made of 29 customers."""
    assert cohort_rates([0] * 29, [0] * 29, [3] * 29, [1] * 29, 26) is None
