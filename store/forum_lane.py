"""What waits for the staff forum: a customer's words joined while the lane is behind, and rows as they were put in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, delete, func, select, text, union_all, update

from domain.messages import Act, Lane, Message, Span, Waiting
from store.database import Tx
from store.outbox_payload import read_message, write_message
from store.tables import outbox

_IS_WAITING = text("outbox.state = 'waiting'")  # as literals, so that the partial indexes serve
_IS_INTENT = text("outbox.state = 'intent'")
_LONGEST = 4096  # UTF-16 units of one message
_MOST_SPANS = 90
_MOST_JOINED = 200
_BETWEEN = "\n\n"


async def as_put_in(tx: Tx, row: Waiting) -> Waiting:
    """Return a row that is on its way as the outbox holds it, before a topic was found for it."""
    columns = (outbox.c.chat_id, outbox.c.thread_id, outbox.c.ref, outbox.c.payload)
    kept = (await tx.execute(select(*columns).where(outbox.c.id == row.id))).one_or_none()
    if kept is None:
        return row
    return replace(
        row, chat_id=kept.chat_id, thread_id=kept.thread_id, ref=kept.ref, message=read_message(kept.payload)
    )


async def join_waiting(tx: Tx, row: Waiting, chat_id: int, now: dt.datetime) -> Waiting:
    """
    Join to a claimed *row* what of the same customer, case and kind waits right behind it for *chat_id*.

    Only plain words are joined, up to what one message holds; a file, a card or anything else ends it, so that the
    order stays. The joined rows leave the outbox and *row* holds their words, both in this transaction; its *ref*
    becomes that of the last, so that an answer reaches her and her case.
    """
    if not _is_plain(row.message):
        return row
    columns = (outbox.c.id, outbox.c.act, outbox.c.kind, outbox.c.case_id, outbox.c.ref, outbox.c.payload)
    waiting = select(*columns).where(
        _IS_WAITING,
        outbox.c.lane == int(row.lane),
        outbox.c.not_before <= now,
        outbox.c.chat_id == chat_id,
        outbox.c.customer_id == row.customer_id,
    )
    ordered = waiting.order_by(outbox.c.not_before, outbox.c.id).limit(_MOST_JOINED)
    joined, message, length = [], row.message, _units(row.message.text)
    for other in (await tx.execute(ordered)).all():
        added = read_message(other.payload)
        length += _units(_BETWEEN) + _units(added.text)
        spans = len(message.spans) + len(added.spans)
        if not _is_alike(other, row) or not _is_plain(added) or length > _LONGEST or spans > _MOST_SPANS:
            break
        message = _added(message, added)
        joined.append(other)
    if not joined:
        return row
    whole = replace(row, message=message, ref=joined[-1].ref)
    await tx.execute(delete(outbox).where(outbox.c.id.in_([other.id for other in joined])))
    kept = {"payload": write_message(whole.message), "ref": whole.ref}
    await tx.execute(update(outbox).where(outbox.c.id == row.id).values(**kept))
    return whole


async def refs_under_way(tx: Tx, chat_id: int, kind: str) -> frozenset[str]:
    """Return the refs of rows of that kind that wait for *chat_id* or are on their way there."""
    there = (outbox.c.chat_id == chat_id, outbox.c.kind == kind, outbox.c.act == Act.SEND.value)
    waiting = select(outbox.c.ref).where(_IS_WAITING, outbox.c.lane == int(Lane.STAFF), *there)
    query = union_all(waiting, select(outbox.c.ref).where(_IS_INTENT, *there))
    return frozenset((await tx.execute(query)).scalars())


async def count_waiting(tx: Tx, chat_ids: Sequence[int]) -> int:
    """Return how many rows wait for those chats in the lane of staff."""
    query = select(func.count()).where(
        _IS_WAITING, outbox.c.lane == int(Lane.STAFF), outbox.c.chat_id.in_(list(chat_ids))
    )
    return int(await tx.scalar(query) or 0)


def _is_alike(other: Row[*tuple[Any, ...]], row: Waiting) -> bool:
    return bool(other.act == Act.SEND.value and other.kind == row.kind and other.case_id == row.case_id)


def _is_plain(message: Message) -> bool:
    special = message.html or message.media or message.location
    return not (special or message.keyboard or message.ask or message.reply_to)


def _added(message: Message, added: Message) -> Message:
    moved = _units(message.text + _BETWEEN)
    spans = [Span(span.kind, span.offset + moved, span.length, span.url) for span in added.spans]
    return replace(message, text=message.text + _BETWEEN + added.text, spans=(*message.spans, *spans))


def _units(written: str) -> int:
    return len(written.encode("utf-16-le", "surrogatepass")) // 2
