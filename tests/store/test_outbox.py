"""The outbox: what is claimed, in which order, and what is left after an outcome."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from domain.messages import Act, Ask, Button, Lane, Media, MediaKind, Message, OnUnknown, OutboxState, Span, Waiting
from store import outbox
from store.database import Database
from store.ids import new_id
from store.outbox_payload import read_message, write_message

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)


def row(chat: int, lane: Lane = Lane.REPLY, *, text: str = "hello", later: int = 0, **more: object) -> Waiting:
    """Make a waiting message for *chat*, due *later* seconds after NOW."""
    made = Waiting(
        new_id(), Act.SEND, chat, lane, "reply", Message(text), NOW, NOW + dt.timedelta(seconds=later), customer_id=chat
    )
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]  # the fields are checked by the dataclass


async def put(database: Database, *rows: Waiting) -> None:
    """Store rows in a transaction of their own."""
    async with database.write() as tx:
        await outbox.put(tx, rows)


async def claim(database: Database, limit: int = 10, owner: str = "me", **more: object) -> list[Waiting]:
    """Claim in a transaction of its own."""
    async with database.write() as tx:
        return await outbox.claim(tx, NOW, owner=owner, limit=limit, **more)  # type: ignore[arg-type]  # passed on


async def test_urgent_lanes_go_first_and_the_oldest_of_each(database: Database) -> None:
    """A reply overtakes everything that was put in before it."""
    bulk, staff, old, new = row(1, Lane.BULK), row(2, Lane.STAFF), row(3), row(4)
    await put(database, bulk, staff, old, new)
    assert [one.id for one in await claim(database, 3)] == [old.id, new.id, staff.id]
    assert [one.id for one in await claim(database)] == [bulk.id]
    assert await claim(database) == []


async def test_claimed_row_equals_the_one_put(database: Database) -> None:
    """Nothing of a message gets lost on the way through the store."""
    message = Message("a <b>", True, ((Button("yes", "q.1"), Button("site", url="https://x.example")),))
    whole = row(
        9,
        message=message,
        thread_id=4,
        message_id=5,
        callback_id="c",
        run_id=6,
        question="score",
        case_id=7,
        newsletter_id=8,
        staff_id=10,
        on_unknown=OnUnknown.ASK_STAFF,
        proactive=True,
        attempts=2,
        ref="card:7",
        reason="again",
    )
    await put(database, whole)
    assert await claim(database) == [dataclasses.replace(whole, state=OutboxState.INTENT)]


async def test_rows_that_are_expected_are_not_read_and_the_others_are(database: Database) -> None:
    """Both come in one order, and an expected row is expected once."""
    rows = [row(1, Lane.BULK), row(2), row(3, Lane.BULK), row(4, Lane.BULK, later=1)]
    await put(database, *rows)
    expected = {one.id: dataclasses.replace(one, message=Message("as told")) for one in (rows[0], rows[3])}
    bulk, reply, other, later = rows
    claimed = await claim(database, expected=expected)
    assert claimed == [
        dataclasses.replace(reply, state=OutboxState.INTENT),
        dataclasses.replace(bulk, message=Message("as told")),
        dataclasses.replace(other, state=OutboxState.INTENT),
    ]
    assert list(expected) == [later.id]
    async with database.write() as tx:
        await outbox.settle(tx, again=[outbox.Again(bulk.id, NOW, 1)])
    (again,) = await claim(database, expected=expected)
    assert (again.id, again.message, again.attempts) == (bulk.id, bulk.message, 1)


async def test_one_chat_has_one_message_on_its_way(database: Database) -> None:
    """What is said in a chat arrives in the order in which it was said."""
    first, second, other = row(1), row(1), row(2)
    await put(database, first, second, other)
    assert {one.id for one in await claim(database)} == {first.id, other.id}
    assert await claim(database) == []
    async with database.write() as tx:
        await outbox.settle(tx, done=[first.id])
    assert [one.id for one in await claim(database)] == [second.id]


async def test_answers_to_taps_wait_for_no_message(database: Database) -> None:
    """Her button stops spinning at once, however much is still to be said in her chat."""
    first, second = row(1), row(1)
    taps = [row(1, act=Act.TOAST, callback_id=name) for name in ("a", "b")]
    await put(database, first, second, *taps)
    assert [one.id for one in await claim(database, skip_chats=[1])] == [one.id for one in taps]
    async with database.write() as tx:
        await outbox.settle(tx, done=[taps[0].id], again=[outbox.Again(taps[1].id, NOW, 1)])
    assert {one.id for one in await claim(database)} == {first.id, taps[1].id}
    assert await claim(database) == []


async def test_later_rows_skipped_chats_and_lower_lanes_stay(database: Database) -> None:
    """The pump can leave out what must not go yet."""
    await put(database, row(1, later=1), row(2), row(3, Lane.BULK))
    assert await claim(database, skip_chats=[2], lane=Lane.SERVICE) == []
    assert [one.chat_id for one in await claim(database, skip_chats=[2])] == [3]
    async with database.read() as tx:
        assert await outbox.next_due(tx) == NOW
        assert await outbox.count_due(tx, NOW) == 1
        assert await outbox.count_intents(tx) == 1
        assert await outbox.count_by_lane(tx) == {Lane.REPLY: 2}


async def test_what_is_held_until_tomorrow_costs_a_claim_nothing(database: Database) -> None:
    """An index leads to what is due in each lane, past all the rows of a sending that waits for morning."""
    await put(database, *(row(chat, Lane.BULK, later=9) for chat in range(1, 9)), row(9, Lane.BULK))
    asked: dict[str, Any] = {}

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked[statement] = parameters

    event.listen(database.engine.sync_engine, "before_cursor_execute", keep)
    assert [one.chat_id for one in await claim(database)] == [9]
    event.remove(database.engine.sync_engine, "before_cursor_execute", keep)
    ((statement, parameters),) = ((text, given) for text, given in asked.items() if "UPDATE outbox" in text)
    async with database.write() as tx:
        if database.is_sqlite:
            plan = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            assert any("ix_outbox_waiting (lane=? AND not_before<?)" in step["detail"] for step in plan.mappings())
        else:
            await tx.exec_driver_sql("SET LOCAL enable_seqscan = off")
            await tx.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
            plan = await tx.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            steps = [str(step[0]).strip() for step in plan]
            assert any("using ix_outbox_waiting" in step for step in steps)
            assert any(step.startswith("Index Cond: ((lane = ANY") and "not_before <=" in step for step in steps)


async def test_outcomes_empty_the_outbox_or_keep_what_still_has_to_go(database: Database) -> None:
    """Only what may go again or awaits a word of staff stays."""
    done, again, asked = row(1), row(2), row(3)
    await put(database, done, again, asked)
    await claim(database)
    async with database.write() as tx:
        await outbox.settle(
            tx, done=[done.id], again=[outbox.Again(again.id, NOW, 1, "cut off")], asked=[(asked.id, "cut off")]
        )
    (back,) = await claim(database)
    assert (back.id, back.attempts, back.reason) == (again.id, 1, "cut off")
    async with database.read() as tx:
        open_ = await outbox.fetch_asked(tx, asked.id)
        assert open_ is not None
        assert open_.reason == "cut off"
        assert await outbox.fetch_asked(tx, again.id) is None


async def test_intents_of_a_dead_process_are_found(database: Database) -> None:
    """What a killed process had on its way is told from what this one has."""
    theirs, mine = row(1), row(2)
    await put(database, theirs)
    await claim(database, owner="dead")
    await put(database, mine)
    await claim(database, owner="me")
    async with database.write() as tx:
        assert [one.id for one in await outbox.recover(tx, "me")] == [theirs.id]


async def test_recipient_is_put_in_once_however_often_it_is_tried(database: Database) -> None:
    """A feeder that repeats its batch after a crash writes nobody twice."""
    once = row(1, Lane.BULK, newsletter_id=5)
    await put(database, once)
    await put(database, row(1, Lane.BULK, newsletter_id=5), row(2, Lane.BULK, newsletter_id=5))
    assert len(await claim(database)) == 2


async def test_withdrawn_newsletter_leaves_only_what_is_on_its_way(database: Database) -> None:
    """A pause takes effect within the messages in flight."""
    await put(database, *(row(chat, Lane.BULK, newsletter_id=5) for chat in (1, 2, 3)))
    await claim(database, 1)
    async with database.write() as tx:
        assert sorted(await outbox.withdraw_newsletter(tx, 5)) == [2, 3]
        assert await outbox.count_intents(tx) == 1


async def test_forgotten_customer_and_moved_group(database: Database) -> None:
    """Erasing a customer takes what waits for her; a group that moved takes its rows along."""
    await put(database, row(1), row(-5, customer_id=None))
    async with database.write() as tx:
        await outbox.forget(tx, 1)
        await outbox.move_chat(tx, -5, -1005)
    assert [one.chat_id for one in await claim(database)] == [-1005]


media = st.builds(Media, st.sampled_from(MediaKind), st.text(), st.text(), st.text(), st.none() | st.integers(1, 2**31))
messages = st.builds(
    Message,
    text=st.text(),
    html=st.booleans(),
    keyboard=st.lists(
        st.lists(st.builds(Button, st.text(), st.text(), st.text()), max_size=2).map(tuple), max_size=2
    ).map(tuple),
    media=st.lists(media, max_size=2).map(tuple),
    ask=st.none() | st.sampled_from(Ask),
    ask_label=st.text(),
    spans=st.lists(st.builds(Span, st.text(), st.integers(0, 99), st.integers(0, 99), st.text()), max_size=2).map(
        tuple
    ),
    reply_to=st.none() | st.integers(1, 2**40),
    silent=st.booleans(),
    protect=st.booleans(),
)


@given(messages)
def test_message_survives_its_document(message: Message) -> None:
    """Whatever a message holds, the outbox gives it back."""
    assert read_message(write_message(message)) == message
