"""The offers' file: `offers/offers.toml`, shipped or the company's own, which takes its place as a whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

import templates
from domain.campaigns import LONGEST_NAME, Campaign, campaign_named
from domain.documents import Table, read_document
from domain.documents_values import FLAG, TIME, choice, decimal, integer, list_of, matching, text
from domain.faults import FaultList, did_you_mean
from domain.money import minor_digits
from domain.offers import Discount, Every, OfferRules, TillRules

SHIPPED = Path(templates.__file__).parent / "offers"
FILE = "offers.toml"
_NAMES = list_of(text(most=64), distinct=True)
_CAMPAIGN = matching(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}", "the name of a campaign's file", '"six"')
_MOST_DAYS = 365
_DAYS = re.compile(r"^[^#]*\bdays\s*=")


def read_offers(
    content: Path | None, currency: str, campaigns: Collection[str] | None, faults: FaultList
) -> OfferRules:
    """
    Read the company's file, or the shipped one where it has none; with a fault the defaults hold.

    *campaigns* are the names that there are; None: they are not asked for.
    """
    own = content / "offers" / FILE if content is not None else None
    path = own if own is not None and own.is_file() else SHIPPED / FILE
    before = len(faults)
    top = read_document(path.read_bytes(), f"{path.parent.name}/{path.name}", faults)
    if top is None:
        return OfferRules()
    rules = _read(top, minor_digits(currency))
    for table, given in ((top, rules.campaign), (top.section("till"), rules.till.campaign)):
        if "campaign" in table and campaigns is not None and given not in campaigns:
            remedy = did_you_mean(given, campaigns, otherwise=f"write campaigns/{given}.toml")
            table.fault("campaign", f'there is no campaign "{given}"', remedy)
    top.finish()
    return rules if len(faults) == before else OfferRules()


def judge_till(rules: OfferRules, campaigns: Iterable[Campaign], content: Path | None, faults: FaultList) -> None:
    """Note where coupons after a purchase could never be used: good from tomorrow on, by a campaign of one day."""
    campaign = campaign_named(campaigns, rules.till.campaign)
    if campaign is None or campaign.days > 1 or not rules.till.most or not rules.till.from_tomorrow:
        return
    name = f"campaigns/{campaign.name}.toml"
    own = content / name if content is not None else None
    path = own if own is not None and own.is_file() else SHIPPED.parent / name
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    line = next((number for number, text in enumerate(lines, start=1) if _DAYS.search(text)), None)
    problem = (
        f"{campaign.days} is the day of the purchase, and offers/{FILE} has till.from_tomorrow: they are never good"
    )
    faults.add(name, line, "valid.days", problem, f"write 2 or more, or from_tomorrow = false in offers/{FILE}")


def _read(top: Table, digits: int) -> OfferRules:
    usual, nothing = OfferRules(), tuple[str, ...]()
    surplus, never = top.get("surplus", _NAMES, nothing), top.get("never", _NAMES, nothing)
    return OfferRules(
        every=top.get("every", choice(Every), usual.every),
        send=top.get("send", FLAG, usual.send),
        send_at=top.get("send_at", TIME, usual.send_at),
        campaign=top.get("campaign", _CAMPAIGN, usual.campaign),
        often=_discount(top.section("often"), digits),
        new=_discount(top.section("new"), digits),
        surplus=frozenset(surplus),
        never=frozenset(never),
        least_age=top.section("least_age").mapping(integer(1, 99)),
        till=_till(top.section("till"), digits),
    )


def _till(table: Table, digits: int) -> TillRules:
    usual = TillRules()
    return TillRules(
        most=table.get("most", integer(0, 5), usual.most),
        per_week=table.get("per_week", integer(1, 50), usual.per_week),
        days=table.get("days", integer(1, _MOST_DAYS), usual.days),
        least_times=table.get("least_times", integer(1, 100), usual.least_times),
        from_tomorrow=table.get("from_tomorrow", FLAG, usual.from_tomorrow),
        campaign=table.get("campaign", _CAMPAIGN, usual.campaign),
        discount=_discount(table, digits),
    )


def _discount(table: Table, digits: int) -> Discount | None:
    percent = table.get("percent", decimal(1, 100), None)
    amount = table.get("amount", decimal(0, 1_000_000), None)
    if percent is not None and amount is not None:
        table.fault("amount", "does not go with percent", "write one of them")
    if amount is not None:
        return Discount(amount=int(amount * 10**digits))
    return None if percent is None else Discount(percent)
