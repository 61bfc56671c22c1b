"""Topics of newsletters: what a customer has switched off stays off until she switches it on again."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from store.database import Database
from store.tables import topic_choices
from store.topic_choices import choose_topics, switched_off, topics_off
from tests.store.sending_rows import NOW, put_customers

LATER = NOW + dt.timedelta(hours=1)


async def test_last_choice_counts(database: Database) -> None:
    """Off and on again; what was never chosen is on."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        await choose_topics(tx, 1, {"offers": False, "magazine": False}, "topics", NOW)
        await choose_topics(tx, 1, {"magazine": True}, "topics", LATER)
        assert await topics_off(tx, 1) == {"offers"}
        assert await topics_off(tx, 2) == frozenset()
        assert await switched_off(tx, [1, 2], ["offers", "magazine"]) == {(1, "offers")}
        await choose_topics(tx, 2, {}, "topics", NOW)


async def test_repeated_choice_keeps_when_and_where_it_was_made(database: Database) -> None:
    """A second tap on the same button is no second opt-out: the letter that made her leave stays named."""
    async with database.write() as tx:
        await put_customers(tx, [1])
        await choose_topics(tx, 1, {"offers": False}, "newsletter:5", NOW)
        await choose_topics(tx, 1, {"offers": False}, "topics", LATER)
        row = (await tx.execute(select(topic_choices))).one()
    assert (row.source, row.at) == ("newsletter:5", NOW)
