"""Tallies of a sending: whatever is done to its recipients, and by however many at once, they are what is counted."""

from __future__ import annotations

import asyncio
import random

import pytest
from sqlalchemy import delete, update

from domain.customers import Purpose
from domain.newsletters import Account, RecipientState, SendingState
from store import freezing, queue, recipients, sendings, tallies
from store.checking import check_store
from store.database import Database
from store.recipients import RecipientOutcome
from store.tables import outbox, recipient_tallies
from store.tables import recipients as rows
from tests.store.sending_rows import NOW, put_consents, put_customers, put_outbox, put_recipients, put_sending

R = RecipientState


@pytest.mark.parametrize("seed", range(4))
async def test_tallies_are_what_is_counted_after_anything(database: Database, seed: int) -> None:
    """Each function that changes recipients changes the tallies by the same, in whatever order they come."""
    chance = random.Random(seed)
    async with database.write() as tx:
        sending, other = await put_sending(tx), await put_sending(tx, audience="")
        ids = await put_recipients(tx, sending, ["queued"] * 30)
        await put_consents(tx, chance.sample(ids, 20))
        sent = await sendings.get(tx, other)
        assert sent is not None
        after: int | None = 0
        while after is not None:
            after = await freezing.freeze_some(
                tx, sent, at=NOW, currency="EUR", exclude="", holdout=0, purpose=Purpose.MARKETING, after=after, size=7
            )
        for _ in range(40):
            match chance.randrange(5):
                case 0:
                    fed = [one.customer_id for one in await queue.next_queued(tx, sending, 5)]
                    if fed:
                        await put_outbox(tx, sending, fed)
                    await recipients.record(tx, [RecipientOutcome(sending, i, R.OUTBOX, "not kept") for i in fed])
                case 1:
                    who = chance.choices(ids, k=6)
                    states = chance.choices([R.SENT, R.SKIPPED, R.FAILED, R.UNKNOWN], k=6)
                    both = chance.choices([sending, other], k=6)
                    await recipients.record(
                        tx,
                        [RecipientOutcome(of, i, s, "r", at=NOW) for of, i, s in zip(both, who, states, strict=True)],
                    )
                case 2:
                    await recipients.take_back(tx, sending, chance.choice([R.QUEUED, R.SKIPPED]), "taken", NOW)
                case 3:
                    await recipients.skip_queued(tx, other, "cancelled", NOW, limit=2)
                case _:
                    await tx.execute(delete(outbox).where(outbox.c.customer_id == chance.choice(ids)))
                    await recipients.settle_erased(tx, sending, NOW)
            assert await tallies.recount(tx) == {}
        assert (await recipients.account(tx, sending)).snapshot == 30
        account = await recipients.account(tx, other)
        assert (account.snapshot, account.excluded) == (20, {"no_consent": 10})


async def test_whoever_writes_at_once_waits_and_never_crosswise(postgresql_database: Database) -> None:
    """The feeder, the pump and a pause go on together; nothing is lost, and none is locked out."""
    database = postgresql_database
    async with database.write() as tx:
        sending = await put_sending(tx)
        ids = await put_recipients(tx, sending, ["queued"] * 400)

    async def feed() -> None:
        for _ in range(40):
            async with database.write() as tx:
                present = await sendings.hold(tx, sending)
                if present is None or not await database.lock(tx, "feeding"):
                    continue
                fed = [one.customer_id for one in await queue.next_queued(tx, sending, 10)]
                if fed:
                    await put_outbox(tx, sending, fed)
                await recipients.record(tx, [RecipientOutcome(sending, i, R.OUTBOX) for i in fed])

    async def send(part: list[int]) -> None:
        chance = random.Random(part[0])
        for _ in range(40):
            async with database.write() as tx:
                who = chance.sample(part, 5)
                await tx.execute(delete(outbox).where(outbox.c.customer_id.in_(who)))
                state = chance.choice([R.SENT, R.FAILED, R.UNKNOWN, R.SKIPPED])
                await recipients.record(tx, [RecipientOutcome(sending, i, state, state[:2], at=NOW) for i in who])

    async def pause() -> None:
        for _ in range(20):
            async with database.write() as tx:
                assert await sendings.move(tx, sending, SendingState.PAUSED, NOW)
                await recipients.take_back(tx, sending, R.QUEUED, "", NOW)
            async with database.write() as tx:
                assert await sendings.move(tx, sending, SendingState.RUNNING, NOW)

    await asyncio.gather(feed(), feed(), pause(), send(ids[:200]), send(ids[200:]))
    async with database.read() as tx:
        assert await tallies.recount(tx) == {}
        assert (await recipients.account(tx, sending)).snapshot == 400


async def test_a_tally_that_differs_is_named_and_mended(database: Database) -> None:
    """The check counts the ledger itself, and says which newsletter, what its account says, and what to do."""
    async with database.write() as tx:
        sending = await put_sending(tx)
        await put_recipients(tx, sending, ["queued", "queued", "sent"])
        await put_customers(tx, [9])
    assert (await check_store(database)).problems == ()
    async with database.write() as tx:
        await tx.execute(update(rows).where(rows.c.customer_id == 1).values(state="failed", reason="timeout"))
        await tx.execute(recipient_tallies.delete().where(recipient_tallies.c.state == "sent"))
    problems = (await check_store(database)).problems
    beginning, end = (
        f"newsletter spring, sending {sending}: its account says",
        "its ledger has 1; run: vuoro store check --mend",
    )
    assert problems == tuple(f"{beginning} {told}, {end}" for told in ("0 failed timeout", "2 queued -", "0 sent -"))
    async with database.write() as tx:
        assert await tallies.mend(tx) == 3
        assert await recipients.account(tx, sending) == Account(sent=1, failed={"timeout": 1}, queued=1)
    assert (await check_store(database)).problems == ()
