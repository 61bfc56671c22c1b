"""Words that one group uses more than another: the known formula, and who is not believed."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from domain.themes import Theme, Verbatim
from insight.distinctive import distinctive, log_odds_z
from insight.themes import ThemeIndex

AT = dt.datetime(2027, 3, 2, tzinfo=dt.UTC)
INDEX = ThemeIndex([Theme("price", {}, {"en": ("price",)})], "en")


def said(*texts: str, first: int = 1) -> list[Verbatim]:
    return [Verbatim(n, "why", n, AT, text) for n, text in enumerate(texts, start=first)]


def test_log_odds_with_the_prior_is_that_of_the_published_formula() -> None:
    """8 of 100 against 2 of 300, prior 10 of 400: ln(18/482) - ln(12/688), variance 1/18 + 1/12."""
    expected = (math.log(18 / 482) - math.log(12 / 688)) / math.sqrt(1 / 18 + 1 / 12)
    assert log_odds_z(8, 100, 2, 300) == pytest.approx(expected)
    assert log_odds_z(5, 50, 5, 50) == pytest.approx(0)
    assert log_odds_z(2, 300, 8, 100) == pytest.approx(-expected)


def test_word_of_the_unhappy_stands_out_by_its_commonest_form() -> None:
    """What eight of the unhappy say and hardly anybody else does is told, once, as people wrote it."""
    unhappy = said(*["the card machines fail"] * 5, *["card machine again"] * 3, *["the price"] * 4)
    happy = said(*["cosy corners"] * 20, *["lovely tea"] * 20, first=100)
    found = distinctive(unhappy, happy, "en", INDEX, {"machines": "machine", "fail": "fail"})
    assert found[0].word == "card machines"
    assert len([each for each in found if "card" in each.word or "machine" in each.word]) == 1
    assert found[0].n == 8
    assert found[0].examples == ("card machine again", "card machine again")
    assert not any("price" in each.word for each in found), "named themes are told elsewhere"


def test_what_fewer_than_five_people_say_is_not_told() -> None:
    """One angry customer who writes twenty times is one person."""
    unhappy = [Verbatim(n, "why", 1, AT, "robots everywhere") for n in range(20)] + said(*["robots"] * 3, first=50)
    assert distinctive(unhappy, said(*["tea"] * 40, first=100), "en", INDEX, {}) == []
    assert [
        each.word
        for each in distinctive([*unhappy, *said("robots", first=60)], said(*["tea"] * 40, first=100), "en", INDEX, {})
    ]


def test_what_everybody_says_alike_is_not_told() -> None:
    """A word that both groups use as often says nothing about either."""
    assert distinctive(said(*["coffee corner"] * 30), said(*["coffee corner"] * 30, first=100), "en", INDEX, {}) == []
    assert distinctive([], [], "en", INDEX, {}) == []
