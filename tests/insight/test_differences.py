"""Differences between waves against published tables, and what they say of too few answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.differences import difference_of, newcombe, nps_difference, two_proportion_p
from insight.scores import ScoreKind, score_from_counts, score_of

NEWCOMBE_PAIRS = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


@pytest.mark.parametrize(("first", "second", "low", "high"), NEWCOMBE_PAIRS)
def test_interval_of_two_shares_gives_the_table_of_newcombe(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe 1998 (Statistics in Medicine 17, 873-890), table II, method 10."""
    interval = newcombe(first, second)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_two_proportion_test_is_the_chi_square_times_n_less_one() -> None:
    """
    Worked by hand for 11 of 12 against 5 of 10.

    chi² = 22 (11·5 - 1·5)² / (12·10·16·6) = 4.77431; times 21/22 = 4.55729; p = 2 (1 - Φ(√4.55729)) = .03278.
    """
    assert two_proportion_p((11, 12), (5, 10)) == pytest.approx(0.0328, abs=5e-5)


def test_nps_difference_follows_the_formula_worked_by_hand() -> None:
    """
    50/30/20 against 40/30/30 of 100 each.

    Scores .291262 and .097087; variances .609341 / 103 and .684749 / 103; z = .194175 / .112089 = 1.73233.
    """
    interval, p = nps_difference((50, 20, 100), (40, 30, 100))
    assert p == pytest.approx(0.0832, abs=5e-5)
    assert (interval.low + interval.high) / 2 == pytest.approx(19.4175, abs=5e-3)
    assert interval.high - interval.low == pytest.approx(2 * 1.959964 * 11.2089, abs=5e-2)


def test_waves_of_one_survey_are_compared_in_their_own_unit() -> None:
    """The later less the earlier, in percentage points, with interval and verdict."""
    earlier = score_from_counts(ScoreKind.CSAT, 48, 32, 80)
    later = score_from_counts(ScoreKind.CSAT, 56, 14, 70)
    found = difference_of(earlier, later)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((20, 5.24, 33.39), abs=5e-3)
    assert found.p == pytest.approx(0.0080, abs=2e-3)
    assert found.is_significant


def test_wave_with_too_few_answers_is_not_compared() -> None:
    """Nothing is significant about nine answers."""
    assert difference_of(score_of(ScoreKind.NPS, [9] * 9), score_of(ScoreKind.NPS, [0] * 50)) is None


def test_different_kinds_are_not_compared() -> None:
    """Points are no percent."""
    with pytest.raises(ValueError, match="cannot be compared"):
        difference_of(score_of(ScoreKind.NPS, [5] * 10), score_of(ScoreKind.CSAT, [5] * 10))


@given(st.tuples(st.integers(0, 40), st.integers(0, 40)), st.tuples(st.integers(0, 40), st.integers(0, 40)))
def test_order_of_waves_only_turns_the_sign(first: tuple[int, int], second: tuple[int, int]) -> None:
    """The difference the other way round is its negative, with the same p."""
    one = score_from_counts(ScoreKind.NPS, *first, sum(first) + 10)
    two = score_from_counts(ScoreKind.NPS, *second, sum(second) + 10)
    there, back = difference_of(one, two), difference_of(two, one)
    assert there is not None
    assert back is not None
    assert there.value == pytest.approx(-back.value)
    assert (there.low, there.p) == pytest.approx((-back.high, back.p))
    assert 0 <= there.p <= 1
