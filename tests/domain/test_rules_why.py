"""Reasons: each term with its measured value, and what it would take."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.purchases import Purchase
from domain.rules import parse_rule
from domain.rules_customer import CustomerFacts
from domain.rules_why import Why, why

AT = dt.datetime(2027, 3, 28, 12, tzinfo=ZoneInfo("Europe/Helsinki"))
FACTS = CustomerFacts(
    AT,
    attributes={"kind": "consumer", "language": "en", "tags": ["vip"]},
    facts={"nps": 8, "ready": False},
    purchases=(
        *(Purchase(f"r{n}", AT - dt.timedelta(days=n), 4810, "EUR", group=f"g{n % 4}") for n in range(23)),
        Purchase("m", dt.datetime(2026, 3, 1, tzinfo=AT.tzinfo), 5000, "EUR", group="magazine", quantity=Decimal(24)),
    ),
)


def explained(text: str) -> Why:
    return why(parse_rule(text), FACTS, AT)


def test_reasons_show_each_measured_value_and_what_is_missing() -> None:
    """K3: visits 23 at least 20 yes; average 48.10 over 50 no."""
    found = explained("visits(12m) >= 20 and average_purchase(12m) > 50 and product_groups(12m) > 5")
    assert found.holds is False
    assert [str(reason) for reason in found.trace] == [
        "visits(12m): 23 >= 20 yes",
        "average_purchase(12m): 48.10 > 50 no",
        "product_groups(12m): 4 > 5 no",
    ]
    assert found.takes == "average_purchase(12m): 1.91 EUR more on average and product_groups(12m): 2 more"


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("visits(12m) >= 20", ""),
        ("visits(12m) >= 25", "visits(12m): 2 more"),
        ("25 <= visits(12m)", "visits(12m): 2 more"),
        ("visits(12m) < 20", "visits(12m): 4 less"),
        ("not visits(12m) >= 20", "visits(12m): 4 less"),
        ("nps <= 6", "nps: 2 less"),
        ("nps = 6", "nps = 6 instead of 8"),
        ("nps != 8", "nps != 8 instead of 8"),
        ('language = "fi"', 'language = "fi" instead of "en"'),
        ('language in ("fi", "sv")', 'language in ("fi", "sv") instead of "en"'),
        ('not language in ("fi", "en")', 'language none of ("fi", "en") instead of "en"'),
        ("ready", "ready yes"),
        ('not tag("vip")', 'tag("vip") no'),
        ('"gold" in tags', '"gold" in tags'),
        ('unbroken("magazine") > 3y', 'unbroken("magazine"): so from 2029-03-02 on, if it goes on without a gap'),
        ('unbroken("magazine") >= 3y', 'unbroken("magazine"): so from 2029-03-01 on, if it goes on without a gap'),
        ('unbroken("magazine") > 9999y', 'unbroken("magazine"): not within this calendar'),
        ("score > 5", "a fact: score > 5"),
        ("score > limit", "score and limit must become known"),
        ("score in (1, 2)", "a fact: score in (1, 2)"),
        ("not (score = 3 or score > nps)", "a fact: score != 3 and a fact: score <= nps (8)"),
        ("nps >= score", "a fact: score to compare nps with"),
        ("has(score)", "has(score) yes"),
        ("missing", "a fact: missing yes"),
        (
            'average_monthly(12m, group="g0") > 1',
            'average_monthly(12m, group="g0") must become known by 12 bills in 12m',
        ),
        ('every_due("g9")', 'every_due("g9") must become known by the first "g9"'),
        ('every_due("magazine", every=3m)', 'every_due("magazine", every=3m): one was missed, and that stays so'),
        ('not every_due("g0")', 'every_due("g0"): until one is missed'),
        ('days_since("purchase") > 10', 'days_since("purchase"): so from 2027-04-08 on'),
        ('days_since("purchase") >= 2w', 'days_since("purchase"): so from 2027-04-11 on'),
        ('days_since("purchase") < 0', 'days_since("purchase") < 0 instead of 0'),
        ("spent(12m) >= 1200.50", "spent(12m): 94.20 EUR more"),
        ('bought("magazine") > 24', 'bought("magazine"): 1 more'),
        ("visits(12m) > nps * 3", "visits(12m): 2 more"),
        ("nps > 9 or score > 5", "nps: over 1 more or a fact: score > 5"),
        ("not (nps = 8 and visits() > 1)", "nps != 8 instead of 8 or visits(): 23 less"),
        ("ready and (nps > 9 or nps < 2)", "ready yes and (nps: over 1 more or nps: over 6 less)"),
    ],
)
def test_what_it_would_take_is_told_for_what_fails_only(text: str, takes: str) -> None:
    """K3: staff see how far away a customer is; and and or join what is missing."""
    assert explained(text).takes == takes


def test_reason_of_a_computed_side_shows_its_value() -> None:
    """No number that decided stays hidden."""
    (reason,) = explained("visits(12m) > nps * 3").trace
    assert (reason.term, reason.value, reason.test, reason.holds) == ("visits(12m)", "23", "> nps * 3 (24)", False)
