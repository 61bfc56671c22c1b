"""Whether repeat buying can be foretold: the published hold-out, and worlds in which the model must keep silent."""

from __future__ import annotations

import numpy as np
import pytest

from insight.back_test import BackTest, back_test
from insight.repeat_buying import Refusal, Silence
from tests.insight.cdnow import WEEKS, columns


def test_cdnow_is_foretold_as_published() -> None:
    """Figure 3 and the correlation of .626 of the paper: what each group was expected to buy, and bought."""
    told = back_test(*columns(), WEEKS)
    assert isinstance(told, BackTest)
    assert [(group.label, group.n) for group in told.groups] == [
        ("0", 1411), ("1", 439), ("2", 214), ("3", 100), ("4", 62), ("5", 38), ("6", 29), ("7+", 64),
    ]  # fmt: skip
    assert [round(group.expected, 2) for group in told.groups] == [0.23, 0.52, 1.04, 1.52, 2.16, 2.65, 3.50, 6.16]
    assert [round(group.happened, 2) for group in told.groups] == [0.24, 0.70, 1.39, 1.56, 2.53, 2.95, 3.86, 6.36]
    assert round(told.correlation, 3) == 0.626
    assert told.happened == 1882
    assert told.speaks
    assert told.squared_error < told.naive_squared_error
    assert told.mean_absolute_error < told.naive_absolute_error


def test_deciles_of_who_is_alive_grow_in_what_they_do() -> None:
    """The tenth most alive bought most often, and the deciles hold everybody who had bought again."""
    told = back_test(*columns(), WEEKS)
    assert isinstance(told, BackTest)
    assert len(told.deciles) == 10
    assert sum(decile.n for decile in told.deciles) == 2357 - 1411
    assert [decile.alive for decile in told.deciles] == sorted(decile.alive for decile in told.deciles)
    assert told.deciles[-1].bought > 2 * told.deciles[0].bought


def test_counts_stand_for_equal_customers() -> None:
    """A population twice as large gives the same means and twice the totals."""
    one = back_test(*columns(), WEEKS)
    two = back_test(*columns(), WEEKS, counts=np.full(2357, 2))
    assert isinstance(one, BackTest)
    assert isinstance(two, BackTest)
    assert two.expected == pytest.approx(2 * one.expected, rel=1e-5)
    assert (two.correlation, two.mean_absolute_error) == pytest.approx((one.correlation, one.mean_absolute_error))


def test_a_world_that_changed_is_refused_with_its_figures() -> None:
    """Nobody came after the split, as when a shop closes: off by far more than chance."""
    x, t_x, t, happened = columns()
    told = back_test(x, t_x, t, happened * 0, WEEKS)
    assert isinstance(told, BackTest)
    assert told.refusal is not None
    assert told.refusal.why is Silence.TOTAL_OFF
    assert "1,653 purchases were expected in 39 weeks, 0 happened" in told.refusal.sentence


def test_steady_customers_who_never_leave_are_left_to_the_plain_guess() -> None:
    """Each comes at an own even pace: going on as before is nearer, or the fit itself sees that it cannot tell."""
    rng = np.random.default_rng(3)
    pace = rng.uniform(1, 12, 800)
    x = np.floor(52 / pace)
    happened = np.floor(78 / pace) - x
    told = back_test(x, x * pace, np.full(800, 52.0), happened, 26)
    refusal = told if isinstance(told, Refusal) else told.refusal
    assert refusal is not None
    assert refusal.why in {Silence.WORSE_THAN_NAIVE, Silence.AT_A_BOUND, Silence.UNCERTAIN, Silence.NOT_CONVERGED}


def test_too_few_are_refused_before_anything_is_compared() -> None:
    """The reason of the fit is the reason of the back-test."""
    told = back_test([1], [3], [9], [1], 10)
    assert isinstance(told, Refusal)
    assert told.why is Silence.TOO_FEW
