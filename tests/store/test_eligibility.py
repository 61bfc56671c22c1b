"""Freezing an audience: everybody of it becomes a recipient or an exclusion with a reason, in steps that may repeat."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from domain.customers import Purpose
from domain.newsletters import RecipientState, SendingState
from domain.waves import InvitationState, Wave
from store import freezing, ledger, queue, recipients, sendings, waves
from store.database import Database, Tx
from store.ids import new_id
from tests.store.sending_rows import NOW, put_consents, put_customers, put_sending

LATER = NOW + dt.timedelta(days=3)


async def put_everyone(tx: Tx) -> None:
    """Put in one customer for each reason, 1 to 8, and two who may be written to, 9 and 10."""
    await put_customers(tx, [1], reach="deactivated")
    await put_customers(tx, [2], reach="blocked")
    await put_customers(tx, [3], reach="never_met", chat_id=None)
    await put_customers(tx, [4, 5])
    await put_customers(tx, [6], paused_until=LATER)
    await put_customers(tx, [7], muted_until=LATER)
    await put_customers(tx, [8], language="fi")
    await put_customers(tx, [9], paused_until=NOW - dt.timedelta(days=1), language="en")
    await put_customers(tx, [10], language="en")
    await put_consents(tx, [1, 2, 3, 6, 7, 8, 9, 10])
    await put_consents(tx, [5], given=False)


REASONS = {
    1: "deactivated",
    2: "left_bot",
    3: "never_met",
    4: "no_consent",
    5: "no_consent",
    6: "paused",
    7: "muted",
    8: "excluded",
}


async def freeze(tx: Tx, sending_id: int, size: int, **changes: Any) -> int:
    """Freeze in steps of *size*; return how many steps it took."""
    values: dict[str, Any] = {
        "at": NOW,
        "currency": "EUR",
        "exclude": "",
        "holdout": 0,
        "purpose": Purpose.MARKETING,
    }
    sending = await sendings.get(tx, sending_id)
    assert sending is not None
    after: int | None = 0
    steps = 0
    while after is not None:
        after = await freezing.freeze_some(tx, sending, after=after, size=size, **values | changes)
        steps += 1
    return steps


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_everybody_is_a_recipient_or_left_out_with_the_reason(database: Database, size: int) -> None:
    """Whatever the size of the steps, the counts add up to the audience."""
    async with database.write() as tx:
        await put_everyone(tx)
        sending = await put_sending(tx)
        await freeze(tx, sending, size, exclude='language = "fi"')
        assert await queue.queued(tx, sending, 99) == [9, 10]
        assert dict(await ledger.excluded(tx, sending)) == REASONS
        account = await recipients.account(tx, sending)
        assert account.queued == account.snapshot == 2
        assert account.excluded["no_consent"] == 2


async def test_freezing_again_from_any_checkpoint_adds_nobody_twice(database: Database) -> None:
    """A restart begins after the last frozen customer, or earlier: the audience stays the same."""
    async with database.write() as tx:
        await put_everyone(tx)
        sending = await put_sending(tx)
        assert await freezing.checkpoint(tx, sending) == 0
        await freeze(tx, sending, 4)
        assert await freezing.checkpoint(tx, sending) == 8
        await freeze(tx, sending, 3)
        assert await queue.queued(tx, sending, 99) == [8, 9, 10]


async def test_only_those_for_whom_the_rule_holds_are_in_the_audience(database: Database) -> None:
    """Others are not even left out: they were never meant. Unknown is no."""
    async with database.write() as tx:
        await put_everyone(tx)
        sending = await put_sending(tx, audience='language = "en"')
        await freeze(tx, sending, 100)
        assert await queue.queued(tx, sending, 99) == [9, 10]
        assert await ledger.excluded(tx, sending) == []


async def test_a_service_message_needs_no_consent(database: Database) -> None:
    """Without a purpose, those who never said yes to marketing are reached; those who said "pause" are not."""
    async with database.write() as tx:
        await put_everyone(tx)
        sending = await put_sending(tx)
        await freeze(tx, sending, 100, purpose=None)
        assert await queue.queued(tx, sending, 99) == [4, 5, 8, 9, 10]


async def test_erased_recipients_do_not_keep_a_sending_open(database: Database) -> None:
    """Whoever asked to be forgotten while her message waited is skipped with that reason."""
    async with database.write() as tx:
        await put_customers(tx, [1])
        await put_consents(tx, [1])
        sending = await put_sending(tx, SendingState.RUNNING)
        await freeze(tx, sending, 10)
        outcome = recipients.RecipientOutcome(sending, 1, RecipientState.OUTBOX)
        await recipients.record(tx, [outcome])
        assert await recipients.settle_erased(tx, sending, NOW) == 1
        assert (await recipients.account(tx, sending)).skipped == {"erased": 1}


@pytest.mark.parametrize("size", [2, 100])
async def test_a_wave_keeps_all_of_its_audience_with_the_reason_of_those_not_asked(
    database: Database, size: int
) -> None:
    """Invited or not, each customer of the audience has a line."""
    wave = Wave(new_id(), "nps", "", NOW, "staff:7")
    async with database.write() as tx:
        await put_everyone(tx)
        await put_consents(tx, [9, 10, 4], "surveys")
        await waves.add(tx, wave)
        after: int | None = 0
        while after is not None:
            after = await waves.freeze_some(
                tx, wave, at=NOW, currency="EUR", purpose=Purpose.SURVEYS, after=after, size=size
            )
        assert await waves.checkpoint(tx, wave.id) == 10
        assert await waves.due(tx, NOW, 10) == []
        await waves.mark_frozen(tx, wave.id)
        assert [one.customer_id for one in await waves.due(tx, NOW, 10)] == [4, 9, 10]
        assert await waves.counts(tx, wave.id) == {
            (InvitationState.QUEUED, ""): 3,
            (InvitationState.SKIPPED, "deactivated"): 1,
            (InvitationState.SKIPPED, "left_bot"): 1,
            (InvitationState.SKIPPED, "never_met"): 1,
            (InvitationState.SKIPPED, "no_consent"): 4,
        }
