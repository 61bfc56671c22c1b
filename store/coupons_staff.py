"""Where staff redeem: the store that each works in, and the stores that there are."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.settings import get_setting, put_setting
from store.tables import purchases, settings, staff_stores

_LOOKED_BACK, _FAR_BACK = 5_000, 200_000
"""Lines of purchases in which stores are looked for: the newest, which an index finds; far back takes a tenth of a
second, so that a small store is found among the many lines of large ones, or below another's import."""

_ADDED = "stores.added"


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


async def stores_of_purchases(tx: Tx, *, far: bool = False) -> list[str]:
    """Return the stores of the newest purchases, by name; *far* looks through many more of them."""
    lines = _FAR_BACK if far else _LOOKED_BACK
    newest = select(purchases.c.store).order_by(purchases.c.id.desc()).limit(lines).subquery()
    bought = await tx.scalars(select(newest.c.store).where(newest.c.store != "").distinct())
    return sorted(bought, key=str.casefold)


async def stores_of_staff(tx: Tx) -> list[str]:
    """Return the stores that members have said they work in, by name."""
    worked = await tx.scalars(select(staff_stores.c.store).where(staff_stores.c.store != "").distinct())
    return sorted(worked, key=str.casefold)


async def add_store(tx: Tx, store: str) -> None:
    """Make a store known for good, whoever works there; two who add some at the same time lose none."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    begun = dialect.insert(settings).values(name=_ADDED, value=[])
    await tx.execute(begun.on_conflict_do_nothing(index_elements=["name"]))
    await tx.execute(select(settings.c.name).where(settings.c.name == _ADDED).with_for_update())
    await put_setting(tx, _ADDED, sorted({*await stores_added(tx), store}))


async def stores_added(tx: Tx) -> list[str]:
    """Return the stores that managers have made known, by name."""
    return list(await get_setting(tx, _ADDED) or ())
