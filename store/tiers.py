"""Where members stand in programmes with tiers: kept, not looked up, so that each move has its day and its evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.memberships import in_programme
from domain.pictures import Move, MoveKind
from domain.programmes import Standing
from store.database import Tx
from store.moves import add_moves
from store.tables import customers, memberships, moves, tiers


async def tier_of(tx: Tx, customer_id: int, programme: str) -> Standing | None:
    """Return where she stands in a programme; None where she is no member, or it has no tiers."""
    hers = (tiers.c.customer_id == customer_id) & (tiers.c.programme == programme)
    row = (await tx.execute(select(tiers).where(hers))).one_or_none()
    return None if row is None else _standing(row)


async def tiers_among(tx: Tx, programme: str, ids: Collection[int]) -> dict[int, str]:
    """Return the tiers of those customers in a programme; who has none is missing."""
    wanted = select(tiers.c.customer_id, tiers.c.tier).where(
        tiers.c.programme == programme, tiers.c.customer_id.in_(sorted(ids))
    )
    return {row.customer_id: row.tier for row in await tx.execute(wanted)}


async def standings(tx: Tx, programme: str, after: int = 0, upto: int | None = None) -> dict[int, Standing | None]:
    """Return every member with an id above *after* up to *upto* (None: all), with None who has no tier yet."""
    wanted = (
        select(memberships.c.customer_id, tiers.c.tier, tiers.c.since, tiers.c.grace_until, tiers.c.evidence)
        .select_from(memberships)
        .outerjoin(tiers, (tiers.c.customer_id == memberships.c.customer_id) & (tiers.c.programme == programme))
        .where(
            memberships.c.name == in_programme(programme),
            memberships.c.until.is_(None),
            memberships.c.customer_id > after,
        )
    )
    if upto is not None:
        wanted = wanted.where(memberships.c.customer_id <= upto)
    return {row.customer_id: None if row.tier is None else _standing(row) for row in await tx.execute(wanted)}


async def locked_standings(tx: Tx, programme: str, ids: Collection[int]) -> dict[int, Standing]:
    """Return where those stand at this moment, and keep other processes from moving them until *tx* ends."""
    await lock_people(tx, ids)
    theirs = (tiers.c.programme == programme) & tiers.c.customer_id.in_(sorted(ids))
    return {row.customer_id: _standing(row) for row in await tx.execute(select(tiers).where(theirs))}


async def lock_people(tx: Tx, ids: Collection[int]) -> None:
    """Let other processes that lock them wait until *tx* ends; on SQLite they wait for the whole store anyway."""
    held = select(customers.c.id).where(customers.c.id.in_(sorted(ids))).order_by(customers.c.id)
    await tx.execute(held.with_for_update(key_share=True))


def member_of(programme: str) -> ColumnElement[bool]:
    """Say, for each row of `customers`, whether she is a member of a programme now."""
    hers = select(literal(1)).where(
        memberships.c.customer_id == customers.c.id,
        memberships.c.name == in_programme(programme),
        memberships.c.until.is_(None),
    )
    return hers.correlate(customers).limit(1).scalar_subquery().is_not(None)


async def last_of_next_members(tx: Tx, programme: str, after: int, size: int) -> int | None:
    """Return the id of the last of the next *size* members after *after*; None when there are no more than that."""
    mine = (memberships.c.name == in_programme(programme)) & (memberships.c.customer_id > after)
    ids = select(memberships.c.customer_id).where(mine, memberships.c.until.is_(None))
    found: int | None = await tx.scalar(ids.order_by(memberships.c.customer_id).offset(size - 1).limit(1))
    return found


async def put_tier(tx: Tx, programme: str, standing: Standing, before: str) -> bool:
    """
    Let her stand there, with a move where *before*, the tier that she had ("" for none), is another.

    False, and nothing is done, where she is no member any more or stands elsewhere than *before* meanwhile.
    """
    return bool(await put_tiers(tx, programme, [(standing, before)]))


async def put_tiers(tx: Tx, programme: str, made: Sequence[tuple[Standing, str]]) -> list[int]:
    """Do what `put_tier` does for several, in one transaction; return for whom it was done."""
    ids = sorted(standing.customer_id for standing, _ in made)
    now_at = await locked_standings(tx, programme, ids)
    among = memberships.c.customer_id.in_(ids)
    is_member = select(memberships.c.customer_id).where(
        among, memberships.c.name == in_programme(programme), memberships.c.until.is_(None)
    )
    belonging = set(await tx.scalars(is_member))
    done = [
        (standing, before)
        for standing, before in made
        if standing.customer_id in belonging and _tier(now_at, standing.customer_id) == before
    ]
    if not done:
        return []
    put = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(tiers)
    changed = {name: put.excluded[name] for name in ("tier", "since", "grace_until", "evidence")}
    rows = [
        {
            "customer_id": standing.customer_id,
            "programme": programme,
            "tier": standing.tier,
            "since": standing.since,
            "grace_until": standing.grace_until,
            "evidence": standing.evidence,
        }
        for standing, _ in done
    ]
    await tx.execute(put.on_conflict_do_update(index_elements=["customer_id", "programme"], set_=changed), rows)
    moved = [
        Move(each.customer_id, MoveKind.TIER, each.since, before, each.tier, each.evidence, programme)
        for each, before in done
        if before != each.tier
    ]
    await add_moves(tx, moved)
    return [standing.customer_id for standing, _ in done]


async def end_grace(tx: Tx, customer_id: int, programme: str) -> None:
    """Let her keep her tier: its rule holds again."""
    hers = (tiers.c.customer_id == customer_id) & (tiers.c.programme == programme)
    await tx.execute(update(tiers).where(hers).values(grace_until=None))


async def drop_tier(tx: Tx, customer_id: int, programme: str) -> None:
    """Forget where she stood: she has left."""
    await tx.execute(delete(tiers).where(tiers.c.customer_id == customer_id, tiers.c.programme == programme))


async def count_tiers(tx: Tx, programme: str) -> dict[str, int]:
    """Count the members in each tier of a programme; a tier without any is missing."""
    wanted = select(tiers.c.tier, func.count()).where(tiers.c.programme == programme).group_by(tiers.c.tier)
    return {row[0]: row[1] for row in await tx.execute(wanted)}


async def count_moves_of_tiers(tx: Tx, programme: str, since: dt.date) -> dict[tuple[str, str], int]:
    """Count the moves between tiers of a programme since a day, by (before, after); entering has "" before."""
    wanted = (
        select(moves.c.before, moves.c.after, func.count())
        .where(moves.c.kind == MoveKind.TIER.value, moves.c.day >= since, moves.c.name == programme)
        .group_by(moves.c.before, moves.c.after)
    )
    return {(row[0], row[1]): row[2] for row in await tx.execute(wanted)}


def _tier(now_at: Mapping[int, Standing], customer_id: int) -> str:
    return now_at[customer_id].tier if customer_id in now_at else ""


def _standing(row: Any) -> Standing:
    return Standing(row.customer_id, row.tier, row.since, row.grace_until, row.evidence)
