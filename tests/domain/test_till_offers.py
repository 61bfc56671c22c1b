"""Offers after a purchase: which days count, to the day, and what is never offered."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.offers import OfferKind, OfferRules, TillRules, age_on
from domain.purchases import Purchase
from domain.till_offers import till_offers

ZONE = ZoneInfo("Europe/Helsinki")
RULES = OfferRules(till=TillRules(most=5, least_times=1), never=frozenset({"fuel"}), least_age={"wine": 18})


def bought(product: str, at: dt.datetime, receipt: str = "old", amount: int = 100, group: str = "food") -> Purchase:
    """A line of a receipt."""
    return Purchase(receipt, at, amount, "EUR", product, product.title(), group, Decimal(1))


def offered(lines: list[Purchase], at: dt.datetime, rules: OfferRules = RULES, **more: object) -> list[str]:
    """The products that are offered after the receipt "new" of that moment."""
    found = till_offers([*lines, bought("now", at, "new")], "new", at, ZONE, rules, **more)  # type: ignore[arg-type] # keywords
    assert all(each.kind is OfferKind.TILL and each.evidence["receipt"] == "new" for each in found)
    return [each.product for each in found]


@pytest.mark.parametrize(
    ("day", "clock"),
    [
        (dt.date(2027, 2, 20), dt.time(12)),
        (dt.date(2027, 4, 10), dt.time(0, 5)),  # the clocks went forward on 28 March
        (dt.date(2027, 4, 10), dt.time(23, 55)),
        (dt.date(2027, 11, 20), dt.time(0, 5)),  # and back on 31 October
        (dt.date(2027, 11, 20), dt.time(23, 55)),
    ],
)
@pytest.mark.parametrize("hour", [dt.time(0), dt.time(3, 30), dt.time(23, 59, 59)])
def test_day_56_counts_and_day_57_does_not(day: dt.date, clock: dt.time, hour: dt.time) -> None:
    """Whatever the hour of either, and over a change of the clocks: days are the company's."""
    at = dt.datetime.combine(day, clock, ZONE)
    inside, outside = (dt.datetime.combine(day - dt.timedelta(days=ago), hour, ZONE) for ago in (56, 57))
    lines = [bought("inside", inside.astimezone(dt.UTC)), bought("outside", outside.astimezone(dt.UTC))]
    assert offered(lines, at.astimezone(dt.UTC)) == ["inside"]


AT = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)


def days_ago(days: int) -> dt.datetime:
    return AT - dt.timedelta(days=days)


def test_most_frequent_first_then_latest_then_by_code() -> None:
    """Days of buying count, not lines; what the receipt holds, and what came later, is no reason."""
    lines = [bought("tea", days_ago(ago)) for ago in (9, 20)] + [bought("rye", days_ago(5))] * 3
    lines += [bought("oil", days_ago(5)), bought("now", days_ago(1)), bought("later", AT + dt.timedelta(hours=1))]
    assert offered(lines, AT) == ["tea", "oil", "rye"]
    assert offered(lines, AT, without=("tea",)) == ["oil", "rye"]
    assert offered(lines, AT, OfferRules(till=TillRules(most=1, least_times=2))) == ["tea"]
    assert offered(lines, AT, OfferRules(till=TillRules(most=0))) == []


def test_what_was_brought_back_or_may_not_be_offered_is_left_out() -> None:
    """Returned as a whole, of an excluded group, without a code, too young for it: none of them."""
    lines = [
        bought("tea", days_ago(9)),
        bought("tea", days_ago(8), amount=-100),
        bought("gas", days_ago(3), group="fuel"),
    ]
    lines += [bought("", days_ago(3)), bought("red", days_ago(3), group="wine")]
    assert offered(lines, AT) == []
    assert offered(lines, AT, age=17) == []
    assert offered(lines, AT, age=18) == ["red"]


def test_from_a_receipt_only_what_is_on_it() -> None:
    """Offers from a receipt are of its products, once bought is enough, and today's other things are not."""
    lines = [bought("tea", days_ago(9)), bought("rye", days_ago(9), "other")]
    assert offered(lines, AT, OfferRules(), only=("tea", "gone")) == ["tea"]


def test_an_age_is_reached_on_the_birthday() -> None:
    """Not the day before; who was born on 29 February is older on 1 March of other years."""
    assert age_on(dt.date(2009, 3, 2), dt.date(2027, 3, 1)) == 17
    assert age_on(dt.date(2009, 3, 2), dt.date(2027, 3, 2)) == 18
    assert age_on(dt.date(2008, 2, 29), dt.date(2026, 2, 28)) == 17
    assert age_on(None, dt.date(2027, 3, 2)) is None
