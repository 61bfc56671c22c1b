"""What waits for the forum: a customer's words are joined in their order, and nothing else with them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from domain.messages import Act, Button, Lane, Media, MediaKind, Message, OutboxState, Span, Waiting
from store import outbox
from store.database import Database, Tx
from store.forum_lane import as_put_in, join_waiting, refs_under_way

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)


def row(number: int, text: str = "", **more: Any) -> Waiting:
    """Return words of customer 7 for her topic."""
    message = more.pop("message", Message(text))
    chat_id = more.pop("chat_id", 0)
    given: dict[str, Any] = {"customer_id": 7, "case_id": 3, "ref": f"in:7:{number}", **more}
    return Waiting(number, Act.SEND, chat_id, Lane.STAFF, "staff_words", message, NOW, NOW, **given)


async def claimed(tx: Tx, *rows: Waiting) -> Waiting:
    """Put rows in and claim the first."""
    await outbox.put(tx, rows)
    (first,) = await outbox.claim(tx, NOW, owner="me", limit=100)
    return first


async def waiting(database: Database) -> list[int]:
    """Return the ids of what is still in the outbox, in order."""
    async with database.write() as tx:
        found: list[int] = []
        while rows := await outbox.claim(tx, NOW, owner="other", limit=100):
            found += [each.id for each in rows]
            await outbox.settle(tx, done=[each.id for each in rows])
        return found


async def test_words_that_wait_behind_each_other_become_one_message(database: Database) -> None:
    """With the last one's ref, so that an answer reaches her and her case; the outbox holds the same after a kill."""
    bold = Message("Ann\nb", spans=(Span("bold", 0, 3),))
    async with database.write() as tx:
        first = await claimed(tx, row(1, "a 🦄"), row(2, message=bold), row(3, "c"), row(4, "other", customer_id=8))
        joined = await join_waiting(tx, first, 0, NOW)
        assert joined.message == Message("a 🦄\n\nAnn\nb\n\nc", spans=(Span("bold", 6, 3),))
        assert (joined.ref, joined.case_id) == ("in:7:3", 3)
        kept = await as_put_in(tx, first)
        assert (kept.message, kept.ref, kept.chat_id) == (joined.message, joined.ref, 0)
        await outbox.settle(tx, done=[first.id])
    assert await waiting(database) == [4]


async def test_joining_ends_at_what_is_no_plain_word(database: Database) -> None:
    """A file, a card, another case, what is too long, what is not due: the order stays."""
    photo = Message("look", media=(Media(MediaKind.PHOTO, "f1"),))
    enders = (
        row(3, message=photo),
        row(3, "x", case_id=4),
        row(3, "x" * 4091),
        row(3, message=Message("x", keyboard=((Button("b", "t"),),))),
    )
    for ender in enders:
        async with database.write() as tx:
            first = await claimed(tx, row(1, "a"), row(2, "b"), ender, row(4, "c"))
            assert (await join_waiting(tx, first, 0, NOW)).message.text == "a\n\nb"
            await outbox.settle(tx, done=[first.id])
        assert await waiting(database) == [3, 4]


async def test_file_itself_is_never_joined(database: Database) -> None:
    """An album stays whole, and what follows it stands by itself."""
    album = Message("two", media=(Media(MediaKind.PHOTO, "f1"), Media(MediaKind.PHOTO, "f2")))
    async with database.write() as tx:
        first = await claimed(tx, row(1, message=album), row(2, "b"))
        assert await join_waiting(tx, first, 0, NOW) == first
        await outbox.settle(tx, done=[first.id])
    assert await waiting(database) == [2]


async def test_cards_under_way_are_known_by_their_refs(database: Database) -> None:
    """Waiting or just on their way, so that none is shown twice."""
    async with database.write() as tx:
        first = await claimed(tx, row(1, "a", ref="card:1"), row(2, "b", ref="card:2"))
        await outbox.put(tx, [row(3, "c", chat_id=5)])
        assert first.state is OutboxState.INTENT
        assert await refs_under_way(tx, 0, "staff_words") == {"card:1", "card:2"}
        assert await refs_under_way(tx, 0, "staff_card") == frozenset()
