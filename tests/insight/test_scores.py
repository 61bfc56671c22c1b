"""Scores: who counts as what, and that none comes without n, response rate and interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.scores import Score, ScoreKind, score_of


def test_nps_is_promoters_less_detractors() -> None:
    """9 and 10 promote, 0 to 6 detract, 7 and 8 count only in n."""
    score = score_of(ScoreKind.NPS, [10, 9, 9, 8, 7, 7, 6, 0, 10, 9], invited=40)
    assert (score.favourable, score.unfavourable, score.n, score.response_rate) == (5, 2, 10, 0.25)
    assert score.value == pytest.approx(30)
    assert score.low == pytest.approx(-19.0, abs=0.1)
    assert score.high == pytest.approx(65.2, abs=0.1)


def test_csat_is_the_top_two_of_five() -> None:
    """15 of 148 satisfied: 10.1 %, interval 6.24 to 16.05 (Newcombe 1998, table I)."""
    score = score_of(ScoreKind.CSAT, [5] * 10 + [4] * 5 + [3] * 100 + [1] * 33)
    assert (score.value, score.low, score.high) == pytest.approx((10.135, 6.24, 16.05), abs=5e-3)
    assert score.response_rate is None


def test_ces_counts_five_and_up() -> None:
    """81 of 263: 30.8 %, interval 25.53 to 36.62 (Newcombe 1998, table I)."""
    score = score_of(ScoreKind.CES, [5] * 40 + [6] * 20 + [7] * 21 + [4] * 182, invited=263)
    assert (score.value, score.low, score.high) == pytest.approx((30.798, 25.53, 36.62), abs=5e-3)
    assert str(score) == "CES 31 % (26 to 37, n = 263, response rate 100 %)"


@pytest.mark.parametrize("kind", list(ScoreKind))
def test_under_ten_answers_there_is_no_score(kind: ScoreKind) -> None:
    """Nine answers are too few, ten are not."""
    nine = score_of(kind, [5] * 9, invited=18)
    assert nine.too_few
    assert (nine.value, nine.low, nine.high) == (None, None, None)
    assert str(nine) == f"{kind.upper()}: too few answers (n = 9, response rate 50 %)"
    assert score_of(kind, [5] * 10).value is not None


def test_no_answers_are_too_few() -> None:
    """An empty wave is a result, not an error."""
    assert str(score_of(ScoreKind.NPS, [])) == "NPS: too few answers (n = 0)"


@pytest.mark.parametrize(("kind", "answer"), [(ScoreKind.NPS, 11), (ScoreKind.CSAT, 0), (ScoreKind.CES, 8)])
def test_answer_off_the_scale_is_refused(kind: ScoreKind, answer: int) -> None:
    """A wrong column must not become a score."""
    with pytest.raises(ValueError, match="off the scale"):
        score_of(kind, [answer])


def test_more_answers_than_invitations_are_refused() -> None:
    """A response rate over 100 % is a mistake in the count."""
    with pytest.raises(ValueError, match="count the invitations again"):
        score_of(ScoreKind.NPS, [5, 5], invited=1)


def _bounds(score: Score) -> tuple[float, float, float]:
    assert score.low is not None
    assert score.value is not None
    assert score.high is not None
    return score.low, score.value, score.high


@given(st.lists(st.integers(0, 10), min_size=10, max_size=300))
def test_interval_contains_the_score_and_stays_on_the_scale(answers: list[int]) -> None:
    """Whatever was answered."""
    low, value, high = _bounds(score_of(ScoreKind.NPS, answers))
    assert -100 <= low <= value <= high <= 100
