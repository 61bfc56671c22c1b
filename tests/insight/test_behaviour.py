"""Before and after, of who answered and who did not."""

from __future__ import annotations

import pytest

from domain.behaviour import Behaviour, Took
from insight.behaviour import contrast, group_behaviour, mean_interval, welch_interval
from insight.intervals import t_for


def one(took: Took, before: int = 2, after: int = 2, *, complained: bool = False) -> Behaviour:
    """Make a customer's behaviour."""
    return Behaviour(took, before, after, 100 * before, 100 * after, 0, 1, complained, False, False, False)


@pytest.mark.parametrize(
    ("freedom", "value"), [(9, 2.262), (10, 2.228), (15, 2.131), (20, 2.086), (30, 2.042), (60, 2.000), (120, 1.980)]
)
def test_students_quantile_is_that_of_the_tables(freedom: int, value: float) -> None:
    """The 0.975 column of the usual table (Pearson and Hartley, Biometrika Tables for Statisticians, table 12)."""
    assert t_for(0.95, freedom) == pytest.approx(value, abs=6e-4)


def test_interval_of_a_mean_gives_students_own_example() -> None:
    """
    Student 1908, section IX: additional hours of sleep with drug 2 less drug 1, ten patients.

    Mean 1.58, s = 1.23; the interval 0.7001 to 2.4599 is the one that R prints for `t.test(paired = TRUE)` on `sleep`.
    """
    gains = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    interval = mean_interval(gains)
    assert (interval.low, interval.high) == pytest.approx((0.7001, 2.4599), abs=1e-3)


def test_interval_of_two_means_gives_a_published_example() -> None:
    """R's `t.test(extra ~ group, data = sleep)`: t = -1.8608, df = 17.776, -3.3655 to 0.2055."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    interval = welch_interval(first, second)
    assert (interval.low, interval.high) == pytest.approx((-3.3655, 0.2055), abs=1e-3)


def test_too_few_customers_are_not_described() -> None:
    """Nine have an n, and no mean."""
    found = group_behaviour(Took.SILENT, [one(Took.SILENT)] * 9 + [one(Took.ANSWERED)] * 50, 90)
    assert (found.n, found.visits, found.complained) == (9, None, None)
    assert contrast([one(Took.SILENT)] * 9 + [one(Took.ANSWERED)] * 50, 90) is None


def test_measures_are_per_thirty_days() -> None:
    """Two visits in ninety days are 0.67 in thirty; every second customer complained."""
    group = [one(Took.SILENT, 3, after, complained=after > 3) for after in (0, 6) * 5]
    found = group_behaviour(Took.SILENT, group, 90)
    assert found.visits is not None
    assert (found.visits.before, found.visits.after, found.visits.value) == pytest.approx((1, 1, 0))
    assert found.visits.low < 0 < found.visits.high
    assert found.complained is not None
    assert (found.complained.count, found.complained.share) == (5, 0.5)


def test_silent_who_come_less_often_stand_out() -> None:
    """A clear fall among the silent is told from the steady ones who answered."""
    silent = [one(Took.SILENT, 6, after) for after in (0, 1) * 20]
    steady = [one(Took.ANSWERED, 6, after) for after in (5, 7) * 20]
    found = contrast(silent + steady, 90)
    assert found is not None
    assert found.is_significant
    assert found.value == pytest.approx(-5.5 / 3)
