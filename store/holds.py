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


async def count_holds(tx: Tx, since: dt.datetime, until: dt.datetime) -> dict[tuple[str, str], int]:
    """Return how many contacts were held from *since* up to *until*, by (kind, reason)."""
    wanted = (
        select(holds.c.kind, holds.c.reason, func.count())
        .where(holds.c.at >= since, holds.c.at < until)
        .group_by(holds.c.kind, holds.c.reason)
    )
    return {(kind, reason): count for kind, reason, count in (await tx.execute(wanted)).all()}
