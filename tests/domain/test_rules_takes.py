"""What it would take: granting it makes the verdict yes, and the least bit less does not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.purchases import Purchase
from domain.rules import Known, evaluate, parse_rule
from domain.rules_customer import CustomerFacts
from domain.rules_why import Why, why

AT = dt.datetime(2027, 3, 28, 12, tzinfo=ZoneInfo("Europe/Helsinki"))
CENT = Decimal("0.01")
MEASURES = ("visits()", "purchases()", "product_groups()", 'bought("wine")', "spent()", "average_purchase()")


def explained(text: str, *lines: Purchase, at: dt.datetime = AT) -> Why:
    facts = CustomerFacts(at, purchases=lines)
    return why(parse_rule(text), facts, at, later=lambda moment: dataclasses.replace(facts, at=moment))


_lines = st.lists(
    st.builds(
        Purchase,
        receipt=st.sampled_from(["a", "b", "c", "d"]),
        at=st.integers(0, 400).map(lambda days: AT - dt.timedelta(days=days)),
        amount_minor=st.sampled_from([1, 333, 4999, 5000, 5001, -100]),
        currency=st.just("EUR"),
        group=st.sampled_from(["wine", "tea", "car", ""]),
        quantity=st.sampled_from([Decimal(1), Decimal(3)]),
    ),
    max_size=8,
)
_bounds = st.sampled_from(["0", "1", "2", "5", "49.99", "50", "50.01", "120.5"])


def granted(term: str, amount: Decimal, lines: list[Purchase]) -> list[Purchase]:
    """Let her buy what is said to be missing of *term*, today."""
    whole = int(amount)
    match term.partition("(")[0]:
        case "visits":
            return [Purchase(f"new {n}", AT, 0, "EUR") for n in range(whole)]
        case "purchases":
            return [Purchase("new", AT, 0, "EUR")] * whole
        case "product_groups":
            return [Purchase("new", AT, 0, "EUR", group=f"new {n}") for n in range(whole)]
        case "bought":
            return [Purchase("new", AT, 0, "EUR", group="wine", quantity=amount)]
        case "spent":
            return [Purchase("new", AT, int(amount * 100), "EUR")]
        case _:
            receipts = {line.receipt for line in lines if not line.is_return}
            return [Purchase(min(receipts), AT, int(amount * 100) * len(receipts), "EUR")]


@given(term=st.sampled_from(MEASURES), sign=st.sampled_from([">", ">="]), bound=_bounds, lines=_lines)
@settings(max_examples=200, deadline=None)
def test_what_is_missing_is_enough_and_not_more_than_enough(
    term: str, sign: str, bound: str, lines: list[Purchase]
) -> None:
    """K3: a seller may promise it, and nobody is told to buy more than it takes."""
    rule = f"{term} {sign} {bound}"
    found = explained(rule, *lines)
    assume(found.holds is False)
    told = re.fullmatch(r".*: (\d+(?:\.\d+)?)(?: EUR)? more(?: on average)?", found.takes)
    assert told is not None, found.takes
    amount = Decimal(told[1])
    assert explained(rule, *lines, *granted(term, amount, lines)).holds is True
    less = amount - (CENT if "EUR" in found.takes else 1)
    assert not less or explained(rule, *lines, *granted(term, less, lines)).holds is False


def named_apart(text: str) -> str:
    """Let each term be about another thing: what fulfils one must not undo another."""
    names = iter("abcd")
    return re.sub("x", lambda _: next(names), text)


_facts = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 4), max_size=4)
_signs = st.sampled_from([">", ">=", "<", "<=", "=", "!="])
_rules = st.recursive(
    st.builds("x {} {}".format, _signs, st.integers(0, 4)),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
    ),
    max_leaves=4,
).map(named_apart)


def parts(text: str, word: str) -> list[str]:
    """Split *text* at a word that stands in no brackets."""
    found, depth = [""], 0
    for token in re.split(r"(\(|\)| and | or )", text):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == f" {word} " and depth == 0:
            found.append("")
        else:
            found[-1] += token
    return found


def ways(takes: str) -> list[dict[str, set[Decimal]]]:
    """Give what each way of doing what is told asks of every name: a set of values that fulfil it."""
    found = []
    for either in parts(takes, "or"):
        together: list[dict[str, set[Decimal]]] = [{}]
        for each in parts(either, "and"):
            options = ways(each[1:-1]) if each.startswith("(") else [dict([fulfilling(each)])]
            together = [_both(one, other) for one in together for other in options]
        found += together
    return found


def _both(one: dict[str, set[Decimal]], other: dict[str, set[Decimal]]) -> dict[str, set[Decimal]]:
    return {name: one.get(name, other.get(name, set())) & other.get(name, one.get(name, set())) for name in one | other}


def fulfilling(told: str) -> tuple[str, set[Decimal]]:
    """Give the name of which something is told, and the values that would do."""
    numbers = [Decimal(n) / 2 for n in range(-4, 16)]
    test = re.fullmatch(r"(?:a fact: )?((\w) \S+ \d+)(?: instead of \d+)?", told)
    assert test is not None, told
    return test[2], {n for n in numbers if evaluate(parse_rule(test[1]), Known({test[2]: n})) is True}


@given(text=_rules, values=_facts)
@settings(max_examples=200, deadline=None)
def test_whoever_does_what_is_told_fulfils_the_rule_in_any_of_the_ways(text: str, values: dict[str, int]) -> None:
    """K3: and, or and not are joined right, whatever is known of her."""
    rule = parse_rule(text)
    found = why(rule, Known(values), AT)
    assert bool(found.takes) == (found.holds is not True)
    assume(found.takes)
    exact = re.sub(r"(\w): (over )?(\d+) (more|less)", lambda gap: _as_test(gap, values), found.takes)
    for wishes in ways(exact):
        if all(wishes.values()):  # what contradicts itself nobody can do
            for choose in (min, max):
                done = {**values, **{name: choose(fits) for name, fits in wishes.items()}}
                assert evaluate(rule, Known(done)) is True, (found.takes, done)


def _as_test(gap: re.Match[str], values: dict[str, int]) -> str:
    bound = values[gap[1]] + int(gap[3]) * (1 if gap[4] == "more" else -1)
    sign = {"more": ">", "less": "<"}[gap[4]] + ("" if gap[2] else "=")
    return f"{gap[1]} {sign} {bound}"


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("visits(12m) >= 3", "visits(12m): 1 more by 2027-04-01"),  # that of 1 April 2026 counts through 1 April 2027
        ("visits(90d) >= 2", "visits(90d): 1 more by 2027-05-30"),
        ("visits() >= 3", "visits(): 1 more"),
        ("visits(1d) >= 2", "visits(1d): 2 more"),
        ('days_since("purchase") <= 10', "a purchase today"),
    ],
)
def test_what_is_missing_is_told_with_the_day_until_which_it_is_enough(text: str, takes: str) -> None:
    """Windows move on: one more visit in August is of no use when those of spring no longer count."""
    lines = [Purchase("a", dt.datetime(2026, 4, 1, tzinfo=AT.tzinfo), 1, "EUR")]
    lines += [Purchase("b", dt.datetime(2027, 3, 1, tzinfo=AT.tzinfo), 1, "EUR")]
    found = explained(text, *lines)
    assert found.takes == takes
    if " by " in takes:
        last = dt.date.fromisoformat(takes[-10:])
        for day, holds in ((last, True), (last + dt.timedelta(days=1), False)):
            at = dt.datetime.combine(day, dt.time.max, AT.tzinfo)
            assert explained(text, *lines, Purchase("new", at, 1, "EUR"), at=at).holds is holds


def test_values_are_told_with_their_units() -> None:
    """48.10 of what: the unit stands beside the value."""
    found = explained(
        'visits() > 1 and spent() > 1 and product_groups() > 1 and nps > 1 and days_since("purchase") > 1',
        Purchase("a", AT, 4810, "EUR", group="wine"),
    )
    assert [(reason.value, reason.unit) for reason in found.trace] == [
        ("1", "visits"),
        ("48.10", "EUR"),
        ("1", "product groups"),
        ("unknown", ""),
        ("0", "days"),
    ]
