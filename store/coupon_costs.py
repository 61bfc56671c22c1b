"""How many coupons each campaign gave in a stretch of time, and how many of earlier ones were redeemed at what cost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from domain.coupons import CouponState
from store.database import Tx
from store.tables import coupons


@dataclass(frozen=True, slots=True)
class CouponCount:
    """
    A campaign's coupons; amounts in minor units of the company's currency.

    *given* in the stretch, with the *estimate* of what all of them would cost. Of those whose time was over before,
    *ended* in number, *redeemed* were used, for *spent* in all.
    """

    campaign: str
    given: int
    estimate: int
    ended: int
    redeemed: int
    spent: int


async def coupon_counts(tx: Tx, before: dt.datetime, since: dt.datetime, until: dt.datetime) -> list[CouponCount]:
    """
    Return the campaigns that gave coupons from *since* up to *until*, by name.

    Earlier ones are those whose time was over at *before*: whoever holds one that is still good may yet use it, so that
    neither she nor those who have used theirs already say anything of the share. Revoked ones do not count.
    """
    column = coupons.c
    given = and_(column.issued_at >= since, column.issued_at < until)
    ended = column.valid_until <= before
    used = and_(ended, column.state == CouponState.REDEEMED.value)
    wanted = (
        select(
            column.campaign,
            func.count().filter(given).label("given"),
            func.coalesce(func.sum(column.cost).filter(given), 0).label("estimate"),
            func.count().filter(ended).label("ended"),
            func.count().filter(used).label("redeemed"),
            func.coalesce(func.sum(column.redeemed_cost).filter(used), 0).label("spent"),
        )
        .where(or_(given, ended), column.state != CouponState.REVOKED.value)
        .group_by(column.campaign)
        .order_by(column.campaign)
    )
    counts = [CouponCount(row.campaign, *map(int, row[1:])) for row in (await tx.execute(wanted)).all()]
    return [each for each in counts if each.given]
