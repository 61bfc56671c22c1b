"""Intervals against the tables of the papers they come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.intervals import adjusted_wald, nps_adjusted_wald, wilson, z_for

NEWCOMBE_SINGLE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("successes", "n", "low", "high"), NEWCOMBE_SINGLE)
def test_wilson_gives_the_table_of_newcombe(successes: int, n: int, low: float, high: float) -> None:
    """Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3."""
    interval = wilson(successes, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_adjusted_wald_adds_two_of_each() -> None:
    """Agresti & Coull 1998; 10 of 100 as the R package binom prints it (method agresti-coull)."""
    interval = adjusted_wald(10, 100)
    assert (interval.low, interval.high) == pytest.approx((0.0535, 0.1761), abs=5e-5)


def test_nps_interval_follows_the_formula_worked_by_hand() -> None:
    """
    50 promoters, 30 passives, 20 detractors (Rocks 2016).

    (50.75 - 20.75) / 103 = .291262; variance .694175 - .084834 = .609341; error √(.609341 / 103) = .076915.
    """
    interval = nps_adjusted_wald(50, 20, 100)
    assert (interval.low, interval.high) == pytest.approx((29.1262 - 15.0750, 29.1262 + 15.0750), abs=5e-3)


def test_nothing_known_is_everything_possible() -> None:
    """No answers exclude nothing."""
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)
    assert (adjusted_wald(0, 0).low, adjusted_wald(0, 0).high) == (0.0, 1.0)


def test_quantile_is_the_usual_one() -> None:
    """1.959964 for 95 %."""
    assert z_for(0.95) == pytest.approx(1.959963985)


@pytest.mark.parametrize(("successes", "n"), [(-1, 10), (11, 10)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    """A wrong count must not become a plausible number."""
    with pytest.raises(ValueError, match="cannot be"):
        wilson(successes, n)
    with pytest.raises(ValueError, match="cannot be"):
        adjusted_wald(successes, n)
    with pytest.raises(ValueError, match="cannot be"):
        nps_adjusted_wald(successes, 0, n)


def test_confidence_beyond_certainty_is_refused() -> None:
    """95 is not 0.95."""
    with pytest.raises(ValueError, match=r"0\.95 is usual"):
        wilson(1, 2, 95)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_contains_the_share_and_lies_within_the_adjusted_wald(counts: tuple[int, int]) -> None:
    """Agresti & Coull 1998: their interval contains the score interval; both stay within 0 to 1 and are mirrored."""
    x, n = counts
    score, wald, mirrored = wilson(x, n), adjusted_wald(x, n), wilson(n - x, n)
    assert 0 <= wald.low <= score.low + 1e-12
    assert score.low <= x / n <= score.high
    assert score.high - 1e-12 <= wald.high <= 1
    assert mirrored.low == pytest.approx(1 - score.high, abs=1e-9)
