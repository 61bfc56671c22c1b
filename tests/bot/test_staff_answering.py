"""Who is writing an answer just now: seen on the card, and kept to one at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.staff_scene import Scene, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        yield opened


async def test_one_writes_at_a_time_and_the_card_says_who(scene: Scene) -> None:
    """The second who presses Reply reads who is writing; nothing is expected of her words."""
    await scene.case()
    scene.olga.taps("Reply", message=scene.in_topic("No 1 ·"))
    await scene.settle()
    assert "✍️ Olga is writing an answer (until 10:10)" in scene.in_topic("No 1 ·").text
    late = scene.pete.taps("Reply", message=scene.in_topic("No 1 ·"))
    await scene.settle()
    assert (await late.answer).text == "Olga is answering No 1."
    scene.olga.sends("A courier comes tomorrow", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "A courier comes tomorrow"
    assert "✍️" not in scene.in_topic("No 1 ·").text


async def test_cancelling_lets_the_next_one_write(scene: Scene) -> None:
    """Who changes her mind does not keep the customer waiting."""
    await scene.case()
    scene.olga.taps("Reply", message=scene.in_topic("No 1 ·"))
    await scene.settle()
    scene.olga.taps("Cancel", chat=scene.group)
    await scene.settle()
    assert "✍️" not in scene.in_topic("No 1 ·").text
    scene.pete.taps("Reply", message=scene.in_topic("No 1 ·"))
    await scene.settle()
    assert "✍️ Pete is writing" in scene.in_topic("No 1 ·").text


async def test_after_ten_minutes_somebody_else_may_answer(scene: Scene) -> None:
    """Nobody who has gone to lunch holds up an answer."""
    await scene.case()
    scene.olga.taps("Reply", message=scene.in_topic("No 1 ·"))
    await scene.settle()
    scene.clock.advance(dt.timedelta(minutes=10))
    scene.pete.taps("Reply", message=scene.in_topic("No 1 ·"))
    await scene.settle()
    assert "✍️ Pete is writing" in scene.in_topic("No 1 ·").text
