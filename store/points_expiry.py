"""Points whose time is over or soon will be: found by their lots, customer by customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import func, select, update

from store.database import Tx
from store.points import keep_account, open_account
from store.tables import points_lots

_LOTS = points_lots.c


async def next_expiry(tx: Tx) -> dt.datetime | None:
    """Return when the next points go."""
    found: dt.datetime | None = await tx.scalar(
        select(_LOTS.expires_at)
        .where(_LOTS.points_left > 0, _LOTS.expires_at.is_not(None))
        .order_by(_LOTS.expires_at)
        .limit(1)
    )
    return found


async def expired_accounts(tx: Tx, now: dt.datetime, most: int) -> list[tuple[int, str]]:
    """Return (customer id, programme) of lots whose time is over, in order; of *most* lots."""
    over = (
        select(_LOTS.customer_id, _LOTS.programme)
        .where(_LOTS.points_left > 0, _LOTS.expires_at.is_not(None), _LOTS.expires_at <= now)
        .order_by(_LOTS.expires_at)
        .limit(most)
    )
    return sorted({(row[0], row[1]) for row in await tx.execute(over)})


async def expire(tx: Tx, customer_id: int, programme: str, now: dt.datetime) -> int:
    """Let go what is left of her lots whose time is over; return how many points."""
    account = await open_account(tx, customer_id, programme, now)
    gone = account.expire()
    await keep_account(tx, account, customer_id, programme)
    return gone


async def next_unwarned(tx: Tx, programme: str) -> dt.datetime | None:
    """Return when the next points go of which their owner was not told."""
    found: dt.datetime | None = await tx.scalar(
        select(_LOTS.expires_at).where(_LOTS.programme == programme, *_UNWARNED).order_by(_LOTS.expires_at).limit(1)
    )
    return found


async def unwarned(
    tx: Tx, programme: str, until: dt.datetime, most: int, *, without: Collection[int] = ()
) -> list[int]:
    """Return whose points go until then without her having been told, the nearest first; of *most* lots at most."""
    soon = select(_LOTS.customer_id).where(_LOTS.programme == programme, *_UNWARNED, _LOTS.expires_at <= until)
    if without:
        soon = soon.where(_LOTS.customer_id.not_in(sorted(without)))
    return list(dict.fromkeys(await tx.scalars(soon.order_by(_LOTS.expires_at).limit(most))))


async def last_warned(tx: Tx, customer_id: int, programme: str) -> dt.datetime | None:
    """Return when she was last told of points of hers that go."""
    mine = (_LOTS.customer_id == customer_id) & (_LOTS.programme == programme)
    found: dt.datetime | None = await tx.scalar(select(func.max(_LOTS.warned_at)).where(mine))
    return found


async def first_unwarned(tx: Tx, customer_id: int, programme: str) -> dt.datetime | None:
    """Return when the first of her points go of which she was not told."""
    mine = (_LOTS.customer_id == customer_id) & (_LOTS.programme == programme)
    found: dt.datetime | None = await tx.scalar(select(func.min(_LOTS.expires_at)).where(mine, *_UNWARNED))
    return found


async def keep_warned(tx: Tx, customer_id: int, programme: str, until: dt.datetime, at: dt.datetime) -> None:
    """Keep that she was told *at* that moment of all points that go until then."""
    mine = (_LOTS.customer_id == customer_id) & (_LOTS.programme == programme)
    await tx.execute(update(points_lots).where(mine, *_UNWARNED, _LOTS.expires_at <= until).values(warned_at=at))


_UNWARNED = (_LOTS.points_left > 0, _LOTS.warned_at.is_(None), _LOTS.expires_at.is_not(None))
