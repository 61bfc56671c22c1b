"""Customers whom staff have muted: since when, until when, by whom and why. One mute a customer, the newest."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.floods import Mute
from store.database import Tx
from store.tables import mutes


async def mute_of(tx: Tx, customer_id: int, now: dt.datetime) -> Mute | None:
    """Return the mute that is in force for a customer, or None."""
    row = (await tx.execute(select(mutes).where(mutes.c.customer_id == customer_id))).one_or_none()
    mute = None if row is None else Mute(**row._mapping)
    return mute if mute is not None and mute.holds(now) else None


async def keep_mute(tx: Tx, mute: Mute) -> None:
    """Mute a customer in place of whatever was before."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    values = {
        "at": mute.at,
        "until": mute.until,
        "staff_id": mute.staff_id,
        "reason": mute.reason,
        "told_at": mute.told_at,
    }
    put = dialect.insert(mutes).values(customer_id=mute.customer_id, **values)
    await tx.execute(put.on_conflict_do_update(index_elements=["customer_id"], set_=values))


async def note_told(tx: Tx, customer_id: int, now: dt.datetime) -> None:
    """Remember that she knows of it."""
    await tx.execute(update(mutes).where(mutes.c.customer_id == customer_id).values(told_at=now))


async def lift_mute(tx: Tx, customer_id: int) -> None:
    """End a mute, and forget it with its reason."""
    await tx.execute(delete(mutes).where(mutes.c.customer_id == customer_id))
