"""Stages: each with its reason, and no change before the day on which a change is due."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lifecycle import Stage
from domain.lives import Life
from insight.lifecycle import Bought, LifecycleLimits, stage_of

DAY = dt.date(2027, 6, 1)
LONG_AGO = dt.date(2026, 1, 10)


def before(days: int) -> dt.date:
    """The day so many days before `DAY`."""
    return DAY - dt.timedelta(days=days)


def bought(days: int, first: int, last: int, gap: float | None = None) -> Bought:
    """So many days of buying, the first and the last so many days ago."""
    return Bought(days, before(first), before(last), gap)


def life(**known: object) -> Life:
    """A life with what is known."""
    return Life(1, LONG_AGO, **known)  # type: ignore[arg-type]  # each test names fields of Life


@pytest.mark.parametrize(
    ("hers", "purchases", "stage"),
    [
        (life(), Bought(), Stage.ACQUISITION),
        (life(), bought(1, 0, 0), Stage.START),
        (life(), bought(2, 89, 40, 49), Stage.START),
        (life(), bought(2, 90, 41, 49), Stage.DEEPENING),
        (life(), bought(3, 20, 1, 9), Stage.DEEPENING),
        (life(), bought(1, 180, 180), Stage.DEEPENING),
        (life(), bought(1, 181, 181), Stage.PREVENTING_END),
        (life(), bought(5, 100, 50, 20), Stage.DEEPENING),
        (life(), bought(5, 100, 51, 20), Stage.PREVENTING_END),
        (life(), bought(9, 60, 30, 4), Stage.DEEPENING),
        (life(), bought(9, 60, 31, 4), Stage.PREVENTING_END),
        (life(has_open_complaint=True), bought(5, 100, 9, 20), Stage.DEEPENING),
        (life(has_open_complaint=True, nps=6), bought(5, 100, 9, 20), Stage.PREVENTING_END),
        (life(has_open_complaint=True, nps=7), bought(5, 100, 9, 20), Stage.DEEPENING),
        (life(declined_on=before(180), satisfaction=2), bought(5, 100, 9, 20), Stage.PREVENTING_END),
        (life(declined_on=before(181), satisfaction=2), bought(5, 100, 9, 20), Stage.DEEPENING),
        (life(signal="mute", signal_on=before(9)), bought(5, 100, 9, 20), Stage.PREVENTING_END),
        (life(signal="mute", signal_on=before(10)), bought(5, 100, 9, 20), Stage.DEEPENING),
        (life(signal="mute", signal_on=before(61)), bought(5, 900, 70, 200), Stage.DEEPENING),
        (life(ended_on=before(9)), bought(5, 100, 9, 20), Stage.ENDED),
        (life(ended_on=before(9)), bought(5, 100, 8, 20), Stage.DEEPENING),
        (life(ended_on=before(9)), Bought(), Stage.ENDED),
    ],
)
def test_stage_by_its_limits(hers: Life, purchases: Bought, stage: Stage) -> None:
    """Each limit is exact to the day: the last day on which it is not reached, and the first on which it is."""
    assert stage_of(hers, purchases, DAY).stage is stage


def test_reason_names_what_was_measured() -> None:
    """Staff see why, in days and scores."""
    silent = stage_of(life(), bought(5, 100, 51, 20), DAY)
    assert (silent.reason, silent.since) == ("no purchase since 2027-04-11, usually every 20 days", DAY)
    angry = stage_of(life(has_open_complaint=True, nps=3, satisfaction=1), bought(5, 100, 9, 20), DAY)
    assert angry.reason == "complaint open, last score low (NPS 3, satisfaction 1)"
    assert stage_of(life(), bought(1, 3, 3), DAY).reason == "first purchase on 2027-05-29, 1 day of buying"


def test_own_limits_move_the_stages() -> None:
    """A car dealer's silence is longer than a grocer's."""
    patient = LifecycleLimits(silence=2000, start_days=400)
    assert stage_of(life(), bought(1, 399, 399), DAY, patient).stage is Stage.START


DAYS = st.integers(0, 400)


@st.composite
def purchases(draw: st.DrawFn) -> Bought:
    """Any figures that a history can have."""
    days = draw(st.integers(0, 6))
    if not days:
        return Bought()
    last = draw(DAYS)
    if days == 1:
        return bought(1, last, last)
    return bought(days, last + draw(st.integers(days, 400)), last, draw(st.floats(1, 90)))


LIVES = st.builds(
    life,
    nps=st.none() | st.integers(0, 10),
    has_open_complaint=st.booleans(),
    declined_on=st.none() | DAYS.map(before),
    signal=st.just("mute"),
    signal_on=st.none() | DAYS.map(before),
    ended_on=st.none() | DAYS.map(before),
)


@given(LIVES, purchases(), st.integers(1, 500))
def test_nothing_changes_before_it_is_due(hers: Life, hers_bought: Bought, later: int) -> None:
    """The nightly picture leaves her alone until `due_on`: stage and reason are the same on every day before it."""
    now = stage_of(hers, hers_bought, DAY)
    day = DAY + dt.timedelta(days=later)
    assert now.due_on is None or now.due_on > DAY
    if now.due_on is None or day < now.due_on:
        then = stage_of(hers, hers_bought, day)
        assert (then.stage, then.reason, then.due_on) == (now.stage, now.reason, now.due_on)
