"""RFM: fifths, ties, nesting, and a company's own cut points."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.rfm import INDEPENDENT, NESTED, Behaviour, CutPoints, Rfm, Scheme, cell_sizes, score_customers

TODAY = dt.date(2027, 3, 28)
OWN = Scheme(
    "own",
    CutPoints((30, 90, 180, 365), (2, 5, 10, 20), (Decimal(50), Decimal(200), Decimal(500), Decimal("1000.50"))),
)


def customer(number: int, days: int, visits: int, spent: str | int) -> Behaviour:
    return Behaviour(number, TODAY - dt.timedelta(days=days), visits, Decimal(spent))


def test_ten_customers_fall_into_fifths_of_two() -> None:
    """The two newest score 5 in recency, the two who came most 5 in frequency, and so on."""
    customers = [customer(n, days=n * 10, visits=n, spent=n * n) for n in range(1, 11)]
    scores = score_customers(customers, TODAY)
    assert " ".join(scores[n].code for n in range(1, 11)) == "511 511 422 422 333 333 244 244 155 155"


def test_equal_behaviour_gets_equal_scores() -> None:
    """Nobody is ranked by chance: nine customers with one visit share one score."""
    customers = [customer(n, days=5, visits=1, spent=10) for n in range(9)] + [customer(9, days=1, visits=30, spent=99)]
    scores = score_customers(customers, TODAY)
    assert {scores[n] for n in range(9)} == {Rfm(3, 3, 3)}
    assert scores[9] == Rfm(5, 5, 5)


def test_nested_quintiles_make_125_equal_cells() -> None:
    """Hughes: frequency within recency, monetary value within both."""
    customers = [
        customer(r * 100 + f * 10 + m, days=100 - 10 * r, visits=100 * (5 - r) + f, spent=1000 * (5 - f) + m)
        for r in range(5)
        for f in range(5)
        for m in range(5)
    ]
    scores = score_customers(customers, TODAY, NESTED)
    assert set(cell_sizes(scores).values()) == {1}
    assert len(cell_sizes(scores)) == 125
    assert scores[0].code == "111"
    assert scores[444].code == "555"


@pytest.mark.parametrize(
    ("days", "visits", "spent", "code"),
    [
        (0, 20, "1000.50", "555"),
        (30, 19, "1000.49", "544"),
        (31, 10, "500", "444"),
        (90, 5, "200", "433"),
        (365, 2, "50", "222"),
        (366, 1, "49.99", "111"),
    ],
)
def test_own_cut_points_include_their_bounds(days: int, visits: int, spent: str, code: str) -> None:
    """At most 30 days are a 5, at least 20 visits are a 5."""
    assert score_customers([customer(1, days, visits, spent)], TODAY, OWN)[1].code == code


def test_cut_points_that_do_not_rise_are_refused() -> None:
    """Two equal cut points leave a score that nobody can have."""
    money = (Decimal(1), Decimal(2), Decimal(3), Decimal(4))
    with pytest.raises(ValueError, match=r"recency: .* are not four rising cut points"):
        CutPoints((30, 30, 60, 90), (1, 2, 3, 4), money)


def test_cells_are_counted_from_the_best() -> None:
    """The page shows the best first."""
    assert list(cell_sizes({1: Rfm(1, 1, 1), 2: Rfm(5, 5, 5), 3: Rfm(1, 1, 1)}).items()) == [("555", 1), ("111", 2)]


def test_nobody_is_scored_when_nobody_bought() -> None:
    """An empty company has no classes."""
    assert score_customers([], TODAY) == {}


BEHAVIOURS = st.lists(
    st.tuples(st.integers(-3, 900), st.integers(1, 40), st.integers(-50, 900)), min_size=1, max_size=60
).map(lambda rows: [customer(n, *row) for n, row in enumerate(rows)])


@given(BEHAVIOURS, st.sampled_from([INDEPENDENT, NESTED, OWN]))
def test_every_customer_has_three_scores_and_more_is_never_less(customers: list[Behaviour], scheme: Scheme) -> None:
    """Scores are from 1 to 5, and a newer purchase never lowers recency; the order of the input does not matter."""
    scores = score_customers(customers, TODAY, scheme)
    assert set(scores) == {one.customer_id for one in customers}
    assert all(1 <= part <= 5 for rfm in scores.values() for part in (rfm.recency, rfm.frequency, rfm.monetary))
    by_recency = sorted(customers, key=lambda one: one.last_purchase)
    ordered = [scores[one.customer_id].recency for one in by_recency]
    assert ordered == sorted(ordered)
    assert score_customers(reversed(customers), TODAY, scheme) == scores
