"""What the coupons of a rehearsed year would cost, though nobody redeems any in it: as those before were redeemed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.campaigns import Campaign, limits_of
from domain.coupons import Limits
from insight.intervals import wilson
from store.campaigns import CampaignCount, campaign_counts
from store.coupon_costs import CouponCount, coupon_counts
from store.database import Tx


@dataclass(frozen=True, slots=True)
class CouponCost:
    """
    One campaign's coupons of the year; amounts in minor units of the company's currency.

    *share* of its earlier coupons were redeemed; None where no coupon's time is over yet. *cost* is what those of the
    year then cost, from *low* to *high* (Wilson's interval of 95 % of the share). Without a share, or where nothing
    says what one costs, the cost is not known, and *high* is what they cost at most (None: no bound is known). No
    amount exceeds what is left of the budget.
    """

    campaign: str
    given: int
    share: float | None
    cost: int | None
    low: int | None
    high: int | None

    def document(self) -> dict[str, Any]:
        """Give it for `--json`."""
        return {
            "campaign": self.campaign,
            "given": self.given,
            "redeemed_share": self.share,
            "cost_minor": self.cost,
            "low_minor": self.low,
            "high_minor": self.high,
        }


async def coupon_costs(
    tx: Tx, campaigns: Sequence[Campaign], begins: dt.datetime, since: dt.datetime, until: dt.datetime
) -> list[CouponCost]:
    """
    Read from a rehearsal's store what its coupons from *since* up to *until* would cost, by campaign.

    From *begins* on it was lived through, and nobody redeemed anything.
    """
    counts = await coupon_counts(tx, begins, since, until)
    standing = {each.name: each for each in await campaign_counts(tx, [each.campaign for each in counts])}
    limits = limits_of(campaigns)
    return [expected_cost(each, standing.get(each.campaign), limits.get(each.campaign, Limits())) for each in counts]


def expected_cost(count: CouponCount, standing: CampaignCount | None, limits: Limits) -> CouponCost:
    """Reckon with the share and the mean cost of the coupons so far, and with what the limits leave."""
    money_left = number_left = None
    if not limits.honour:
        spent, redeemed = (standing.spent, standing.redeemed) if standing is not None else (0, 0)
        money_left = None if limits.budget is None else max(0, limits.budget - spent)
        number_left = None if limits.redemptions is None else max(0, limits.redemptions - redeemed)
    estimate = count.estimate / count.given if count.estimate else None
    mean = count.spent / count.redeemed if count.redeemed else estimate

    if mean is None:
        share = count.redeemed / count.ended if count.ended else None
        return CouponCost(count.campaign, count.given, share, None, None, money_left)

    def cost(share: float) -> int:
        number = count.given * share if number_left is None else min(count.given * share, number_left)
        return round(number * mean) if money_left is None else min(round(number * mean), money_left)

    if not count.ended:
        return CouponCost(count.campaign, count.given, None, None, None, cost(1))
    share, bounds = count.redeemed / count.ended, wilson(count.redeemed, count.ended)
    return CouponCost(count.campaign, count.given, share, cost(share), cost(bounds.low), cost(bounds.high))
