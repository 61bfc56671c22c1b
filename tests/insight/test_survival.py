"""How long things take, with those that are not over: known answers."""

from __future__ import annotations

import sys

import pytest

from insight.survival import Quantile, can_estimate, survival

# E. J. Freireich et al., "The effect of 6-mercaptopurine on the duration of steroid-induced remissions in acute
# leukemia", Blood 21 (1963) 699-716: weeks of remission of the 21 treated, 12 of them still in remission, and of 21
# others. The figures are those of D. Collett, Modelling Survival Data in Medical Research, and of SAS PROC LIFETEST.
TREATED_OVER = [6, 6, 6, 7, 10, 13, 16, 22, 23]
TREATED_OPEN = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
OTHERS_OVER = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_published_example_with_open_ones() -> None:
    """Median 23 weeks, from 13 on; the ninth tenth is not reached."""
    found = survival(TREATED_OVER, TREATED_OPEN)
    assert (found.n, found.done, found.watched) == (21, 9, 35)
    assert [(step.at, round(step.share, 4)) for step in found.steps] == [
        (6, 0.8571), (7, 0.8067), (10, 0.7529), (13, 0.6902), (16, 0.6275), (22, 0.5378), (23, 0.4482),
    ]  # fmt: skip
    assert found.median == Quantile(23, 13, None)
    assert (found.p90.value, found.p90.high) == (None, None)
    assert (round(found.steps[0].low, 4), round(found.steps[0].high, 4)) == (0.6197, 0.9516)


def test_published_example_without_open_ones() -> None:
    """Median 8 weeks, 4 to 11."""
    found = survival(OTHERS_OVER, [])
    assert found.median == Quantile(8, 4, 11)
    assert found.p90.value == 17
    assert found.steps[-1].share == 0


def test_hand_calculated_table() -> None:
    """
    Five cases over after 1, 2, 4, 4 and 7 hours, three open since 2, 5 and 8 hours.

        at   at risk   over   share that is open
        1       8        1    7/8                  = 0.875
        2       7        1    7/8 · 6/7            = 0.75     (the one open since 2 h was still watched at 2 h)
        4       5        2    0.75 · 3/5           = 0.45     median
        7       2        1    0.45 · 1/2           = 0.225    so nine of ten is not reached
    """
    found = survival([1, 2, 4, 4, 7], [2, 5, 8])
    assert [(step.at, round(step.share, 6)) for step in found.steps] == [(1, 0.875), (2, 0.75), (4, 0.45), (7, 0.225)]
    assert (found.median.value, found.p90.value) == (4, None)


@pytest.mark.parametrize(
    ("done", "still_open", "median", "p90"),
    [
        ([], [], None, None),
        ([], [3.0, 4.0], None, None),
        ([5.0], [], 5.0, 5.0),
        ([1.0, 2.0], [], 1.0, 2.0),  # exactly half is over after the first
        ([float(each) for each in range(1, 11)], [], 5.0, 9.0),
        ([0.0, 0.0, 0.0], [0.0], 0.0, None),
    ],
)
def test_few_and_extreme_times(
    done: list[float], still_open: list[float], median: float | None, p90: float | None
) -> None:
    """None is invented: what the curve does not reach is None."""
    found = survival(done, still_open)
    assert (found.n, found.done) == (len(done) + len(still_open), len(done))
    assert (found.median.value, found.p90.value) == (median, p90)
    assert all(
        0 <= step.low <= step.share + 1e-12 and step.share <= step.high + 1e-12 <= 1 + 1e-9 for step in found.steps
    )


def test_time_below_nothing_is_refused() -> None:
    """A clock that ran backwards is a mistake of the caller."""
    with pytest.raises(ValueError, match="below 0"):
        survival([-1.0], [])


def test_missing_extra_is_known_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks first need not fail."""
    assert can_estimate()
    monkeypatch.setitem(sys.modules, "scipy", None)
    assert not can_estimate()
