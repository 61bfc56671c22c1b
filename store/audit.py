"""The audit log: every staff act, and every look at a customer's card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select

from store.database import Tx
from store.ids import new_id
from store.tables import audit


async def note_act(
    tx: Tx, staff_id: int | None, act: str, subject: str, now: dt.datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """Add one line, such as act "case.take" on subject "case:12". *detail* holds no customer's words."""
    await tx.execute(
        insert(audit).values(
            id=new_id(), at=now, staff_id=staff_id, act=act, subject=subject, detail=dict(detail) if detail else None
        )
    )


async def acts(tx: Tx, limit: int = 100) -> list[tuple[dt.datetime, int | None, str, str]]:
    """Return the newest lines: (at, staff id, act, subject)."""
    wanted = select(audit.c.at, audit.c.staff_id, audit.c.act, audit.c.subject).order_by(
        audit.c.at.desc(), audit.c.id.desc()
    )
    return [(row.at, row.staff_id, row.act, row.subject) for row in (await tx.execute(wanted.limit(limit))).all()]
