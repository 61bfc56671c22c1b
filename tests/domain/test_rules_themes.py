"""Rules about what customers said and what their silence may mean: slips are found, reasons are shown."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.rules import RuleError, parse_rule
from domain.rules_customer import CustomerFacts
from domain.rules_themes import unknown_themes
from domain.rules_why import why

AT = dt.datetime(2027, 3, 28, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def test_unknown_theme_is_told_with_the_one_that_may_be_meant() -> None:
    """A slip would select nobody in silence."""
    rule = parse_rule('said("delivery", 90d) and not said("delivrey") or said("weather")')
    found = unknown_themes(rule, {"delivery", "price"})
    assert [(mistake.problem, mistake.remedy, mistake.place.column) for mistake in found] == [
        ('unknown theme "delivrey"', 'did you mean "delivery"?', 31),
        ('unknown theme "weather"', "known are delivery, price", 51),
    ]
    assert unknown_themes(parse_rule("said(theme='price')"), {"price"}) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('signal("blok")', 'unknown signal "blok"; did you mean "block"?'),
        ('signal("rain")', 'unknown signal "rain"; write one of "block"'),
        ("signal(block)", "write it in quotation marks"),
        ("said(90d)", '"theme"'),
        ("said()", 'lacks its argument "theme"'),
        ("signals(90d)", "is a number, and yes or no is needed"),
    ],
)
def test_misuse_of_the_functions_is_told_at_once(text: str, told: str) -> None:
    """The parser knows the kinds of signals and what each function takes."""
    with pytest.raises(RuleError, match=told.replace("(", r"\(")):
        parse_rule(text)


def test_reasons_show_what_was_said_and_counted() -> None:
    """Why she belongs to those who are told what we did."""
    said = (("delivery", AT - 20 * DAY), ("price", AT - 200 * DAY))
    facts = CustomerFacts(AT, said=said, signals=(("block", AT - DAY), ("mute", AT - 91 * DAY)))
    found = why(parse_rule('said("delivery", 90d) and said("price", 90d) and signals(90d) >= 2'), facts, AT)
    assert [str(reason) for reason in found.trace] == [
        'said("delivery", 90d): yes yes',
        'said("price", 90d): no no',
        "signals(90d): 1 >= 2 no",
    ]
    assert found.takes == 'said("price", 90d) yes and signals(90d): 1 more'
    assert why(parse_rule('signal("mute") and not signal("mute", 90d)'), facts, AT).holds is True
