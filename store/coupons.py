"""
Coupons, given once for what they are given for, and found again by whoever has one.

Whoever gives or redeems one holds the lock of its campaign until the transaction ends, so the counters are exact.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from domain.coupons import (
    PREFIX,
    Coupon,
    CouponState,
    Limits,
    NewCoupon,
    Refused,
    TryOutcome,
    new_code,
    read_code,
    signed_code,
)
from domain.links import read_start
from store.campaigns import CampaignCount, add_to_campaign, lock_campaigns
from store.coupons_key import coupons_key
from store.coupons_rows import coupon_of, row_of
from store.database import Tx
from store.ids import new_id
from store.tables import coupons

_CHUNK = 500
_MOST_TRIES = 20
Key = tuple[int, str, str, int]


async def issue(tx: Tx, new: Sequence[NewCoupon], now: dt.datetime) -> list[Coupon]:
    """
    Give coupons, and return them in the order of *new*.

    What was given before for the same customer, campaign, batch and place comes back as it is, also when called twice
    at once. Where the campaign has come to its budget, or the customer has as many as she may, none is given: it is
    left out of what is returned.
    """
    wanted = {_key(each): each for each in new}
    counts = await lock_campaigns(tx, {each.campaign for each in new}, now)
    known = await _known(tx, list(wanted))
    fresh = [each for key, each in wanted.items() if key not in known]
    allowed = await _within_limits(tx, fresh, counts, now)
    known |= await _insert(tx, allowed, now)
    given = Counter(each.campaign for each in allowed)
    for campaign, each in {each.campaign: each for each in fresh}.items():
        await add_to_campaign(tx, counts[campaign], each.limits, now, issued=given[campaign])
    return [known[key] for key in wanted if key in known]


async def room_for(tx: Tx, customer_id: int, campaign: str, limits: Limits, now: dt.datetime) -> int | None:
    """Return how many more coupons of a campaign a customer may have; None where its *limits* name no such number."""
    if limits.per_customer is None:
        return None
    who = (customer_id, campaign)
    return max(limits.per_customer - (await _had(tx, {who}, now))[who], 0)


async def coupons_of(tx: Tx, customer_id: int, now: dt.datetime) -> list[Coupon]:
    """Return the coupons that a customer can use now or later, those that expire first before the others."""
    query = (
        select(coupons)
        .where(
            coupons.c.customer_id == customer_id,
            coupons.c.state == CouponState.OPEN.value,
            coupons.c.valid_until > now,
        )
        .order_by(coupons.c.valid_until, coupons.c.batch, coupons.c.place, coupons.c.id)
    )
    return [coupon_of(row) for row in await tx.execute(query)]


async def own_coupons(tx: Tx, customer_id: int) -> list[Coupon]:
    """Return all that a customer was ever given, the oldest first."""
    query = select(coupons).where(coupons.c.customer_id == customer_id).order_by(coupons.c.id)
    return [coupon_of(row) for row in await tx.execute(query)]


async def find_coupon(tx: Tx, code_or_token: str) -> Coupon | Refused:
    """
    Return the coupon of a typed code, or of a token as the QR's link carries it.

    Refused as forged where a token has another signature, as unknown where it is no code or nobody was given it.
    """
    read = read_start(code_or_token)
    if read is not None and read[0] == PREFIX:
        code = signed_code(await coupons_key(tx), read[1])
        if code is None:
            return Refused(TryOutcome.FORGED)
    else:
        code = read_code(code_or_token)
    row = (await tx.execute(select(coupons).where(coupons.c.code == (code or "")))).one_or_none()
    return Refused(TryOutcome.UNKNOWN) if row is None else coupon_of(row)


async def coupon_by_id(tx: Tx, coupon_id: int, *, lock: bool = False) -> Coupon | None:
    """Return a coupon, or None; with *lock* nobody else changes it until *tx* ends."""
    query = select(coupons).where(coupons.c.id == coupon_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else coupon_of(row)


def _key(coupon: NewCoupon | Coupon) -> Key:
    return coupon.customer_id, coupon.campaign, coupon.batch, coupon.place


async def _known(tx: Tx, keys: Sequence[Key]) -> dict[Key, Coupon]:
    columns = tuple_(coupons.c.customer_id, coupons.c.campaign, coupons.c.batch, coupons.c.place)
    found: dict[Key, Coupon] = {}
    for start in range(0, len(keys), _CHUNK):
        rows = await tx.execute(select(coupons).where(columns.in_(keys[start : start + _CHUNK])))
        found |= {_key(coupon): coupon for coupon in map(coupon_of, rows)}
    return found


async def _within_limits(
    tx: Tx, fresh: Sequence[NewCoupon], counts: Mapping[str, CampaignCount], now: dt.datetime
) -> list[NewCoupon]:
    """Leave out what a campaign's budget, or what each customer may have, does not allow."""
    open_still = [
        each for each in fresh if not each.limits.reached(counts[each.campaign].spent, counts[each.campaign].redeemed)
    ]
    capped = {(each.customer_id, each.campaign) for each in open_still if each.limits.per_customer is not None}
    had = await _had(tx, capped, now)
    allowed = []
    for each in open_still:
        most, who = each.limits.per_customer, (each.customer_id, each.campaign)
        if most is None or had[who] < most:
            allowed.append(each)
            had[who] += 1
    return allowed


async def _had(tx: Tx, of: Iterable[tuple[int, str]], now: dt.datetime) -> Counter[tuple[int, str]]:
    """Count what customers have of campaigns: used, or still good."""
    counted: Counter[tuple[int, str]] = Counter()
    keys = sorted(of)
    good = (coupons.c.state == CouponState.OPEN.value) & (coupons.c.valid_until > now)
    who = tuple_(coupons.c.customer_id, coupons.c.campaign)
    for start in range(0, len(keys), _CHUNK):
        query = (
            select(coupons.c.customer_id, coupons.c.campaign, func.count().label("n"))
            .where(who.in_(keys[start : start + _CHUNK]), (coupons.c.state == CouponState.REDEEMED.value) | good)
            .group_by(coupons.c.customer_id, coupons.c.campaign)
        )
        counted.update({(row.customer_id, row.campaign): row.n for row in await tx.execute(query)})
    return counted


async def _insert(tx: Tx, new: Sequence[NewCoupon], now: dt.datetime) -> dict[Key, Coupon]:
    """Write them; where a code was given to somebody before, which is rare, another one is taken."""
    made: dict[Key, Coupon] = {}
    left = {_key(each): each for each in new}
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(coupons).on_conflict_do_nothing()
    for _ in range(_MOST_TRIES):
        if not left:
            return made
        await tx.execute(statement, [row_of(each, new_id(), new_code(), now) for each in left.values()])
        made |= await _known(tx, list(left))
        left = {key: each for key, each in left.items() if key not in made}
    raise RuntimeError("coupons: every code that was drawn is taken; the store holds more of them than codes can be")
