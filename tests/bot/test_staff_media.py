"""Files of every kind between customers and staff: albums whole with each caption, large ones named, none lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground import acts
from bot.playground.faults import FaultKind
from bot.playground.files import PlayFile
from bot.playground.media import medium
from bot.playground.messages import Message
from bot.transcript_files import play_file
from store.contacts import timeline
from tests.bot.staff_scene import Scene, staff_scene

ALONE = ("photo", "video", "voice", "video_note", "sticker", "animation", "audio", "document")
FOLDER = Path(__file__).parent


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum, where Ann has a case and is in no dialogue."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        await opened.case()
        opened.ann.taps("Cancel")
        await opened.settle()
        yield opened


def files(*names: str) -> list[PlayFile]:
    """Make files of these names."""
    return [play_file(name, FOLDER) for name in names]


def kinds(messages: list[Message]) -> list[tuple[str, str]]:
    """Return the kind and caption of each message that is a file."""
    return [(m.kind, m.text) for m in messages if m.kind in ALONE]


async def test_every_kind_of_file_goes_both_ways(scene: Scene) -> None:
    """By its id, as what it was, with its caption where there can be one."""
    for kind in ALONE:
        caption = "" if kind in {"video_note", "sticker"} else f"a {kind}"
        scene.ann.sends_media(kind, files("x.jpg"), caption)
        scene.olga.sends_media(kind, files("y.jpg"), caption, chat=scene.group, thread=scene.topic())
    await scene.settle()
    expected = [(kind, "" if kind in {"video_note", "sticker"} else f"a {kind}") for kind in ALONE]
    assert scene.group is not None
    assert kinds(scene.group.from_bot) == expected
    assert kinds(scene.ann.chat.from_bot) == expected
    assert not any(request.method == "getFile" for request in scene.play.requests)


async def test_album_of_ten_stays_one_album_with_each_caption_at_its_file(scene: Scene) -> None:
    """To staff and to the customer; the timeline holds it as one contact with all that was said."""
    named = [f"{number}.jpg" for number in range(10)]
    captions = ["front", "", "left side", *[""] * 6, "the bill"]
    scene.ann.sends_media("photo", files(*named), captions)
    scene.olga.sends_media("photo", files(*named), captions, chat=scene.group, thread=scene.topic())
    await scene.gathered()
    assert scene.group is not None
    for chat in (scene.group, scene.ann.chat):
        album = [m for m in chat.from_bot if m.kind == "photo"]
        assert [m.text for m in album] == captions
        assert len({m.data["media_group_id"] for m in album}) == 1
    customer = await scene.customer()
    async with scene.app.database.read() as tx:
        newest = next(contact for contact in await timeline(tx, customer.id, limit=4) if contact.media)
    assert (len(newest.media), newest.text) == (10, "front\nleft side\nthe bill")
    assert [file.caption for file in newest.media] == captions


async def test_album_in_private_chats_has_her_name_above_it(tmp_path: Path, sqlite_url: str) -> None:
    """Captions stay where they were; the name is a line of its own."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as scene:
        scene.ann.taps("Cancel")
        scene.ann.sends_media("photo", files("a.jpg", "b.jpg"), ["front", "back"])
        await scene.gathered()
        assert [m.text for m in scene.olga.chat.from_bot[-3:]] == ["Ann Smith", "front", "back"]


async def test_caption_that_no_bot_may_send_follows_the_album_as_text(scene: Scene) -> None:
    """People with Premium write longer captions than bots can."""
    scene.ann.sends_media("photo", files("a.jpg", "b.jpg"), ["front", "x" * 1500])
    await scene.gathered()
    assert scene.group is not None
    *album, text = scene.group.from_bot[-3:]
    assert [(m.kind, m.text) for m in album] == [("photo", ""), ("photo", "")]
    assert text.text == "front\n" + "x" * 1500


async def test_file_over_twenty_megabytes_is_passed_on_and_named(scene: Scene) -> None:
    """It can be opened in Telegram; nobody tries to fetch it. From staff it simply arrives."""
    scene.ann.sends_media("document", files("plan.pdf 40 MB"), "our plan")
    scene.olga.sends_media("document", files("film.mp4 60 MB"), chat=scene.group, thread=scene.topic())
    await scene.settle()
    plan = scene.in_topic("plan.pdf is over 20 MB")
    assert (plan.kind, plan.text.startswith("our plan\n[")) == ("document", True)
    assert kinds(scene.ann.chat.from_bot) == [("document", "")]


async def test_customer_who_forbids_voice_messages_leaves_staff_a_sentence(scene: Scene) -> None:
    """They read why, and what to do instead."""
    scene.ann.voices_forbidden = True
    scene.olga.sends_media("voice", files("v.ogg"), chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert "Write it, or send it as a file" in scene.in_topic("did not reach Ann").text
    assert kinds(scene.ann.chat.from_bot) == []


async def test_file_that_telegram_refuses_leaves_words_on_both_sides(scene: Scene) -> None:
    """Her caption, or staff's, arrives; the one who must send it again is told so."""
    for chat in (scene.group, scene.ann.chat):
        assert chat is not None
        scene.play.faults.add(FaultKind.WRONG_FILE, method="sendPhoto", chat=chat.id)
    scene.ann.sends_media("photo", files("a.jpg"), "look at this")
    scene.olga.sends_media("photo", files("b.jpg"), "the new one", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert "Telegram did not let it be passed on" in scene.in_topic("look at this").text
    assert scene.told(scene.ann)[-1].startswith("the new one\n[a file came with this")
    assert "send the file again" in scene.in_topic("did not reach Ann").text


async def test_album_that_telegram_refuses_goes_file_by_file(scene: Scene) -> None:
    """One bad file does not take the others along."""
    for chat in (scene.group, scene.ann.chat):
        assert chat is not None
        scene.play.faults.add(FaultKind.WRONG_FILE, method="sendMediaGroup", chat=chat.id)
        scene.play.faults.add(FaultKind.WRONG_FILE, method="sendPhoto", chat=chat.id)
    scene.ann.sends_media("photo", files("a.jpg", "b.jpg"), ["one", "two"])
    scene.olga.sends_media("photo", files("c.jpg", "d.jpg"), ["three", "four"], chat=scene.group, thread=scene.topic())
    await scene.gathered()
    assert scene.group is not None
    assert ("photo", "two") in kinds(scene.group.from_bot)
    assert scene.in_topic("one\n[a file came with this").thread == scene.topic()
    assert kinds(scene.ann.chat.from_bot) == [("photo", "four")]
    assert scene.told(scene.ann)[-1].startswith("three\n[a file came")


async def test_album_of_mixed_files_is_split_as_telegram_wants_it(scene: Scene) -> None:
    """Documents share no album with photos: each goes with its like, in its order."""
    for kind, name in (("photo", "a.jpg"), ("video", "b.mp4"), ("document", "c.pdf"), ("document", "d.pdf")):
        stored = scene.play.world.files.add(kind, *files(name))
        content = medium(kind, stored, scene.play.world.files) | {"caption": name, "media_group_id": "777"}
        acts.say(scene.olga, content, chat=scene.group, thread=scene.topic(), reply_to=None)
    await scene.gathered()
    assert kinds(scene.ann.chat.from_bot) == [
        ("photo", "a.jpg"), ("video", "b.mp4"), ("document", "c.pdf"), ("document", "d.pdf"),
    ]  # fmt: skip
    assert len({m.data["media_group_id"] for m in scene.ann.chat.from_bot if m.kind in ALONE}) == 2
