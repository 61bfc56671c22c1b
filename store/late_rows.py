"""Rows of a sending in the outbox that would go at a wrong time: found with whose they are, and taken out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select, text

from store.database import Tx
from store.tables import customers, outbox

_IS_WAITING = text("outbox.state = 'waiting'")


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A recipient's message that waits for *not_before*, and her time zone where it is known."""

    customer_id: int
    timezone: str | None
    not_before: dt.datetime


async def waiting_rows(tx: Tx, sending_id: int) -> list[WaitingRow]:
    """Return what of a sending waits in the outbox, with each recipient's time zone."""
    wanted = (
        select(outbox.c.customer_id, customers.c.timezone, outbox.c.not_before)
        .join(customers, customers.c.id == outbox.c.customer_id)
        .where(outbox.c.newsletter_id == sending_id, _IS_WAITING)
        .order_by(outbox.c.customer_id)
    )
    return [WaitingRow(who, zone, at) for who, zone, at in (await tx.execute(wanted)).all()]


async def withdraw_some(tx: Tx, sending_id: int, customer_ids: Collection[int]) -> list[int]:
    """Take those recipients' waiting rows out of the outbox; return whose they were. What is on its way stays."""
    rows = await tx.execute(
        delete(outbox)
        .where(outbox.c.newsletter_id == sending_id, outbox.c.customer_id.in_(list(customer_ids)), _IS_WAITING)
        .returning(outbox.c.customer_id)
    )
    return sorted(who for (who,) in rows if who is not None)
