"""The offers' file: the shipped one is sound, an own one wins as a whole, and every fault is told with its line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from bot.offer_files import read_offers
from domain.faults import FaultList
from domain.offers import Discount, Every, OfferKind, OfferRules


def read(folder: Path, text: str) -> tuple[OfferRules, list[str]]:
    """Read an own file with that text."""
    (folder / "offers").mkdir()
    (folder / "offers" / "offers.toml").write_text(text, encoding="utf-8")
    faults = FaultList()
    rules = read_offers(folder, "EUR", None, faults)
    return rules, [str(each) for each in faults.faults]


def test_the_shipped_file_says_what_the_defaults_are() -> None:
    """Who reads it knows what holds without it."""
    faults = FaultList()
    assert read_offers(None, "EUR", None, faults) == OfferRules()
    assert not len(faults)


def test_an_own_file_wins_as_a_whole(tmp_path: Path) -> None:
    """What it does not say has its default; amounts are in major units."""
    text = 'every = "week"\nnever = ["fuel"]\nleast_age = { wine = 18 }\n[new]\namount = 2.50\n[till]\npercent = 5\n'
    rules, faults = read(tmp_path, text)
    assert faults == []
    assert (rules.every, rules.never, rules.least_age) == (Every.WEEK, frozenset({"fuel"}), {"wine": 18})
    assert rules.discount(OfferKind.NEW) == Discount(amount=250)
    assert rules.discount(OfferKind.TILL) == Discount(Decimal(5))
    assert rules.discount(OfferKind.OFTEN) is None
    assert rules.batch(dt.date(2027, 1, 1)) == "2026-W53"
    assert rules.begins(dt.date(2027, 1, 1)) == dt.date(2026, 12, 28)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Each with its line and what to do; then the defaults hold."""
    text = 'evry = "month"\nsurplus = ["a", "a"]\n[often]\npercent = 10\namount = 1\n[till]\nmost = 9\n'
    rules, faults = read(tmp_path, text)
    assert rules == OfferRules()
    assert len(faults) == 4
    assert any("evry" in each and "every" in each for each in faults)
