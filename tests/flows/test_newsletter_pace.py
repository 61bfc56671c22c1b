"""The pace of a whole newsletter as Telegram's side sees it: smooth, never too fast, faster only for Stars."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from bot.content import Content
from bot.pacing import Pace
from bot.playground.limits import Limits
from bot.playground.people import Person
from domain.newsletters import Account, SendingState
from tests.flows.hurried_loop import hurried
from tests.flows.newsletter_stand import EDITOR, load, stand


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What is sent, read once."""
    return load(tmp_path_factory.mktemp("content"))


def test_newsletter_goes_out_smoothly_at_the_free_rate(tmp_path: Path, sqlite_template: Path, content: Content) -> None:
    """Telegram refuses none, no second has 31, and the whole takes its time."""

    async def story() -> None:
        count = 150
        limits = Limits.telegram()
        async with stand(
            tmp_path, sqlite_template, content, readers=count, limits=limits, pace=Pace(), at_once=100, delay_s=0.02
        ) as one:
            sending = await one.begin()
            began = asyncio.get_running_loop().time()
            assert (await one.run(sending.id)).state is SendingState.FINISHED
            seconds = asyncio.get_running_loop().time() - began
            assert one.playground.world.pace.refused == 0
            assert one.playground.counts.max_in_any_second <= 30
            assert seconds >= count / 30 - 1
            assert await one.account(sending.id) == Account(sent=count)

    hurried(story())


def test_stars_make_it_faster_up_to_the_cap(tmp_path: Path, sqlite_template: Path, content: Content) -> None:
    """Six Stars are sixty messages; what Telegram is not paid for keeps the free rate all the same."""

    async def story() -> None:
        count = 120
        limits = Limits(per_second=10, paid_per_second=40)
        pace = Pace(per_second=10, paid_per_second=40)
        async with stand(
            tmp_path, sqlite_template, content, readers=count, limits=limits, pace=pace, at_once=100, delay_s=0.02
        ) as one:
            sending = await one.begin("quick")
            finished = await one.run(sending.id)
            assert finished.state is SendingState.FINISHED
            calls = [r for r in one.playground.requests if r.method == "sendMessage" and (r.chat_id or 0) > 1000]
            kinds = Counter("allow_paid_broadcast" in call.params for call in calls)
            assert kinds == {True: 60, False: 60}
            assert finished.paid_messages == 60
            assert one.playground.world.pace.refused == 0
            assert await one.account(sending.id) == Account(sent=count)
            await one.check_books(sending.id)

    hurried(story())


def test_staff_are_told_what_stars_would_buy_before_it_goes(
    tmp_path: Path, sqlite_template: Path, content: Content
) -> None:
    """How many at most, what they save, and how many the bot has; nothing of it where a newsletter spends none."""

    async def story() -> None:
        async with stand(tmp_path, sqlite_template, content, readers=140) as one:
            one.playground.world.profile.stars = 250
            editor = one.playground.world.people[EDITOR]
            for name in ("quick", "news"):
                editor.sends("/newsletter")
                await one.until(partial(_offers, editor, name))
                editor.taps(next(label for label in _labels(editor) if name in label))
                await one.until(lambda: "Goes to" in editor.chat.live[-1].text)
                told = editor.chat.live[-1].text
                line = "⭐ It may go faster for at most 6 Stars: about 3 s instead of 5 s. The bot has 250."
                assert (line in told) == (name == "quick"), told

    hurried(story())


def _offers(person: Person, name: str) -> bool:
    return any(name in label for label in _labels(person))


def _labels(person: Person) -> list[str]:
    """Return the buttons under the newest message to her."""
    return [button.label for button in person.chat.live[-1].buttons] if person.chat.live else []
