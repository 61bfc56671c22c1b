"""Effects of a sending, counted on both databases: every kind of doing, by variant, and against the hold-out group."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import insert

from domain.effects import ClickKind, Doings, Followed, SendingEffects
from domain.newsletters import Measure, Sending, SendingState
from store import sendings
from store.clicks import count_click
from store.database import Database, Tx
from store.effects import counted_on_trial, effects_of
from store.ids import new_id
from store.tables import (
    cases,
    consents,
    contacts,
    customers,
    exclusions,
    purchases,
    reactions,
    recipients,
    signals,
    topic_choices,
)
from tests.store.sending_rows import NOW, put_customers, put_sending

HOUR = dt.timedelta(hours=1)
LATER = NOW + 3 * HOUR
UNTIL = NOW + dt.timedelta(days=2)


class Story:
    """One sending to customers 1 to 6 (variant a: 1 to 3, b: 4 and 5, 6 skipped), with 7 to 9 kept from it."""

    def __init__(self, tx: Tx, sending: Sending) -> None:
        self.tx = tx
        self.sending = sending

    @classmethod
    async def begin(cls, tx: Tx) -> Story:
        """Put everybody in."""
        sending_id = await put_sending(tx, SendingState.RUNNING)
        sending = await sendings.get(tx, sending_id)
        assert sending is not None
        await put_customers(tx, range(1, 10))
        rows = [
            {"sending_id": sending_id, "customer_id": i, "state": "sent", "at": NOW + HOUR, "message_id": 100 + i}
            | {"variant": "a" if i <= 3 else "b"}
            for i in range(1, 6)
        ]
        rows.append(
            {
                "sending_id": sending_id,
                "customer_id": 6,
                "state": "skipped",
                "at": NOW,
                "message_id": None,
                "variant": "",
            }
        )
        await tx.execute(insert(recipients), rows)
        left_out = [{"sending_id": sending_id, "customer_id": i, "reason": "hold_out"} for i in (7, 8, 9)]
        await tx.execute(insert(exclusions), [*left_out, {**left_out[0], "customer_id": 1, "reason": "no_consent"}])
        return cls(tx, sending)

    async def put(self, table: Any, customer_id: int, at: dt.datetime, **values: Any) -> None:
        """Put in a row of *table*."""
        await self.tx.execute(insert(table).values(customer_id=customer_id, at=at, **values))

    async def buys(self, who: int, at: dt.datetime, amount: int, receipt: str, currency: str = "EUR") -> None:
        """Let her buy, or give back."""
        await self.put(purchases, who, at, id=new_id(), receipt=receipt, amount_minor=amount, currency=currency)

    async def clicks(self, who: int, target: str, kind: ClickKind = ClickKind.BUTTON, at: dt.datetime = LATER) -> bool:
        """Let her follow something."""
        return await count_click(self.tx, self.sending.id, who, kind, target, at)

    async def effects(self, step: int = 50_000) -> SendingEffects:
        """Count."""
        return await effects_of(self.tx, self.sending, "EUR", UNTIL, step=step)


async def test_clicks_are_counted_by_people_and_by_target(database: Database) -> None:
    """Two taps of one customer are one person; those of somebody who did not get it do not count."""
    async with database.write() as tx:
        story = await Story.begin(tx)
        for who, target in ((1, "0"), (1, "0"), (1, "1"), (4, "0"), (7, "0")):
            await story.clicks(who, target)
        await story.clicks(2, "0", ClickKind.LINK)
        await story.clicks(3, "0", at=UNTIL)
        found = await story.effects()
    assert {variant: doings.clicked for variant, doings in found.got.items()} == {"a": 2, "b": 1}
    button, link = ClickKind.BUTTON, ClickKind.LINK
    assert found.followed == (Followed(button, "0", 2, 3), Followed(button, "1", 1, 1), Followed(link, "0", 1, 1))


async def test_replies_and_reactions_are_counted_by_people(database: Database) -> None:
    """What we wrote to her is no reply; a reaction to another message is none to this."""
    async with database.write() as tx:
        story = await Story.begin(tx)
        said = {"channel": "telegram", "kind": "words", "text": "Thanks", "newsletter_id": story.sending.id}
        for who, direction in ((1, "in"), (1, "in"), (2, "out"), (5, "in")):
            state = "received" if direction == "in" else "sent"
            await story.put(contacts, who, LATER, id=new_id(), direction=direction, state=state, **said)
        await story.put(reactions, 2, LATER, message_id=102, emoji="👍")
        await story.put(reactions, 3, LATER, message_id=999, emoji="👍")
        found = await story.effects()
    assert [(doings.replied, doings.reacted) for doings in found.got.values()] == [(1, 1), (1, 0)]


async def test_what_anybody_can_do_is_counted_after_the_message_and_against_the_hold_out(database: Database) -> None:
    """Before her message, after the end, and in other currencies it does not count; each step size counts the same."""
    async with database.write() as tx:
        story = await Story.begin(tx)
        early = NOW + HOUR / 2
        await story.put(signals, 1, LATER, id=new_id(), kind="block", evidence={}, ref="1")
        await story.put(signals, 2, LATER, id=new_id(), kind="mute", evidence={}, ref="2")
        no = {"purpose": "marketing", "given": False, "text_version": "1", "source": "stop", "current": True}
        await story.put(consents, 2, LATER, id=new_id(), **no)
        await story.put(consents, 3, early, id=new_id(), **no)
        await story.put(consents, 4, LATER, id=new_id(), **{**no, "purpose": "surveys"})
        await story.put(topic_choices, 5, LATER, topic="offers", wanted=False, source="topics")
        await story.put(topic_choices, 4, LATER, topic="offers", wanted=True, source="topics")
        for who, kind in ((1, "complaint"), (4, "question"), (8, "complaint")):
            case = {"customer_id": who, "kind": kind, "category": "x", "state": "new", "priority": "normal"}
            await tx.execute(insert(cases).values(**case, opened_at=LATER))
        for who, at, amount, receipt, currency in (
            (1, LATER, 1000, "r1", "EUR"),
            (1, LATER, 500, "r1", "EUR"),
            (1, LATER, -200, "r2", "EUR"),
            (4, LATER, 700, "r3", "EUR"),
            (4, LATER + HOUR, 300, "r4", "CZK"),
            (5, early, 9000, "r5", "EUR"),
            (5, UNTIL, 9000, "r6", "EUR"),
            (6, LATER, 100, "r7", "EUR"),
            (7, LATER, 400, "r8", "EUR"),
        ):
            await story.buys(who, at, amount, receipt, currency)
        found = await story.effects()
        assert await story.effects(step=2) == found
    a = Doings(3, blocked=1, opted_out=1, complained=1, bought=1, orders=1, amount=1300, squares=1300.0**2)
    b = Doings(2, opted_out=1, bought=1, orders=2, amount=700, squares=700.0**2)
    assert found.got == {"a": a, "b": b}
    assert found.reached == a + b
    assert found.assigned == Doings(
        6,
        blocked=1,
        opted_out=3,
        complained=1,
        bought=4,
        orders=5,
        amount=11_100,
        squares=1300.0**2 + 700**2 + 9000**2 + 100**2,
    )
    assert found.held_out == Doings(3, complained=1, bought=1, orders=1, amount=400, squares=160_000.0)


async def test_sending_without_hold_out_has_nothing_to_compare(database: Database) -> None:
    """And one that has reached nobody counts nothing."""
    async with database.write() as tx:
        sending = await sendings.get(tx, await put_sending(tx, SendingState.RUNNING))
        assert sending is not None
        found = await effects_of(tx, sending, "EUR", UNTIL)
    assert (found.assigned, found.held_out, dict(found.got), found.reached) == (None, None, {}, Doings())


async def test_start_by_a_passed_on_link_counts_anybody_and_tells_who_is_new(database: Database) -> None:
    """Known or new, once each; a sending that there is not counts nothing."""
    async with database.write() as tx:
        story = await Story.begin(tx)
        await tx.execute(insert(customers), [{"id": 20, "created_at": LATER, "met_at": LATER}])
        await tx.execute(insert(customers), [{"id": 21, "created_at": NOW, "met_at": NOW}])
        for who in (20, 20, 21):
            assert await story.clicks(who, "start", ClickKind.DEEP_LINK)
        assert not await count_click(tx, 5, 20, ClickKind.DEEP_LINK, "start", LATER)
        found = await story.effects()
    assert (found.starts, found.newcomers) == (2, 1)
    assert found.reached.clicked == 0


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (Measure.CLICKS, {"a": (1, 3), "b": (0, 2)}),
        (Measure.REPLIES, {"a": (0, 3), "b": (1, 2)}),
        (Measure.PURCHASES, {"a": (1, 3), "b": (1, 2)}),
    ],
)
async def test_variants_on_trial_are_counted_by_the_measure(
    database: Database, measure: Measure, expected: dict[str, tuple[int, int]]
) -> None:
    """Those who have no variant are not on trial, whatever they do."""
    async with database.write() as tx:
        story = await Story.begin(tx)
        await put_customers(tx, [30])
        sent = {"sending_id": story.sending.id, "customer_id": 30, "state": "sent", "at": NOW + HOUR}
        await tx.execute(insert(recipients), [sent])
        said = {"channel": "telegram", "kind": "words", "text": "Thanks", "newsletter_id": story.sending.id}
        for who in (4, 30):
            await story.put(contacts, who, LATER, id=new_id(), direction="in", state="received", **said)
        for who in (1, 30):
            await story.clicks(who, "0")
        for who in (1, 5, 30):
            await story.buys(who, LATER, 100, f"r{who}")
        assert await counted_on_trial(tx, story.sending, measure, "EUR", UNTIL) == expected


async def test_same_occasion_counts_once(database: Database) -> None:
    """A tap that is delivered again, also as another update, is one click."""
    async with database.write() as tx:
        story = await Story.begin(tx)
        args = (story.sending.id, 1, ClickKind.BUTTON, "0", LATER)
        assert await count_click(tx, *args, once="tap:abc")
        assert not await count_click(tx, *args, once="tap:abc")
        assert await count_click(tx, *args, once="tap:abd")
