"""What asking is worth: entropy, succession and ageing, against values that anybody can check by hand."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dialogues import Question, QuestionKind, Script
from domain.durations import parse_duration
from domain.facts import (
    UNKNOWN,
    Estimate,
    WorthKnowing,
    information_of_one,
    information_of_several,
    probability_changed,
    probability_of_answer,
    value_of_asking,
)

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
PET = Script("fact.pet", 1, {}, (Question("pet", QuestionKind.YES_NO, {}),), ())


def fact(worth: float = 10.0, fresh: str = "1y") -> WorthKnowing:
    """Return a fact."""
    return WorthKnowing("pet", PET, {}, worth=worth, fresh=parse_duration(fresh))


@pytest.mark.parametrize(
    ("counts", "information"),
    [
        ((0, 0), 1.0),  # nobody has answered: all is open
        ((7, 7, 7), 1.0),
        ((1, 0), 0.9183),  # H(2/3, 1/3)
        ((2, 0), 0.8113),  # H(3/4, 1/4)
        ((5, 1, 0, 0), 0.7855),  # p = .6 .2 .1 .1: 1.571 bits of 2
        ((5,), 0.0),  # only one thing to say
        ((), 0.0),
    ],
)
def test_information_is_the_smoothed_entropy_as_a_share_of_its_maximum(
    counts: tuple[int, ...], information: float
) -> None:
    """Shannon's H with one added to each count."""
    assert information_of_one(counts) == pytest.approx(information, abs=5e-4)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_information_is_a_share(counts: list[int]) -> None:
    """Never below 0, never above 1, and the order of options does not matter."""
    found = information_of_one(counts)
    assert 0 <= found <= 1 + 1e-12
    assert found == pytest.approx(information_of_one(sorted(counts)))


def test_of_several_choices_each_is_a_yes_or_no() -> None:
    """The mean of H(1/2) = 1 and H(1/12) = 0.4138 for ten customers."""
    assert information_of_several((5, 0), 10) == pytest.approx((1 + 0.4138) / 2, abs=5e-4)
    assert information_of_several((), 0) == 0


def test_who_was_never_asked_answers_as_likely_as_not() -> None:
    """Laplace: (answered + 1) / (asked + 2)."""
    assert probability_of_answer(0, 0) == 0.5
    assert probability_of_answer(8, 8) == 0.9
    assert probability_of_answer(0, 8) == 0.1


def test_a_fact_as_old_as_it_lasts_has_changed_with_probability_63_percent() -> None:
    """1 - 1/e."""
    year = dt.timedelta(days=365.25)
    assert probability_changed(year, parse_duration("1y")) == pytest.approx(1 - math.exp(-1))
    assert probability_changed(dt.timedelta(days=90), parse_duration("90d")) == pytest.approx(1 - math.exp(-1))
    assert probability_changed(dt.timedelta(0), parse_duration("1y")) == 0


def test_the_value_is_the_product_of_its_four_parts() -> None:
    """Worth × answer × information, and for what was known once × changed."""
    assert value_of_asking(fact(), UNKNOWN, None, NOW) == 5
    estimate = Estimate(information=0.5, answers=0.8)
    assert value_of_asking(fact(), estimate, None, NOW) == pytest.approx(4)
    two_years = NOW - dt.timedelta(days=730.5)
    assert value_of_asking(fact(), estimate, two_years, NOW) == pytest.approx(4 * (1 - math.exp(-2)))
    assert value_of_asking(fact(worth=0), estimate, None, NOW) == 0


def test_an_answer_is_fresh_to_the_day() -> None:
    """Exactly a year old it is not."""
    learnt = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
    assert fact().is_fresh(learnt + dt.timedelta(seconds=1), NOW)
    assert not fact().is_fresh(learnt, NOW)
    assert fact(fresh="999999y").is_fresh(learnt, NOW)
