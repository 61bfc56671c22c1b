"""
Redeeming: once, whoever tries at the same moment, within the campaign's limits; every try is kept with its outcome.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, update

from domain.coupons import Coupon, CouponState, Limits, Redeemed, Refused, TryOutcome
from store.campaigns import CampaignCount, add_to_campaign, campaign_counts, lock_campaigns
from store.coupons import coupon_by_id, find_coupon
from store.database import Tx
from store.ids import new_id
from store.tables import coupon_tries, coupons, customers

REPEATED = dt.timedelta(minutes=2)
"""For how long the same hand's second tap is taken for the first."""

TAKEN_BACK_WITHIN = dt.timedelta(days=1)

_NO_LIMITS = Limits()


async def redeem(
    tx: Tx,
    code_or_token: str,
    staff_id: int | None,
    store: str,
    now: dt.datetime,
    *,
    limits: Mapping[str, Limits] | None = None,
    stores: Mapping[str, Sequence[str]] | None = None,
    purchase: int | None = None,
) -> Redeemed | Refused:
    """
    Use a coupon up, or say why not; either way the try is kept, and of any number at once one succeeds.

    *limits* and *stores* are those of the campaigns by name; with the amount of the *purchase* in minor units the cost
    of a percentage is exact, else the estimate counts. A campaign's budget is never exceeded unless it honours what it
    has given. The same hand's second tap within two minutes finds it redeemed and changes nothing.
    """
    found = await find_coupon(tx, code_or_token)
    if isinstance(found, Refused):
        await keep_try(tx, None, staff_id, store, found.reason, now)
        return found
    counts = await lock_campaigns(tx, [found.campaign], now)
    coupon = await coupon_by_id(tx, found.id, lock=True)  # as it is now that nobody else can change it
    if coupon is None:  # she was forgotten a moment ago
        await keep_try(tx, None, staff_id, store, TryOutcome.UNKNOWN, now)
        return Refused(TryOutcome.UNKNOWN)
    caps = (limits or {}).get(coupon.campaign, _NO_LIMITS)
    if _is_repeated(coupon, staff_id, now):
        return Redeemed(coupon, again=True)
    count, cost = counts[coupon.campaign], coupon.cost_of(purchase)
    only_in = (coupon.store,) if coupon.store else tuple((stores or {}).get(coupon.campaign, ()))
    reason = _reason(coupon, store, only_in, now) or await _reason_of_limits(tx, coupon, caps, count, cost)
    if reason is not None:
        await keep_try(tx, coupon.id, staff_id, store, reason, now)
        return Refused(reason, coupon)
    values = {"redeemed_at": now, "redeemed_by": staff_id, "redeemed_store": store, "redeemed_cost": cost}
    used = {"state": CouponState.REDEEMED.value, **values}
    await tx.execute(update(coupons).where(coupons.c.id == coupon.id).values(used))
    await add_to_campaign(tx, count, caps, now, redeemed=1, spent=cost)
    await keep_try(tx, coupon.id, staff_id, store, TryOutcome.REDEEMED, now)
    return Redeemed(await coupon_by_id(tx, coupon.id) or coupon)


async def reason_against(
    tx: Tx, coupon: Coupon, store: str, limits: Limits, only_in: Sequence[str], now: dt.datetime
) -> TryOutcome | None:
    """Say why a coupon would not be taken at *store* now, or None; nothing is kept and nobody waits."""
    stores = (coupon.store,) if coupon.store else tuple(only_in)
    reason = _reason(coupon, store, stores, now)
    if reason is not None:
        return reason
    found = await campaign_counts(tx, [coupon.campaign])
    count = found[0] if found else CampaignCount(coupon.campaign, now)
    return await _reason_of_limits(tx, coupon, limits, count, coupon.cost)


async def take_back(
    tx: Tx, coupon_id: int, staff_id: int | None, now: dt.datetime, *, limits: Limits = _NO_LIMITS
) -> Coupon | None:
    """
    Open again a coupon that was redeemed by mistake at most a day ago; the campaign gets back what it cost.

    None when it cannot be: it is not redeemed, or was longer ago. Whoever calls writes the reason into the audit log.
    """
    found = await coupon_by_id(tx, coupon_id)
    if found is None:
        return None
    counts = await lock_campaigns(tx, [found.campaign], now)
    coupon = await coupon_by_id(tx, coupon_id, lock=True)
    if coupon is None or coupon.state is not CouponState.REDEEMED or coupon.redeemed_at is None:
        return None
    if now - coupon.redeemed_at > TAKEN_BACK_WITHIN:
        return None
    emptied = {"redeemed_at": None, "redeemed_by": None, "redeemed_store": "", "redeemed_cost": None}
    values = {"state": CouponState.OPEN.value, **emptied}
    await tx.execute(update(coupons).where(coupons.c.id == coupon_id).values(values))
    cost = coupon.redeemed_cost or 0
    await add_to_campaign(tx, counts[coupon.campaign], limits, now, redeemed=-1, spent=-cost)
    await keep_try(tx, coupon_id, staff_id, coupon.redeemed_store, TryOutcome.TAKEN_BACK, now)
    return await coupon_by_id(tx, coupon_id)


async def revoke(tx: Tx, coupon_id: int) -> bool:
    """Make an open coupon worthless; False where it is used or revoked by now. Whoever calls writes the audit log."""
    is_open = (coupons.c.id == coupon_id) & (coupons.c.state == CouponState.OPEN.value)
    changed = await tx.execute(update(coupons).where(is_open).values(state=CouponState.REVOKED.value))
    return bool(changed.rowcount)


async def keep_try(
    tx: Tx, coupon_id: int | None, staff_id: int | None, store: str, outcome: TryOutcome, now: dt.datetime
) -> None:
    """Keep that somebody tried, and what it came to; never what was typed."""
    values = {"at": now, "staff_id": staff_id, "store": store, "outcome": outcome.value}
    await tx.execute(coupon_tries.insert().values(id=new_id(), coupon_id=coupon_id, **values))


def _is_repeated(coupon: Coupon, staff_id: int | None, now: dt.datetime) -> bool:
    if coupon.state is not CouponState.REDEEMED or staff_id is None or coupon.redeemed_by != staff_id:
        return False
    return coupon.redeemed_at is not None and now - coupon.redeemed_at <= REPEATED


def _reason(coupon: Coupon, store: str, only_in: Sequence[str], now: dt.datetime) -> TryOutcome | None:
    if coupon.state is CouponState.REDEEMED:
        return TryOutcome.TWICE
    if coupon.state is CouponState.REVOKED:
        return TryOutcome.REVOKED
    if now < coupon.valid_from:
        return TryOutcome.NOT_YET
    if now >= coupon.valid_until:
        return TryOutcome.EXPIRED
    if only_in and store.casefold() not in {each.casefold() for each in only_in}:
        return TryOutcome.WRONG_STORE
    return None


async def _reason_of_limits(
    tx: Tx, coupon: Coupon, limits: Limits, count: CampaignCount, cost: int
) -> TryOutcome | None:
    who = select(customers.c.not_served_at).where(customers.c.id == coupon.customer_id)
    if await tx.scalar(who) is not None:
        return TryOutcome.NOT_SERVED
    if not limits.allows(count.spent, count.redeemed, cost):
        return TryOutcome.OVER_BUDGET
    if limits.per_customer is not None:
        used = select(func.count()).where(
            coupons.c.customer_id == coupon.customer_id,
            coupons.c.campaign == coupon.campaign,
            coupons.c.state == CouponState.REDEEMED.value,
        )
        if (await tx.scalar(used) or 0) >= limits.per_customer:
            return TryOutcome.PER_CUSTOMER
    return None
