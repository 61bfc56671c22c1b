"""Campaigns: what a coupon of one is good for, when and where, and what all of them together may cost."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.coupons import CouponKind, Limits, NewCoupon

LONGEST_NAME = 64
OFFERED, CHOSEN = 20, 5
"""So many products are on a list of which so many may be picked, where the file says nothing else."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """
    One campaign file.

    *benefit* is as a coupon carries it. Its coupons are good for *days* days (1: the day itself), within *starts* and
    *until*, both inclusive, in *stores* or everywhere, for *products* and *groups* or for what each coupon names.
    *cost* is the estimate for one coupon in minor units. With kind PICK customers choose *choose* of *offered*.
    """

    name: str
    kind: CouponKind
    benefit: Mapping[str, Any]
    title: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    products: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    days: int = 30
    starts: dt.date | None = None
    until: dt.date | None = None
    stores: tuple[str, ...] = ()
    cost: int = 0
    limits: Limits = field(default_factory=Limits)
    offered: int = OFFERED
    choose: int = CHOSEN

    def runs_on(self, day: dt.date) -> bool:
        """Say whether coupons of it may be given on *day* of the company's calendar."""
        return self.until is None or day <= self.until

    def is_for(self, store: str) -> bool:
        """Say whether its coupons are good in a store."""
        return not self.stores or store.casefold() in {each.casefold() for each in self.stores}

    def validity(self, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
        """Return from when, and until before when, a coupon that is given at *now* is good."""
        today = now.astimezone(zone).date()
        first = today if self.starts is None else max(today, self.starts)
        last = first + dt.timedelta(days=self.days - 1)
        if self.until is not None:
            last = min(last, self.until)
        begins = now if first == today else _midnight(first, zone)
        return begins, _midnight(last + dt.timedelta(days=1), zone)

    def coupon(
        self,
        customer_id: int,
        now: dt.datetime,
        zone: zoneinfo.ZoneInfo,
        *,
        batch: str,
        place: int = 1,
        product: str = "",
        product_name: str = "",
        group_name: str = "",
        store: str = "",
        evidence: Any = None,
    ) -> NewCoupon:
        """Return a coupon of this campaign for a customer, to be given by `store.coupons.issue`."""
        begins, ends = self.validity(now, zone)
        return NewCoupon(
            customer_id=customer_id,
            campaign=self.name,
            kind=self.kind,
            benefit=self.benefit,
            valid_from=begins,
            valid_until=ends,
            batch=batch,
            place=place,
            product=product,
            product_name=product_name,
            group_name=group_name,
            cost=self.cost,
            store=store,
            evidence=evidence,
            limits=self.limits,
        )


def campaign_named(campaigns: Iterable[Campaign], name: str) -> Campaign | None:
    """Return the campaign of that name, or None."""
    return next((each for each in campaigns if each.name == name), None)


def picking_at(campaigns: Iterable[Campaign], store: str, day: dt.date) -> Campaign | None:
    """Return the campaign by which customers pick in a store: the one for it before the one for every store."""
    running = [each for each in campaigns if each.kind is CouponKind.PICK and each.is_for(store) and each.runs_on(day)]
    return next(iter(sorted(running, key=lambda each: (not each.stores, each.name))), None)


def limits_of(campaigns: Iterable[Campaign]) -> dict[str, Limits]:
    """Return each campaign's limits by its name."""
    return {each.name: each.limits for each in campaigns}


def stores_of(campaigns: Iterable[Campaign]) -> dict[str, tuple[str, ...]]:
    """Return the stores in which each campaign is good, by its name."""
    return {each.name: each.stores for each in campaigns}


def _midnight(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)
