"""RFM by columns: the very scores that the one-by-one way gives, whatever the customers and the scheme."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import major_units
from insight.histories import day_number
from insight.rfm import INDEPENDENT, NESTED, Behaviour, CutPoints, Scheme, score_customers
from insight.rfm_columns import rfm_columns

TODAY = dt.date(2027, 3, 28)
OWN = Scheme(
    "own",
    CutPoints((30, 90, 180, 365), (2, 5, 10, 20), (Decimal(50), Decimal("99.99"), Decimal(500), Decimal("1000.5"))),
)
PEOPLE = st.lists(
    st.tuples(
        st.integers(-2, 400), st.integers(0, 25), st.sampled_from([-500, 0, 4999, 5000, 9998, 9999, 10_000, 100_050])
    ),
    max_size=60,
)


@pytest.mark.parametrize("scheme", [INDEPENDENT, NESTED, OWN], ids=lambda scheme: scheme.name)
@settings(max_examples=60, deadline=None)
@given(PEOPLE)
def test_columns_score_as_one_by_one(scheme: Scheme, people: list[tuple[int, int, int]]) -> None:
    """Ties, cut points and purchases of tomorrow included."""
    behaviours = [
        Behaviour(number, TODAY - dt.timedelta(days=days), visits, major_units(spent, "EUR"))
        for number, (days, visits, spent) in enumerate(people)
    ]
    expected = score_customers(behaviours, TODAY, scheme)
    last = np.array([day_number(one.last_purchase) for one in behaviours], dtype=np.int64)
    visits, spent = (np.array([each[place] for each in people], dtype=np.int64) for place in (1, 2))
    scores = rfm_columns(last, visits, spent, day_number(TODAY), scheme, "EUR")
    found = ["".join(str(score) for score in one) for one in zip(*(each.tolist() for each in scores), strict=True)]
    assert found == [expected[number].code for number in range(len(people))]
