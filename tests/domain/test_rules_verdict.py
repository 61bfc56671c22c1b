"""Verdicts over plain facts: three values, comparisons of every kind, and the logic between them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules import Known, evaluate, parse_rule
from domain.rules_verdict import measure_key, measures_in

AT = dt.datetime(2027, 3, 28, 12, tzinfo=ZoneInfo("Europe/Helsinki"))
FACTS = Known(
    {
        "score": 6,
        "price": 0.1,
        "language": "fi",
        "loves_wine": True,
        "hates_wine": False,
        "said": "yes",
        "ticked": ("price", "speed"),
        "nothing": (),
        "born": dt.date(2009, 3, 28),
        "wedding": "2020-05-01",
        "broken": "2020-02-31",
    }
)


def verdict(text: str) -> bool | None:
    return evaluate(parse_rule(text), FACTS, AT)


@pytest.mark.parametrize(
    "text",
    [
        "score <= 6",
        "score > 5.99",
        "not score > 6",
        "price + 0.2 = 0.3",
        "score / 4 = 1.5",
        "-score < 0",
        "score * 10 / 3 = 20",
        'language = "fi"',
        'language in ("sv", "fi")',
        'language not in ("cs",)',
        'language != "FI"',
        "loves_wine",
        "not hates_wine",
        "said",
        "loves_wine = said",
        'loves_wine = "yes"',
        "hates_wine = no",
        '"price" in ticked',
        '"comfort" not in ticked',
        '"x" not in nothing',
        "since(born) >= 18y",
        "not since(born) > 18y",
        "since(born) = 18y",
        "days_since(wedding) = 2522",
        "days_since(wedding) > 52w",
        'born < "2009-03-29"',
        'wedding >= "2020-05-01"',
        "has(score) and not has(missing) and has(nothing)",
        "yes",
        "missing or yes",
        "fact.score = 6",
    ],
)
def test_condition_that_evaluate(text: str) -> None:
    """Each kind of comparison means what it says."""
    assert verdict(text) is True


@pytest.mark.parametrize(
    "text", ["score > 6", "no", "missing and no", 'language = "sv"', "since(born) < 18y", "not (missing or yes)"]
)
def test_condition_that_does_not_hold(text: str) -> None:
    """No is known, not merely unproven."""
    assert verdict(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "missing > 1",
        "not missing",
        "missing and yes",
        "missing or no",
        "missing in (1, 2)",
        "score in (1, missing)",
        "score / 0 = 1",
        "score / (price - 0.1) = 1",
        "language > 3",
        'language < "2020-01-01"',
        "score",
        "language",
        "days_since(language) > 1",
        "since(broken) > 1y",
        "unknown",
        'score = "six"',
        "visits(12m) > 1",
        'consent("marketing")',
        '"x" in language',
    ],
)
def test_condition_that_stays_unknown(text: str) -> None:
    """Unknown and ill-typed values make no verdict, neither way."""
    assert verdict(text) is None


TRUTHS = st.sampled_from(["yes", "no", "unknown"])


@given(TRUTHS, TRUTHS)
def test_logic_is_kleenes(a: str, b: str) -> None:
    """De Morgan holds, and unknown never becomes known by itself (Kleene 1952, strong three-valued logic)."""
    order = {"no": 0, "unknown": 1, "yes": 2}
    back = {0: False, 1: None, 2: True}
    assert verdict(f"{a} and {b}") is back[min(order[a], order[b])]
    assert verdict(f"{a} or {b}") is back[max(order[a], order[b])]
    assert verdict(f"not ({a} and {b})") is verdict(f"not {a} or not {b}")


def test_today_is_the_date_in_the_zone_that_is_given() -> None:
    """At one minute past midnight in Helsinki she is 18, although it is still yesterday in UTC."""
    rule = parse_rule("since(born) >= 18y")
    midnight = dt.datetime(2027, 3, 28, 0, 1, tzinfo=ZoneInfo("Europe/Helsinki"))
    assert evaluate(rule, FACTS, midnight) is True
    assert evaluate(rule, FACTS, midnight.astimezone(dt.UTC)) is False


def test_without_a_moment_only_what_needs_a_date_is_unknown() -> None:
    """A dialogue's condition over answers needs no clock."""
    assert evaluate(parse_rule("score <= 6"), FACTS) is True
    assert evaluate(parse_rule("since(born) >= 18y"), FACTS) is None


def test_naive_moment_is_refused() -> None:
    """Today without a zone is nobody's today."""
    with pytest.raises(ValueError, match="naive"):
        evaluate(parse_rule("yes"), FACTS, dt.datetime(2027, 3, 28))  # noqa: DTZ001  (the naive moment is the point)


def test_measures_can_be_taken_before_and_looked_up() -> None:
    """A dialogue measures first and asks later; the key does not depend on how the call was written."""
    rule = parse_rule('visits(window=12m) >= 20 and count(group="x") > 1 and has(score) and since("contact") > 1y')
    wanted = measures_in(rule)
    assert list(wanted) == ["visits(window=12m)", 'purchases(group="x")', 'since(what="contact")']
    known = Known(
        {"score": 1, "visits(window=12m)": 20, 'purchases(group="x")': 2, 'since(what="contact")': "2026-03-27"}
    )
    assert evaluate(rule, known, AT) is True
    assert [measure_key(*call) for call in wanted.values()] == list(wanted)
