"""Campaign files are read with every fault at once, and say when a coupon of theirs is good."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path

import pytest

from bot.campaign_files import load_campaigns
from domain.campaigns import Campaign, campaign_named, picking_at
from domain.coupons import CouponKind, Limits
from domain.faults import FaultList

HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")
LANGUAGES = ("en", "fi")
FULL = """
kind = "pick"
title = { en = "Pick three", fi = "Valitse kolme" }
benefit.percent = 12.5
products = ["coffee"]
groups = ["drinks", "bread"]
valid = { days = 2, from = 2027-03-01, until = 2027-03-31 }
stores = ["Main"]
budget = { amount = 100.50, redemptions = 40, per_customer = 3 }
cost = 0.75
at_cap = "honour"
terms.en = "Once."
pick = { offered = 10, choose = 3 }
"""
FAULTY = """
kind = "picking"
title.fi = "Viisi"
title.english = "Five"
benefit = { percent = 120, amount = 3 }
valid = { from = 2027-04-01, until = 2027-03-01 }
budget.amount = "lots"
pick = { offered = 3, choose = 5 }
at_cap = "perhaps"
stroes = ["Main"]
"""


def _load(folder: Path, currency: str = "EUR", **files: str) -> tuple[tuple[Campaign, ...], FaultList]:
    (folder / "campaigns").mkdir()
    for name, text in files.items():
        (folder / "campaigns" / f"{name}.toml").write_text(text, encoding="utf-8")
    faults = FaultList()
    return load_campaigns(folder, LANGUAGES, currency, faults), faults


def test_every_key_is_read_and_amounts_are_minor_units(tmp_path: Path) -> None:
    """What a file leaves out has its default; an own file wins over a shipped one, and may take it away."""
    found, faults = _load(tmp_path, three=FULL, six="off = true")
    assert not faults.faults
    assert [each.name for each in found] == ["pick-five", "three", "till", "welcome"]
    three = campaign_named(found, "three")
    assert three == Campaign(
        name="three",
        kind=CouponKind.PICK,
        benefit={"percent": 12.5},
        title={"en": "Pick three", "fi": "Valitse kolme"},
        terms={"en": "Once."},
        products=("coffee",),
        groups=("drinks", "bread"),
        days=2,
        starts=dt.date(2027, 3, 1),
        until=dt.date(2027, 3, 31),
        stores=("Main",),
        cost=75,
        limits=Limits(budget=10050, redemptions=40, per_customer=3, honour=True),
        offered=10,
        choose=3,
    )
    march, april = dt.date(2027, 3, 31), dt.date(2027, 4, 1)
    assert picking_at(found, "main", march) is three
    assert [each.name for each in (picking_at(found, "east", march), picking_at(found, "main", april)) if each] == [
        "pick-five",
        "pick-five",
    ]


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    """One reading is enough to mend a file; meanwhile there are no campaigns rather than half of them."""
    found, faults = _load(tmp_path, spring=FAULTY)
    assert found == ()
    told = [str(fault) for fault in faults.faults]
    for line, word in enumerate(FAULTY.splitlines(), start=1):
        if word:
            assert any(each.startswith(f"campaigns/spring.toml:{line}:") for each in told), (word, told)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('kind = "six"\nbenefit.amount = 0.001\n', "x.toml:2: benefit.amount: 0.001 is less than the smallest coin"),
        (
            'kind = "pick"\nbenefit.percent = 10\nbudget.per_customer = 3\n',
            "x.toml:3: budget.per_customer: 5 are chosen, and a customer has 3 at most",
        ),
    ],
)
def test_campaign_that_could_not_give_what_it_promises_is_a_fault(tmp_path: Path, body: str, problem: str) -> None:
    """Nothing off, or three coupons for five products that she has chosen."""
    found, faults = _load(tmp_path, x=f'{body}title.en = "x"\n')
    assert found == ()
    (told,) = map(str, faults.faults)
    assert problem in told


def test_yen_have_no_minor_units(tmp_path: Path) -> None:
    """Amounts are the company's own."""
    text = 'kind = "newsletter"\ntitle.en = "x"\nbenefit.amount = 500\n'
    found, _ = _load(tmp_path, "JPY", yen=text)
    campaign = campaign_named(found, "yen")
    assert campaign is not None
    assert (campaign.benefit, campaign.cost) == ({"amount": 500}, 500)


def test_coupon_is_good_until_the_end_of_its_last_day_in_the_companys_zone() -> None:
    """One day means the day itself, also the one on which the clocks change."""
    campaign = Campaign("pick", CouponKind.PICK, {"percent": 10}, days=1, until=dt.date(2027, 3, 28))
    now = dt.datetime(2027, 3, 27, 23, 30, tzinfo=dt.UTC)  # the 28th in Helsinki, which has 23 hours
    begins, ends = campaign.validity(now, HELSINKI)
    assert begins == now
    assert ends == dt.datetime(2027, 3, 28, 21, tzinfo=dt.UTC)
    assert campaign.runs_on(dt.date(2027, 3, 28))
    assert not campaign.runs_on(dt.date(2027, 3, 29))
    later = Campaign("later", CouponKind.SIX, {"percent": 10}, days=30, starts=dt.date(2027, 4, 1))
    assert later.validity(now, HELSINKI) == (
        dt.datetime(2027, 3, 31, 21, tzinfo=dt.UTC),
        dt.datetime(2027, 4, 30, 21, tzinfo=dt.UTC),
    )
