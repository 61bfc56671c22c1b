"""The formula of points, to the point: units, rounding, groups that count otherwise, returns, and when they go."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.durations import Duration, Unit
from domain.points import Base, PointsRules, Rounding, points_for
from domain.purchases import Purchase

AT = dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC)


def line(amount: int, group: str = "", product: str = "", currency: str = "EUR") -> Purchase:
    return Purchase("77", AT, amount, currency, product, group=group)


def test_one_point_for_each_full_euro_of_the_receipt() -> None:
    """Cents of several lines come together before they are rounded."""
    assert points_for(PointsRules(), [line(650), line(590)], "EUR").points == 12
    assert points_for(PointsRules(base=Base.LINE), [line(650), line(590)], "EUR").points == 11


def test_a_group_that_counts_twice_is_a_part_of_its_own() -> None:
    """12.40 € of which 4.50 € is coffee: 12, and 4 more."""
    earned = points_for(PointsRules(times=(("coffee", 2),)), [line(450, "coffee"), line(790)], "EUR")
    assert [(part.word, part.amount_minor, part.points) for part in earned.parts] == [
        ("", 1240, 12),
        ("coffee", 450, 4),
    ]
    assert earned.points == 16


def test_what_gives_nothing_does_not_count_and_a_product_comes_before_its_group() -> None:
    """Tobacco is left out of the sum; one kind of it that counts thrice is not."""
    rules = PointsRules(times=(("pipe", 3), ("tobacco", 0)))
    earned = points_for(rules, [line(990, "tobacco"), line(500, "tobacco", "pipe"), line(100)], "EUR")
    assert earned.points == 6 + 10
    assert [(part.word, part.points) for part in earned.parts] == [("", 6), ("pipe", 10), ("tobacco", 0)]


@pytest.mark.parametrize(("cents", "points"), [(1999, 10), (499, 0), (500, 5), (-1999, -10), (1500, 10)])
def test_half_a_unit_and_more_is_a_whole_one_where_the_rules_say_so(cents: int, points: int) -> None:
    """Five points for each 10 €, half up: exactly the half counts."""
    rules = PointsRules(points=5, per=Decimal(10), rounding=Rounding.HALF_UP)
    assert points_for(rules, [line(cents)], "EUR").points == points


def test_a_purchase_below_the_least_gives_nothing() -> None:
    """The least counts itself; goods that give nothing do not help to reach it."""
    rules = PointsRules(least=Decimal(20), times=(("tobacco", 0),))
    assert points_for(rules, [line(2000)], "EUR").points == 20
    short = points_for(rules, [line(1999), line(900, "tobacco")], "EUR")
    assert (short.points, short.below_least) == (0, True)


def test_other_currencies_give_nothing() -> None:
    """The unit is of the company's currency."""
    assert points_for(PointsRules(), [line(9900, currency="CZK")], "EUR").points == 0
    assert points_for(PointsRules(per=Decimal(100)), [line(950, currency="JPY")], "JPY").points == 9


@given(
    st.lists(st.tuples(st.integers(-5000, 9000), st.sampled_from(["", "coffee", "tobacco"])), max_size=6),
    st.sampled_from([Decimal("0.5"), Decimal(1), Decimal("2.75")]),
    st.integers(1, 7),
    st.sampled_from(Base),
    st.sampled_from(Rounding),
)
def test_goods_and_their_return_give_the_same_number(
    lines: list[tuple[int, str]], per: Decimal, points: int, base: Base, rounding: Rounding
) -> None:
    """What comes back as a whole takes back exactly what it gave; the parts are the sum."""
    rules = PointsRules(points, per, base, rounding, times=(("coffee", 2), ("tobacco", 0)))
    there = points_for(rules, [line(cents, group) for cents, group in lines], "EUR")
    back = points_for(rules, [line(-cents, group) for cents, group in lines], "EUR")
    assert there.points == -back.points == sum(part.points for part in there.parts)


def test_points_last_until_midnight_after_their_last_day() -> None:
    """Two years from a day in February that only leap years have; the day is the company's."""
    rules = PointsRules(lifetime=Duration(2, Unit.YEARS), pending=Duration(14, Unit.DAYS))
    at = dt.datetime(2028, 2, 28, 23, tzinfo=dt.UTC)  # the 29th in Helsinki
    assert rules.expires_at(at, "Europe/Helsinki") == dt.datetime(2030, 2, 28, 22, tzinfo=dt.UTC)
    assert rules.usable_at(at, "Europe/Helsinki") == dt.datetime(2028, 3, 13, 23, tzinfo=dt.UTC)
    assert PointsRules().expires_at(at, "Europe/Helsinki") is None
