"""The inbox: nothing lost, nothing twice, whatever number Telegram gives it."""

from __future__ import annotations

import datetime as dt

import orjson

from store import inbox
from store.database import Database

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)


def update(number: int, message: int) -> tuple[int, str]:
    """Make an update whose message has the id *message*."""
    body = {"update_id": number, "message": {"message_id": message, "chat": {"id": 7}, "date": 1, "text": "x"}}
    return number, orjson.dumps(body).decode()


async def test_update_offered_twice_is_kept_once(database: Database) -> None:
    """Telegram offers an update until it is confirmed; only the first copy counts."""
    async with database.write() as tx:
        assert await inbox.keep(tx, [update(1, 10), update(2, 11)], NOW) == 2
        assert await inbox.keep(tx, [update(2, 11), update(3, 12)], NOW) == 1
        assert await inbox.keep(tx, [], NOW) == 0
        assert [one.update_id for one in await inbox.fetch_new(tx, 10)] == [1, 2, 3]


async def test_second_copy_written_otherwise_is_still_the_same_event(database: Database) -> None:
    """A copy whose bytes differ, such as by the order of its keys, is not a second message."""
    number, body = update(1, 10)
    async with database.write() as tx:
        await inbox.keep(tx, [(number, body)], NOW)
        assert await inbox.keep(tx, [(number, body.replace('"text":"x"', '"text": "x"'))], NOW) == 0


async def test_numbering_that_begins_anew_loses_nothing(database: Database) -> None:
    """After a reset an old number names a new event: both are kept, in the order of arrival."""
    async with database.write() as tx:
        await inbox.keep(tx, [update(1, 10), update(2, 11)], NOW)
        rows = await inbox.fetch_new(tx, 10)
        await inbox.mark_done(tx, [rows[0].id], NOW)
        assert await inbox.keep(tx, [update(1, 12), update(2, 13)], NOW) == 2
        assert await inbox.keep(tx, [update(1, 12), update(2, 13)], NOW) == 0
        kept = [orjson.loads(one.body)["message"]["message_id"] for one in await inbox.fetch_new(tx, 10)]
    assert kept == [11, 12, 13]


async def test_unreadable_update_is_set_aside_and_can_come_back(database: Database) -> None:
    """One bad update does not hold up the rest, and is not lost."""
    async with database.write() as tx:
        await inbox.keep(tx, [(1, "[not json"), update(2, 10)], NOW)
        assert await inbox.keep(tx, [(1, "[not json")], NOW) == 0
        bad, good = await inbox.fetch_new(tx, 10)
        await inbox.park(tx, bad.id, "not an object", NOW)
        await inbox.mark_done(tx, [good.id], NOW)
        assert (await inbox.count_new(tx), await inbox.count_parked(tx)) == (0, 1)
        assert await inbox.retry_parked(tx) == 1
        assert [one.body for one in await inbox.fetch_new(tx, 10)] == ["[not json"]


async def test_purge_takes_only_what_was_handled_long_ago(database: Database) -> None:
    """What waits is never purged, however old."""
    async with database.write() as tx:
        await inbox.keep(tx, [update(1, 10), update(2, 11), update(3, 12)], NOW)
        first, second, _ = await inbox.fetch_new(tx, 10)
        await inbox.mark_done(tx, [first.id], NOW - dt.timedelta(days=3))
        await inbox.mark_done(tx, [second.id], NOW)
        assert await inbox.purge(tx, NOW - dt.timedelta(days=2)) == 1
        assert await inbox.count_new(tx) == 1
