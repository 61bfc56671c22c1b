"""What became of a sending for one customer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from store.database import Tx
from store.tables import recipients


@dataclass(frozen=True, slots=True)
class SentTo:
    """A recipient's state in a sending, since when, and the variant that she got."""

    state: str
    at: dt.datetime | None
    variant: str


async def sent_to(tx: Tx, sending_id: int, customer_id: int) -> SentTo | None:
    """Return what became of a sending for a customer; None when it was not for her."""
    mine = recipients.c.sending_id == sending_id, recipients.c.customer_id == customer_id
    row = (await tx.execute(select(recipients.c.state, recipients.c.at, recipients.c.variant).where(*mine))).first()
    return None if row is None else SentTo(row.state, row.at, row.variant)
