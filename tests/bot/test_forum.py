"""The forum heals itself: whatever Telegram refuses, staff get to read it and nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground.chats import Rights, Standing
from bot.playground.files import PlayFile
from domain.cases import CaseState
from store.staff import find_member
from tests.bot.staff_scene import GROUP, Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum, and Ann past the welcome."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        opened.ann.taps("Cancel")
        await opened.settle()
        yield opened


def photo(name: str) -> PlayFile:
    """Return a small picture file."""
    return PlayFile(name, b"\xff\xd8\xff\xe0" + name.encode(), "image/jpeg")


async def test_free_words_make_the_topic_and_stand_there_as_written(scene: Scene) -> None:
    """Her words are no markup, whatever they look like; a second message goes to the same topic."""
    scene.ann.sends("<b>not bold</b> & *no* _markup_")
    scene.ann.sends("And one more")
    await scene.settle()
    first, second = scene.in_topic("not bold"), scene.in_topic("And one more")
    assert first.text == "<b>not bold</b> & *no* _markup_"
    assert first.thread == second.thread == scene.topic()


async def test_album_reaches_staff_as_an_album_and_their_album_the_customer(scene: Scene) -> None:
    """Files travel by their ids, together, with their caption."""
    scene.ann.sends_media("photo", [photo("a.jpg"), photo("b.jpg")], caption="It was wet")
    await scene.gathered()
    assert scene.group is not None
    relayed = scene.in_topic("It was wet")
    parts = [m for m in scene.group.live if m.data.get("media_group_id") == relayed.data["media_group_id"]]
    assert len(parts) == 2
    scene.olga.sends_media(
        "photo", [photo("c.jpg"), photo("d.jpg")], caption="Like this?", chat=scene.group, thread=scene.topic()
    )
    await scene.gathered()
    answer = found_in(scene.ann.chat.live, "Like this?")
    assert len([m for m in scene.ann.chat.live if m.data.get("media_group_id") == answer.data["media_group_id"]]) == 2


@pytest.mark.parametrize("kind", ["voice", "video_note", "sticker", "document"])
async def test_any_kind_of_file_is_passed_both_ways(scene: Scene, kind: str) -> None:
    """Also those that have no caption."""
    scene.ann.sends("Hello")
    scene.ann.sends_media(kind, [PlayFile("file", b"bytes", "application/octet-stream")])
    await scene.settle()
    assert scene.group is not None
    assert any(kind in message.data for message in scene.group.from_bot)
    scene.olga.sends_media(
        kind, [PlayFile("file", b"more", "application/octet-stream")], chat=scene.group, thread=scene.topic()
    )
    await scene.settle()
    assert any(kind in message.data for message in scene.ann.chat.from_bot)


async def test_deleted_topic_is_made_again_with_its_cards(scene: Scene) -> None:
    """The words that found it gone arrive in the new one, and the open case's card is there too."""
    await scene.case()
    assert scene.group is not None
    lost = scene.topic()
    scene.group.deletes_topic(lost)
    scene.ann.sends("Are you there?")
    await scene.settle()
    assert scene.topic() != lost
    assert scene.in_topic("Are you there?").thread == scene.topic()
    assert scene.in_topic("No 1 · Delivery").thread == scene.topic()
    scene.olga.sends("Yes!", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Yes!"


async def test_topic_deleted_while_answering_brings_the_card_back(scene: Scene) -> None:
    """The edit of a card that is gone becomes a new card, pinned in a new topic."""
    case = await scene.case()
    assert scene.group is not None
    card = scene.in_topic("No 1 ·")
    scene.group.deletes_topic(scene.topic())
    scene.pete.sends(f"reply {case.id} On our way")
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "On our way"
    again = scene.in_topic("No 1 ·")
    assert again.message_id != card.message_id
    assert again.thread == scene.topic()
    assert "Waiting for the customer" in again.text


async def test_closed_topic_is_reopened(scene: Scene) -> None:
    """A colleague closed it; the customer wrote again."""
    await scene.case()
    assert scene.group is not None
    scene.group.closes_topic(scene.topic())
    scene.group.sets_bot(scene.group.bot_standing, Rights.all())
    scene.play.faults.add("topic_closed", method="sendMessage", chat=GROUP, times=1)
    scene.ann.sends("One more thing")
    await scene.settle()
    assert scene.in_topic("One more thing").thread == scene.topic()
    assert not scene.group.topic(scene.topic()).closed
    assert any(request.method == "reopenForumTopic" for request in scene.play.requests)


async def test_group_gone_means_private_chats_and_nothing_is_lost(scene: Scene) -> None:
    """Every member reads it in private, with the customer's name, and answers there by replying."""
    case = await scene.case()
    assert scene.group is not None
    scene.group.kicks_bot()
    scene.ann.sends("Anybody?")
    await scene.settle()
    for member in (scene.olga, scene.pete):
        assert scene.told(member)[-1] == "Ann Smith · No 1\nAnybody?"
    scene.pete.sends("Pete here", reply_to=found_in(scene.pete.chat.live, "Anybody?"))
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Pete here"
    assert "Ann Smith · No 1\nPete: Pete here" in scene.told(scene.olga)
    assert "Waiting for the customer · Pete" in found_in(scene.olga.chat.live, "No 1 · Delivery").text
    assert (await scene.case_now(case.id)).state is CaseState.WAITING_CUSTOMER


async def test_group_that_comes_back_is_used_again(scene: Scene) -> None:
    """Added to the group again, the bot writes there at once."""
    await scene.case()
    assert scene.group is not None
    scene.group.kicks_bot()
    scene.ann.sends("First")
    await scene.settle()
    scene.group.sets_bot(Standing.ADMINISTRATOR, Rights.all())
    await scene.settle()
    scene.ann.sends("Second")
    await scene.settle()
    assert scene.in_topic("Second").thread == scene.topic()


async def test_case_opened_while_the_group_is_gone_gets_its_card_in_private(scene: Scene) -> None:
    """The card's buttons work there."""
    assert scene.group is not None
    scene.group.kicks_bot()
    case = await scene.case()
    scene.pete.taps("Take", message=found_in(scene.pete.chat.live, "No 1 · Delivery · Ann Smith"))
    await scene.settle()
    assert (await scene.case_now(case.id)).owner_id == scene.pete.id
    for member in (scene.olga, scene.pete):
        assert "🙋 Pete is answering" in found_in(member.chat.live, "No 1 ·").text


async def test_missing_right_to_make_topics_means_private_chats(tmp_path: Path, sqlite_url: str) -> None:
    """A group where the bot may not manage topics is of no use, and that loses nothing."""
    async with staff_scene(tmp_path, sqlite_url, rights=Rights.without("can_manage_topics")) as scene:
        await scene.case()
        assert "No 1 · Delivery · Ann Smith" in found_in(scene.olga.chat.live, "No 1 ·").text


async def test_missing_right_to_pin_loses_only_the_pin(tmp_path: Path, sqlite_url: str) -> None:
    """The card is there, unpinned, and works."""
    async with staff_scene(tmp_path, sqlite_url, rights=Rights.without("can_pin_messages")) as scene:
        case = await scene.case()
        scene.pete.taps("Take", chat=scene.group)
        await scene.settle()
        assert (await scene.case_now(case.id)).owner_id == scene.pete.id
        assert "Pete is answering" in scene.in_topic("No 1 ·").text


async def test_group_that_became_a_supergroup_keeps_working(tmp_path: Path, sqlite_url: str) -> None:
    """The new id is kept, and topics are made there."""
    async with staff_scene(tmp_path, sqlite_url) as scene:
        new = -1009999999999
        scene.play.faults.add("migrated", method="createForumTopic", chat=GROUP, times=1, migrate_to=new)
        scene.play.add_group("Staff", members=[scene.olga, scene.pete], chat_id=new)
        case = await scene.case()
        scene.group = scene.play.world.chats[new]  # type: ignore[assignment]  # it is a group
        assert scene.in_topic("No 1 ·").thread == scene.topic()
        scene.olga.sends("Hello from the new group", chat=scene.group, thread=scene.topic())
        await scene.settle()
        assert scene.told(scene.ann)[-1] == "Hello from the new group"
        assert (await scene.case_now(case.id)).state is CaseState.WAITING_CUSTOMER


async def test_reply_that_cannot_be_delivered_is_told_to_staff(scene: Scene) -> None:
    """Whoever answered a customer who blocked the bot does not wait for nothing."""
    await scene.case()
    scene.play.faults.add("blocked", method="sendMessage", chat=scene.ann.id, times=1)
    scene.olga.sends("Hello?", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.in_topic("did not reach Ann Smith").text.endswith("she has blocked the bot.")
    scene.olga.sends("Hello again?", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert "This did not go out" in scene.in_topic("This did not go out").text


async def test_reply_of_unknown_fate_waits_for_the_members_decision(scene: Scene) -> None:
    """It is sent again only when somebody says so, and the question is answered once."""
    await scene.case()
    scene.play.faults.add("cut_unread", method="sendMessage", chat=scene.ann.id, times=1)
    scene.olga.sends("Did you get this?", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert "Did you get this?" not in scene.told(scene.ann)
    question = scene.in_topic("Telegram did not say")
    assert question.labels == [["Send again", "Leave it"]]
    scene.olga.taps("Send again", message=question)
    again = scene.pete.taps_data(question, question.buttons[0].fields["callback_data"])
    await scene.settle()
    assert scene.told(scene.ann).count("Did you get this?") == 1
    assert (await again.answer).text == "That has been decided already."


async def test_member_who_blocked_the_bot_counts_as_unreachable(tmp_path: Path, sqlite_url: str) -> None:
    """The others still read everything, and a word from her makes her reachable again."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as scene:
        scene.olga.blocks()
        await scene.settle()
        await scene.case()
        assert "No 1 ·" in scene.told(scene.pete)[-1]
        async with scene.app.database.read() as tx:
            olga = await find_member(tx, scene.olga.id)
        assert olga is not None
        assert not olga.reachable
        scene.olga.sends("/cases")
        await scene.settle()
        async with scene.app.database.read() as tx:
            olga = await find_member(tx, scene.olga.id)
        assert olga is not None
        assert olga.reachable
