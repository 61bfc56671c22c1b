"""What a rehearsed year's coupons would cost: told from those that were redeemed so far, or not at all."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import update

from bot.rehearsal_coupons import CouponCost, coupon_costs, expected_cost
from domain.campaigns import Campaign
from domain.coupons import CouponKind, Limits
from store.campaigns import CampaignCount
from store.coupon_costs import CouponCount
from store.database import Database
from store.tables import coupons
from tests.store.coupon_scene import NOW, give, new, people

WEEK = dt.timedelta(days=7)
SO_FAR = CampaignCount("spring", NOW, spent=600, redeemed=4, issued=20)


def counted(**values: int) -> CouponCount:
    """Fifty coupons of about 2.00 are given; of twenty earlier ones four were redeemed, for 1.50 each."""
    given = {"given": 50, "estimate": 10_000, "ended": 20, "redeemed": 4, "spent": 600}
    return CouponCount("spring", **{**given, **values})


@pytest.mark.parametrize(
    ("count", "limits", "cost", "low", "high"),
    [
        (counted(), Limits(), 1500, 605, 3120),
        (counted(), Limits(budget=2000), 1400, 605, 1400),
        (counted(), Limits(budget=2000, honour=True), 1500, 605, 3120),
        (counted(), Limits(redemptions=9), 750, 605, 750),
        (counted(), Limits(budget=500), 0, 0, 0),
        (counted(redeemed=0, spent=0), Limits(), 0, 0, 1611),
        (counted(ended=0, redeemed=0, spent=0), Limits(), None, None, 10_000),
        (counted(ended=0, redeemed=0, spent=0), Limits(budget=2000), None, None, 1400),
        (counted(estimate=0, redeemed=0, spent=0), Limits(), None, None, None),
        (counted(estimate=0, redeemed=0, spent=0), Limits(budget=2000), None, None, 1400),
    ],
)
def test_cost_is_told_as_far_as_it_is_known(
    count: CouponCount, limits: Limits, cost: int | None, low: int | None, high: int | None
) -> None:
    """The share and the mean so far, the estimate of the file where nobody redeemed any, and never over the limits."""
    found = expected_cost(count, SO_FAR, limits)
    assert (found.cost, found.low, found.high) == (cost, low, high)
    assert found.share == (None if not count.ended else count.redeemed / count.ended)


async def test_only_coupons_whose_time_was_over_say_how_many_are_redeemed(database: Database) -> None:
    """Those that are good still, used or not, and revoked ones do not; those of before the year are not given in it."""
    await people(database)
    for batch, at in (("old", NOW), ("last", NOW + WEEK), ("year", NOW + 2 * WEEK), ("over", NOW + 9 * WEEK)):
        good: dict[str, Any] = {"batch": batch, "valid_from": at, "valid_until": at + WEEK}
        wanted = [new(each, **good) for each in range(1, 6)]
        await give(database, *wanted, new(6, campaign=f"{batch}-only", cost=0, **good), now=at)
    begins = NOW + WEEK + dt.timedelta(days=1)
    async with database.write() as tx:
        used = update(coupons).where(coupons.c.customer_id == 1, coupons.c.batch.in_(["old", "last"]))
        await tx.execute(used.values(state="redeemed", redeemed_cost=150))
        revoked = update(coupons).where(coupons.c.customer_id == 2, coupons.c.batch.in_(["old", "year"]))
        await tx.execute(revoked.values(state="revoked"))
    campaigns = [Campaign("spring", CouponKind.SIX, {"amount": 200}, limits=Limits(budget=160))]
    async with database.read() as tx:
        found = await coupon_costs(tx, campaigns, begins, NOW + 2 * WEEK, NOW + 5 * WEEK)
    assert found == [
        CouponCost("spring", 4, 1 / 4, 150, 27, 160),
        CouponCost("year-only", 1, None, None, None, None),
    ]
