"""Taking a newsletter back: what arrived goes away at Telegram's side, and the books say so, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.content import Content
from bot.playground.faults import FaultKind as F
from domain.newsletters import SendingState
from domain.recalls import Recall
from store import recalls
from store.tables import contacts, outbox
from store.tables import recipients as recipients_table
from tests.flows.hurried_loop import hurried
from tests.flows.newsletter_stand import READERS_FROM, TEXT, NewsletterStand, load, stand

READERS = 12


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What is sent, read once."""
    return load(tmp_path_factory.mktemp("content"))


@contextlib.asynccontextmanager
async def all_have_it(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> AsyncIterator[tuple[NewsletterStand, int]]:
    """Give a stand, and the sending that every reader has got."""
    async with stand(tmp_path, sqlite_template, content, readers=READERS) as one:
        sending = await one.begin()
        await one.run(sending.id)
        assert len(one.arrived()) == READERS
        yield one, sending.id


async def recall(one: NewsletterStand, sending_id: int) -> None:
    """Begin to take it back."""
    async with one.app.database.write() as tx:
        assert await recalls.begin(tx, sending_id, one.clock.now()) is not None


async def stands(one: NewsletterStand, sending_id: int) -> Recall:
    """Return how far it has come."""
    async with one.app.database.read() as tx:
        return await recalls.recall_of(tx, sending_id)


def keeps(one: NewsletterStand) -> set[int]:
    """Return the customers who have the newsletter in their chat."""
    return {
        person.id - READERS_FROM
        for person in one.readers
        for message in person.chat.live
        if message.from_bot and TEXT in message.text
    }


async def taken_back(one: NewsletterStand, sending_id: int) -> Recall:
    """Take it back from everybody who is in reach."""
    await recall(one, sending_id)
    return await until_done(one, sending_id)


async def until_done(one: NewsletterStand, sending_id: int) -> Recall:
    """Tick until nobody waits any more."""

    async def is_done() -> bool:
        now = await stands(one, sending_id)
        return now.total > 0 and now.waiting == 0

    await one.until(is_done)
    return await stands(one, sending_id)


async def lines(one: NewsletterStand, sending_id: int) -> dict[tuple[str, str | None], int]:
    """Count the lines of the timeline by state and reason."""
    async with one.app.database.read() as tx:
        query = select(contacts.c.state, contacts.c.reason, func.count()).where(contacts.c.newsletter_id == sending_id)
        return {(state, why): n for state, why, n in await tx.execute(query.group_by("state", "reason"))}


def test_everything_that_arrived_goes_away_and_the_timeline_says_so(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """Also where the answer got lost and the call went twice, or she had deleted it; a flood only delays it."""

    async def story() -> None:
        async with all_have_it(tmp_path, sqlite_template, content) as (one, sending_id):
            one.playground.faults.add(F.TOO_MANY_REQUESTS, method="deleteMessage", after=2, retry_after=1)
            one.playground.faults.add(F.CUT_AFTER, method="deleteMessage", chat=1003)
            one.playground.faults.add(F.SERVER_ERROR, method="deleteMessage", chat=1004)
            assert await taken_back(one, sending_id) == Recall(deleted=READERS)
            assert not keeps(one)
            assert await lines(one, sending_id) == {("deleted", "recalled"): READERS}
            await one.app.tick()
            async with one.app.database.read() as tx:
                assert await tx.scalar(select(func.count()).select_from(outbox)) == 0

    hurried(story())


def test_what_telegram_refuses_or_is_too_old_stays_and_is_counted(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """One who has blocked the bot, one of two days ago: each in her own count, and on her timeline."""

    async def story() -> None:
        async with all_have_it(tmp_path, sqlite_template, content) as (one, sending_id):
            one.playground.faults.add(F.BLOCKED, method="deleteMessage", chat=1003)
            old = one.clock.now() - dt.timedelta(hours=49)
            async with one.app.database.write() as tx:
                hers = recipients_table.c.customer_id == 5
                await tx.execute(update(recipients_table).where(hers).values(at=old))
            assert await taken_back(one, sending_id) == Recall(deleted=READERS - 2, failed=1, too_old=1)
            assert keeps(one) == {3, 5}
            told = {("deleted", "recalled"): READERS - 2, ("sent", "not_recalled"): 1, ("sent", None): 1}
            assert await lines(one, sending_id) == told

    hurried(story())


def test_recall_in_the_middle_stops_the_rest_and_takes_back_what_was_on_its_way(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """Nobody keeps it: neither who had got it, nor who gets it while the recall begins, nor who waited."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, readers=READERS) as one:
            one.playground.faults.add(F.SLOW, method="sendMessage", after=4, times=2, seconds=2.0)
            sending = await one.begin()
            await one.until(lambda: sum(one.arrived().values()) >= 4)
            await recall(one, sending.id)
            ended = await one.run(sending.id)
            assert ended.state is SendingState.CANCELLED
            done = await until_done(one, sending.id)
            await asyncio.sleep(5)
            await one.app.tick()
            await one.until(lambda: not keeps(one))
            account = await one.account(sending.id)
            assert account.queued == 0
            assert (await stands(one, sending.id)).deleted == account.sent >= done.deleted

    hurried(story())


def test_killed_again_and_again_it_is_taken_back_exactly(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """Each process goes on where the last one was; nobody is counted twice, nothing stays."""

    async def story() -> None:
        async with all_have_it(tmp_path, sqlite_template, content) as (one, sending_id):
            await recall(one, sending_id)
            one.playground.faults.add(F.SLOW, method="deleteMessage", times=-1, seconds=0.05)
            for _ in range(4):
                await one.app.tick()
                await asyncio.sleep(0.07)
                await one.app.kill()
                await one.start()
                now = await stands(one, sending_id)
                assert now.total in {0, READERS}
            assert await until_done(one, sending_id) == Recall(deleted=READERS)
            assert not keeps(one)
            assert await lines(one, sending_id) == {("deleted", "recalled"): READERS}

    hurried(story())
