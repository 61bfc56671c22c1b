"""Why something is offered, in words that are true of few buyers as well."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogues.offer_texts import reason_of
from domain.offers import Basis, Offer, OfferKind
from templates.words import SHIPPED, Words

TODAY = dt.date(2027, 3, 2)


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.load([SHIPPED], ("en", "fi", "cs"))


@pytest.mark.parametrize("basis", [Basis.ALIKE, Basis.GROUP, Basis.PEOPLE, Basis.POPULAR, Basis.EVERYBODY])
def test_of_fewer_than_three_buyers_nothing_is_claimed(words: Words, basis: Basis) -> None:
    """Not that it is a favourite, nor that none of a hundred bought it."""

    def told(customers: int, language: str) -> str:
        evidence = {"basis": basis.value, "customers": customers, "of": 100, "because": ["tea"]}
        offer = Offer(1, OfferKind.NEW, "p1", group="drinks", evidence=evidence)
        return reason_of(words, offer, language, TODAY)

    assert "3" in told(3, "en")
    for language in words.languages:
        few = {told(customers, language) for customers in (0, 1, 2)}
        assert len(few) == 1
        assert not any(sign.isdigit() for sign in few.pop())


def test_what_was_bought_once_is_told_with_its_day(words: Words) -> None:
    """In each language without a number of days."""
    evidence = {"basis": "often", "times": 1, "since": "2027-02-25", "last": "2027-02-25", "every": None}
    offer = Offer(1, OfferKind.OFTEN, "p1", evidence=evidence)
    told = {language: reason_of(words, offer, language, TODAY) for language in ("en", "fi", "cs")}
    assert told == {
        "en": "You bought it on 25 Feb 2027, 5 days ago.",
        "fi": "Ostit tätä 25.2.2027, 5 päivää sitten.",
        "cs": "Koupili jste to 25. 2. 2027, před 5 dny.",
    }
