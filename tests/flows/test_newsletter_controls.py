"""What staff and customers decide while a newsletter is under way takes effect at once, and exactly."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bot.content import Content
from bot.newsletters import Refusal
from domain.newsletters import Account, Sending, SendingState
from tests.flows.hurried_loop import hurried
from tests.flows.newsletter_stand import EDITOR, NewsletterStand, load, stand

READERS = 30
MANY = 80  # more than can arrive in five turns on a slow machine
AT_ONCE = 4


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What is sent, read once."""
    return load(tmp_path_factory.mktemp("content"))


async def _let_some_arrive(one: NewsletterStand, count: int) -> None:
    """Let it run until so many have arrived; each answer takes a while, so that others are on their way."""
    await one.until(lambda: one.arrived().total() >= count)


def test_pause_takes_effect_within_what_is_in_flight_and_resume_goes_on_exactly(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """After the pause only calls that had begun arrive; however often it is paused, each gets it once."""

    async def story() -> None:
        luck = random.Random(5)
        async with stand(tmp_path, sqlite_template, content, readers=MANY, at_once=AT_ONCE, delay_s=0.1) as one:
            sending = await one.begin()
            for _ in range(5):
                await _let_some_arrive(one, one.arrived().total() + luck.randint(1, 5))
                assert isinstance(await one.act("pause", sending.id), Sending)
                arrived = one.arrived().total()
                paused = await one.run(sending.id)
                assert paused.state is SendingState.PAUSED
                assert one.arrived().total() <= arrived + AT_ONCE
                account = await one.account(sending.id)
                assert (account.sent, account.queued) == (one.arrived().total(), MANY - one.arrived().total())
                await one.check_books(sending.id)
                assert isinstance(await one.act("resume", sending.id), Sending)
            assert (await one.run(sending.id)).state is SendingState.FINISHED
            assert one.arrived() == dict.fromkeys(range(1, MANY + 1), 1)
            assert await one.account(sending.id) == Account(sent=MANY)
            await one.check_books(sending.id)

    hurried(story())


def test_old_buttons_do_nothing(tmp_path: Path, sqlite_template: Path, content: Content) -> None:
    """A confirmation, a pause, a resume and a cancel of an earlier version are refused and change nothing."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, readers=READERS, at_once=AT_ONCE, delay_s=0.1) as one:
            async with one.app.database.write() as tx:
                draft = await one.app.parts.newsletters.draft(tx, "news", EDITOR, one.clock.now())
            assert isinstance(draft, Sending)
            assert await one.confirm(draft.id, draft.version + 1) is Refusal.STALE
            await one.app.tick()
            await asyncio.sleep(5)
            assert one.calls() == []
            assert isinstance(await one.confirm(draft.id, draft.version), Sending)
            assert await one.confirm(draft.id, draft.version) is Refusal.NOT_NOW
            await _let_some_arrive(one, 3)
            running = await one.look(draft.id)
            paused = await one.act("pause", draft.id)
            assert isinstance(paused, Sending)
            for name in ("pause", "resume", "cancel"):
                refused = await one.act(name, draft.id, running.version)
                assert refused is (Refusal.NOT_NOW if name == "pause" else Refusal.STALE)
            assert await one.look(draft.id) == paused
            await one.act("resume", draft.id)
            assert await one.act("pause", draft.id, running.version) is Refusal.STALE
            assert (await one.run(draft.id)).state is SendingState.FINISHED
            assert await one.account(draft.id) == Account(sent=READERS)

    hurried(story())


def test_cancel_ends_it_for_everybody_who_has_not_got_it(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """What is on its way arrives and is counted; all others are skipped as cancelled, and it never goes on."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, readers=READERS, at_once=AT_ONCE, delay_s=0.1) as one:
            sending = await one.begin()
            await _let_some_arrive(one, 7)
            assert isinstance(await one.act("cancel", sending.id), Sending)
            arrived = one.arrived().total()
            assert (await one.run(sending.id)).state is SendingState.CANCELLED
            assert one.arrived().total() <= arrived + AT_ONCE
            account = await one.account(sending.id)
            assert account == Account(sent=one.arrived().total(), skipped={"cancelled": READERS - account.sent})
            assert await one.act("resume", sending.id) is Refusal.NOT_NOW
            await one.check_books(sending.id)

    hurried(story())


def test_who_says_stop_or_blocks_in_the_middle_gets_nothing_any_more(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """Asked at the call: what is rendered and waits does not go, and each keeps her reason."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, readers=READERS, at_once=AT_ONCE, delay_s=0.3) as one:
            first = await one.begin()
            assert (await one.run(first.id)).state is SendingState.FINISHED
            second = await one.begin()
            await _let_some_arrive(one, READERS + 5)
            late = [n for n in range(1, READERS + 1) if n not in one.calls()[READERS:]][-4:]
            stops, blocks = late[:2], late[2:]
            for number in stops:
                one.readers[number - 1].taps("Stop")
            for number in blocks:
                one.readers[number - 1].blocks()
            await asyncio.sleep(0.5)
            before = one.arrived()
            assert (await one.run(second.id)).state is SendingState.FINISHED
            for number in late:
                assert one.arrived()[number] == before[number] == 1, "she decided before her message went"
            assert [await one.fate(second.id, number) for number in stops] == [("skipped", "no_consent")] * 2
            assert [await one.fate(second.id, number) for number in blocks] == [("skipped", "left_bot")] * 2
            assert (await one.account(second.id)).sent == READERS - 4

    hurried(story())


async def test_two_machines_share_one_newsletter_and_one_may_die(
    tmp_path: Path, sqlite_template: Path, content: Content, postgresql_url: str
) -> None:
    """Both tick and only one sends; when that one dies the other goes on, and nobody gets it twice."""
    async with stand(
        tmp_path, sqlite_template, content, readers=READERS, at_once=AT_ONCE, delay_s=0.05, store=postgresql_url
    ) as one:
        first = one.app
        second = await one.start()
        sending = await one.begin()
        while one.arrived().total() < 10:
            await asyncio.gather(first.tick(), second.tick())
            await asyncio.sleep(0.01)
        await one.kill(first)
        async with asyncio.timeout(120):
            while (await one.look(sending.id)).state is not SendingState.FINISHED:
                await second.tick()
                await asyncio.sleep(0.05)
        account = await one.account(sending.id)
        assert account.sent + account.unknown == READERS
        assert account.unknown <= AT_ONCE
        assert max(one.arrived().values()) == 1
        await one.check_books(sending.id)
