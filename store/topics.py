"""The staff forum as the store knows it: the topic of each customer, and which message of ours belongs to what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, text, update

from domain.messages import Act, Lane, Message, OutboxState
from store.database import Tx
from store.outbox_payload import read_message, write_message
from store.tables import former_topics, outbox, staff_messages, topics

# Nothing of staff's is in bulk, so the index of what waits is read without a newsletter's hundred thousand rows.
_IS_WAITING = (text("outbox.state = 'waiting'"), outbox.c.lane < int(Lane.BULK))


@dataclass(frozen=True, slots=True)
class Topic:
    """
    A customer's topic: `thread_id` in the group `chat_id`, under the name that we gave it.

    Once staff have given it another, *name* is empty: theirs is kept. A *former* one is no more written to by us.
    """

    customer_id: int
    chat_id: int
    thread_id: int
    name: str
    former: bool = False


@dataclass(frozen=True, slots=True)
class StaffMessage:
    """
    One message that staff can answer, or that stands for something: a case card, relayed words, a reply that went out.

    *ref* names it: "card:12", "in:7:345" (the customer's message), "reply:88" (the outbox row), "sending:3".
    *pinned* says that it is pinned in its chat, or is about to be.
    """

    chat_id: int
    message_id: int
    ref: str
    at: dt.datetime
    customer_id: int | None = None
    case_id: int | None = None
    pinned: bool = False


async def find_topic(tx: Tx, customer_id: int) -> Topic | None:
    """Return the customer's topic, or None while she has none."""
    row = (await tx.execute(select(topics).where(topics.c.customer_id == customer_id))).one_or_none()
    return None if row is None else Topic(row.customer_id, row.chat_id, row.thread_id, row.name)


async def find_topic_at(tx: Tx, chat_id: int, thread_id: int) -> Topic | None:
    """Return the topic that *thread_id* of the group is, or None when it is nobody's."""
    query = select(topics).where(topics.c.chat_id == chat_id, topics.c.thread_id == thread_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else Topic(row.customer_id, row.chat_id, row.thread_id, row.name)


async def keep_topic(tx: Tx, topic: Topic) -> None:
    """Remember the customer's topic; an older one of hers is a former one from now on."""
    older = await find_topic(tx, topic.customer_id)
    if older is not None:
        await _set_aside(tx, older)
    for table in (topics, former_topics):
        same = (table.c.chat_id == topic.chat_id, table.c.thread_id == topic.thread_id)
        await tx.execute(delete(table).where(*same))
    await tx.execute(
        insert(topics).values(
            customer_id=topic.customer_id, chat_id=topic.chat_id, thread_id=topic.thread_id, name=topic.name
        )
    )


async def forget_topic(tx: Tx, customer_id: int, thread_id: int) -> None:
    """Set a topic aside that Telegram says it has lost, as a former one; one that was made since then stays."""
    topic = await find_topic(tx, customer_id)
    if topic is not None and topic.thread_id == thread_id:
        await _set_aside(tx, topic)


async def find_former_topic(tx: Tx, chat_id: int, thread_id: int) -> Topic | None:
    """Return the topic that *thread_id* of the group was before its customer got another, or None."""
    query = select(former_topics).where(former_topics.c.chat_id == chat_id, former_topics.c.thread_id == thread_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else Topic(row.customer_id, row.chat_id, row.thread_id, row.name, former=True)


async def bring_topics_back(tx: Tx, chat_id: int) -> list[Topic]:
    """
    Give everyone in the group who has no topic the last of her former ones again, and return these.

    Where topics are only switched off, Telegram says of each that it is lost, and gives no other in its place.
    """
    without = former_topics.c.customer_id.not_in(select(topics.c.customer_id))
    query = select(former_topics).where(former_topics.c.chat_id == chat_id, without)
    found = (await tx.execute(query.order_by(former_topics.c.thread_id))).all()
    last = {row.customer_id: Topic(row.customer_id, row.chat_id, row.thread_id, row.name) for row in found}
    for topic in last.values():
        await keep_topic(tx, topic)
    return list(last.values())


async def _set_aside(tx: Tx, topic: Topic) -> None:
    same = (former_topics.c.chat_id == topic.chat_id, former_topics.c.thread_id == topic.thread_id)
    await tx.execute(delete(topics).where(topics.c.customer_id == topic.customer_id))
    await tx.execute(delete(former_topics).where(*same))
    await tx.execute(
        insert(former_topics).values(
            chat_id=topic.chat_id, thread_id=topic.thread_id, customer_id=topic.customer_id, name=topic.name
        )
    )


async def name_topic(tx: Tx, topic: Topic, name: str) -> None:
    """Remember the name that we gave the topic; "" once staff have given it their own."""
    await tx.execute(update(topics).where(topics.c.customer_id == topic.customer_id).values(name=name))


async def move_group(tx: Tx, old_chat_id: int) -> None:
    """
    Forget what is known of a group that became a supergroup.

    A supergroup counts its messages anew, so an old id would name a stranger's message there: topics are made again.
    """
    for table in (topics, former_topics):
        await tx.execute(delete(table).where(table.c.chat_id == old_chat_id))
    await tx.execute(delete(staff_messages).where(staff_messages.c.chat_id == old_chat_id))


async def keep_messages(tx: Tx, messages: Sequence[StaffMessage]) -> None:
    """Remember what these messages belong to; one that is known already gets the new meaning."""
    for message in messages:
        key = (staff_messages.c.chat_id == message.chat_id) & (staff_messages.c.message_id == message.message_id)
        values = {
            "ref": message.ref,
            "customer_id": message.customer_id,
            "case_id": message.case_id,
            "at": message.at,
        }
        changed = await tx.execute(update(staff_messages).where(key).values(values))
        if changed.rowcount == 0:
            values |= {"chat_id": message.chat_id, "message_id": message.message_id}
            await tx.execute(insert(staff_messages).values(values))


async def find_message(tx: Tx, chat_id: int, message_id: int) -> StaffMessage | None:
    """Return what a message of a chat belongs to, or None."""
    query = select(staff_messages).where(staff_messages.c.chat_id == chat_id, staff_messages.c.message_id == message_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else StaffMessage(**row._mapping)


async def messages_of(tx: Tx, ref: str) -> list[StaffMessage]:
    """Return every message that stands for *ref*, oldest first."""
    query = (
        select(staff_messages)
        .where(staff_messages.c.ref == ref)
        .order_by(staff_messages.c.at, staff_messages.c.message_id)
    )
    return [StaffMessage(**row._mapping) for row in await tx.execute(query)]


async def forget_message(tx: Tx, chat_id: int, message_id: int) -> None:
    """Forget a message that is gone from its chat."""
    await tx.execute(
        delete(staff_messages).where(staff_messages.c.chat_id == chat_id, staff_messages.c.message_id == message_id)
    )


async def know_message_as(tx: Tx, chat_id: int, message_id: int, ref: str) -> None:
    """Know a message as *ref* from now on; an answer to it still reaches its customer."""
    mine = (staff_messages.c.chat_id == chat_id, staff_messages.c.message_id == message_id)
    await tx.execute(update(staff_messages).where(*mine).values(ref=ref))


async def drop_waiting_edits(tx: Tx, chat_id: int, message_id: int) -> None:
    """Drop edits of that message that have not gone out: a newer state is about to be put in their place."""
    await tx.execute(
        delete(outbox).where(
            *_IS_WAITING,
            outbox.c.act == Act.EDIT.value,
            outbox.c.chat_id == chat_id,
            outbox.c.message_id == message_id,
        )
    )


async def set_pinned(tx: Tx, chat_id: int, message_id: int, pinned: bool) -> None:
    """Remember whether a message is pinned in its chat, or about to be."""
    key = (staff_messages.c.chat_id == chat_id) & (staff_messages.c.message_id == message_id)
    await tx.execute(update(staff_messages).where(key).values(pinned=pinned))


async def drop_waiting_pin(tx: Tx, chat_id: int, message_id: int) -> bool:
    """Drop a pin of that message that has not gone out; False when there is none."""
    dropped = await tx.execute(
        delete(outbox).where(
            *_IS_WAITING,
            outbox.c.act == Act.PIN.value,
            outbox.c.chat_id == chat_id,
            outbox.c.message_id == message_id,
        )
    )
    return dropped.rowcount > 0


async def drop_acts_in(tx: Tx, chat_id: int) -> None:
    """Drop what waits to be done to older messages of a chat."""
    await tx.execute(delete(outbox).where(*_IS_WAITING, outbox.c.chat_id == chat_id, outbox.c.message_id.is_not(None)))


async def drop_looks(tx: Tx, chat_id: int, ref: str) -> None:
    """Drop looks at a chat that have not begun: a newer one is about to be put in their place."""
    same = (outbox.c.act == Act.LOOK.value, outbox.c.chat_id == chat_id, outbox.c.ref == ref)
    await tx.execute(delete(outbox).where(*_IS_WAITING, *same))


async def change_waiting(tx: Tx, row_id: int, change: Callable[[Message], Message]) -> bool:
    """Give a row of the outbox another message before it goes; False when it is on its way, or gone."""
    still = (outbox.c.id == row_id) & (outbox.c.state == OutboxState.WAITING.value)
    payload = await tx.scalar(select(outbox.c.payload).where(still))
    if payload is None:
        return False
    message = write_message(change(read_message(payload)))
    changed = await tx.execute(update(outbox).where(still).values(payload=message))
    return changed.rowcount > 0


async def is_on_its_way(tx: Tx, row_id: int) -> bool:
    """Say whether the outbox still holds a row, in any state."""
    return await tx.scalar(select(outbox.c.id).where(outbox.c.id == row_id)) is not None
