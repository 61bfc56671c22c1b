"""Effects of newsletters: known answers of the formulas, and silence where the numbers are too small."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.effects import Doings
from insight.behaviour import welch_interval
from insight.differences import two_proportion_p
from insight.effects import fisher_irwin_p, holm, judge, lift, rate, share_gap, two_shares_p, welch

SLEEP = (
    (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0),
    (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4),
)
"""Hours of sleep gained with two drugs: "Student", Biometrika 6 (1908) 1-25."""


def test_welch_interval_of_student_s_sleep_data() -> None:
    """From sums as from values; R's `t.test(extra ~ group, sleep)` prints -3.3654832 to 0.2054832."""
    one, two = ((len(hours), math.fsum(hours), math.fsum(hour * hour for hour in hours)) for hours in SLEEP)
    interval = welch(one, two)
    assert (interval.low, interval.high) == pytest.approx((-3.3654832, 0.2054832), abs=0.001)
    of_values = welch_interval(*SLEEP)
    assert (interval.low, interval.high) == pytest.approx((of_values.low, of_values.high))


def test_fisher_irwin_test_of_the_lady_tasting_tea() -> None:
    """R. A. Fisher, The Design of Experiments (1935): 3 of 4 right; R's `fisher.test` prints p = 0.4857."""
    assert fisher_irwin_p((3, 4), (1, 4)) == pytest.approx(0.4857, abs=5e-5)


def test_fisher_irwin_test_of_a_large_table() -> None:
    """2 of 100,000 against 9 of 100,000; the table is small however many customers there are."""
    exact = sum(math.comb(11, k) for k in (0, 1, 2, 9, 10, 11)) / 2**11
    assert fisher_irwin_p((2, 100_000), (9, 100_000)) == pytest.approx(exact, rel=1e-3)


def test_holm_adjusts_each_p_for_those_that_are_smaller() -> None:
    """R's `p.adjust(c(.01, .04, .03, .005), "holm")` gives .03 .06 .06 .02."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_expected_counts_choose_the_test() -> None:
    """Campbell's rule: exact where an expected count is below one, N-1 elsewhere; nothing differs from nothing."""
    assert two_shares_p((3, 12), (0, 100)) == fisher_irwin_p((3, 12), (0, 100))
    assert two_shares_p((30, 100), (45, 100)) == two_proportion_p((30, 100), (45, 100))
    assert two_shares_p((0, 50), (0, 50)) == two_shares_p((1, 1), (0, 0)) == 1.0


def test_clear_difference_makes_a_winner() -> None:
    """60 of 400 against 100 of 400."""
    outcome = judge({"a": (60, 400), "b": (100, 400)})
    assert outcome.winner == "b"
    assert outcome.rates["b"].share == 0.25
    assert outcome.contests[0].gap.is_beyond_chance
    assert outcome.contests[0].gap.value == pytest.approx(-0.1)


def test_difference_that_chance_may_give_makes_no_winner() -> None:
    """30 of 200 against 36 of 200."""
    outcome = judge({"a": (30, 200), "b": (36, 200)})
    assert outcome.winner == ""
    assert not outcome.contests[0].gap.is_beyond_chance


def test_third_variant_raises_the_bar() -> None:
    """What two variants would decide is left open when it was one pair of three, and when two share the lead."""
    pair = {"a": (50, 400), "b": (73, 400)}
    assert judge(pair).winner == "b"
    assert judge(pair | {"c": (60, 400)}).winner == ""
    assert judge({"a": (40, 400), "b": (100, 400), "c": (101, 400)}).winner == ""
    assert judge({"a": (40, 400), "b": (100, 400), "c": (45, 400)}).winner == "b"


@pytest.mark.parametrize("counts", [{}, {"a": (9, 10)}, {"a": (9, 9), "b": (0, 1000)}])
def test_too_few_variants_or_customers_have_no_winner(counts: dict[str, tuple[int, int]]) -> None:
    """Nine customers say nothing, however they agree."""
    assert judge(counts).winner == ""


def test_few_customers_have_counts_without_a_share() -> None:
    """Ten are enough for an interval, nine are not."""
    assert rate(3, 9).share is None
    assert rate(3, 10).share == 0.3
    assert share_gap((3, 9), (0, 1000)).value is None


def test_lift_compares_shares_and_amounts() -> None:
    """
    By Newcombe, method 10: 56 of 70 against 48 of 80 differ by 0.0524 to 0.3339, the first example of his paper.

    Every buyer spent 100: the means are 80 and 60 a customer.
    """
    found = lift(
        Doings(70, bought=56, amount=5600, squares=560_000.0), Doings(80, bought=48, amount=4800, squares=4.8e5)
    )
    gap = found.shares["bought"]
    assert (gap.low, gap.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.amount.value == pytest.approx(20.0)
    assert found.mean == 80.0
    assert found.amount.is_beyond_chance
    assert not found.is_too_few


def test_amounts_of_few_buyers_are_not_compared() -> None:
    """Nine buyers' receipts decide nothing; the shares are there."""
    found = lift(Doings(1000, bought=100, amount=9000, squares=9e5), Doings(50, bought=9, amount=900, squares=9e4))
    assert found.amount.value is None
    assert found.mean is None
    assert found.shares["bought"].value is not None


def test_small_hold_out_group_says_nothing() -> None:
    """With nine kept from it there is no comparison at all."""
    found = lift(Doings(1000, bought=100), Doings(9, bought=1))
    assert found.is_too_few
    assert {gap.value for gap in found.shares.values()} == {None}


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_and_keeps_their_order(ps: list[float]) -> None:
    """An adjusted p is no less than the raw one, and the order stays."""
    adjusted = holm(ps)
    assert all(
        p <= new <= min(1.0, len(ps) * p + 1e-12) or new == max(adjusted) for p, new in zip(ps, adjusted, strict=True)
    )
    ordered = [new for _, new in sorted(zip(ps, adjusted, strict=True))]
    assert ordered == sorted(ordered)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_p_is_a_probability_whichever_group_comes_first(n1: int, n2: int, data: st.DataObject) -> None:
    """The test has no side."""
    one, two = (data.draw(st.integers(0, n1)), n1), (data.draw(st.integers(0, n2)), n2)
    p = two_shares_p(one, two)
    assert 0 <= p <= 1
    assert p == pytest.approx(two_shares_p(two, one))
