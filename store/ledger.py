"""The ledger of a sending as it is read, recipient by recipient, and the list of those who were left out of it."""

from __future__ import annotations

from sqlalchemy import select

from domain.newsletters import RecipientState
from store.database import Tx
from store.recipients import HAS_REASON, MISSED, RecipientOutcome
from store.tables import exclusions, recipients


async def excluded(tx: Tx, sending_id: int, *, after: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
    """Return (customer id, reason) of those left out when the audience was frozen, by id, those above *after*."""
    wanted = (
        select(exclusions.c.customer_id, exclusions.c.reason)
        .where(exclusions.c.sending_id == sending_id, exclusions.c.customer_id > after)
        .order_by(exclusions.c.customer_id)
        .limit(limit)
    )
    return [(row.customer_id, row.reason) for row in (await tx.execute(wanted)).all()]


async def entries(
    tx: Tx, sending_id: int, *, state: RecipientState | None = None, after: int = 0, limit: int = 1000
) -> list[RecipientOutcome]:
    """Return where recipients stand (all, or those in *state*), by customer id, those above *after*."""
    wanted = (
        select(recipients)
        .where(recipients.c.sending_id == sending_id, recipients.c.customer_id > after)
        .order_by(recipients.c.customer_id)
        .limit(limit)
    )
    if state is not None:
        wanted = wanted.where(recipients.c.state == state.value)
    if state in MISSED:
        wanted = wanted.where(HAS_REASON)
    return [
        RecipientOutcome(row.sending_id, row.customer_id, RecipientState(row.state), row.reason, row.message_id, row.at)
        for row in (await tx.execute(wanted)).all()
    ]
