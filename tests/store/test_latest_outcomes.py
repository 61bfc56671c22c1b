"""What the breaker and the feeder look at: the latest outcomes of a sending, and whose turn comes where."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert, update

from domain.breaker import Outcomes
from store import queue
from store.database import Database, Tx
from store.late_rows import WaitingRow, waiting_rows, withdraw_some
from store.latest_outcomes import canary_since, count_called, latest_outcomes
from store.tables import consents, customers, topic_choices
from store.tables import recipients as recipients_table
from tests.store.sending_rows import NOW, put_consents, put_outbox, put_recipients, put_sending

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


async def test_what_our_own_end_interrupted_says_nothing_of_the_newsletter(database: Database) -> None:
    """A restart with eight of twelve calls on their way stops nothing; four that Telegram did not answer count."""
    async with database.write() as tx:
        sending = await settled(tx, [*[("unknown", "interrupted")] * 8, *[("unknown", "no_answer")] * 4])
        assert await latest_outcomes(tx, sending, most=99) == Outcomes(called=4, failed=4)
        assert await count_called(tx, sending, 99) == 4


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


async def test_the_next_recipients_leave_out_zones_that_sleep(database: Database) -> None:
    """Who has no zone of her own lives at home; above a customer only those after her are looked for."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        await put_recipients(tx, sending, ["queued"] * 5 + ["outbox"])
        for who, zone in ((2, "Asia/Tokyo"), (3, ""), (5, "America/New_York")):
            await tx.execute(update(customers).where(customers.c.id == who).values(timezone=zone))

        async def awake(*asleep: str, after: int = 0) -> list[int]:
            found = await queue.next_queued(tx, sending, 9, asleep=asleep, after=after, home="Europe/Helsinki")
            return [one.customer_id for one in found]

        assert await awake() == [1, 2, 3, 4, 5]
        assert await awake("Europe/Helsinki") == [2, 5]
        assert await awake("Europe/Helsinki", "Asia/Tokyo") == [5]
        assert await awake("Asia/Tokyo", after=1) == [3, 4, 5]
        assert await queue.still_queued(tx, sending, [1, 5, 6, 7]) == {1, 5}


async def test_rows_that_wait_are_found_with_their_zones_and_taken_out_by_customer(database: Database) -> None:
    """What is on its way stays, and so does what was not asked for."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        await put_recipients(tx, sending, ["outbox"] * 4)
        await tx.execute(update(customers).where(customers.c.id == 2).values(timezone="Asia/Tokyo"))
        await put_outbox(tx, sending, [1, 2, 4])
        await put_outbox(tx, sending, [3], state="intent")
        assert await waiting_rows(tx, sending) == [
            WaitingRow(1, None, NOW),
            WaitingRow(2, "Asia/Tokyo", NOW),
            WaitingRow(4, None, NOW),
        ]
        assert await withdraw_some(tx, sending, [2, 3, 4]) == [2, 4]
        assert [row.customer_id for row in await waiting_rows(tx, sending)] == [1]
