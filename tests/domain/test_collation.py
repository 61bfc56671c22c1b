"""Alphabetical order in Finnish, Czech and elsewhere: the known examples, and a total order over anything."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.collation import collation_key

FINNISH = "Aalto Aapo Vaara Virtanen Walden Wirta Yli Ylä Zeniuk Åberg Åström Äijälä Ämmälä Öberg Öst"
CZECH = "Adam Cibulka Čapek Dvořák Hájek Hora Chalupa Chrást Ivan Rada Řehák Sova Šíma Zeman Žák"
TEXTS = st.text(st.sampled_from("aábcčhHdeěéirřsšzžåäöøævwyü -1²Aİß中я\u0301"), max_size=8) | st.text(max_size=6)


def _sorted(names: list[str], language: str | None) -> list[str]:
    shuffled = random.Random(1).sample(names, len(names))
    return sorted(shuffled, key=lambda name: collation_key(name, language))


@pytest.mark.parametrize(("language", "listed"), [("fi", FINNISH), ("sv", FINNISH), ("cs", CZECH)])
def test_a_list_stands_as_its_readers_expect(language: str, listed: str) -> None:
    """However it was shuffled: å ä ö after z, v and w apart; č after c, ch after h, ř š ž after r s z."""
    names = listed.split()
    assert _sorted(names, language) == names


@pytest.mark.parametrize(
    ("language", "listed"),
    [
        ("cs", "byt být bytí"),
        ("cs", "dál dale"),
        ("cs", "hudba chata Chata CHATA"),
        ("en", "resume résumé resumes"),
        ("en", "Åberg Aho Äijälä Ala"),
        ("fi", "Mueller Myller Müller Myllynen"),
        ("fi", "aa Aa AA ab"),
    ],
)
def test_accents_and_case_decide_last(language: str, listed: str) -> None:
    """Letters come first, then accents that make no letter of their own, then case: small before capital."""
    names = listed.split()
    assert _sorted(names, language) == names


def test_signs_stand_before_digits_before_letters() -> None:
    """As in CLDR's root: blank, punctuation, symbol, digit, Latin, other scripts."""
    listed = [" x", "-x", "€x", "1x", "2x", "xx", "яx", "中x"]
    assert _sorted(listed, None) == listed


def test_composed_and_decomposed_spellings_stand_together() -> None:
    """How a keyboard made the letter does not matter."""
    assert collation_key("A\u0308ija\u0308la\u0308", "fi")[:2] == collation_key("Äijälä", "fi")[:2]


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["fi", "cs", "sv", "en", None]))
def test_the_order_is_total(one: str, other: str, third: str, language: str | None) -> None:
    """Exactly one of less, equal, greater; equal only the same text; and it is transitive."""
    a, b, c = (collation_key(text, language) for text in (one, other, third))
    assert (a < b) + (a == b) + (a > b) == 1
    assert (a == b) == (one == other)
    if a <= b <= c:
        assert a <= c
