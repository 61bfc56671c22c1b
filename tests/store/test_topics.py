"""Topics and staff messages in the store."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert

from store.database import Database, Tx
from store.tables import customers
from store.topics import (
    StaffMessage,
    Topic,
    bring_topics_back,
    find_former_topic,
    find_message,
    find_topic,
    find_topic_at,
    forget_message,
    forget_topic,
    keep_messages,
    keep_topic,
    messages_of,
    move_group,
)

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
GROUP = -1001


async def put_customers(tx: Tx, *ids: int) -> None:
    """Put in nameless customers."""
    await tx.execute(insert(customers), [{"id": customer, "created_at": NOW} for customer in ids])


async def test_topic_is_found_from_both_sides(database: Database) -> None:
    """The customer gives the topic, and the topic the customer."""
    async with database.write() as tx:
        await put_customers(tx, 7)
        await keep_topic(tx, Topic(7, GROUP, 40, "Ann"))
        assert await find_topic(tx, 7) == await find_topic_at(tx, GROUP, 40) == Topic(7, GROUP, 40, "Ann")
        assert await find_topic_at(tx, GROUP, 41) is None


async def test_lost_topic_is_forgotten_but_not_its_successor(database: Database) -> None:
    """Two rows may fail on the same lost topic; the second must not forget what the first has rebuilt."""
    async with database.write() as tx:
        await put_customers(tx, 7)
        await keep_topic(tx, Topic(7, GROUP, 40, "Ann"))
        await forget_topic(tx, 7, 40)
        assert await find_topic(tx, 7) is None
        await keep_topic(tx, Topic(7, GROUP, 41, "Ann"))
        await forget_topic(tx, 7, 40)
        assert await find_topic(tx, 7) == Topic(7, GROUP, 41, "Ann")


async def test_moved_group_starts_with_no_topics(database: Database) -> None:
    """A supergroup counts its messages anew: an old id would name a stranger's message."""
    async with database.write() as tx:
        await put_customers(tx, 7)
        await keep_topic(tx, Topic(7, GROUP, 40, "Ann"))
        await keep_messages(tx, [StaffMessage(GROUP, 3, "card:12", NOW, 7, 12), StaffMessage(5, 3, "card:12", NOW)])
        await move_group(tx, GROUP)
        assert await find_topic(tx, 7) is None
        assert [message.chat_id for message in await messages_of(tx, "card:12")] == [5]


async def test_message_keeps_its_newest_meaning(database: Database) -> None:
    """A message is one thing at a time, and gone when it is forgotten."""
    async with database.write() as tx:
        await keep_messages(tx, [StaffMessage(GROUP, 3, "in:7:20", NOW, 7)])
        await keep_messages(tx, [StaffMessage(GROUP, 3, "card:12", NOW, 7, 12)])
        assert await messages_of(tx, "in:7:20") == []
        assert await find_message(tx, GROUP, 3) == StaffMessage(GROUP, 3, "card:12", NOW, 7, 12)
        await forget_message(tx, GROUP, 3)
        assert await find_message(tx, GROUP, 3) is None


async def test_lost_topic_without_a_successor_can_be_brought_back(database: Database) -> None:
    """Of several the last; who has got another topic since keeps that, and is found by her former one."""
    async with database.write() as tx:
        await put_customers(tx, 7, 8)
        for customer, thread in ((7, 40), (7, 41), (8, 50)):
            await keep_topic(tx, Topic(customer, GROUP, thread, "Ann"))
            await forget_topic(tx, customer, thread)
        await keep_topic(tx, Topic(8, GROUP, 51, "Bo"))
        assert await bring_topics_back(tx, GROUP + 1) == []
        assert await bring_topics_back(tx, GROUP) == [Topic(7, GROUP, 41, "Ann")]
        assert await find_topic(tx, 7) == await find_topic_at(tx, GROUP, 41) == Topic(7, GROUP, 41, "Ann")
        assert await find_topic(tx, 8) == Topic(8, GROUP, 51, "Bo")
        assert await find_former_topic(tx, GROUP, 41) is None
        assert await find_former_topic(tx, GROUP, 50) == Topic(8, GROUP, 50, "Ann", former=True)
        await move_group(tx, GROUP)
        assert await find_former_topic(tx, GROUP, 50) is None
