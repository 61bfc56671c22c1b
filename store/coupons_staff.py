"""Where staff redeem: the store that each works in, and the stores that there are."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.tables import purchases, staff_stores

_LOOKED_BACK = 5_000
"""Lines of purchases in which stores are looked for: the newest, which an index finds."""


async def store_of_staff(tx: Tx, staff_id: int) -> str | None:
    """Return the store that a member has said that she works in, or None."""
    found = await tx.scalar(select(staff_stores.c.store).where(staff_stores.c.staff_id == staff_id))
    return None if found is None else str(found)


async def set_staff_store(tx: Tx, staff_id: int, store: str, now: dt.datetime) -> None:
    """Keep where a member works from now on."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    put = dialect.insert(staff_stores).values(staff_id=staff_id, store=store, since=now)
    changed = {"store": put.excluded.store, "since": put.excluded.since}
    await tx.execute(put.on_conflict_do_update(index_elements=["staff_id"], set_=changed))


async def stores_of_purchases(tx: Tx) -> list[str]:
    """Return the stores of the newest purchases, by name."""
    newest = select(purchases.c.store).order_by(purchases.c.id.desc()).limit(_LOOKED_BACK).subquery()
    bought = await tx.scalars(select(newest.c.store).where(newest.c.store != "").distinct())
    return sorted(bought, key=str.casefold)


async def stores_of_staff(tx: Tx) -> list[str]:
    """Return the stores that members have said they work in, by name."""
    worked = await tx.scalars(select(staff_stores.c.store).where(staff_stores.c.store != "").distinct())
    return sorted(worked, key=str.casefold)
