"""Who would get a sending if it started now, and who would not and why, customer by customer; nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from sqlalchemy import select

from domain.customers import Purpose
from domain.newsletters import Newsletter, Sending
from store.database import Database, Tx
from store.eligibility import in_sending_audience, last_of_next
from store.freezing import reason_against_sending
from store.tables import customers


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer whom the audience's rule holds for; *reason* is why she would be left out, or ""."""

    customer_id: int
    number: str | None
    name: str
    reason: str


async def foreseen(
    database: Database,
    sending: Sending,
    newsletter: Newsletter,
    *,
    at: dt.datetime,
    currency: str,
    size: int,
    after: int = 0,
    left_out: bool = False,
) -> AsyncGenerator[list[Candidate], None]:
    """
    Give those customers after id *after* who would get *sending* (or who would not, with *left_out*), by id, in parts.

    A part may be empty: each looks at the next *size* customers in a short reading of its own, and between parts
    nothing is held. *newsletter* is what the sending is of, *at* is aware and in the company's zone. The verdicts are
    those that freezing stores. Raises RuleError when a rule's names have gone.
    """
    upto: int | None = after
    while upto is not None:
        async with database.read() as tx:
            found, upto = await _next(tx, sending, newsletter, at, currency, upto, size, left_out)
        yield found


async def _next(
    tx: Tx,
    sending: Sending,
    newsletter: Newsletter,
    at: dt.datetime,
    currency: str,
    after: int,
    size: int,
    left_out: bool,
) -> tuple[list[Candidate], int | None]:
    """Return a part, and the last id that it has looked at; None at the end."""
    last = await last_of_next(tx, after, size)
    purpose = None if newsletter.service else Purpose.MARKETING
    reason = await reason_against_sending(tx, sending, at, currency, newsletter.exclude, newsletter.holdout, purpose)
    wanted = (
        select(customers.c.id, customers.c.number, customers.c.name, reason.label("reason"))
        .where(
            customers.c.id > after,
            await in_sending_audience(tx, sending.audience, at, currency),
            reason != "" if left_out else reason == "",
        )
        .order_by(customers.c.id)
    )
    if last is not None:
        wanted = wanted.where(customers.c.id <= last)
    rows = (await tx.execute(wanted)).all()
    return [Candidate(row.id, row.number, row.name, row.reason) for row in rows], last
