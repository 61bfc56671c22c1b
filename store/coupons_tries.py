"""The tries to redeem a coupon, as they were kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from domain.coupons import TryOutcome
from store.database import Tx
from store.tables import coupon_tries


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody wanted to redeem a coupon: when, who, where, and what it came to."""

    at: dt.datetime
    staff_id: int | None
    store: str
    outcome: TryOutcome


async def tries_of(tx: Tx, coupon_id: int) -> list[Try]:
    """Return the tries with one coupon, the oldest first."""
    query = select(coupon_tries).where(coupon_tries.c.coupon_id == coupon_id).order_by(coupon_tries.c.id)
    return [Try(row.at, row.staff_id, row.store, TryOutcome(row.outcome)) for row in await tx.execute(query)]
