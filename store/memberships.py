"""Memberships in the store: joining, leaving, and who belongs; what one brings is its programme's or club's matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.memberships import Membership
from store.database import Tx
from store.stale import mark_stale
from store.tables import memberships

CHOSEN = "rule"
"""The source of a membership that nobody joined: a rule chose her."""


async def join(
    tx: Tx, customer_id: int, name: str, now: dt.datetime, source: str, ends_on: dt.date | None = None
) -> bool:
    """
    Make her a member of *name* ("programme:NAME", "club:NAME"); False where she is one already, and nothing changes.

    Who was a member before begins anew. The night looks at her again.
    """
    return bool(await join_many(tx, [customer_id], name, now, source, ends_on))


async def join_many(
    tx: Tx, ids: Sequence[int], name: str, now: dt.datetime, source: str, ends_on: dt.date | None = None
) -> list[int]:
    """Make several members like `join`; return those who were none, by id."""
    if not ids:
        return []
    fresh = {"name": name, "since": now, "until": None, "source": source, "ends_on": ends_on, "warned_at": None}
    put = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(memberships)
    over = memberships.c.until.is_not(None)
    anew = put.on_conflict_do_update(
        index_elements=["customer_id", "name"],
        set_={each: put.excluded[each] for each in ("since", "until", "source", "ends_on", "warned_at")},
        where=over,
    )
    rows = [{"customer_id": each, **fresh} for each in sorted(set(ids))]
    joined = sorted(await tx.scalars(anew.returning(memberships.c.customer_id), rows))
    await mark_stale(tx, joined, now)
    return joined


async def leave(tx: Tx, customer_id: int, name: str, now: dt.datetime) -> bool:
    """End her membership in *name*; False where she is no member. The night looks at her again."""
    return bool(await leave_many(tx, [customer_id], name, now))


async def leave_many(tx: Tx, ids: Sequence[int], name: str, now: dt.datetime) -> list[int]:
    """End several memberships like `leave`; return those who were members, by id."""
    if not ids:
        return []
    mine = memberships.c.customer_id.in_(sorted(set(ids)))
    ended = update(memberships).where(mine, memberships.c.name == name, memberships.c.until.is_(None))
    left = sorted(await tx.scalars(ended.values(until=now).returning(memberships.c.customer_id)))
    await mark_stale(tx, left, now)
    return left


async def leave_chosen(tx: Tx, customer_id: int, now: dt.datetime) -> None:
    """End the memberships that a rule chose her for, which she never asked for."""
    hers = (memberships.c.customer_id == customer_id) & (memberships.c.source == CHOSEN)
    ended = update(memberships).where(hers, memberships.c.until.is_(None)).values(until=now)
    if (await tx.execute(ended)).rowcount:
        await mark_stale(tx, [customer_id], now)


async def membership_of(tx: Tx, customer_id: int, name: str) -> Membership | None:
    """Return her membership in *name*, or None where she is no member now."""
    mine = memberships.c.customer_id == customer_id
    wanted = select(memberships).where(mine, memberships.c.name == name, memberships.c.until.is_(None))
    row = (await tx.execute(wanted)).one_or_none()
    return None if row is None else _membership(row)


async def memberships_of(tx: Tx, customer_id: int) -> list[Membership]:
    """Return all her memberships, ended ones too, those that last first, then by name."""
    wanted = select(memberships).where(memberships.c.customer_id == customer_id)
    found = [_membership(row) for row in await tx.execute(wanted)]
    return sorted(found, key=lambda each: (each.until is not None, each.name))


async def members(tx: Tx, name: str, after: int = 0, limit: int = 1000) -> list[Membership]:
    """Return the next *limit* members of *name* above the customer id *after*, by id."""
    wanted = select(memberships).where(
        memberships.c.name == name, memberships.c.customer_id > after, memberships.c.until.is_(None)
    )
    rows = await tx.execute(wanted.order_by(memberships.c.customer_id).limit(limit))
    return [_membership(row) for row in rows]


async def members_among(tx: Tx, name: str, ids: Collection[int]) -> frozenset[int]:
    """Return those of *ids* who are members of *name* now."""
    mine = memberships.c.customer_id.in_(sorted(ids))
    wanted = select(memberships.c.customer_id).where(mine, memberships.c.name == name, memberships.c.until.is_(None))
    return frozenset(await tx.scalars(wanted))


async def count_members(tx: Tx, names: Sequence[str], since: dt.datetime | None = None) -> dict[str, int]:
    """Count the members of each of *names* now, or those who have joined since; a name without any is missing."""
    wanted = select(memberships.c.name, func.count()).where(
        memberships.c.name.in_(list(names)), memberships.c.until.is_(None)
    )
    if since is not None:
        wanted = wanted.where(memberships.c.since >= since)
    rows = await tx.execute(wanted.group_by(memberships.c.name))
    return {row[0]: row[1] for row in rows}


async def ending_members(tx: Tx, name: str, day: dt.date, limit: int = 1000) -> list[Membership]:
    """Return up to *limit* members of *name* whose age limit is on *day* or before it, by id."""
    wanted = select(memberships).where(
        memberships.c.name == name, memberships.c.until.is_(None), memberships.c.ends_on <= day
    )
    rows = await tx.execute(wanted.order_by(memberships.c.customer_id).limit(limit))
    return [_membership(row) for row in rows]


def _membership(row: Any) -> Membership:
    return Membership(row.customer_id, row.name, row.since, row.until, row.source, row.ends_on)
