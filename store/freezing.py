"""
The frozen audience of a sending: who gets it, and who was left out and why, fixed step by step when it starts.

Everybody whom the audience's rule holds for becomes a recipient or an exclusion, never both.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import BigInteger, ColumnElement, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.customers import Purpose
from domain.holds import Hold
from domain.newsletters import RecipientState, Sending
from store import tallies
from store.database import Tx
from store.eligibility import in_audience, last_of_next, reason_against
from store.tables import customers, exclusions, recipients


async def checkpoint(tx: Tx, sending_id: int) -> int:
    """Return the customer id up to which the audience of a sending is frozen so far; 0 at the beginning."""
    found = 0
    for table in (recipients, exclusions):
        highest = await tx.scalar(select(func.max(table.c.customer_id)).where(table.c.sending_id == sending_id))
        found = max(found, highest or 0)
    return found


async def freeze_some(
    tx: Tx,
    sending: Sending,
    *,
    at: dt.datetime,
    currency: str,
    exclude: str,
    holdout: int,
    purpose: Purpose | None,
    after: int,
    size: int,
) -> int | None:
    """
    Freeze the audience among the next *size* customers after id *after*; return the last of these ids, None at the end.

    Who the sending's rule holds for as of *at* (its start, in the company's zone) becomes a queued recipient or, where
    something is against it, an exclusion with the reason. Customers that are frozen already are left as they are, so a
    step may be repeated.
    """
    last = await last_of_next(tx, after, size)
    reason = reason_against_sending(sending, at, currency, exclude, holdout, purpose)
    among = [customers.c.id > after, in_audience(sending.audience, at, currency)]
    if last is not None:
        among.append(customers.c.id <= last)
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    who = [literal(sending.id, BigInteger()), customers.c.id]
    taken = select(*who, literal(RecipientState.QUEUED.value), literal("")).where(*among, reason == "")
    put = await tx.execute(
        dialect.insert(recipients)
        .from_select(["sending_id", "customer_id", "state", "reason"], taken)
        .on_conflict_do_nothing()
    )
    before = await _left_out(tx, sending.id, after, last)
    left_out = select(*who, reason).where(*among, reason != "")
    await tx.execute(
        dialect.insert(exclusions)
        .from_select(["sending_id", "customer_id", "reason"], left_out)
        .on_conflict_do_nothing()
    )
    changes = await _left_out(tx, sending.id, after, last)
    changes.subtract(before)
    changes[sending.id, RecipientState.QUEUED.value, ""] += put.rowcount
    await tallies.add(tx, changes)
    return last


async def _left_out(tx: Tx, sending_id: int, after: int, last: int | None) -> Counter[tallies.Place]:
    """Count by reason who is left out among the customers above id *after* up to *last*."""
    wanted = (
        select(exclusions.c.reason, func.count())
        .where(exclusions.c.sending_id == sending_id, exclusions.c.customer_id > after)
        .group_by(exclusions.c.reason)
    )
    if last is not None:
        wanted = wanted.where(exclusions.c.customer_id <= last)
    return Counter({(sending_id, tallies.EXCLUDED, row[0]): int(row[1]) for row in await tx.execute(wanted)})


async def count_audience(
    tx: Tx, sending: Sending, *, at: dt.datetime, currency: str, exclude: str, holdout: int, purpose: Purpose | None
) -> dict[str, int]:
    """Count who would be frozen as of *at*, by reason against; "" is those who would get it. Nothing is stored."""
    reason = reason_against_sending(sending, at, currency, exclude, holdout, purpose).label("reason")
    audience = select(reason).where(in_audience(sending.audience, at, currency)).subquery()
    wanted = select(audience.c.reason, func.count().label("n")).group_by(audience.c.reason)
    return {row.reason: row.n for row in (await tx.execute(wanted)).all()}


def reason_against_sending(
    sending: Sending, at: dt.datetime, currency: str, exclude: str, holdout: int, purpose: Purpose | None
) -> ColumnElement[str]:
    """Say, for each row of `customers`, why this sending leaves her out as of *at*, or "" when she would get it."""
    further = [(in_audience(exclude, at, currency), Hold.EXCLUDED)] if exclude.strip() else []
    if holdout:
        further.append(((customers.c.id * 7919 + sending.id % 997) % 100 < holdout, Hold.HOLD_OUT))
    return reason_against(purpose, at, further)
