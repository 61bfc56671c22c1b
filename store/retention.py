"""Records whose time is over: what no longer serves anybody is deleted, kind by kind."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete

from store.database import Tx
from store.tables import audit, holds


async def purge_holds(tx: Tx, before: dt.datetime) -> int:
    """Delete why contacts were held back before that moment; return how many lines."""
    return (await tx.execute(delete(holds).where(holds.c.at < before))).rowcount


async def purge_audit(tx: Tx, before: dt.datetime) -> int:
    """Delete what staff did before that moment; return how many lines."""
    return (await tx.execute(delete(audit).where(audit.c.at < before))).rowcount
