"""The offers' file: the shipped one is sound, an own one wins as a whole, and every fault is told with its line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from bot.content_loyalty import read_loyalty
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


def test_coupons_of_one_day_that_begin_tomorrow_are_a_fault(tmp_path: Path) -> None:
    """They would never be good; where they begin at once, or there are no offers after a purchase, nothing is wrong."""
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "offers").mkdir()
    (tmp_path / "campaigns" / "till.toml").write_text(
        'kind = "till"\ntitle.en = "Next time"\nbenefit.percent = 5\nvalid.days = 1\n', encoding="utf-8"
    )
    told = {}
    for till in ("", "from_tomorrow = false", "most = 0"):
        (tmp_path / "offers" / "offers.toml").write_text(f"[till]\n{till}\n", encoding="utf-8")
        faults = FaultList()
        read_loyalty(tmp_path, ("en",), faults)
        told[till] = [str(each) for each in faults.faults]
    (fault,) = told.pop("")
    assert fault.startswith(
        "campaigns/till.toml:4: valid.days: 1 is the day of the purchase, and offers/offers.toml has"
    )
    assert fault.endswith("they are never good; write 2 or more, or from_tomorrow = false in offers/offers.toml")
    assert set(map(tuple, told.values())) == {()}
