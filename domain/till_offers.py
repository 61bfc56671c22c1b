"""Offers after a purchase: what a customer's own last eight weeks say she will want again, and did not just take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from domain.offers import Basis, Offer, OfferKind, OfferRules
from domain.purchases import Purchase


@dataclass(slots=True)
class _Use:
    """What she did with one product in the window."""

    name: str = ""
    group: str = ""
    net: float = 0.0
    days: set[dt.date] = field(default_factory=set)


def till_offers(
    purchases: Sequence[Purchase],
    receipt: str,
    at: dt.datetime,
    zone: dt.tzinfo,
    rules: OfferRules,
    *,
    age: int | None = None,
    without: Collection[str] = (),
    only: Collection[str] = (),
) -> tuple[Offer, ...]:
    """
    Choose what is offered after the *receipt* of *at*, the best first; at most as many as the rules say.

    Counted are days of buying on the `till.days` days before its day in *zone*, net of returns: of day 56 yes, of day
    57 no, whatever the hour. What the receipt holds itself, and the products *without*, are not offered; with *only*
    nothing else is (offers from a receipt that she opened, which may be of what it holds). Products of equal frequency
    come by when they were bought last, then by code.
    """
    today = at.astimezone(zone).date()
    uses: dict[str, _Use] = {}
    just = set() if only else {line.product for line in purchases if line.receipt == receipt}
    for line in purchases:
        day = line.at.astimezone(zone).date()
        if line.receipt == receipt and not only:
            continue
        if line.at <= at and (today - day).days <= rules.till.days:
            use = uses.setdefault(line.product, _Use())
            use.name, use.group = line.product_name or use.name, line.group or use.group
            use.net += float(line.net_quantity)
            if not line.is_return:
                use.days.add(day)
    least = 1 if only else rules.till.least_times
    found = [
        (code, use)
        for code, use in uses.items()
        if len(use.days) >= least
        and use.net > 0
        and code not in just
        and code not in without
        and (not only or code in only)
        and rules.may_offer(code, use.group, age)
    ]
    found.sort(key=lambda pair: (-len(pair[1].days), -max(pair[1].days).toordinal(), pair[0]))
    return tuple(_offer(place, code, use, receipt) for place, (code, use) in enumerate(found[: rules.till.most], 1))


def _offer(place: int, code: str, use: _Use, receipt: str) -> Offer:
    evidence = {
        "basis": Basis.TILL.value,
        "times": len(use.days),
        "since": min(use.days).isoformat(),
        "last": max(use.days).isoformat(),
        "receipt": receipt,
    }
    return Offer(place, OfferKind.TILL, code, use.name, use.group, float(len(use.days)), evidence)
