"""The contacts that the company began in a stretch of time, customer by customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from sqlalchemy import Select, select

from domain.contacts import Direction
from store.bulk import one_of
from store.database import Tx
from store.tables import contacts, customers

_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Begun:
    """One contact of a customer's that we began; *text* is what was said."""

    customer_id: int
    at: dt.datetime
    channel: str
    kind: str
    state: str
    text: str


async def begun_contacts(tx: Tx, since: dt.datetime, until: dt.datetime) -> AsyncGenerator[Begun, None]:
    """Give the contacts from *since* up to *until* that the company began, whatever their outcome, by customer."""
    line = contacts.c
    last = 0
    while ids := [row.id for row in await tx.execute(_next_ids(last))]:
        wanted = (
            select(line.customer_id, line.at, line.channel, line.kind, line.state, line.text)
            .where(
                one_of(line.customer_id, tx.dialect.name),
                line.at >= since,
                line.at < until,
                line.direction == Direction.OUT.value,
                line.proactive,
            )
            .order_by(line.customer_id, line.at, line.id)
        )
        for row in (await tx.execute(wanted, {"ids": ids})).all():
            yield Begun(*row)
        last = ids[-1]


def _next_ids(after: int) -> Select[tuple[int]]:
    return select(customers.c.id).where(customers.c.id > after).order_by(customers.c.id).limit(_AT_ONCE)
