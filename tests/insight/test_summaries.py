"""Shares and quartiles against published values."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.summaries import Numbers, numbers, proportions


def test_quartiles_are_those_of_definition_seven() -> None:
    """R's `quantile(mtcars$mpg)`, its default: 10.4, 15.425, 19.2, 22.8, 33.9, mean 20.09062."""
    mpg = [21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4, 14.7, 32.4, 30.4]
    mpg += [33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4]
    found = numbers((value, 1) for value in mpg)
    told = (found.least, found.lower, found.median, found.upper, found.most, found.mean)
    assert told == pytest.approx((10.4, 15.425, 19.2, 22.8, 33.9, 20.09062), abs=1e-5)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 9)), min_size=10, max_size=30))
def test_counted_numbers_are_summed_up_as_if_each_stood_alone(counted: list[tuple[int, int]]) -> None:
    """The same as Python's own inclusive quartiles over all of them."""
    alone = [value for value, count in counted for _ in range(count)]
    found = numbers((float(value), count) for value, count in counted)
    assert [found.lower, found.median, found.upper] == pytest.approx(
        statistics.quantiles(alone, n=4, method="inclusive"), abs=1e-9
    )
    assert found.n == len(alone)


def test_choices_come_with_wilsons_interval() -> None:
    """15 of 148: 6.24 to 16.05 % (Newcombe 1998, table I)."""
    (found,) = proportions({"red": 15}, 148).values()
    assert (found.low, found.high) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_under_ten_answers_only_counts_are_told() -> None:
    """Nine make no share and no median."""
    (found,) = proportions({"red": 4}, 9).values()
    assert (found.count, found.share, found.low) == (4, None, None)
    assert numbers([(3.0, 9)]) == Numbers(9)
    assert proportions({"red": 0}, 0)["red"].share is None
