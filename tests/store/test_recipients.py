"""The ledger of a sending: the account adds up whatever is reported, and in whatever order."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from sqlalchemy import delete, event, update

from domain.newsletters import Account, RecipientState
from store import ledger, queue, recipients, tallies, under_way
from store import outbox as outbox_road
from store.database import Database
from store.queue import Queued
from store.recipients import RecipientOutcome
from store.tables import customers, outbox
from tests.store.sending_rows import NOW, put_outbox, put_recipients, put_sending

R = RecipientState


async def test_the_account_counts_each_state_with_its_reason(database: Database) -> None:
    """snapshot = sent + skipped + failed + unknown + queued, where the outbox counts as queued."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        await put_recipients(tx, sending, ["outbox"] * 6 + ["queued"] * 2)
        reports = [
            RecipientOutcome(sending, 1, R.SENT, message_id=11, at=NOW),
            RecipientOutcome(sending, 2, R.SKIPPED, "no_consent", at=NOW),
            RecipientOutcome(sending, 3, R.FAILED, "blocked", at=NOW),
            RecipientOutcome(sending, 4, R.FAILED, "content", at=NOW),
            RecipientOutcome(sending, 5, R.UNKNOWN, "timed out", at=NOW),
        ]
        await recipients.record(tx, reports)
        found = await recipients.account(tx, sending)
        assert found == Account(1, {"no_consent": 1}, {"blocked": 1, "content": 1}, 1, 3, {})
        assert found.snapshot == 8
        assert await ledger.entries(tx, sending, state=R.SENT) == reports[:1]
        assert [row.customer_id for row in await ledger.entries(tx, sending, after=5, limit=2)] == [6, 7]


async def test_a_settled_fate_is_not_changed_by_a_second_report(database: Database) -> None:
    """A report that comes twice, or late, does no harm; an unknown one may still become known."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        await put_recipients(tx, sending, ["outbox", "outbox"])
        await recipients.record(tx, [])
        await recipients.record(tx, [RecipientOutcome(sending, 1, R.SENT, message_id=11, at=NOW)])
        await recipients.record(tx, [RecipientOutcome(sending, 1, R.UNKNOWN, "late", at=NOW)])
        await recipients.record(tx, [RecipientOutcome(sending, 2, R.UNKNOWN, "killed", at=NOW)])
        await recipients.record(tx, [RecipientOutcome(sending, 2, R.SENT, message_id=12, at=NOW)])
        assert await recipients.account(tx, sending) == Account(sent=2)


@pytest.mark.parametrize("seed", range(5))
async def test_the_account_adds_up_after_any_sequence_of_reports(sqlite_database: Database, seed: int) -> None:
    """Whatever outcomes are reported, in any order and repeatedly, nobody is lost or counted twice."""
    chance = random.Random(seed)
    async with sqlite_database.write() as tx:
        sending = await put_sending(tx)
        ids = await put_recipients(tx, sending, chance.choices(["queued", "outbox"], k=40))
        for _ in range(60):
            who = chance.sample(ids, 5)
            states = chance.choices([R.SENT, R.SKIPPED, R.FAILED, R.UNKNOWN, R.QUEUED, R.OUTBOX], k=5)
            await recipients.record(
                tx, [RecipientOutcome(sending, i, s, "r", at=NOW) for i, s in zip(who, states, strict=True)]
            )
            assert (await recipients.account(tx, sending)).snapshot == 40


async def test_rows_that_wait_are_taken_back_and_those_in_flight_stay(database: Database) -> None:
    """A pause reaches exactly the messages whose call has not begun."""
    async with database.write() as tx:
        sending, other = await put_sending(tx), await put_sending(tx)
        ids = await put_recipients(tx, sending, ["outbox"] * 4)
        await put_outbox(tx, sending, ids[:2])
        await put_outbox(tx, sending, ids[2:], "intent")
        await put_outbox(tx, other, ids[:1])
        assert await recipients.take_back(tx, sending, R.QUEUED, "", NOW) == 2
        assert await queue.queued(tx, sending, 10) == ids[:2]
        assert await recipients.take_back(tx, sending, R.QUEUED, "", NOW) == 0
        assert await under_way.with_waiting_rows(tx, [sending, other]) == {other}


async def test_only_a_sending_with_nobody_queued_or_in_the_outbox_is_settled(database: Database) -> None:
    """ "Finished" is impossible while anyone's fate is open."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        await put_recipients(tx, sending, ["queued", "outbox", "sent"])
        await put_outbox(tx, sending, [2], "intent")
        assert not await recipients.is_settled(tx, sending)
        assert await recipients.skip_queued(tx, sending, "cancelled", NOW) == 1
        assert not await recipients.is_settled(tx, sending)
        await recipients.record(tx, [RecipientOutcome(sending, 2, R.UNKNOWN, "killed", at=NOW)])
        await tx.execute(delete(outbox).where(outbox.c.newsletter_id == sending))
        assert await recipients.is_settled(tx, sending)
        assert await recipients.account(tx, sending) == Account(sent=1, skipped={"cancelled": 1}, unknown=1)


async def test_only_rows_that_may_go_now_count_as_ahead(database: Database) -> None:
    """Messages held until the morning do not keep the others from being rendered."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        ids = await put_recipients(tx, sending, ["outbox"] * 4)
        await put_outbox(tx, sending, ids[:1])
        await put_outbox(tx, sending, ids[1:3], not_before=NOW + dt.timedelta(hours=1))
        await put_outbox(tx, sending, ids[3:], "intent")
        assert await outbox_road.count_due_of(tx, sending, NOW, most=9) == 1
        assert await outbox_road.count_due_of(tx, sending, NOW + dt.timedelta(hours=1), most=9) == 3
        assert await under_way.count_under_way(tx, sending, NOW) == 2
        assert await under_way.count_under_way(tx, sending, NOW + dt.timedelta(hours=1)) == 4


async def test_those_whom_nothing_is_tried_on_wait_for_the_experiment(database: Database) -> None:
    """While variants are compared only their own recipients are next; afterwards everybody is, with her variant."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        await put_recipients(tx, sending, ["queued"] * 4 + ["sent"], variants=["", "a", "", "b", "a"])
        assert await queue.next_queued(tx, sending, 9, tested_only=True) == [Queued(2, "a"), Queued(4, "b")]
        assert await queue.next_queued(tx, sending, 3) == [Queued(1), Queued(2, "a"), Queued(3)]


async def test_those_a_sending_failed_for_are_queued_again(database: Database) -> None:
    """All of them, or those for some reasons; who may have got it only when that is asked for. The sum stays."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        ids = await put_recipients(tx, sending, ["outbox"] * 7)
        reports = [(R.FAILED, "timeout"), (R.FAILED, "content"), (R.FAILED, "timeout"), (R.UNKNOWN, "no_answer")]
        reports += [(R.SENT, ""), (R.SKIPPED, "no_consent")]
        await recipients.record(
            tx, [RecipientOutcome(sending, i, *report, at=NOW) for i, report in zip(ids, reports, strict=False)]
        )
        assert await recipients.retry_failed(tx, sending, reasons=["timeout"]) == 2
        assert await queue.queued(tx, sending, 9) == [1, 3]
        assert (await ledger.entries(tx, sending))[0] == RecipientOutcome(sending, 1, R.QUEUED)
        assert await recipients.retry_failed(tx, sending, reasons=[]) == 0
        assert await recipients.retry_failed(tx, sending) == 1
        assert await recipients.retry_failed(tx, sending, reasons=[], unknown=True) == 1
        assert await recipients.retry_failed(tx, sending, unknown=True) == 0
        assert await recipients.account(tx, sending) == Account(1, {"no_consent": 1}, {}, 0, 5, {})
        assert await tallies.recount(tx) == {}


async def test_many_are_queued_again_in_several_steps(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many failed, each is queued once, and so are those whose rows are taken back."""
    monkeypatch.setattr("store.recipients._AT_ONCE", 3)
    async with database.write() as tx:
        sending = await put_sending(tx)
        ids = await put_recipients(tx, sending, ["outbox"] * 10)
        await put_outbox(tx, sending, ids)
        assert await recipients.take_back(tx, sending, R.FAILED, "timeout", NOW) == 10
        assert await recipients.retry_failed(tx, sending) == 10
        assert await queue.queued(tx, sending, 99) == ids
        assert await tallies.recount(tx) == {}


async def test_what_waits_for_later_is_counted_by_index(sqlite_database: Database) -> None:
    """A hundred thousand messages held until tomorrow cost the feeder and the progress nothing."""
    seen: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(sqlite_database.engine.sync_engine, "before_cursor_execute", keep)
    async with sqlite_database.read() as tx:
        await under_way.count_under_way(tx, 1, NOW)
        await under_way.held(tx, 1, NOW)
        await recipients.settled_lately(tx, 1, NOW)
        await recipients.account(tx, 1)
        await ledger.entries(tx, 1, state=R.FAILED, after=7, limit=20)
        asked = [one for one in seen if one[0].startswith("SELECT")]
        plans = [
            " ".join(row[-1] for row in await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
            for statement, parameters in asked
        ]
    assert len(plans) == 6
    held, total, by_reason, lately, told, missed = plans
    assert "USING COVERING INDEX ix_outbox_held (newsletter_id=?)" in held
    assert "USING COVERING INDEX sqlite_autoindex_outbox_2 (newsletter_id=?)" in total
    assert "USING COVERING INDEX ix_outbox_held (newsletter_id=?)" in by_reason
    assert "USING COVERING INDEX ix_recipients_at (sending_id=? AND at>?)" in lately
    assert "USING INDEX sqlite_autoindex_recipient_tallies_1 (sending_id=?)" in told
    assert "USING INDEX ix_recipients_not_sent (sending_id=? AND state=? AND customer_id>?)" in missed


async def test_those_without_a_row_are_told_from_those_in_the_outbox(database: Database) -> None:
    """Both count as queued; how many are still to be rendered is read from the tallies."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        await put_recipients(tx, sending, ["queued", "queued", "outbox", "sent"])
        assert (await queue.count_unfed(tx, sending), (await recipients.account(tx, sending)).queued) == (2, 3)
        assert await queue.count_unfed(tx, 1) == 0


async def test_the_queue_is_counted_by_time_zone(database: Database) -> None:
    """Whose zone is not known lives where the company is; who is not queued is not counted, nor who comes too far."""
    async with database.write() as tx:
        sending_id = await put_sending(tx)
        await put_recipients(tx, sending_id, ["queued", "queued", "outbox", "queued", "queued"])
        for who, zone in ((1, "Asia/Tokyo"), (3, "Asia/Tokyo"), (4, ""), (5, "Asia/Tokyo")):
            await tx.execute(update(customers).where(customers.c.id == who).values(timezone=zone))
        home = "Europe/Helsinki"
        assert await queue.count_by_zone(tx, sending_id, home, most=9) == {"Asia/Tokyo": 2, home: 2}
        assert await queue.count_by_zone(tx, sending_id, home, most=2) == {"Asia/Tokyo": 1, home: 1}
