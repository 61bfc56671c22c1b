"""Forgetting as a job: whatever is killed on the way, it is finished, and what was on its way to her never goes."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.forgetting import ForgettingJob
from domain.company import Company
from domain.messages import Act
from domain.staff import Role
from store.audit import note_act
from store.backup import backup, restore
from store.database import Database, Tx
from store.erasures import ask, ask_again, erasure_of, journal_of, open_erasures
from store.outbox_rows import COLUMNS, waiting_from
from store.recipients import account
from store.staff import add_member
from store.tables import customers, staff_messages, topics
from store.tables import outbox as rows
from store.tallies import recount
from templates.words import SHIPPED, Words
from tests.store.sending_rows import NOW, put_consents, put_outbox, put_recipients, put_sending

LANGUAGES = ("en", "fi", "cs")
COMPANY = Company(name="Aurora", languages=LANGUAGES)
WORDS = Words.load([SHIPPED], LANGUAGES)
HER, GROUP = 1, -100


def _job(database: Database, folder: Path) -> ForgettingJob:
    return ForgettingJob(database, COMPANY, WORDS, journal_of(database.url, folder))


async def _fill(tx: Tx) -> int:
    sending = await put_sending(tx)
    await put_recipients(tx, sending, ["outbox", "queued"])
    await put_consents(tx, [1, 2])
    await put_outbox(tx, sending, [HER])
    await add_member(tx, 77, "Olga", Role.MANAGER, NOW)
    await tx.execute(insert(topics).values(customer_id=HER, chat_id=GROUP, thread_id=5, name="Ann Smith"))
    for chat, message, hours in ((77, 1, 1), (77, 2, 60), (GROUP, 3, 1)):
        told = {"chat_id": chat, "message_id": message, "ref": "in:1:1", "customer_id": HER}
        await tx.execute(insert(staff_messages).values(**told, at=NOW - dt.timedelta(hours=hours)))
    await tx.execute(update(customers).where(customers.c.id == HER).values(name="Ann Smith"))
    await note_act(tx, 77, "customer.find", "customers", NOW)
    return sending


async def test_what_was_on_its_way_never_goes_and_the_account_stays_exact(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Her newsletter is skipped as erased; topic and young messages are deleted; a manager or a log has no name."""
    caplog.set_level(logging.INFO)
    async with database.write() as tx:
        sending = await _fill(tx)
        assert await ask(tx, HER, "customer", NOW)
        assert not await ask(tx, HER, "customer", NOW)  # asked twice is asked once
    await _job(database, tmp_path).tick(NOW)
    async with database.read() as tx:
        assert await recount(tx) == {}
        assert (await account(tx, sending)).skipped == {"erased": 1}
        waiting = [waiting_from(row) for row in await tx.execute(select(*COLUMNS))]
        assert {row.customer_id for row in waiting} == {None}
        gone = [(row.act, row.chat_id, row.thread_id or row.message_id) for row in waiting if row.act is not Act.SEND]
        assert sorted(gone, key=str) == [(Act.DELETE, 77, 1), (Act.TOPIC, GROUP, 5)]
        told = {row.chat_id: row.message.text for row in waiting if row.act is Act.SEND}
        assert set(told) == {77, 1001}
        assert "1 message older than two days" in told[77]
        assert "Ann" not in told[77] + told[1001]
        (erasure,) = await open_erasures(tx)  # until the last message has gone
        assert erasure.proof[:16] in told[1001]
    assert "customer.forgotten" in caplog.messages
    logged = str([record.__dict__ for record in caplog.records if record.name == "bot.forgetting"])
    assert "Ann" not in logged
    assert "1001" not in logged


async def test_killed_between_any_two_steps_it_is_finished_by_the_next_start(
    database: Database, tmp_path: Path
) -> None:
    """Each tick is a new program: asked, erased, last message gone, bytes gone and journal written."""
    async with database.write() as tx:
        await _fill(tx)
        await ask(tx, HER, "customer", NOW)
        await tx.execute(update(rows).values(state="intent"))
    await _job(database, tmp_path).tick(NOW)
    async with database.read() as tx:  # a message to her is being sent: not yet
        assert await tx.scalar(select(customers.c.name).where(customers.c.id == HER)) == "Ann Smith"
    async with database.write() as tx:
        await tx.execute(update(rows).values(state="waiting"))
    await _job(database, tmp_path).tick(NOW)
    await _job(database, tmp_path).tick(NOW)
    journal = journal_of(database.url, tmp_path)
    async with database.write() as tx:
        erasure = await erasure_of(tx, HER)
        assert erasure is not None
        assert (erasure.counts is not None, erasure.done_at) == (True, None)
        assert not journal.exists()
        await tx.execute(rows.delete())  # they have gone
    later = NOW + dt.timedelta(minutes=1)
    await _job(database, tmp_path).tick(later)
    await _job(database, tmp_path).tick(later)
    async with database.read() as tx:
        done = await erasure_of(tx, HER)
        assert done is not None
        assert done.done_at == later
        assert await _job(database, tmp_path).next_due(tx, later) is None
    assert len(journal.read_text().splitlines()) == 1
    journal.unlink()


async def test_last_message_that_never_goes_is_given_up_after_an_hour(database: Database, tmp_path: Path) -> None:
    """A blocked bot or a long outage keeps her chat's number in the store no longer than that."""
    async with database.write() as tx:
        await _fill(tx)
        await ask(tx, HER, "customer", NOW)
    await _job(database, tmp_path).tick(NOW)
    await _job(database, tmp_path).tick(NOW + dt.timedelta(hours=2))
    async with database.read() as tx:
        assert [row.chat_id for row in await tx.execute(select(rows.c.chat_id)) if row.chat_id == 1001] == []
        assert not await open_erasures(tx)
    journal_of(database.url, tmp_path).unlink()


async def test_a_backup_from_before_that_is_restored_is_erased_again(sqlite_database: Database, tmp_path: Path) -> None:
    """The journal beside the store knows who was forgotten; the restored store does not."""
    file = tmp_path / "before.backup"
    async with sqlite_database.write() as tx:
        await _fill(tx)
    await backup(sqlite_database.url, file)
    async with sqlite_database.write() as tx:
        await ask(tx, HER, "customer", NOW)
    job = _job(sqlite_database, tmp_path)
    await job.tick(NOW)
    await job.tick(NOW + dt.timedelta(hours=2))
    await sqlite_database.close()
    await restore(file, sqlite_database.url)
    restored = Database(sqlite_database.url)
    async with restored.write() as tx:
        assert await tx.scalar(select(customers.c.name).where(customers.c.id == HER)) == "Ann Smith"
        assert await ask_again(tx, journal_of(restored.url, tmp_path), NOW) == 1
    await _job(restored, tmp_path).tick(NOW)
    async with restored.read() as tx:
        assert await tx.scalar(select(customers.c.name).where(customers.c.id == HER)) == ""
    await restored.close()
