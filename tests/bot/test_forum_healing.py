"""The forum heals: names, pins, topics that Telegram no longer gives, and a group that cannot be used for a while."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.forum_return import lose_group
from bot.playground.chats import Rights, Standing
from bot.playground.forum import open_topic
from bot.staff_group import Lack, staff_group
from domain.cases import CaseState
from domain.messages import Act
from store.cases import case_by_id, change_case
from store.customers import change_customers
from store.tables import outbox
from tests.bot.staff_scene import GROUP, Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum, and Ann past the welcome."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        opened.ann.taps("Cancel")
        await opened.settle()
        yield opened


async def called(scene: Scene, name: str) -> None:
    """Give Ann another name."""
    async with scene.app.database.write() as tx:
        await change_customers(tx, {(await scene.customer()).id: {"name": name}})


async def becomes(scene: Scene, number: int, state: CaseState) -> None:
    """Bring a case into a state, and show what became of it."""
    async with scene.app.database.write() as tx:
        await change_case(tx, number, state=state)
        case = await case_by_id(tx, number)
        assert case is not None
        await scene.app.parts.room.line.case_changed(tx, case, await scene.customer(), "", scene.clock.now())
    scene.app.wake()
    await scene.settle()


# Names ----------------------------------------------------------------------------------------------------------------


async def test_customers_new_name_becomes_the_topics(scene: Scene) -> None:
    """Staff find her under the name that she goes by."""
    scene.ann.sends("Hello")
    await scene.settle()
    await called(scene, "Ann Jones")
    scene.ann.sends("Married!")
    scene.ann.sends("Yesterday")
    await scene.settle()
    assert scene.group is not None
    assert scene.group.topic(scene.topic()).name == "Ann Jones"
    assert len([each for each in scene.play.requests if each.method == "editForumTopic"]) == 1


async def test_name_that_staff_gave_a_topic_stays(scene: Scene) -> None:
    """Whatever becomes of the customer's own."""
    scene.ann.sends("Hello")
    await scene.settle()
    assert scene.group is not None
    scene.group.renames_topic(scene.topic(), "VIP Ann", scene.olga)
    await scene.settle()
    await called(scene, "Ann Jones")
    scene.ann.sends("Married!")
    await scene.settle()
    assert scene.group.topic(scene.topic()).name == "VIP Ann"


@pytest.mark.parametrize("name", ["🦄" * 120, "\u2060"])
async def test_name_of_any_signs_makes_a_topic(scene: Scene, name: str) -> None:
    """Signs that count double, and a name that Telegram takes for none."""
    await called(scene, name)
    if name == "\u2060":
        scene.play.faults.add("topic_title", method="createForumTopic", times=1)
    scene.ann.sends("It is me")
    await scene.settle()
    assert scene.in_topic("It is me").thread == scene.topic()


# Pins -----------------------------------------------------------------------------------------------------------------


async def test_card_is_pinned_while_its_case_is_open(scene: Scene) -> None:
    """Resolved: unpinned. Opened again: pinned again."""
    case = await scene.case()
    assert scene.group is not None
    card = scene.in_topic("No 1 ·").message_id
    assert scene.group.pinned == [card]
    await becomes(scene, case.id, CaseState.RESOLVED)
    assert scene.group.pinned == []
    await becomes(scene, case.id, CaseState.OPEN)
    assert scene.group.pinned == [card]


async def test_without_the_right_to_pin_it_goes_on_and_says_so_once(tmp_path: Path, sqlite_url: str) -> None:
    """Given the right, what was not pinned is."""
    async with staff_scene(tmp_path, sqlite_url, rights=Rights.without("can_pin_messages")) as scene:
        await scene.case()
        await scene.case(summary="Another")
        assert scene.group is not None
        said = [message for message in scene.group.live if "may not pin" in message.text]
        assert [message.thread for message in said] == [None]
        scene.group.sets_bot(Standing.ADMINISTRATOR, Rights.all())
        await scene.settle()
        assert len(scene.group.pinned) == 2


# Topics that are not given --------------------------------------------------------------------------------------------


async def test_without_further_topics_she_stands_in_general_under_her_name(scene: Scene) -> None:
    """A reply there reaches her and her case; once there is room again she gets a topic."""
    assert scene.group is not None
    scene.group.most_topics = 0
    case = await scene.case()
    scene.ann.sends("Anybody?")
    await scene.settle()
    words = scene.in_topic("Anybody?")
    assert (words.thread, words.text) == (None, "Ann Smith · No 1\nAnybody?")
    assert scene.in_topic("No 1 · Delivery · Ann Smith").thread is None
    assert len([message for message in scene.group.live if "no further topics" in message.text]) == 1
    scene.olga.sends("Yes!", chat=scene.group, reply_to=words)
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Yes!"
    assert (await scene.case_now(case.id)).state is CaseState.WAITING_CUSTOMER
    scene.group.most_topics = None
    scene.clock.advance(dt.timedelta(hours=1))
    scene.ann.sends("Thank you")
    await scene.settle()
    assert scene.in_topic("Thank you").thread == scene.topic()


async def test_closed_general_topic_is_reopened(scene: Scene) -> None:
    """What is for all staff is said there."""
    assert scene.group is not None
    scene.group.most_topics, scene.group.general_closed = 0, True
    scene.ann.sends("Hello")
    await scene.settle()
    assert scene.in_topic("Hello").thread is None
    assert not scene.group.general_closed


async def test_topic_that_may_not_be_reopened_means_private_chats(scene: Scene) -> None:
    """Without the right to manage topics nothing can be written into it."""
    scene.ann.sends("Hello")
    await scene.settle()
    assert scene.group is not None
    scene.group.closes_topic(scene.topic())
    scene.group.bot_rights = Rights.without("can_manage_topics")
    scene.ann.sends("Are you there?")
    await scene.settle()
    assert scene.told(scene.olga)[-1] == "Ann Smith\nAre you there?"
    assert "Manage topics" in found_in(scene.olga.chat.live, "⚠️").text


# A group that cannot be used ------------------------------------------------------------------------------------------


async def test_topics_switched_off_and_on_again(scene: Scene) -> None:
    """Private chats meanwhile, told once why; then it is looked at, says that it is back, and shows the open cards."""
    await scene.case()
    assert scene.group is not None
    scene.group.switches_topics(False)
    scene.ann.sends("First")
    scene.ann.sends("Second")
    await scene.settle()
    for member in (scene.olga, scene.pete):
        assert len([text for text in scene.told(member) if "Topics are switched off" in text]) == 1
        assert "Ann Smith · No 1\nSecond" in scene.told(member)
    scene.clock.advance(dt.timedelta(minutes=2))
    await scene.settle()
    scene.group.switches_topics(True)
    scene.ann.sends("Third")
    await scene.settle()
    assert scene.told(scene.olga)[-1] == "Ann Smith · No 1\nThird"
    scene.clock.advance(dt.timedelta(minutes=4))
    await scene.settle()
    assert "1 case is open" in scene.in_topic("I write here again").text
    card = scene.in_topic("No 1 · Delivery")
    scene.ann.sends("Fourth")
    await scene.settle()
    assert scene.in_topic("Fourth").thread == card.thread
    assert card.message_id in scene.group.pinned


async def test_group_is_looked_at_more_and_more_seldom(scene: Scene) -> None:
    """After 2, 4, 8, 16 and 32 minutes, in the end once an hour, and nothing is said there meanwhile."""
    assert scene.group is not None
    scene.group.switches_topics(False)
    scene.ann.sends("Hello")
    await scene.settle()
    before = len(scene.group.everything)
    looks = []
    for minutes in (2, 3, 1, 8, 16, 31, 1):
        scene.clock.advance(dt.timedelta(minutes=minutes))
        await scene.settle()
        looks.append(len([each for each in scene.play.requests if each.method == "getChat"]))
    assert looks == [1, 1, 2, 3, 4, 4, 5]
    assert len(scene.group.everything) == before


async def test_bot_put_out_and_let_in_again_writes_there_at_once(scene: Scene) -> None:
    """Staff hear of both."""
    await scene.case()
    assert scene.group is not None
    scene.group.kicks_bot()
    await scene.settle()
    assert "removed from it" in scene.told(scene.olga)[-1]
    scene.group.sets_bot(Standing.ADMINISTRATOR, Rights.all())
    await scene.settle()
    assert "1 case is open" in scene.in_topic("I write here again").text


async def test_plain_group_that_became_a_supergroup_is_used_once_it_has_topics(tmp_path: Path, sqlite_url: str) -> None:
    """A plain group cannot have topics: private chats until then, and then the open cards."""
    async with staff_scene(tmp_path, sqlite_url) as scene:
        plain = scene.play.add_group("Old", members=[scene.olga, scene.pete], forum=False, chat_id=-77)
        scene.play.faults.add("migrated", method="createForumTopic", chat=GROUP, times=1, migrate_to=-77)
        await scene.case()
        assert "Topics are switched off" in scene.told(scene.olga)[-2]
        assert "No 1 · Delivery" in scene.told(scene.olga)[-1]
        scene.group = plain.upgrades(-1007777777777)
        await scene.settle()
        scene.group.switches_topics(True)
        scene.clock.advance(dt.timedelta(hours=1))
        await scene.settle()
        assert scene.in_topic("No 1 ·").thread == scene.topic()


async def test_nobody_reachable_and_no_group_keeps_the_words_waiting(scene: Scene) -> None:
    """They are read as soon as somebody can be."""
    assert scene.group is not None
    scene.olga.blocks()
    scene.pete.blocks()
    await scene.settle()
    scene.group.kicks_bot()
    scene.ann.sends("Anybody at all?")
    await scene.settle()
    scene.group.sets_bot(Standing.ADMINISTRATOR, Rights.all())
    await scene.settle()
    scene.clock.advance(dt.timedelta(minutes=10))
    await scene.settle()
    assert scene.in_topic("Anybody at all?").thread == scene.topic()


async def test_a_group_that_is_lost_again_and_again_is_looked_at_once_at_a_time(scene: Scene) -> None:
    """Each look that fails puts down the next one, so every further chain of them would go on for ever."""
    async with scene.app.database.write() as tx:
        for _ in range(5):
            group = await staff_group(tx, GROUP)
            assert group is not None
            await lose_group(tx, scene.app.parts.room.line, group, Lack.GONE, scene.clock.now())
        looks = select(outbox.c.not_before).where(outbox.c.act == Act.LOOK.value)
        assert list(await tx.scalars(looks)) == [scene.clock.now() + dt.timedelta(minutes=32)]


# Topics that only seem lost -------------------------------------------------------------------------------------------


async def comes_back(scene: Scene) -> None:
    """Switch topics on again, and let the bot notice."""
    assert scene.group is not None
    scene.group.switches_topics(True)
    scene.clock.advance(dt.timedelta(hours=1))
    await scene.settle()


async def test_after_topics_were_switched_off_she_keeps_her_topic(scene: Scene) -> None:
    """Telegram called it lost, but it is there with its history and its card; what staff write in it reaches her."""
    case = await scene.case()
    assert scene.group is not None
    thread, card = scene.topic(), scene.in_topic("No 1 ·")
    scene.group.switches_topics(False)
    scene.ann.sends("First")
    scene.ann.sends("Second")
    await scene.settle()
    await becomes(scene, case.id, CaseState.OPEN)
    await comes_back(scene)
    scene.ann.sends("Third")
    await scene.settle()
    assert (scene.topic(), scene.in_topic("Third").thread) == (thread, thread)
    assert scene.in_topic("No 1 ·").message_id == card.message_id  # the same card, still pinned
    assert scene.group.pinned == [card.message_id]
    scene.olga.sends("Here we are", chat=scene.group, thread=thread)
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Here we are"
    assert scene.group.in_topic(thread)[-1].text == "Here we are"  # nothing is said of another topic


async def test_card_of_a_case_that_ended_while_topics_were_off_is_drawn_anew(scene: Scene) -> None:
    """It says what has become of the case, and is no longer pinned."""
    case = await scene.case()
    assert scene.group is not None
    scene.group.switches_topics(False)
    scene.ann.sends("First")
    await scene.settle()
    await becomes(scene, case.id, CaseState.RESOLVED)
    await comes_back(scene)
    assert "Resolved" in scene.in_topic("No 1 ·").text
    assert scene.group.pinned == []


async def test_topic_deleted_while_topics_were_off_is_made_anew_with_its_card(scene: Scene) -> None:
    """It is tried first, and really gone."""
    await scene.case()
    assert scene.group is not None
    old = scene.topic()
    scene.group.switches_topics(False)
    scene.ann.sends("First")
    await scene.settle()
    scene.group.deletes_topic(old)
    await comes_back(scene)
    scene.ann.sends("Second")
    await scene.settle()
    assert scene.topic() != old
    cards = [message for message in scene.group.live if "No 1 ·" in message.text]
    assert [message.thread for message in cards] == [scene.in_topic("Second").thread] == [scene.topic()]
    assert cards[0].message_id in scene.group.pinned


async def test_what_staff_write_in_a_former_topic_reaches_her_and_the_way_to_the_present_one_is_shown(
    scene: Scene,
) -> None:
    """Telegram took the old topic for lost for a moment and gave another; colleagues read the answer there."""
    await scene.case()
    assert scene.group is not None
    old = scene.topic()
    scene.play.faults.add("thread_not_found", chat=GROUP, method="sendMessage", times=1)
    scene.ann.sends("Hello")
    await scene.settle()
    (new,) = set(scene.group.topics) - {old}
    scene.olga.sends("I look into it", chat=scene.group, thread=old)
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "I look into it"
    said = scene.group.in_topic(old)[-1]
    assert "former topic" in said.text
    assert [button.fields["url"] for button in said.buttons] == [f"https://t.me/c/1234567890/{new}"]
    assert found_in(scene.group.in_topic(new), "Olga: I look into it")
    scene.group.renames_topic(old, "Old things", scene.olga)
    await scene.settle()
    await called(scene, "Ann Jones")
    scene.ann.sends("Thank you")
    await scene.settle()
    assert scene.group.topic(new).name == "Ann Jones"


async def test_topic_that_is_nobodys_says_so_only_where_the_bot_made_it(scene: Scene) -> None:
    """Staff's own topics are theirs."""
    assert scene.group is not None
    theirs = scene.group.opens_topic("Coffee", scene.olga).message_thread_id
    ours = open_topic(scene.group, "Nobody", 0, None, None).message_thread_id
    for thread in (theirs, ours):
        scene.pete.sends("Who is this?", chat=scene.group, thread=thread)
    await scene.settle()
    assert [message.text for message in scene.group.in_topic(theirs)[1:]] == ["Who is this?"]
    assert "nobody’s" in scene.group.in_topic(ours)[-1].text
