"""Coupons of a campaign in a store, for tests: customers 1 to 9, and a moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import insert, select

from domain.coupons import Coupon, CouponKind, Limits, NewCoupon
from store.campaigns import CampaignCount, campaign_counts
from store.coupons import issue
from store.database import Database
from store.tables import coupon_tries, customers

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)


def new(customer: int = 1, place: int = 1, **more: Any) -> NewCoupon:
    """Make a coupon that is good for a week."""
    values: dict[str, Any] = {
        "customer_id": customer,
        "campaign": "spring",
        "kind": CouponKind.SIX,
        "benefit": {"amount": 200},
        "valid_from": NOW,
        "valid_until": NOW + dt.timedelta(days=7),
        "batch": "2027-03",
        "place": place,
        "cost": 200,
        **more,
    }
    return NewCoupon(**values)


async def people(database: Database, count: int = 9) -> None:
    """Put customers in."""
    async with database.write() as tx:
        rows = [{"id": i, "chat_id": i, "reach": "reachable", "created_at": NOW} for i in range(1, count + 1)]
        await tx.execute(insert(customers), rows)


async def give(database: Database, *wanted: NewCoupon, now: dt.datetime = NOW) -> list[Coupon]:
    """Give coupons in a transaction of their own."""
    async with database.write() as tx:
        return await issue(tx, wanted, now)


async def count_of(database: Database, campaign: str = "spring") -> CampaignCount:
    """Return how a campaign stands."""
    async with database.read() as tx:
        return (await campaign_counts(tx, [campaign]))[0]


async def tries(database: Database) -> list[tuple[str, int | None, str]]:
    """Return outcome, member and store of every try that was kept, in order."""
    async with database.read() as tx:
        rows = await tx.execute(select(coupon_tries).order_by(coupon_tries.c.id))
        return [(row.outcome, row.staff_id, row.store) for row in rows]


CAPPED = Limits(budget=1000)
