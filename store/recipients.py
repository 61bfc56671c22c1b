"""
Recipients of a sending: the ledger behind its account.

A recipient is queued, then in the outbox, then sent, skipped, failed or unknown; none is ever in two states or lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, bindparam, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.customers import Purpose
from domain.holds import Hold
from domain.newsletters import Account, Held, RecipientState, Sending
from store.database import Tx
from store.eligibility import in_audience, last_of_next, reason_against
from store.outbox import withdraw_newsletter
from store.tables import customers, exclusions, outbox, recipients
from store.types import constant

_QUEUED = constant(RecipientState.QUEUED.value)

# Written out as comparisons: an IN list cannot go into a bulk update.
_OPEN = or_(
    *(recipients.c.state == s.value for s in (RecipientState.QUEUED, RecipientState.OUTBOX, RecipientState.UNKNOWN))
)


@dataclass(frozen=True, slots=True)
class RecipientOutcome:
    """What became of one recipient: sent with its message id, or skipped, failed or unknown with the reason."""

    sending_id: int
    customer_id: int
    state: RecipientState
    reason: str = ""
    message_id: int | None = None
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A recipient whose turn comes; *variant* is the one of the text that is tried on her, "" outside an experiment."""

    customer_id: int
    variant: str = ""


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
    await tx.execute(
        dialect.insert(recipients)
        .from_select(["sending_id", "customer_id", "state", "reason"], taken)
        .on_conflict_do_nothing()
    )
    left_out = select(*who, reason).where(*among, reason != "")
    await tx.execute(
        dialect.insert(exclusions)
        .from_select(["sending_id", "customer_id", "reason"], left_out)
        .on_conflict_do_nothing()
    )
    return last


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


async def record(tx: Tx, outcomes: Sequence[RecipientOutcome]) -> None:
    """
    Put down what became of recipients; give it in the transaction that takes their rows out of the outbox.

    A recipient whose fate is settled (sent, skipped, failed) keeps it: a second report changes nothing.
    """
    if not outcomes:
        return
    change = (
        update(recipients)
        .where(
            recipients.c.sending_id == bindparam("of_sending"),
            recipients.c.customer_id == bindparam("of_customer"),
            _OPEN,
        )
        .values(
            state=bindparam("new_state"),
            reason=bindparam("new_reason"),
            message_id=bindparam("new_message_id"),
            at=bindparam("new_at"),
        )
    )
    await tx.execute(
        change,
        [
            {
                "of_sending": outcome.sending_id,
                "of_customer": outcome.customer_id,
                "new_state": outcome.state.value,
                "new_reason": outcome.reason,
                "new_message_id": outcome.message_id,
                "new_at": outcome.at,
            }
            for outcome in outcomes
        ],
    )


async def account(tx: Tx, sending_id: int) -> Account:
    """Return the exact account of a sending; recipients in the outbox still count as queued."""
    sent = unknown = queued = 0
    skipped: dict[str, int] = {}
    failed: dict[str, int] = {}
    wanted = (
        select(recipients.c.state, recipients.c.reason, func.count())
        .where(recipients.c.sending_id == sending_id)
        .group_by(recipients.c.state, recipients.c.reason)
    )
    for state, reason, count in (await tx.execute(wanted)).all():
        match RecipientState(state):
            case RecipientState.SENT:
                sent += count
            case RecipientState.UNKNOWN:
                unknown += count
            case RecipientState.SKIPPED:
                skipped[reason] = skipped.get(reason, 0) + count
            case RecipientState.FAILED:
                failed[reason] = failed.get(reason, 0) + count
            case RecipientState.QUEUED | RecipientState.OUTBOX:
                queued += count
    return Account(sent, skipped, failed, unknown, queued, await excluded_counts(tx, sending_id))


async def settled_lately(tx: Tx, sending_id: int, since: dt.datetime) -> tuple[int, dt.datetime | None]:
    """Return how many recipients of a sending have had their outcome since then, and when the first of them had."""
    wanted = select(func.count(), func.min(recipients.c.at)).where(
        recipients.c.sending_id == sending_id, recipients.c.at >= since
    )
    count, first = (await tx.execute(wanted)).one()
    return count, first


async def excluded_counts(tx: Tx, sending_id: int) -> dict[str, int]:
    """Return how many of the audience were left out when it was frozen, by reason."""
    wanted = (
        select(exclusions.c.reason, func.count().label("n"))
        .where(exclusions.c.sending_id == sending_id)
        .group_by(exclusions.c.reason)
    )
    return {row.reason: row.n for row in (await tx.execute(wanted)).all()}


async def excluded(tx: Tx, sending_id: int, *, after: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
    """Return (customer id, reason) of those left out when the audience was frozen, by id, those above *after*."""
    wanted = (
        select(exclusions.c.customer_id, exclusions.c.reason)
        .where(exclusions.c.sending_id == sending_id, exclusions.c.customer_id > after)
        .order_by(exclusions.c.customer_id)
        .limit(limit)
    )
    return [(row.customer_id, row.reason) for row in (await tx.execute(wanted)).all()]


async def ledger(
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
    return [
        RecipientOutcome(row.sending_id, row.customer_id, RecipientState(row.state), row.reason, row.message_id, row.at)
        for row in (await tx.execute(wanted)).all()
    ]


async def queued(tx: Tx, sending_id: int, limit: int) -> list[int]:
    """Return the customer ids of the next recipients that no outbox row exists for, by id."""
    return [one.customer_id for one in await next_queued(tx, sending_id, limit)]


async def next_queued(tx: Tx, sending_id: int, limit: int, *, tested_only: bool = False) -> list[Queued]:
    """
    Return the next recipients that no outbox row exists for, by customer id.

    With *tested_only* those of them that an experiment tries a variant on: the others wait until it is decided.
    """
    wanted = (
        select(recipients.c.customer_id, recipients.c.variant)
        .where(recipients.c.sending_id == sending_id, recipients.c.state == _QUEUED)
        .order_by(recipients.c.customer_id)
        .limit(limit)
    )
    if tested_only:
        wanted = wanted.where(recipients.c.variant != "")
    return [Queued(row.customer_id, row.variant) for row in (await tx.execute(wanted)).all()]


async def count_due(tx: Tx, sending_id: int, now: dt.datetime) -> int:
    """Return how many messages of a sending wait in the outbox for nothing but the pump's pace."""
    wanted = select(func.count()).where(
        outbox.c.newsletter_id == sending_id, outbox.c.state == "waiting", outbox.c.not_before <= now
    )
    return int(await tx.scalar(wanted) or 0)


async def count_in_outbox(tx: Tx, sending_id: int) -> int:
    """Return how many messages of a sending are in the outbox, waiting or on their way."""
    return int(await tx.scalar(select(func.count()).where(outbox.c.newsletter_id == sending_id)) or 0)


async def count_under_way(tx: Tx, sending_id: int, now: dt.datetime) -> int:
    """Return how many messages of a sending are due or being sent; those held until later are not among them."""
    wanted = select(func.count()).where(
        outbox.c.newsletter_id == sending_id, or_(outbox.c.state != "waiting", outbox.c.not_before <= now)
    )
    return int(await tx.scalar(wanted) or 0)


async def held(tx: Tx, sending_id: int, now: dt.datetime) -> tuple[Held, ...]:
    """Return what of a sending waits for a later moment, by reason, the most first."""
    count = func.count().label("n")
    wanted = (
        select(outbox.c.reason, count, func.min(outbox.c.not_before))
        .where(outbox.c.newsletter_id == sending_id, outbox.c.state == "waiting", outbox.c.not_before > now)
        .group_by(outbox.c.reason)
        .order_by(count.desc(), outbox.c.reason)
    )
    return tuple(Held(reason, n, until) for reason, n, until in (await tx.execute(wanted)).all())


async def is_settled(tx: Tx, sending_id: int) -> bool:
    """Say whether nobody of a sending is queued and no row of it is in the outbox: only then may it finish."""
    return not await queued(tx, sending_id, 1) and await count_in_outbox(tx, sending_id) == 0


async def settle_erased(tx: Tx, sending_id: int, now: dt.datetime) -> int:
    """
    Make those skipped whose row in the outbox was deleted because they asked to be forgotten; return how many.

    In any other way a row leaves the outbox together with its outcome.
    """
    has_row = exists().where(outbox.c.newsletter_id == sending_id, outbox.c.customer_id == recipients.c.customer_id)
    change = (
        update(recipients)
        .where(recipients.c.sending_id == sending_id, recipients.c.state == RecipientState.OUTBOX.value, ~has_row)
        .values(state=RecipientState.SKIPPED.value, reason=Hold.ERASED.value, at=now)
    )
    return (await tx.execute(change)).rowcount


async def take_back(tx: Tx, sending_id: int, outcome: RecipientState, reason: str, now: dt.datetime) -> int:
    """
    Take a sending's rows that only wait out of the outbox and give their recipients *outcome*; return how many.

    Rows whose call has begun stay, and their outcome will be recorded. The row goes first, so that the pump cannot
    claim it in between.
    """
    ids = await withdraw_newsletter(tx, sending_id)
    await record(tx, [RecipientOutcome(sending_id, customer_id, outcome, reason, at=now) for customer_id in ids])
    return len(ids)


async def skip_queued(tx: Tx, sending_id: int, reason: str, now: dt.datetime, limit: int = 10_000) -> int:
    """Make at most *limit* recipients that no outbox row exists for skipped with *reason*; return how many."""
    next_ones = (
        select(recipients.c.customer_id)
        .where(recipients.c.sending_id == sending_id, recipients.c.state == _QUEUED)
        .order_by(recipients.c.customer_id)
        .limit(limit)
    )
    change = (
        update(recipients)
        .where(recipients.c.sending_id == sending_id, recipients.c.customer_id.in_(next_ones))
        .values(state=RecipientState.SKIPPED.value, reason=reason, at=now)
    )
    return (await tx.execute(change)).rowcount


async def with_waiting_rows(tx: Tx, sending_ids: Iterable[int]) -> set[int]:
    """Return which of those sendings have rows waiting in the outbox."""
    wanted = (
        select(outbox.c.newsletter_id)
        .where(outbox.c.newsletter_id.in_(list(sending_ids)), outbox.c.state == "waiting")
        .distinct()
    )
    return set((await tx.scalars(wanted)).all())
