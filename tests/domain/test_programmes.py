"""Card numbers tell slips of the pen; benefits take turns, equal ones for equal members; what is lacking is told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.benefits import Benefit, Bond, Form, Give, Occasion, choose, is_yearly_day, occasion_ref
from domain.cards import check_digit, in_groups, new_number, read_number
from domain.durations import Duration, Unit
from domain.needs import Need, needs
from domain.purchases import Purchase
from domain.rules import parse_rule
from domain.rules_customer import CustomerFacts

AT = dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC)


def benefit(name: str) -> Benefit:
    return Benefit(name, {"en": name}, Form.RELATIONSHIP, Bond.SOCIAL, Give.WORDS, Occasion.BIRTHDAY)


POOL = [benefit(name) for name in "abcde"]


def test_check_digit_is_that_of_the_standard() -> None:
    """The example of ISO/IEC 7812-1: 7992739871 has the check digit 3."""
    assert check_digit("7992739871") == "3"


@given(st.integers(10**10, 10**11 - 1), st.data())
def test_one_wrong_digit_or_two_that_changed_places_are_no_number(body: int, data: st.DataObject) -> None:
    """Except 09 and 90, which Luhn's formula does not tell apart."""
    number = f"{body}{check_digit(str(body))}"
    assert read_number(in_groups(number)) == number
    place = data.draw(st.integers(1, 11))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert read_number(number[:place] + other + number[place + 1 :]) is None
    if number[place - 1 : place + 1] not in {"09", "90"} and number[place - 1] != number[place]:
        swapped = number[: place - 1] + number[place] + number[place - 1] + number[place + 1 :]
        assert read_number(swapped) is None


def test_numbers_are_drawn_anew_each_time() -> None:
    """A number tells nothing of another."""
    drawn = {new_number() for _ in range(200)}
    assert len(drawn) == 200
    assert all(read_number(number) == number for number in drawn)


@given(st.lists(st.sampled_from("abcdexyz"), max_size=12), st.integers(1, 5))
def test_no_benefit_comes_twice_running_where_there_is_another(given_before: list[str], size: int) -> None:
    """The same history gives the same benefit, whoever has it; a year of turns uses each equally often."""
    pool = POOL[:size]
    had = list(given_before)
    for _ in range(3 * size):
        chosen = choose(pool, had)
        assert chosen is not None
        assert chosen == choose(list(pool), list(had))
        assert size == 1 or not had or chosen.id != had[-1]
        had.append(chosen.id)
    new = had[len(given_before) :]
    counts = [new.count(each.id) for each in pool]
    assert max(counts) - min(counts) <= 1


def test_nothing_is_chosen_of_nothing() -> None:
    """A turn without a candidate gives nothing."""
    assert choose([], ["a"]) is None


@pytest.mark.parametrize(
    ("day", "of", "is_it"),
    [
        ("2027-03-02", "2026-03-02", True),
        ("2027-03-02", "2027-03-02", False),
        ("2027-02-28", "2024-02-29", True),
        ("2028-02-28", "2024-02-29", False),
        ("2028-02-29", "2024-02-29", True),
        ("2027-03-01", "2024-02-29", False),
    ],
)
def test_yearly_day_comes_once_a_year(day: str, of: str, is_it: bool) -> None:
    """Who was born on the 29th of February has her day on the 28th in other years; the day itself is no anniversary."""
    assert is_yearly_day(dt.date.fromisoformat(day), dt.date.fromisoformat(of)) is is_it


def test_occasion_is_named_in_at_most_64_signs() -> None:
    """The store keeps no more, and the day must not be cut off."""
    long = Benefit("x", {}, Form.SERVICE, Bond.STRUCTURAL, Give.WORDS, Occasion.ANNIVERSARY, pool="p" * 60)
    ref = occasion_ref(long, dt.date(2027, 3, 2), "t" * 60)
    assert len(ref) <= 64
    assert ref.endswith(":2027-03-02")


def test_two_tiers_whose_long_names_begin_alike_are_two_occasions() -> None:
    """Who climbs both on one day gets what each of them brings."""
    coffee = Benefit("coffee", {}, Form.SERVICE, Bond.STRUCTURAL, Give.WORDS, Occasion.TIER)
    day, tiers = dt.date(2027, 3, 2), ("best-customers-of-the-year", "best-customers-of-the-century", "best")
    assert len({occasion_ref(coffee, day, tier) for tier in tiers}) == len(tiers)
    assert occasion_ref(coffee, day, "best") == "tier:best:2027-03-02"


def test_what_is_lacking_is_told_in_figures() -> None:
    """What a rule still wants of her, by measure; empty where it holds, None where figures do not tell it."""
    bought = Purchase("1", AT - dt.timedelta(days=3), 12345, "EUR", group="shoes")
    facts = CustomerFacts(AT, purchases=(bought,), attributes={"town": "Turku"})
    year = Duration(12, Unit.MONTHS)
    rule = parse_rule("spent(12m) >= 200 and visits(12m) > 2 and product_groups() >= 1")
    assert needs(rule, facts, AT) == (Need("spent", Decimal("76.55"), year), Need("visits", Decimal(2), year))
    assert needs(parse_rule("spent(12m) > 123.45"), facts, AT) == (Need("spent", Decimal("0.01"), year),)
    assert needs(parse_rule("visits() >= 1"), facts, AT) == ()
    assert needs(parse_rule('town = "Oulu"'), facts, AT) is None
    assert needs(parse_rule("visits() >= 2 or spent() >= 500"), facts, AT) is None
