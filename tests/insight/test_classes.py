"""Three classes: exactly one for everybody who is active, and the reason that decided."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lifecycle import Stage
from domain.lives import Life
from domain.pictures import CustomerClass
from insight.classes import ClassLimits, ClassStanding, Worth, class_of
from insight.ladder import Step
from insight.lifecycle import Bought, StageStanding

DAY = dt.date(2027, 6, 1)
LONG_AGO = dt.date(2020, 1, 10)
RECENTLY = Bought(5, dt.date(2026, 6, 1), dt.date(2027, 5, 20), 20.0)
KEEP, DEVELOP, LET_GO = CustomerClass.KEEP, CustomerClass.DEVELOP, CustomerClass.LET_GO
FINE = StageStanding(Stage.DEEPENING, "5 days of buying")


def before(days: int) -> dt.date:
    """The day so many days before `DAY`."""
    return DAY - dt.timedelta(days=days)


def life(**known: object) -> Life:
    """A life with what is known."""
    return Life(1, LONG_AGO, **known)  # type: ignore[arg-type]  # each test names fields of Life


def fading(days: int) -> StageStanding:
    """The end to be prevented since so many days."""
    return StageStanding(Stage.PREVENTING_END, "silent", None, before(days))


@pytest.mark.parametrize(
    ("hers", "stage", "step", "worth", "wanted"),
    [
        (life(), FINE, Step.CLIENT, Worth("A", 23), (KEEP, "value A, 23 visits")),
        (life(), FINE, Step.SUPPORTER, Worth("B", 9), (KEEP, "value B, supporter, 9 visits")),
        (life(), FINE, Step.CLIENT, Worth("B", 9), (DEVELOP, "value B, client, 9 visits")),
        (life(), FINE, Step.CLIENT, Worth("C", 9, is_loyal=True), (KEEP, "loyal by the criterion, 9 visits")),
        (life(), FINE, Step.PARTNER, Worth("C", 9), (DEVELOP, "value C, partner, 9 visits")),
        (life(), FINE, Step.CLIENT, Worth("C", 9, -1.5), (LET_GO, "value C, margin -1.50")),
        (life(), FINE, Step.CLIENT, Worth("B", 9, -1.5), (DEVELOP, "value B, client, 9 visits")),
        (life(), FINE, Step.CLIENT, Worth(None, 9, 0.0), (DEVELOP, "value unknown, client, 9 visits")),
        (
            life(cost_to_serve=40.0), FINE, Step.CLIENT, Worth("C", 9, 39.0),
            (LET_GO, "value C, costs 40.00 to serve over a margin of 39.00"),
        ),
        (life(), fading(60), Step.CLIENT, Worth("C", 9), (DEVELOP, "value C, client, 9 visits")),
        (life(), fading(61), Step.CLIENT, Worth("C", 9), (LET_GO, "silent, no reaction in 60 days")),
        (life(last_in_on=before(61)), fading(61), Step.CLIENT, Worth("C", 9), (DEVELOP, "value C, client, 9 visits")),
        (life(), fading(99), Step.CLIENT, Worth("A", 9), (KEEP, "value A, 9 visits")),
        (life(not_served_on=before(1)), FINE, Step.CLIENT, Worth("A", 9), (LET_GO, "not served since 2027-05-31")),
        (life(objects_to_profiling=True), FINE, Step.CLIENT, Worth("A", 9), (None, "objects to profiling")),
        (
            life(met_on=LONG_AGO), StageStanding(Stage.ENDED, "ended on 2027-05-31"), Step.CLIENT, Worth("A", 9),
            (None, "ended on 2027-05-31"),
        ),
    ],
)  # fmt: skip
def test_class_and_its_reason(
    hers: Life, stage: StageStanding, step: Step, worth: Worth, wanted: tuple[CustomerClass | None, str]
) -> None:
    """What decides is named, with the measured values."""
    standing = class_of(hers, RECENTLY, stage, step, worth, DAY)
    assert (standing.customer_class, standing.reason) == wanted


@pytest.mark.parametrize(("days", "met", "is_active"), [(730, False, True), (731, False, False), (731, True, True)])
def test_active_is_who_bought_in_two_years_or_met_us(days: int, met: bool, is_active: bool) -> None:
    """Whoever is not has no class, and the reason says since when."""
    bought = Bought(1, before(days), before(days))
    standing = class_of(life(met_on=LONG_AGO if met else None), bought, FINE, Step.PURCHASER, Worth("B", 1), DAY)
    assert (standing.customer_class is not None) is is_active
    if not is_active:
        assert standing.reason == "no purchase since 2025-05-31"


STAGES = st.builds(
    StageStanding, st.sampled_from(Stage), st.just("reason"), st.none(), st.none() | st.integers(0, 200).map(before)
)
WORTHS = st.builds(
    Worth,
    st.none() | st.sampled_from(["A", "B", "C"]),
    st.integers(0, 99),
    st.none() | st.floats(-100, 100),
    st.none() | st.booleans(),
)
LIVES = st.builds(
    life,
    met_on=st.none() | st.integers(0, 900).map(before),
    last_in_on=st.none() | st.integers(0, 900).map(before),
    not_served_on=st.none() | st.integers(0, 900).map(before),
    objects_to_profiling=st.booleans(),
    cost_to_serve=st.none() | st.floats(0, 100),
)
BOUGHT = st.none() | st.integers(0, 900)


@given(LIVES, BOUGHT, STAGES, st.sampled_from(Step), WORTHS, st.integers(1, 900))
def test_exactly_one_class_whoever_is_active(
    hers: Life, last: int | None, stage: StageStanding, step: Step, worth: Worth, later: int
) -> None:
    """A total function: one class if and only if she is active, and none changes before it is due."""
    limits = ClassLimits()
    bought = Bought() if last is None else Bought(1, before(last), before(last))

    def on(day: dt.date) -> ClassStanding:
        return class_of(hers, bought, stage, step, worth, day, limits)

    standing = on(DAY)
    is_active = (last is not None and last <= limits.active_days) or hers.met_on is not None
    is_active &= stage.stage is not Stage.ENDED and not hers.objects_to_profiling
    assert (standing.customer_class in list(CustomerClass)) is is_active
    assert standing.reason
    day = DAY + dt.timedelta(days=later)
    assert standing.due_on is None or standing.due_on > DAY
    if standing.due_on is None or day < standing.due_on:
        assert on(day).customer_class is standing.customer_class
