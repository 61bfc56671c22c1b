"""The states of a sending: only the allowed moves, only from the version that was seen, only one winner."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools

from domain.messages import OnUnknown
from domain.newsletters import SENDING_MOVES, Sending, SendingState
from store import schedules, sendings
from store.database import Database
from store.ids import new_id
from tests.store.sending_rows import NOW, put_sending

S = SendingState


async def test_a_sending_comes_back_as_it_was_put_in(database: Database) -> None:
    """Nothing of it is lost, nor of its frozen files."""
    sending = Sending(new_id(), "spring", "abc", S.DRAFT, NOW, created_by=7, audience='language = "fi"', due_at=NOW)
    async with database.write() as tx:
        added = await sendings.add(tx, sending, content={"a.fi.j2": "Hei"}, on_unknown=OnUnknown.NEVER_MISS)
        assert added
        assert await sendings.get(tx, sending.id) == sending
        assert await sendings.content_of(tx, sending.id) == {"a.fi.j2": "Hei"}
        assert await sendings.recent(tx, name="spring") == [sending]
        assert await sendings.recent(tx, name="autumn") == []
        assert await sendings.get(tx, 1) is None


async def test_one_slot_makes_one_sending(database: Database) -> None:
    """The database refuses a second sending of the same slot; those by hand are never in each other's way."""
    async with database.write() as tx:
        kept = await schedules.keep(
            tx, "newsletter", "weekly", cron="0 9 * * 1", timezone="UTC", late=dt.timedelta(0), audience="", now=NOW
        )
        first, second = (Sending(new_id(), "weekly", "abc", S.RUNNING, NOW, due_at=NOW) for _ in range(2))
        answers = [
            await sendings.add(tx, sending, content={}, on_unknown=OnUnknown.NEVER_TWICE, schedule_id=kept.id)
            for sending in (first, second)
        ]
        assert answers == [True, False]
        assert await sendings.in_state(tx, S.RUNNING) == [first]
        await put_sending(tx)
        await put_sending(tx)
        assert len(await sendings.in_state(tx, S.RUNNING)) == 3


async def test_a_move_succeeds_exactly_where_the_table_allows_it(sqlite_database: Database) -> None:
    """The state table is the law, and a refused move changes nothing."""
    async with sqlite_database.write() as tx:
        for state, to in itertools.product(S, S):
            sending_id = await put_sending(tx, state)
            moved = await sendings.move(tx, sending_id, to, NOW)
            after = await sendings.get(tx, sending_id)
            assert after is not None
            if to in SENDING_MOVES[state]:
                assert moved == after
                assert (after.state, after.version) == (to, 1)
            else:
                assert moved is None
                assert (after.state, after.version) == (state, 0)


async def test_a_confirmation_of_an_older_version_is_refused(database: Database) -> None:
    """Whoever confirms confirms what she saw: after any change the old button does nothing."""
    async with database.write() as tx:
        sending_id = await put_sending(tx, S.DRAFT)
        changed = await sendings.change_draft(tx, sending_id, version=0, digest="new", content={"x": "y"}, audience="")
        assert changed is not None
        assert (changed.version, changed.digest) == (1, "new")
        assert await sendings.move(tx, sending_id, S.RUNNING, NOW, version=0) is None
        started = await sendings.move(tx, sending_id, S.RUNNING, NOW, version=1, approved_by=9)
        assert started is not None
        assert await sendings.approver_of(tx, sending_id) == 9
        assert await sendings.change_draft(tx, sending_id, version=2, digest="z", content={}, audience="") is None


async def test_of_two_who_confirm_at_once_one_wins(database: Database) -> None:
    """The same version is moved once."""
    async with database.write() as tx:
        sending_id = await put_sending(tx, S.APPROVAL)

    async def confirm() -> bool:
        async with database.write() as tx:
            return await sendings.move(tx, sending_id, S.RUNNING, NOW, version=0) is not None

    assert sorted(await asyncio.gather(confirm(), confirm(), confirm())) == [False, False, True]


async def test_resuming_keeps_the_start_and_going_on_takes_the_end_away(database: Database) -> None:
    """`started_at` is the first start; `finished_at` is there only while it is over."""
    hour = dt.timedelta(hours=1)
    async with database.write() as tx:
        sending_id = await put_sending(tx, S.RUNNING)
        await sendings.move(tx, sending_id, S.PAUSED, NOW + hour, reason="by Olga")
        resumed = await sendings.move(tx, sending_id, S.RUNNING, NOW + 2 * hour)
        finished = await sendings.move(tx, sending_id, S.FINISHED, NOW + 3 * hour)
        again = await sendings.move(tx, sending_id, S.RUNNING, NOW + 4 * hour)
    assert resumed is not None
    assert finished is not None
    assert again is not None
    assert (resumed.started_at, resumed.reason) == (NOW, "")
    assert finished.finished_at == NOW + 3 * hour
    assert again.finished_at is None


async def test_the_next_scheduled_start_is_known(database: Database) -> None:
    """A draft plans nothing; a scheduled sending plans its time."""
    async with database.write() as tx:
        draft = await put_sending(tx, S.DRAFT)
        assert await sendings.next_due(tx) is None
        await sendings.move(tx, draft, S.SCHEDULED, NOW, due_at=NOW + dt.timedelta(minutes=5))
        assert await sendings.next_due(tx) == NOW + dt.timedelta(minutes=5)


async def test_a_frozen_audience_is_no_change_of_the_sending(database: Database) -> None:
    """The work going on must not void the buttons under its progress."""
    async with database.write() as tx:
        sending_id = await put_sending(tx)
        await sendings.mark_frozen(tx, sending_id)
        frozen = await sendings.get(tx, sending_id)
        assert frozen is not None
        assert (frozen.frozen, frozen.version) == (True, 0)


async def test_a_held_sending_is_changed_only_after_the_transaction(database: Database) -> None:
    """A slice of the feeder and a pause come one after the other, so that the pause takes back all of the slice."""
    async with database.write() as tx:
        sending_id = await put_sending(tx)
    order: list[str] = []
    held = asyncio.Event()

    async def feed() -> None:
        async with database.write() as tx:
            assert await sendings.hold(tx, sending_id) is not None
            held.set()
            for _ in range(20):
                await sendings.get(tx, sending_id)
            order.append("fed")

    async def pause() -> None:
        await held.wait()
        async with database.write() as tx:
            assert await sendings.move(tx, sending_id, S.PAUSED, NOW) is not None
            order.append("paused")

    await asyncio.gather(feed(), pause())
    assert order == ["fed", "paused"]
