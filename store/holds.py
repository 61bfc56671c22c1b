"""Who was held back, when and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, insert, select

from domain.holds import Hold
from store.database import Tx
from store.ids import new_id
from store.tables import holds


async def keep_holds(tx: Tx, rows: Sequence[tuple[int, str, Hold, str]], now: dt.datetime) -> None:
    """Keep (customer id, kind of contact, reason, reference) of each contact that was held or dropped."""
    if rows:
        await tx.execute(
            insert(holds),
            [
                {"id": new_id(), "customer_id": who, "at": now, "kind": kind, "reason": hold.value, "ref": ref}
                for who, kind, hold, ref in rows
            ],
        )


async def keep_hold_once(tx: Tx, customer_id: int, kind: str, hold: Hold, ref: str, now: dt.datetime) -> None:
    """Keep one hold, unless the newest of the same reference has the same reason: what is tried again is one hold."""
    newest = (
        select(holds.c.reason)
        .where(holds.c.customer_id == customer_id, holds.c.kind == kind, holds.c.ref == ref)
        .order_by(holds.c.at.desc(), holds.c.id.desc())
        .limit(1)
    )
    if await tx.scalar(newest) != hold.value:
        await keep_holds(tx, [(customer_id, kind, hold, ref)], now)


async def count_holds(tx: Tx, since: dt.datetime, until: dt.datetime) -> dict[tuple[str, str], int]:
    """Return how many contacts were held from *since* up to *until*, by (kind, reason)."""
    wanted = (
        select(holds.c.kind, holds.c.reason, func.count())
        .where(holds.c.at >= since, holds.c.at < until)
        .group_by(holds.c.kind, holds.c.reason)
    )
    return {(kind, reason): count for kind, reason, count in (await tx.execute(wanted)).all()}
