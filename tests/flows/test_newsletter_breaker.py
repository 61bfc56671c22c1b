"""The breaker in the running program: too many refusals, blocks or stops end a newsletter within its canary."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.config import Config
from bot.content import Content, load_content
from bot.playground.faults import FaultKind as F
from domain.newsletters import Account, SendingState
from tests.flows.hurried_loop import hurried
from tests.flows.newsletter_stand import COMPANY, MANAGER, TEXT, NewsletterStand, stand

READERS, CANARY = 40, 12
_CAREFUL = f"""+++
canary = {{ first = {CANARY}, wait = "1min" }}
+++
Hello {{{{ name }}}}, {TEXT}.
"""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What is sent, read once: first to a few, who have a minute to react."""
    folder = tmp_path_factory.mktemp("content")
    newsletters = folder / "newsletters"
    newsletters.mkdir()
    (newsletters / "careful.en.j2").write_text(_CAREFUL)
    return load_content(Config(folder=folder, company=COMPANY, content=folder))


async def until_over(one: NewsletterStand, sending_id: int) -> SendingState:
    """Wait until the canary is judged and all is sent, or it is stopped."""

    async def is_over() -> bool:
        return not (await one.look(sending_id)).state.is_sending

    await one.until(is_over)
    return (await one.look(sending_id)).state


def told(one: NewsletterStand, words: str) -> bool:
    """Say whether the manager has read these words."""
    chat = one.playground.world.chats[MANAGER]
    return any(words in message.text for message in chat.live if message.from_bot)


def test_blocks_stop_it_within_the_canary_and_staff_read_the_numbers(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """Everybody has blocked the bot: it is over before the canary is complete, and all others are queued still."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, readers=READERS, at_once=2) as one:
            for reader in one.readers:
                one.playground.faults.add(F.BLOCKED, method="sendMessage", chat=reader.id, times=-1)
            sending = await one.begin("careful")
            assert await until_over(one, sending.id) is SendingState.STOPPED
            account = await one.account(sending.id)
            assert account.failed["blocked"] <= CANARY
            assert account.queued == READERS - account.failed["blocked"]
            stopped = await one.look(sending.id)
            assert stopped.reason.startswith("over:blocked:")
            await one.until(lambda: told(one, f"{stopped.reason.split(':')[2]} of the {stopped.reason.split(':')[3]}"))

    hurried(story())


def test_stops_of_the_canary_spare_everybody_else(tmp_path: Path, sqlite_template: Path, content: Content) -> None:
    """Five of those who got it say stop within their minute: nobody else gets it."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, readers=READERS) as one:
            sending = await one.begin("careful")
            await one.until(lambda: one.arrived().total() == CANARY)
            for number in sorted(one.arrived())[:5]:
                one.readers[number - 1].taps("Stop")
            await asyncio.sleep(50)  # of the hurried loop
            await one.app.tick()
            assert (await one.look(sending.id)).state is SendingState.CANARY
            await asyncio.sleep(15)
            assert await until_over(one, sending.id) is SendingState.STOPPED
            assert (await one.look(sending.id)).reason == f"over:opted_out:5:{CANARY}:10"
            assert await one.account(sending.id) == Account(sent=CANARY, queued=READERS - CANARY)

    hurried(story())


def test_a_canary_that_is_well_goes_on_to_everybody(tmp_path: Path, sqlite_template: Path, content: Content) -> None:
    """One stop is no reason; after the minute all others get it, once."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, readers=READERS) as one:
            sending = await one.begin("careful")
            await one.until(lambda: one.arrived().total() == CANARY)
            one.readers[min(one.arrived()) - 1].taps("Stop")
            await asyncio.sleep(65)  # of the hurried loop
            assert await until_over(one, sending.id) is SendingState.FINISHED
            assert one.arrived() == dict.fromkeys(range(1, READERS + 1), 1)
            await one.check_books(sending.id)

    hurried(story())
