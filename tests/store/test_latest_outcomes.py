"""What the breaker looks at: the latest outcomes of a sending, and what people did after it came."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert, update

from domain.breaker import Outcomes
from store.database import Database, Tx
from store.latest_outcomes import canary_since, count_called, latest_outcomes
from store.tables import consents, customers, topic_choices
from store.tables import recipients as recipients_table
from tests.store.sending_rows import NOW, put_consents, put_recipients, put_sending

MINUTE = dt.timedelta(minutes=1)


async def settled(tx: Tx, fates: list[tuple[str, str]]) -> int:
    """Put in a sending whose recipients came to those (state, reason), a minute after one another."""
    sending = await put_sending(tx)
    await put_recipients(tx, sending, [state for state, _ in fates])
    for number, (state, reason) in enumerate(fates, start=1):
        at = None if state in {"queued", "outbox"} else NOW + number * MINUTE
        hers = update(recipients_table).where(recipients_table.c.customer_id == number)
        await tx.execute(hers.values(reason=reason, at=at))
    return sending


async def test_each_ill_is_counted_once_and_those_still_to_come_and_skipped_are_not(database: Database) -> None:
    """Blocked at the call is no failure beside; unknown is one; skipped ones were never called."""
    async with database.write() as tx:
        sending = await settled(
            tx,
            [
                ("sent", ""),
                ("failed", "blocked"),
                ("failed", "chat_not_found"),
                ("unknown", "no_answer"),
                ("skipped", "empty"),
                ("queued", ""),
                ("outbox", ""),
            ],
        )
        assert await latest_outcomes(tx, sending, most=9) == Outcomes(called=4, got=1, failed=2, blocked=1)
        assert await latest_outcomes(tx, sending, most=2) == Outcomes(called=2, failed=2)
        assert await latest_outcomes(tx, sending, after=NOW + 3 * MINUTE, most=9) == Outcomes(called=1, failed=1)
        assert await latest_outcomes(tx, sending, until=NOW + MINUTE, most=9) == Outcomes(called=1, got=1)
        assert await count_called(tx, sending, 9) == 4
        assert await count_called(tx, sending, 3) == 3
        assert await canary_since(tx, sending, 4) == NOW + 4 * MINUTE
        assert await canary_since(tx, sending, 5) is None


async def test_who_blocks_or_opts_out_after_it_came_is_counted_and_before_is_not(database: Database) -> None:
    """Consent and the topic of this sending count, another topic does not, and a yes is no opt-out."""
    async with database.write() as tx:
        sending = await settled(tx, [("sent", "")] * 7)
        await tx.execute(update(customers).where(customers.c.id == 1).values(reach="blocked"))
        await put_consents(tx, [2, 3], given=False)
        await put_consents(tx, [4])
        await tx.execute(update(consents).where(consents.c.customer_id == 2).values(at=NOW + 3 * MINUTE))
        choices = [
            {"customer_id": who, "topic": topic, "wanted": wanted, "source": "test", "at": NOW + 30 * MINUTE}
            for who, topic, wanted in ((5, "offers", False), (6, "magazine", False), (7, "offers", True))
        ]
        await tx.execute(insert(topic_choices), choices)
        found = await latest_outcomes(tx, sending, topic="offers", most=9)
        assert found == Outcomes(called=7, got=7, blocked=1, opted_out=2)
        assert (await latest_outcomes(tx, sending, most=9)).opted_out == 1
