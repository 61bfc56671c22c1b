"""
Recalls of sendings: which of their messages are still to be deleted, and what became of it, recipient by recipient.

`recipients.recall` is the ledger: empty, then queued (or too old), in the outbox, and deleted or failed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, or_, select, update

from domain.contacts import ContactState, Direction
from domain.messages import Act
from domain.newsletters import RecipientState, Sending, SendingState
from domain.recalls import DELETABLE, Recall, RecallOutcome, RecallState, recall_ref
from store import sendings
from store.contacts import contact_by_message
from store.database import Tx
from store.recipients import take_back
from store.tables import contacts, customers, outbox, recipients
from store.tables import sendings as sendings_table
from store.types import constant

RECALLED = "recalled"
NOT_RECALLED = "not_recalled"
"""The reasons on the timeline: a message that was deleted for her, and one that could not be."""

_QUEUED = constant(RecallState.QUEUED.value)
_IN_OUTBOX = constant(RecallState.OUTBOX.value)
_IS_MARKED = recipients.c.recall != constant("")
_SENT = constant(ContactState.SENT.value)


@dataclass(frozen=True, slots=True)
class ToDelete:
    """The messages of one recipient that are to be deleted, in the order of the calls; *chat_id* None: she has none."""

    customer_id: int
    chat_id: int | None
    message_ids: tuple[int, ...]


async def begin(tx: Tx, sending_id: int, now: dt.datetime, *, version: int | None = None) -> Sending | None:
    """
    Begin to take a sending back, and end it if it still goes on; return it with its next version, None when refused.

    Refused: one that never started or is recalled already, and a *version* that is no longer the present one.
    """
    present = await sendings.hold(tx, sending_id)
    if present is None or present.started_at is None or present.recalled_at is not None:
        return None
    if version is not None and present.version != version:
        return None
    if not present.state.is_over:
        moved = await sendings.move(tx, sending_id, SendingState.CANCELLED, now, reason=RECALLED)
        if moved is None:
            return None
        await take_back(tx, sending_id, RecipientState.SKIPPED, "cancelled", now)
    await tx.execute(
        update(sendings_table)
        .where(sendings_table.c.id == sending_id)
        .values(recalled_at=now, version=present.version + 1)
    )
    return await sendings.get(tx, sending_id)


async def count_recallable(tx: Tx, sending_id: int, now: dt.datetime) -> tuple[int, int]:
    """Return how many recipients' messages a recall at *now* could still delete, and for how many it is too late."""
    young = func.count(case((recipients.c.at > now - DELETABLE, 1)))
    wanted = select(young, func.count()).where(
        recipients.c.sending_id == sending_id,
        recipients.c.at.is_not(None),
        recipients.c.state == RecipientState.SENT.value,
    )
    within, sent = (await tx.execute(wanted)).one()
    return within, sent - within


async def open_recalls(tx: Tx, since: dt.datetime) -> list[Sending]:
    """Return the sendings that were recalled since then, and older ones that have somebody waiting; oldest first."""
    waits = exists().where(
        recipients.c.sending_id == sendings_table.c.id,
        or_(recipients.c.recall == _QUEUED, recipients.c.recall == _IN_OUTBOX),
        _IS_MARKED,
    )
    wanted = (
        select(sendings_table.c.id)
        .where(
            sendings_table.c.recalled_at.is_not(None),
            or_(sendings_table.c.recalled_at > since, waits),
        )
        .order_by(sendings_table.c.id)
    )
    found = [await sendings.get(tx, sending_id) for sending_id in (await tx.scalars(wanted)).all()]
    return [sending for sending in found if sending is not None]


async def mark_some(tx: Tx, sending: Sending, now: dt.datetime, *, after: int, size: int) -> int | None:
    """
    Queue for deletion those among the next *size* recipients after customer *after* who got something.

    What was sent longer ago than Telegram lets be deleted is marked as too old. Returns the last of these customers,
    None at the end; a step may be repeated.
    """
    edge = (
        select(recipients.c.customer_id)
        .where(recipients.c.sending_id == sending.id, recipients.c.customer_id > after)
        .order_by(recipients.c.customer_id)
        .offset(size - 1)
        .limit(1)
    )
    last: int | None = await tx.scalar(edge)
    among = [recipients.c.customer_id > after]
    if last is not None:
        among.append(recipients.c.customer_id <= last)
    await _mark(tx, sending.id, now, *among)
    return last


async def mark_latest(tx: Tx, sending: Sending, now: dt.datetime) -> int:
    """Queue those whose message was on its way when the recall began and arrived after it; return how many."""
    return await _mark(tx, sending.id, now, recipients.c.at >= sending.recalled_at)


async def _mark(tx: Tx, sending_id: int, now: dt.datetime, *among: ColumnElement[bool]) -> int:
    part_arrived = exists().where(
        contacts.c.customer_id == recipients.c.customer_id,
        contacts.c.message_id.is_not(None),
        contacts.c.newsletter_id + 0 == sending_id,  # by the customer's index: a sending may have a million
        contacts.c.state == _SENT,
    )
    got_some = or_(
        recipients.c.state == RecipientState.SENT.value,
        and_(recipients.c.state.in_([RecipientState.FAILED.value, RecipientState.UNKNOWN.value]), part_arrived),
    )
    young = recipients.c.at > now - DELETABLE
    change = (
        update(recipients)
        .where(recipients.c.sending_id == sending_id, recipients.c.recall == "", got_some, *among)
        .values(recall=case((young, RecallState.QUEUED.value), else_=RecallState.TOO_OLD.value))
    )
    return (await tx.execute(change)).rowcount


async def next_to_delete(tx: Tx, sending_id: int, limit: int) -> list[ToDelete]:
    """Return the next recipients whose messages are to be deleted, by id, each with all parts, the newest first."""
    wanted = (
        select(recipients.c.customer_id, recipients.c.message_id, customers.c.chat_id)
        .join(customers, customers.c.id == recipients.c.customer_id)
        .where(recipients.c.sending_id == sending_id, recipients.c.recall == _QUEUED, _IS_MARKED)
        .order_by(recipients.c.customer_id)
        .limit(limit)
    )
    queued = (await tx.execute(wanted)).all()
    parts = (
        select(contacts.c.customer_id, contacts.c.message_id, contacts.c.message_ids)
        .where(
            contacts.c.customer_id.in_([row.customer_id for row in queued]),
            contacts.c.newsletter_id + 0 == sending_id,
            contacts.c.direction == Direction.OUT.value,
            contacts.c.state == _SENT,
            contacts.c.message_id.is_not(None),
        )
        .order_by(contacts.c.message_id.desc())
    )
    found: dict[int, list[int]] = {}
    for customer_id, message_id, album in (await tx.execute(parts)).all() if queued else ():
        found.setdefault(customer_id, []).extend(sorted(album or (message_id,), reverse=True))
    return [
        ToDelete(
            row.customer_id,
            row.chat_id,
            tuple(found.get(row.customer_id) or ([row.message_id] if row.message_id is not None else ())),
        )
        for row in queued
    ]


async def mark_fed(tx: Tx, sending_id: int, customer_ids: Sequence[int]) -> None:
    """Say that the rows which delete these recipients' messages are in the outbox."""
    await _become(tx, sending_id, customer_ids, RecallState.QUEUED, RecallState.OUTBOX)


async def fail_queued(tx: Tx, sending_id: int, customer_ids: Sequence[int]) -> None:
    """Say that nothing of these queued recipients can be deleted: no chat or no message of theirs is known."""
    await _become(tx, sending_id, customer_ids, RecallState.QUEUED, RecallState.FAILED)


async def fail_lost(tx: Tx, sending_id: int) -> int:
    """Make those failed whose rows left the outbox without an outcome, since they asked to be forgotten; how many."""
    rows = select(outbox.c.customer_id).where(
        outbox.c.act == Act.DELETE.value,
        outbox.c.ref.in_([recall_ref(sending_id, is_last=True), recall_ref(sending_id, is_last=False)]),
    )
    present = set((await tx.scalars(rows)).all())
    wanted = select(recipients.c.customer_id).where(
        recipients.c.sending_id == sending_id, recipients.c.recall == _IN_OUTBOX, _IS_MARKED
    )
    lost = [customer_id for customer_id in (await tx.scalars(wanted)).all() if customer_id not in present]
    await _become(tx, sending_id, lost, RecallState.OUTBOX, RecallState.FAILED)
    return len(lost)


async def _become(tx: Tx, sending_id: int, customer_ids: Sequence[int], state: RecallState, to: RecallState) -> None:
    if customer_ids:
        await tx.execute(
            update(recipients)
            .where(
                recipients.c.sending_id == sending_id,
                recipients.c.customer_id == bindparam("who"),
                recipients.c.recall == state.value,
            )
            .values(recall=to.value),
            [{"who": customer_id} for customer_id in sorted(customer_ids)],
        )


async def settle(tx: Tx, outcomes: Sequence[RecallOutcome]) -> None:
    """
    Put down what became of calls that delete messages; give it in the transaction that takes their rows away.

    The timeline says of each message that it was recalled, or could not be. A recipient with any message that could
    not be deleted is failed. A second report changes nothing.
    """
    gone = [one for one in outcomes if not one.problem]
    if gone:
        rows = [{"of": one.sending_id, "who": one.customer_id, "message": one.message_id} for one in gone]
        await tx.execute(_DELETED, rows)
    for one in outcomes:
        if one.problem:
            contact = await contact_by_message(tx, one.customer_id, one.message_id)
            if contact is not None:
                change = update(contacts).where(contacts.c.id == contact.id)
                await tx.execute(change.values(reason=NOT_RECALLED))
    changed = [
        {"of": one.sending_id, "who": one.customer_id, "to": (_F if one.problem else _D).value}
        for one in sorted(outcomes, key=lambda one: (one.sending_id, one.customer_id))
        if one.problem or one.is_last
    ]
    if changed:
        await tx.execute(_SETTLED, changed)


_D, _F = RecallState.DELETED, RecallState.FAILED
_DELETED = (
    update(contacts)
    .where(
        contacts.c.customer_id == bindparam("who"),
        contacts.c.message_id == bindparam("message"),
        contacts.c.newsletter_id + 0 == bindparam("of"),
        contacts.c.reason.is_(None),
    )
    .values(state=ContactState.DELETED.value, reason=RECALLED)
)
_SETTLED = (
    update(recipients)
    .where(
        recipients.c.sending_id == bindparam("of"),
        recipients.c.customer_id == bindparam("who"),
        recipients.c.recall == _IN_OUTBOX,
    )
    .values(recall=bindparam("to"))
)


async def recall_of(tx: Tx, sending_id: int) -> Recall:
    """Return how far the recall of a sending has come: exact at any moment once its recipients are marked."""
    wanted = (
        select(recipients.c.recall, func.count())
        .where(recipients.c.sending_id == sending_id, _IS_MARKED)
        .group_by(recipients.c.recall)
    )
    counts = {RecallState(state): n for state, n in (await tx.execute(wanted)).all()}
    waiting = counts.get(RecallState.QUEUED, 0) + counts.get(RecallState.OUTBOX, 0)
    return Recall(waiting, counts.get(_D, 0), counts.get(_F, 0), counts.get(RecallState.TOO_OLD, 0))


async def count_fed(tx: Tx, sending_id: int) -> int:
    """Return how many recipients have rows in the outbox that delete their messages."""
    wanted = select(func.count()).where(
        recipients.c.sending_id == sending_id, recipients.c.recall == _IN_OUTBOX, _IS_MARKED
    )
    return int(await tx.scalar(wanted) or 0)
