"""The graceful goodbye at the desk: asked for on the card, with what she will read, and confirmed."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.lifecycle import Action
from store.lifecycle import actions_of
from tests.bot.staff_scene import Scene, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum; Ann has an open case."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        opened.ann.taps("Cancel")
        await opened.case()
        yield opened


async def test_manager_ends_a_relationship_and_only_she_can_open_it_again(scene: Scene) -> None:
    """A preview, a confirmation, one last message; then staff are told why nothing goes; her word is answered."""
    scene.olga.sends("/customer", chat=scene.group, thread=scene.topic())
    await scene.settle()
    scene.olga.taps("End the relationship…", chat=scene.group)
    await scene.settle()
    asked = scene.in_topic("Shall we say goodbye to Ann Smith?")
    assert "Thank you for the time we have shared" in asked.text
    scene.olga.taps("Say goodbye", message=asked)
    await scene.settle()
    assert scene.in_topic("Olga has ended the relationship with Ann Smith")
    assert scene.told(scene.ann)[-1].startswith("Thank you for the time we have shared")
    async with scene.app.database.read() as tx:
        taken = await actions_of(tx, (await scene.customer()).id)
    assert [(each.action, each.staff_id) for each in taken] == [(Action.GRACEFUL_ENDING, scene.olga.id)]

    count = len(scene.told(scene.ann))
    scene.olga.sends("One more thing", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert "she has been said goodbye to" in scene.in_topic("goodbye to;").text
    scene.clock.advance(dt.timedelta(days=90))  # the case's clocks run out meanwhile
    await scene.settle()
    assert len(scene.told(scene.ann)) == count

    scene.ann.sends("Hello again")
    await scene.settle()
    assert len(scene.told(scene.ann)) > count
    scene.olga.sends("Welcome back", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Welcome back"


async def test_agent_has_no_such_button(scene: Scene) -> None:
    """It is a manager's decision."""
    scene.pete.sends("/customer", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.group is not None
    shown = str([message.labels for message in scene.group.live])
    assert "Log" in shown
    assert "End the relationship" not in shown
