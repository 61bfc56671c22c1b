"""What chance decides when an audience is frozen, and newcomers who join it later: fair, repeatable, counted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from domain.customers import Purpose
from domain.newsletters import Account, Experiment, RecipientState, Sending, SendingState
from store import freezing, ledger, queue, recipients, sendings, tallies
from store.chance_sql import PRIME, below, chance, chance_of
from store.checking import check_store
from store.database import Database, Tx
from store.recipients import RecipientOutcome
from store.tables import consents, customers, topic_choices
from store.tables import recipients as recipients_table
from tests.store.sending_rows import NOW, put_consents, put_customers, put_sending
from tests.store.test_eligibility import REASONS, freeze, put_everyone

LATER = NOW + dt.timedelta(days=2)


async def _crowd(tx: Tx, size: int) -> None:
    await put_customers(tx, range(1, size + 1))
    await put_consents(tx, range(1, size + 1))


async def _held_out(tx: Tx, sending_id: int) -> set[int]:
    found = await ledger.excluded(tx, sending_id, limit=10_000)
    return {customer_id for customer_id, reason in found if reason == "hold_out"}


async def test_chance_is_the_same_number_on_both_databases_and_in_python(database: Database) -> None:
    """Whatever the key and however large the id, nothing overflows or rounds."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 999, 2**31 - 2, 2**31, 2**40, 2**52])
        for key in ("1 hold-out", "1 variant", "9007199254740993 canary"):
            rows = (await tx.execute(select(customers.c.id, chance(key, customers.c.id)))).all()
            assert [row[1] for row in rows] == [chance_of(key, row.id) for row in rows]


def test_shares_of_chance_are_even_and_keys_independent() -> None:
    """Of 20,000 in a row a tenth comes below a tenth, and a hundredth below it under two keys: within 4 deviations."""
    ids = range(1, 20_001)
    for a, b in (("1 x", "2 x"), ("2 x", "3 x"), ("1 x", "1 y")):
        first = {i for i in ids if chance_of(a, i) < below(0.1)}
        second = {i for i in ids if chance_of(b, i) < below(0.1)}
        assert abs(len(first) - 2000) < 4 * (20_000 * 0.1 * 0.9) ** 0.5
        assert abs(len(first & second) - 200) < 4 * (20_000 * 0.01 * 0.99) ** 0.5
        pairs = sum(i + 1 in first for i in first)  # neighbours are drawn independently, too
        assert abs(pairs - 200) < 5 * (20_000 * 0.01 * 0.99) ** 0.5
    assert (below(0), below(1)) == (0, PRIME)


async def test_a_hold_out_group_is_the_same_on_every_run_and_another_in_every_sending(database: Database) -> None:
    """About the asked share is left out, with its own reason; who is, says nothing about the next newsletter."""
    async with database.write() as tx:
        await _crowd(tx, 2000)
        ids = [await put_sending(tx) for _ in range(2)]
        for sending_id in ids:
            await freeze(tx, sending_id, 700, holdout=10)
        groups = [await _held_out(tx, sending_id) for sending_id in ids]
        await freeze(tx, ids[0], 300, holdout=10)
        assert await _held_out(tx, ids[0]) == groups[0]
        for group, sending_id in zip(groups, ids, strict=True):
            assert abs(len(group) - 200) < 60
            account = await recipients.account(tx, sending_id)
            assert account.excluded == {"hold_out": len(group)}
            assert account.queued == 2000 - len(group)
        assert len(groups[0] & groups[1]) < 50


async def test_variants_are_tried_on_their_share_evenly_and_by_chance(database: Database) -> None:
    """Each variant has its part of the tested share; the rest has none; the hold-out group is left out of both."""
    async with database.write() as tx:
        await _crowd(tx, 3000)
        sending_id = await put_sending(tx)
        await freeze(tx, sending_id, 1000, holdout=20, experiment=Experiment(("a", "b", "c"), share=0.3))
        found = await queue.next_queued(tx, sending_id, 5000)
        counts = {name: sum(one.variant == name for one in found) for name in ("", "a", "b", "c")}
        assert sum(counts.values()) == len(found) == (await recipients.account(tx, sending_id)).queued
        for name in ("a", "b", "c"):
            assert abs(counts[name] - 240) < 70
        assert all(not one.variant or chance_of(f"{sending_id} variant", one.customer_id) < below(0.3) for one in found)
        assert len(await queue.next_queued(tx, sending_id, 5000, tested_only=True)) == len(found) - counts[""]


async def test_a_canary_is_drawn_from_the_whole_audience(database: Database) -> None:
    """Not always the oldest customers: chance puts others first in each sending, the same after a restart."""
    async with database.write() as tx:
        await _crowd(tx, 1000)
        drawn = []
        for _ in range(2):
            sending_id = await put_sending(tx)
            await freeze(tx, sending_id, 1000)
            first = [one.customer_id for one in await queue.next_queued(tx, sending_id, 30, drawn=True)]
            await recipients.record(tx, [RecipientOutcome(sending_id, i, RecipientState.OUTBOX) for i in first[:10]])
            rest = await queue.next_queued(tx, sending_id, 20, drawn=True)
            assert [one.customer_id for one in rest] == first[10:]
            assert sum(first) / 30 == pytest.approx(500, abs=6 * 289 / 30**0.5)  # deviations: another draw in every run
            drawn.append(set(first))
        assert len(drawn[0] & drawn[1]) < 10


async def test_whoever_switched_the_topic_off_is_left_out(database: Database) -> None:
    """Only of newsletters that have this topic; whoever switched it on again gets them."""
    async with database.write() as tx:
        await _crowd(tx, 3)
        await tx.execute(
            insert(topic_choices),
            [
                {"customer_id": 1, "topic": "offers", "wanted": False, "source": "tap", "at": NOW},
                {"customer_id": 2, "topic": "offers", "wanted": True, "source": "tap", "at": NOW},
                {"customer_id": 3, "topic": "magazine", "wanted": False, "source": "tap", "at": NOW},
            ],
        )
        about, without = await put_sending(tx, topic="offers"), await put_sending(tx)
        await freeze(tx, about, 2)
        await freeze(tx, without, 2)
        assert await ledger.excluded(tx, about) == [(1, "topic_off")]
        assert await queue.queued(tx, about, 9) == [2, 3]
        assert await queue.queued(tx, without, 9) == [1, 2, 3]


async def _finished(tx: Tx) -> Sending:
    """Let a sending have gone to 9 and 10 of everybody, and be over."""
    await put_everyone(tx)
    sending_id = await put_sending(tx)
    await freeze(tx, sending_id, 4, exclude='language = "fi"')
    await sendings.mark_frozen(tx, sending_id)
    sent = [RecipientOutcome(sending_id, i, RecipientState.SENT, at=NOW) for i in (9, 10)]
    await recipients.record(tx, sent)
    moved = await sendings.move(tx, sending_id, SendingState.FINISHED, NOW)
    assert moved is not None
    return moved


async def test_newcomers_join_a_finished_sending_and_nobody_gets_it_twice(database: Database) -> None:
    """New customers and those whose exclusion has gone become recipients; who got it stays, whatever she said since."""
    async with database.write() as tx:
        over = await _finished(tx)
        await put_customers(tx, [11, 12])
        await put_consents(tx, [11])
        await tx.execute(update(customers).where(customers.c.id == 2).values(reach="reachable"))
        await tx.execute(update(customers).where(customers.c.id == 7).values(reach="blocked"))
        await tx.execute(delete(consents).where(consents.c.customer_id == 9))
        rules: dict[str, Any] = {"at": LATER, "currency": "EUR", "exclude": 'language = "fi"', "holdout": 0}
        assert await freezing.count_newcomers(tx, over, purpose=None, **rules) == 5  # 2, 4, 5, 11, 12
        opened = await freezing.admit_newcomers(tx, over.id, LATER, version=over.version)
        assert opened is not None
        assert (opened.state, opened.frozen, opened.audience_at) == (SendingState.RUNNING, False, LATER)
        assert await freezing.checkpoint(tx, over.id) == 0
        await freeze(tx, over.id, 4, at=LATER, exclude='language = "fi"')
        assert await queue.queued(tx, over.id, 99) == [2, 11]
        still = {customer_id: reason for customer_id, reason in REASONS.items() if customer_id != 2}
        assert dict(await ledger.excluded(tx, over.id)) == {**still, 7: "left_bot", 12: "no_consent"}
        assert await tallies.recount(tx) == {}
        account = await recipients.account(tx, over.id)
        assert (account.sent, account.queued, account.snapshot) == (2, 2, 4)


async def test_an_audience_is_opened_only_once_it_is_over_and_by_who_saw_it_so(database: Database) -> None:
    """A running or recalled sending and an old button change nothing."""
    async with database.write() as tx:
        running = await put_sending(tx)
        assert await freezing.admit_newcomers(tx, running, LATER) is None
        assert await freezing.admit_newcomers(tx, 1, LATER) is None
        over = await _finished(tx)
        assert await freezing.admit_newcomers(tx, over.id, LATER, version=over.version - 1) is None
        assert await sendings.get(tx, over.id) == over
        assert await recipients.account(tx, running) == Account()


async def test_on_postgresql_a_step_reads_nobody_elses_consents(postgresql_database: Database) -> None:
    """However many customers there are, freezing ten thousand of them looks at theirs alone: no table is hashed."""
    async with postgresql_database.write() as tx:
        await _crowd(tx, 2000)
        await tx.execute(text("ANALYZE customers, consents"))
        sending = await sendings.get(tx, await put_sending(tx, topic="offers"))
        assert sending is not None
        reason = await freezing.reason_against_sending(tx, sending, NOW, "EUR", "", 0, Purpose.MARKETING)
        for which in (reason == "", reason != ""):
            asked = select(customers.c.id).where(customers.c.id.between(1, 500), which)
            sql = str(asked.compile(dialect=tx.dialect, compile_kwargs={"literal_binds": True}))
            plan = "\n".join((await tx.scalars(text("EXPLAIN " + sql.replace(":", "\\:")))).all())
            assert "Seq Scan on consents" not in plan
            assert "ix_consents_customer_id" in plan


async def test_on_postgresql_the_check_finds_recipients_who_are_nobody(postgresql_database: Database) -> None:
    """No foreign key looks up each of a million recipients; `vuoro store check` does."""
    assert (await check_store(postgresql_database)).problems == ()
    async with postgresql_database.write() as tx:
        sending_id = await put_sending(tx)
        await tx.execute(insert(recipients_table).values(sending_id=sending_id, customer_id=9, state="sent"))
        await tallies.add(tx, {(sending_id, "sent", ""): 1})
    found = (await check_store(postgresql_database)).problems
    assert found == ("recipients has rows that belong to nothing; restore a backup",)
