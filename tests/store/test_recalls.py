"""Recalls in the store: who is to be taken back, message by message, and an account that adds up."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert, select, update

from domain.contacts import ContactState
from domain.messages import Act, Lane, Message, Waiting
from domain.newsletters import SendingState
from domain.recalls import Recall, RecallOutcome, recall_outcome, recall_ref
from store import outbox, recalls, recipients, sendings
from store.database import Database, Tx
from store.ids import new_id
from store.tables import contacts
from store.tables import recipients as recipients_table
from tests.store.sending_rows import NOW, put_outbox, put_recipients, put_sending

S = SendingState
HOUR = dt.timedelta(hours=1)


async def put_contact(
    tx: Tx, sending: int, customer_id: int, message_id: int, album: list[int] | None = None, state: str = "sent"
) -> None:
    """Put in the line that a message of the sending has on her timeline."""
    row = {
        "id": new_id(),
        "customer_id": customer_id,
        "at": NOW,
        "channel": "telegram",
        "direction": "out",
        "kind": "newsletter",
        "text": "Hello",
        "state": state,
        "message_id": message_id,
        "message_ids": album,
        "newsletter_id": sending,
    }
    await tx.execute(insert(contacts), [row])


async def sent(tx: Tx, states: list[str], *, at: dt.datetime = NOW) -> int:
    """Put in a finished sending whose recipients have those states, with message 10 times her id."""
    sending = await put_sending(tx, S.FINISHED)
    ids = await put_recipients(tx, sending, states)
    for customer_id in ids:
        await tx.execute(
            update(recipients_table)
            .where(recipients_table.c.customer_id == customer_id)
            .values(at=at, message_id=10 * customer_id)
        )
    return sending


async def marked(tx: Tx, sending_id: int, now: dt.datetime = NOW, size: int = 2) -> int:
    """Mark all in steps; return how many steps it took."""
    sending = await sendings.get(tx, sending_id)
    assert sending is not None
    steps, after = 0, 0
    while (last := await recalls.mark_some(tx, sending, now, after=after, size=size)) is not None:
        steps, after = steps + 1, last
    return steps


async def test_only_what_was_sent_within_48_hours_is_taken_back(database: Database) -> None:
    """The account of a recall has everybody who got it, once; marking again changes nothing."""
    async with database.write() as tx:
        sending = await sent(tx, ["sent", "skipped", "failed", "unknown", "sent"])
        old = NOW - 48 * HOUR
        await tx.execute(update(recipients_table).where(recipients_table.c.customer_id == 5).values(at=old))
        assert await recalls.count_recallable(tx, sending, NOW) == (1, 1)
        begun = await recalls.begin(tx, sending, NOW, version=0)
        assert begun is not None
        assert (begun.state, begun.recalled_at, begun.version) == (S.FINISHED, NOW, 1)
        assert await recalls.recall_of(tx, sending) == Recall()
        for _ in range(2):
            await marked(tx, sending)
            assert await recalls.recall_of(tx, sending) == Recall(waiting=1, too_old=1)
        assert [one.customer_id for one in await recalls.next_to_delete(tx, sending, 10)] == [1]


async def test_every_part_and_every_picture_of_an_album_is_deleted_the_first_of_them_last(database: Database) -> None:
    """A failed sending whose first part had arrived is taken back, too; without a line the ledger's message counts."""
    async with database.write() as tx:
        sending = await sent(tx, ["sent", "failed", "unknown", "sent"])
        await put_contact(tx, sending, 1, 10)
        await put_contact(tx, sending, 1, 12, album=[12, 13, 14])
        await put_contact(tx, sending, 2, 21)
        await put_contact(tx, sending, 3, 30, state="unknown")
        await recalls.begin(tx, sending, NOW)
        await marked(tx, sending)
        assert await recalls.next_to_delete(tx, sending, 10) == [
            recalls.ToDelete(1, 1001, (14, 13, 12, 10)),
            recalls.ToDelete(2, 1002, (21,)),
            recalls.ToDelete(4, 1004, (40,)),
        ]


async def test_a_recipient_is_deleted_when_all_is_gone_and_failed_when_anything_stays(database: Database) -> None:
    """The timeline says so message by message, and a second report changes nothing."""
    async with database.write() as tx:
        sending = await sent(tx, ["sent"] * 3)
        for customer_id in (1, 2):
            await put_contact(tx, sending, customer_id, 10 * customer_id)
            await put_contact(
                tx, sending, customer_id, 10 * customer_id + 1, album=[10 * customer_id + 1, 10 * customer_id + 2]
            )
        await recalls.begin(tx, sending, NOW)
        await marked(tx, sending)
        await recalls.mark_fed(tx, sending, [1, 2])
        await recalls.fail_queued(tx, sending, [1, 3])
        assert await recalls.count_fed(tx, sending) == 2
        await recalls.settle(tx, [RecallOutcome(sending, 1, 11, is_last=False), RecallOutcome(sending, 1, 10)])
        await recalls.settle(tx, [RecallOutcome(sending, 2, 22, is_last=False, problem="message can't be deleted")])
        await recalls.settle(tx, [RecallOutcome(sending, 2, 21, is_last=False), RecallOutcome(sending, 2, 20)])
        await recalls.settle(tx, [RecallOutcome(sending, 1, 10, problem="late")])
        assert await recalls.recall_of(tx, sending) == Recall(deleted=1, failed=2)
        wanted = select(contacts.c.message_id, contacts.c.state, contacts.c.reason).order_by(contacts.c.message_id)
        deleted, kept = ContactState.DELETED.value, ContactState.SENT.value
        assert [tuple(row) for row in (await tx.execute(wanted.where(contacts.c.customer_id == 2))).all()] == [
            (20, deleted, "recalled"),
            (21, kept, "not_recalled"),
        ]


async def test_a_recall_ends_a_sending_that_still_goes_on_and_nothing_starts_it_again(database: Database) -> None:
    """What waits is skipped as cancelled; who tries to send the rest of a recalled one is refused."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        await put_recipients(tx, sending, ["outbox", "queued"])
        await put_outbox(tx, sending, [1])
        assert await recalls.begin(tx, sending, NOW, version=3) is None
        begun = await recalls.begin(tx, sending, NOW, version=0)
        assert begun is not None
        assert (begun.state, begun.reason, begun.version) == (S.CANCELLED, "recalled", 1)
        assert (await recipients.account(tx, sending)).skipped == {"cancelled": 1}
        assert await recalls.begin(tx, sending, NOW) is None
        done = await sent_more(tx)
        assert await sendings.move(tx, done, S.RUNNING, NOW) is None


async def sent_more(tx: Tx) -> int:
    """Put in a finished and recalled sending."""
    sending = await put_sending(tx, S.FINISHED)
    assert await recalls.begin(tx, sending, NOW) is not None
    return sending


async def test_what_arrived_after_the_recall_began_is_taken_back_too(database: Database) -> None:
    """Calls in flight end later than the marking; the index by time finds them."""
    async with database.write() as tx:
        sending_id = await sent(tx, ["outbox", "sent"])
        await recalls.begin(tx, sending_id, NOW)
        await marked(tx, sending_id)
        await tx.execute(
            update(recipients_table).where(recipients_table.c.customer_id == 1).values(state="sent", at=NOW + HOUR)
        )
        sending = await sendings.get(tx, sending_id)
        assert sending is not None
        assert await recalls.mark_latest(tx, sending, NOW + HOUR) == 1
        assert await recalls.recall_of(tx, sending_id) == Recall(waiting=2)


async def test_who_asked_to_be_forgotten_leaves_no_recall_open(database: Database) -> None:
    """Her row went without an outcome: she is failed, the others wait on."""
    async with database.write() as tx:
        sending = await sent(tx, ["sent"] * 3)
        await recalls.begin(tx, sending, NOW)
        await marked(tx, sending)
        await recalls.mark_fed(tx, sending, [1, 2])
        ref = recall_ref(sending, is_last=True)
        row = Waiting(new_id(), Act.DELETE, 1001, Lane.BULK, "recall", Message(), NOW, NOW, customer_id=1, ref=ref)
        await outbox.put(tx, [row])
        assert await recalls.fail_lost(tx, sending) == 1
        assert await recalls.recall_of(tx, sending) == Recall(waiting=2, failed=1)


async def test_a_recall_is_open_while_somebody_waits_however_old_it_is(database: Database) -> None:
    """After a long outage it goes on; one that is done is looked at for its first days only."""
    async with database.write() as tx:
        sending = await sent(tx, ["sent"])
        await recalls.begin(tx, sending, NOW)
        assert [one.id for one in await recalls.open_recalls(tx, NOW - HOUR)] == [sending]
        assert await recalls.open_recalls(tx, NOW) == []
        await marked(tx, sending)
        assert [one.id for one in await recalls.open_recalls(tx, NOW)] == [sending]


def test_a_row_of_another_kind_belongs_to_no_recall() -> None:
    """Only a row that deletes, for a customer, with a recall's reference."""
    row = Waiting(1, Act.DELETE, 5, Lane.BULK, "recall", Message(), NOW, NOW, customer_id=1, message_id=9)
    assert recall_outcome(row) is None
