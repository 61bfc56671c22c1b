"""The audit log: every staff act, and every look at a customer's card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, insert, or_, select

from store.database import Tx
from store.ids import new_id
from store.tables import audit, cases, staff


async def note_act(
    tx: Tx, staff_id: int | None, act: str, subject: str, now: dt.datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """Add one line, such as act "case.take" on subject "case:12". *detail* holds no customer's words."""
    await tx.execute(
        insert(audit).values(
            id=new_id(), at=now, staff_id=staff_id, act=act, subject=subject, detail=dict(detail) if detail else None
        )
    )


@dataclass(frozen=True, slots=True)
class Audited:
    """One line: who did what to what. *staff* is the name and *role* the role of the member as of now."""

    at: dt.datetime
    staff_id: int | None
    staff: str
    role: str
    act: str
    subject: str


async def audited(tx: Tx, *, customer_id: int | None = None, limit: int = 100) -> list[Audited]:
    """Return the newest lines, of all or about one customer and her cases, the newest first."""
    columns = (audit.c.at, audit.c.staff_id, staff.c.name, staff.c.role, audit.c.act, audit.c.subject)
    wanted = select(*columns).outerjoin_from(audit, staff, staff.c.id == audit.c.staff_id)
    if customer_id is not None:
        of_cases = select("case:" + cases.c.id.cast(String)).where(cases.c.customer_id == customer_id)
        wanted = wanted.where(or_(audit.c.subject == f"customer:{customer_id}", audit.c.subject.in_(of_cases)))
    rows = await tx.execute(wanted.order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit))
    return [Audited(row.at, row.staff_id, row.name or "", row.role or "", row.act, row.subject) for row in rows]


async def acts(tx: Tx, limit: int = 100) -> list[tuple[dt.datetime, int | None, str, str]]:
    """Return the newest lines: (at, staff id, act, subject)."""
    wanted = select(audit.c.at, audit.c.staff_id, audit.c.act, audit.c.subject).order_by(
        audit.c.at.desc(), audit.c.id.desc()
    )
    return [(row.at, row.staff_id, row.act, row.subject) for row in (await tx.execute(wanted.limit(limit))).all()]
