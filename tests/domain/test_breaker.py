"""The breaker's rule: known probabilities, its bounds, and a reason that reads back."""

from __future__ import annotations

import pytest

from domain.breaker import LEAST, MANY_LOOKS, ONE_LOOK, Ill, Outcomes, Over, at_least, is_over, over_from, over_limit
from domain.newsletters import Limits


@pytest.mark.parametrize(
    ("bad", "of", "share", "known"),
    [
        (5, 20, 0.1, 0.0432),  # tables of the binomial distribution
        (4, 20, 0.1, 0.1330),
        (8, 20, 0.2, 0.0321),
        (7, 20, 0.2, 0.0867),
        (4, 4, 0.5, 0.0625),
    ],
)
def test_the_tail_is_that_of_the_tables(bad: int, of: int, share: float, known: float) -> None:
    """P(X >= k) to four digits."""
    assert at_least(bad, of, share) == pytest.approx(known, abs=0.0001)


@pytest.mark.parametrize(
    ("bad", "of", "limit", "stops"),
    [
        (4, 20, 0.1, False),
        (5, 20, 0.1, True),
        (7, 20, 0.2, False),
        (8, 20, 0.2, True),
        (3, 4, 0.1, False),  # a few unlucky ones among few
        (4, 4, 0.1, True),
        (LEAST - 1, LEAST - 1, 0.01, False),
        (1, 1000, 0.0, True),  # a limit of 0 allows none
        (0, 1000, 0.0, False),
        (1000, 1000, 1.0, False),
    ],
)
def test_a_canary_is_over_only_by_more_than_chance(bad: int, of: int, limit: float, stops: bool) -> None:
    """The bounds of the rule for a canary of 20, and its corners."""
    assert is_over(bad, of, limit, ONE_LOOK) is stops


def test_a_share_at_half_its_limit_practically_never_stops_a_long_sending() -> None:
    """Looked at a million times, chance alone stays far under one stop."""
    stops = next(bad for bad in range(500) if is_over(bad, 500, 0.1, MANY_LOOKS))
    assert stops == 73
    assert at_least(stops, 500, 0.05) * 1_000_000 < 0.001


def test_each_limit_is_looked_at_and_the_reason_reads_back() -> None:
    """Opt-outs are a share of those who got it, the others of all calls."""
    limits = Limits(0.2, 0.1, 0.1)
    assert over_limit(Outcomes(20, 12, failed=8, blocked=0), limits, ONE_LOOK) == Over(Ill.FAILED, 8, 20, 0.2)
    assert over_limit(Outcomes(20, 15, failed=7, blocked=5), limits, ONE_LOOK) == Over(Ill.BLOCKED, 5, 20, 0.1)
    assert over_limit(Outcomes(20, 10, opted_out=4), limits, ONE_LOOK) == Over(Ill.OPTED_OUT, 4, 10, 0.1)
    assert over_limit(Outcomes(20, 20, failed=7, blocked=4, opted_out=4), limits, ONE_LOOK) is None
    over = Over(Ill.BLOCKED, 5, 20, 0.125)
    assert over.reason == "over:blocked:5:20:12.5"
    assert over_from(over.reason) == over
    assert over_from("content") is None
