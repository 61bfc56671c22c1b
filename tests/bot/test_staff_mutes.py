"""Muting in staff's hands: command and button, length and reason, who hears of it, and what was kept meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.mutes import mute_of
from tests.bot.staff_scene import Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum; Ann has an open case."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        opened.ann.taps("Cancel")
        await opened.case()
        yield opened


async def until_of(scene: Scene) -> dt.datetime | None:
    """Return until when Ann is muted; an assertion fails when she is not."""
    async with scene.app.database.read() as tx:
        mute = await mute_of(tx, (await scene.customer()).id, scene.clock.now())
    assert mute is not None
    return mute.until


async def test_card_button_mutes_and_unmutes(scene: Scene) -> None:
    """For how long, why; then she is heard of no more until somebody ends it and sees what was kept."""
    scene.olga.taps("Mute…", chat=scene.group)
    await scene.settle()
    scene.olga.taps("One week", message=scene.in_topic("For how long"))
    await scene.settle()
    scene.olga.taps("Insults or threats", message=scene.in_topic("Why is Ann Smith muted"))
    await scene.settle()
    assert scene.in_topic("Olga has muted Ann Smith until").text.endswith(": Insults or threats")
    assert await until_of(scene) == scene.clock.now() + dt.timedelta(days=7)
    assert scene.group is not None
    before = len(scene.group.everything)
    scene.ann.sends("You fools")
    scene.ann.sends("Hello?")
    await scene.settle()
    assert len(scene.group.everything) == before
    assert "not passed on" in scene.told(scene.ann)[-1]
    scene.olga.taps("Mute…", message=scene.in_topic("No 1 · Delivery"))
    await scene.settle()
    scene.olga.taps("End the mute", message=scene.in_topic("is muted until"))
    await scene.settle()
    over = scene.in_topic("ended the mute")
    assert "2 messages were kept meanwhile" in over.text
    assert "reach our staff again" in scene.told(scene.ann)[-1]
    scene.olga.taps("Show them", message=over)
    await scene.settle()
    assert [line.split(" ", 1)[1] for line in scene.in_topic("You fools").text.splitlines()] == ["You fools", "Hello?"]


async def test_command_in_the_topic_mutes_at_once(scene: Scene) -> None:
    """With its length and words; a reply to a customer who is muted goes out all the same."""
    assert scene.group is not None
    scene.pete.sends("/mute always advertises", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.in_topic("Pete has muted").text == "🔇 Pete has muted Ann Smith: advertises"
    assert await until_of(scene) is None
    scene.pete.sends("One more word", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "One more word"
    scene.pete.sends("/unmute", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert "Pete has ended the mute" in scene.in_topic("Pete has ended").text


async def test_from_a_private_chat_with_a_typed_reason(scene: Scene) -> None:
    """The word finds her; the topic hears of it, too."""
    scene.olga.sends("/mute Ann")
    await scene.settle()
    scene.olga.taps("One day")
    await scene.settle()
    scene.olga.taps("Another reason")
    await scene.settle()
    scene.olga.sends("Sings all day")
    await scene.settle()
    assert scene.told(scene.olga)[-1].endswith(": Sings all day")
    assert "Sings all day" in scene.in_topic("Olga has muted").text
    scene.olga.sends("/mute Nobody")
    await scene.settle()
    assert "in the customer’s topic" in scene.told(scene.olga)[-1]


async def test_flood_is_shown_page_by_page(scene: Scene) -> None:
    """Staff get twenty messages, then one notice, and the rest when they ask for it."""
    for number in range(80):
        scene.ann.sends(f"word {number}")
    await scene.settle()
    scene.clock.advance(dt.timedelta(minutes=1))
    await scene.app.tick()
    await scene.settle()
    assert scene.group is not None
    notice = scene.in_topic("60 further messages of Ann Smith")
    scene.olga.taps("Show them", message=notice)
    await scene.settle()
    page = scene.in_topic("word 20")
    assert "word 44" in page.text
    for label, word in (("After ›", "word 45"), ("After ›", "word 79"), ("‹ Before", "word 69")):
        scene.olga.taps(label, message=found_in([page], ""))
        await scene.settle()
        page = scene.in_topic(word)
    assert len([m for m in scene.group.live if "word 69" in m.text]) == 1
