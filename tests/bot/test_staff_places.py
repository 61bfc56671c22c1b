"""Places and shared contacts, from customers to staff and back: pins on the map, with words where a pin has none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.playground import acts
from bot.playground.messages import Message
from store.contacts import timeline
from tests.bot.staff_scene import Scene, found_in, staff_scene

HERE = {"latitude": 60.1699, "longitude": 24.9384}


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        yield opened


def pins(messages: list[Message]) -> list[dict[str, Any]]:
    """Return where the pins stand that are there."""
    return [message.data["location"] for message in messages if "location" in message.data]


async def test_place_of_a_customer_is_a_pin_for_staff_and_coordinates_on_the_timeline(scene: Scene) -> None:
    """A tap on it opens the map; what the timeline says has not changed."""
    case = await scene.case()
    scene.ann.taps("Cancel")
    await scene.settle()
    scene.ann.sends_location(60.1699, 24.9384)
    await scene.settle()
    assert scene.group is not None
    assert pins(scene.group.live) == [HERE]
    async with scene.app.database.read() as tx:
        said = [contact.text for contact in await timeline(tx, case.customer_id)]
    assert "⌖ 60.16990, 24.93840" in said


async def test_pin_in_a_private_chat_has_her_name_above_and_both_can_be_answered(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Without a forum nothing else says whose place it is; an answer to the pin itself reaches her."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as scene:
        scene.ann.taps("Cancel")
        await scene.settle()
        scene.ann.sends_location(60.1699, 24.9384)
        await scene.settle()
        *_, above, pin = scene.olga.chat.live
        assert (above.text, pins([pin])) == ("Ann Smith", [HERE])
        scene.olga.sends("We come there", reply_to=pin)
        await scene.settle()
        assert "We come there" in scene.told(scene.ann)


async def test_place_of_staff_reaches_the_customer_as_a_pin(scene: Scene) -> None:
    """It is their answer, and stands as such on her timeline."""
    case = await scene.case()
    scene.olga.sends_location(60.1699, 24.9384, chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert pins(scene.ann.chat.from_bot) == [HERE]
    async with scene.app.database.read() as tx:
        newest = (await timeline(tx, case.customer_id, limit=1))[0]
    assert (newest.kind, newest.text) == ("staff_reply", "⌖ 60.16990, 24.93840")


async def test_venue_and_contact_say_in_words_what_they_name(scene: Scene) -> None:
    """A venue is a pin below its name and address; a contact a name and a number."""
    await scene.case()
    venue = {"venue": {"location": HERE, "title": "Aurora", "address": "Main Street 1"}, "location": HERE}
    acts.say(scene.olga, venue, chat=scene.group, thread=scene.topic(), reply_to=None)
    contact = {"contact": {"phone_number": "+358401", "first_name": "Kim", "last_name": "Courier"}}
    acts.say(scene.olga, contact, chat=scene.group, thread=scene.topic(), reply_to=None)
    await scene.settle()
    *_, named, pin, courier = scene.ann.chat.from_bot
    assert (named.text, courier.text) == ("📍 Aurora, Main Street 1", "📞 +358401 Kim Courier")
    assert pins([pin]) == [HERE]


async def test_live_location_is_its_first_position_and_says_so(scene: Scene) -> None:
    """Its later positions change nothing: they are no edits of what was said."""
    await scene.case()
    scene.ann.taps("Cancel")
    await scene.settle()
    moving = {"location": {**HERE, "live_period": 900}}
    for person, chat, thread in ((scene.ann, None, None), (scene.olga, scene.group, scene.topic())):
        sent = acts.say(person, moving, chat=chat, thread=thread, reply_to=None)
        await scene.settle()
        sent.data["location"] = {"latitude": 61.0, "longitude": 25.0, "live_period": 900}
        scene.play.world.tell_bot("edited_message", sent.data, sent.chat_id)
        await scene.settle()
    assert scene.group is not None
    assert found_in(scene.group.live, "[a live location: this is where she was first]").thread == scene.topic()
    assert "as it is now; the customer does not see it move" in scene.in_topic("The place goes to Ann Smith").text
    assert pins([*scene.group.from_bot, *scene.ann.chat.from_bot]) == [HERE, HERE]
    assert not any("Changed" in message.text for message in scene.group.live)
