"""What staff and customers change of what they have said: the other side sees it, and both versions are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground.media import medium
from bot.playground.messages import CONTENT, Message
from bot.playground.people import Person
from domain.cases import CaseState
from store.contacts import timeline
from tests.bot.staff_scene import Scene, staff_scene
from tests.bot.test_staff_media import files


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum, where Ann has a case and is in no dialogue."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        await opened.case()
        opened.ann.taps("Cancel")
        await opened.settle()
        yield opened


def puts_in_place(person: Person, message: Message, kind: str, name: str, caption: str = "") -> None:
    """Let a person put another file in the place of the one in her own *message*."""
    world = person.world
    content = medium(kind, world.files.add(kind, *files(name)), world.files)
    for member in CONTENT:
        if member != "media_group_id":
            message.data.pop(member, None)
    message.data |= content | ({"caption": caption} if caption else {}) | {"edit_date": world.clock.unix()}
    world.tell_bot("edited_message", message.data, message.chat_id)


def file_of(scene: Scene, message: Message) -> str:
    """Return the name of the document in a message."""
    stored = scene.play.world.files.known(message.data["document"]["file_id"])
    assert stored is not None
    return stored.name


async def said(scene: Scene) -> list[tuple[str, str | None, int]]:
    """Return text, first version and number of files of Ann's contacts that were changed, the newest first."""
    customer = await scene.customer()
    async with scene.app.database.read() as tx:
        found = await timeline(tx, customer.id, limit=30)
    return [(each.text, each.edited_from, len(each.media)) for each in found if each.edited_from is not None]


async def test_caption_and_file_of_a_reply_are_changed_for_the_customer(scene: Scene) -> None:
    """Her copy follows, first the words, then the file; a caption taken away is gone there, too."""
    (sent,) = scene.olga.sends_media("document", files("old.pdf"), "The bil", chat=scene.group, thread=scene.topic())
    await scene.settle()
    copy = scene.ann.chat.from_bot[-1]
    scene.olga.edits(sent, "The bill")
    await scene.settle()
    assert (copy.text, file_of(scene, copy)) == ("The bill", "old.pdf")
    puts_in_place(scene.olga, sent, "document", "new.pdf")
    await scene.settle()
    assert (copy.text, file_of(scene, copy)) == ("", "new.pdf")
    assert await said(scene) == [("", "The bil", 1)]


async def test_words_under_a_voice_message_are_changed(scene: Scene) -> None:
    """Telegram exchanges no voice message, but what stands under it."""
    (sent,) = scene.olga.sends_media("voice", files("v.ogg"), "Lissen", chat=scene.group, thread=scene.topic())
    await scene.settle()
    scene.olga.edits(sent, "Listen")
    await scene.settle()
    assert (scene.ann.chat.from_bot[-1].kind, scene.ann.chat.from_bot[-1].text) == ("voice", "Listen")


async def test_one_part_of_an_album_is_changed_and_no_other(scene: Scene) -> None:
    """Each file of the reply has its own copy; the timeline has the new words of all."""
    names = ["a.jpg", "b.jpg", "c.jpg"]
    sent = scene.olga.sends_media(
        "photo", files(*names), ["one", "two", "three"], chat=scene.group, thread=scene.topic()
    )
    await scene.gathered()
    scene.olga.edits(sent[1], "TWO")
    await scene.settle()
    assert [m.text for m in scene.ann.chat.from_bot[-3:]] == ["one", "TWO", "three"]
    assert await said(scene) == [("one\nTWO\nthree", "one\ntwo\nthree", 3)]


async def test_part_of_an_album_that_still_waits_goes_out_changed(scene: Scene) -> None:
    """Nobody sees the first version."""
    sent = scene.olga.sends_media(
        "photo", files("a.jpg", "b.jpg"), ["one", "two"], chat=scene.group, thread=scene.topic()
    )
    scene.olga.edits(sent[0], "ONE")
    await scene.gathered()
    assert [m.text for m in scene.ann.chat.from_bot[-2:]] == ["ONE", "two"]


async def test_change_of_a_reply_that_the_customer_deleted_is_told_to_staff(scene: Scene) -> None:
    """Nobody believes that she reads it; the timeline keeps what she saw."""
    sent = scene.olga.sends("At nine", chat=scene.group, thread=scene.topic())
    await scene.settle()
    scene.ann.chat.from_bot[-1].deleted = True
    scene.olga.edits(sent, "At ten")
    await scene.settle()
    assert "does not see Olga’s change" in scene.in_topic("new message").text
    assert await said(scene) == []


async def test_customers_other_file_is_shown_to_staff_beside_the_words(scene: Scene) -> None:
    """What changed is shown: the words in both versions, the file as it is now; a caption alone sends no file again."""
    (hers,) = scene.ann.sends_media("document", files("bill.pdf"), "My bil")
    await scene.settle()
    scene.ann.edits(hers, "My bill")
    await scene.settle()
    assert scene.in_topic("Before:\nMy bil\n\nNow:\nMy bill").kind == "text"
    puts_in_place(scene.ann, hers, "document", "right.pdf", "My bill")
    await scene.settle()
    assert file_of(scene, scene.in_topic("this file is now in place of the earlier one")) == "right.pdf"
    assert (await said(scene))[0] == ("My bill", "My bil", 1)


async def test_customers_edit_of_an_albums_caption_keeps_the_other_captions(scene: Scene) -> None:
    """Staff see all words before and after."""
    sent = scene.ann.sends_media("photo", files("a.jpg", "b.jpg"), ["front", "bakc"])
    await scene.gathered()
    scene.ann.edits(sent[1], "back")
    await scene.settle()
    assert scene.in_topic("Changed").text == "✏️ Changed. Before:\nfront\nbakc\n\nNow:\nfront\nback"


async def test_customers_edit_after_the_decision_is_shown_and_reopens_nothing(scene: Scene) -> None:
    """Whoever sees it can open the case again."""
    hers = scene.ann.sends("It costs 10")
    await scene.settle()
    scene.olga.taps("Resolve", chat=scene.group)
    await scene.settle()
    scene.ann.edits(hers, "It costs 100")
    await scene.settle()
    assert "Now:\nIt costs 100" in scene.in_topic("Changed").text
    assert (await scene.case_now(1)).state is CaseState.RESOLVED


async def test_in_private_chats_colleagues_see_a_changed_reply(tmp_path: Path, sqlite_url: str) -> None:
    """As they saw the reply itself."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as scene:
        await scene.case()
        sent = scene.olga.sends("reply 1 At nine")
        await scene.settle()
        scene.olga.edits(sent, "reply 1 At ten")
        await scene.settle()
        assert scene.told(scene.ann)[-1] == "At ten"
        assert "Before:\nAt nine\n\nNow:\nAt ten" in scene.told(scene.pete)[-1]
        assert "Now:" not in scene.told(scene.olga)[-1]
