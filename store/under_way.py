"""What of a sending is in the outbox: due or on its way, or held until a later moment, by indexes of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, func, select

from domain.messages import OutboxState
from domain.newsletters import Held
from store.database import Tx
from store.recipients import count_in_outbox
from store.tables import outbox, sendings
from store.types import constant

_IS_WAITING = outbox.c.state == constant(OutboxState.WAITING.value)


async def count_under_way(tx: Tx, sending_id: int, now: dt.datetime) -> int:
    """Return how many messages of a sending are due or being sent; those held until later are not among them."""
    later = int(await tx.scalar(select(func.count()).where(*_held_until_later(sending_id, now))) or 0)
    return await count_in_outbox(tx, sending_id) - later


async def held(tx: Tx, sending_id: int, now: dt.datetime) -> tuple[Held, ...]:
    """Return what of a sending waits for a later moment, by reason, the most first."""
    count = func.count().label("n")
    wanted = (
        select(outbox.c.reason, count, func.min(outbox.c.not_before))
        .where(*_held_until_later(sending_id, now))
        .group_by(outbox.c.reason)
        .order_by(count.desc(), outbox.c.reason)
    )
    return tuple(Held(reason, n, until) for reason, n, until in (await tx.execute(wanted)).all())


def _held_until_later(sending_id: int, now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    """Choose the rows that wait for a moment after *now*, in the words of their partial index."""
    made_to_wait = outbox.c.not_before > outbox.c.created_at
    return outbox.c.newsletter_id == sending_id, _IS_WAITING, made_to_wait, outbox.c.not_before > now


async def with_waiting_rows(tx: Tx, sending_ids: Iterable[int]) -> set[int]:
    """Return which of those sendings have rows waiting in the outbox."""
    waits = exists().where(outbox.c.newsletter_id == sendings.c.id, _IS_WAITING)
    return set((await tx.scalars(select(sendings.c.id).where(sendings.c.id.in_(list(sending_ids)), waits))).all())
