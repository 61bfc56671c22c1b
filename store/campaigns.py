"""What each campaign has cost and given so far: counters that change together with the coupons, under one lock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.coupons import CouponState, Limits
from store.database import Tx
from store.tables import campaigns, coupon_tries, coupons

STOPPED = "budget"


@dataclass(frozen=True, slots=True)
class CampaignCount:
    """How a campaign stands: *spent* in minor units of the company's currency."""

    name: str
    since: dt.datetime
    spent: int = 0
    redeemed: int = 0
    issued: int = 0
    stopped_at: dt.datetime | None = None


async def lock_campaigns(tx: Tx, names: Iterable[str], now: dt.datetime) -> dict[str, CampaignCount]:
    """
    Return the counters of these campaigns, which nobody else changes until *tx* ends.

    In the order of their names, so that two who lock several wait for each other and not for ever.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    made = dialect.insert(campaigns).values([{"name": name, "since": now} for name in wanted])
    await tx.execute(made.on_conflict_do_nothing(index_elements=["name"]))
    rows = await tx.execute(
        select(campaigns).where(campaigns.c.name.in_(wanted)).order_by(campaigns.c.name).with_for_update()
    )
    return {row.name: _count(row) for row in rows}


async def add_to_campaign(
    tx: Tx,
    count: CampaignCount,
    limits: Limits,
    now: dt.datetime,
    *,
    issued: int = 0,
    redeemed: int = 0,
    spent: int = 0,
) -> CampaignCount:
    """
    Add to the counters of a locked campaign; note that it has stopped where it has come to its limits.

    A campaign whose limits were raised since goes on.
    """
    spent, redeemed, issued = count.spent + spent, count.redeemed + redeemed, count.issued + issued
    reached = limits.reached(spent, redeemed)
    stopped_at = (count.stopped_at or now) if reached else None
    changed = CampaignCount(count.name, count.since, spent, redeemed, issued, stopped_at)
    if changed != count:
        values = {"spent": spent, "redeemed": redeemed, "issued": issued, "stopped_at": stopped_at}
        why = STOPPED if reached else ""
        await tx.execute(update(campaigns).where(campaigns.c.name == count.name).values(**values, stopped_why=why))
    return changed


async def renew_stops(tx: Tx, limits: Mapping[str, Limits], now: dt.datetime) -> None:
    """Let campaigns go on whose limits were raised, and stop those whose limits are below what they have cost."""
    begun = [each.name for each in await campaign_counts(tx, list(limits))]
    for count in (await lock_campaigns(tx, begun, now)).values():
        await add_to_campaign(tx, count, limits[count.name], now)


async def campaign_counts(tx: Tx, names: Sequence[str] | None = None) -> list[CampaignCount]:
    """Return how campaigns stand that have given a coupon, by name; all of them, or those of *names*."""
    query = select(campaigns).order_by(campaigns.c.name)
    if names is not None:
        query = query.where(campaigns.c.name.in_(names))
    return [_count(row) for row in await tx.execute(query)]


@dataclass(frozen=True, slots=True)
class CampaignStates:
    """How many of a campaign's coupons can still be used, have expired unused, and were revoked."""

    open: int = 0
    expired: int = 0
    revoked: int = 0


async def campaign_states(tx: Tx, now: dt.datetime) -> Mapping[str, CampaignStates]:
    """Count the unused coupons of every campaign."""
    past = coupons.c.valid_until <= now
    query = (
        select(coupons.c.campaign, coupons.c.state, past.label("past"), func.count().label("n"))
        .where(coupons.c.state != CouponState.REDEEMED.value)
        .group_by(coupons.c.campaign, coupons.c.state, past)
    )
    found: dict[str, dict[str, int]] = {}
    for row in await tx.execute(query):
        kind = "revoked" if row.state == CouponState.REVOKED.value else "expired" if row.past else "open"
        counted = found.setdefault(row.campaign, {})
        counted[kind] = counted.get(kind, 0) + row.n
    return {name: CampaignStates(**counted) for name, counted in found.items()}


async def campaign_tries(tx: Tx) -> Mapping[str, Mapping[str, int]]:
    """Count the tries to redeem by campaign and outcome; those of no coupon of ours are under the empty name."""
    name = func.coalesce(coupons.c.campaign, "")
    query = (
        select(name.label("campaign"), coupon_tries.c.outcome, func.count().label("n"))
        .select_from(coupon_tries.outerjoin(coupons, coupons.c.id == coupon_tries.c.coupon_id))
        .group_by(name, coupon_tries.c.outcome)
    )
    found: dict[str, dict[str, int]] = {}
    for row in await tx.execute(query):
        found.setdefault(row.campaign, {})[row.outcome] = row.n
    return found


def _count(row: object) -> CampaignCount:
    return CampaignCount(
        *(getattr(row, name) for name in ("name", "since", "spent", "redeemed", "issued", "stopped_at"))
    )
