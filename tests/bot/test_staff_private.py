"""Staff without a forum: cards, relayed words and answers in private chats, and who is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.cases import CaseState
from tests.bot.staff_scene import GROUP, Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff without a group; everybody past the welcome."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        for person in (opened.ann, opened.olga, opened.pete):
            person.taps("Cancel")
        await opened.settle()
        yield opened


async def test_everybody_gets_the_card_and_one_answers_for_all(scene: Scene) -> None:
    """Reply asks for the words; they go to the customer, and the colleagues see them."""
    case = await scene.case()
    for member in (scene.olga, scene.pete):
        assert "No 1 · Delivery · Ann Smith" in scene.told(member)[-1]
    scene.pete.taps("Reply")
    await scene.settle()
    assert scene.told(scene.pete)[-1] == "Your next message here goes to Ann Smith (No 1)."
    scene.pete.sends("A courier comes tomorrow")
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "A courier comes tomorrow"
    assert scene.told(scene.pete)[-1] == "➡️ On its way to Ann Smith · No 1."
    assert scene.told(scene.olga)[-1] == "Ann Smith · No 1\nPete: A courier comes tomorrow"
    assert (await scene.case_now(case.id)).state is CaseState.WAITING_CUSTOMER


async def test_typed_number_answers_in_any_language(scene: Scene) -> None:
    """ "reply 12 words" does it without a button."""
    case = await scene.case()
    scene.olga.sends(f"Reply {case.id} In English")
    scene.olga.sends(f"note {case.id} stays inside")
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "In English"
    scene.olga.sends("reply 99 Nobody")
    await scene.settle()
    assert scene.told(scene.olga)[-1] == "There is no case No 99. /cases lists the open ones."


async def test_staff_are_customers_too(scene: Scene) -> None:
    """Words that belong to nothing of staff's, and customers' commands, start a customer's dialogue."""
    scene.pete.sends("/complaint")
    await scene.settle()
    assert "went wrong" in scene.told(scene.pete)[-1]


async def test_command_of_a_higher_role_says_which_role_it_takes(scene: Scene) -> None:
    """An agent reads a sentence, not silence."""
    scene.pete.sends("/newsletter")
    await scene.settle()
    assert scene.told(scene.pete)[-1].startswith("This takes the role editor.")


async def test_customer_does_not_see_staffs_commands(scene: Scene) -> None:
    """For her they do not exist, and a button forged from one does nothing."""
    await scene.case()
    scene.ann.sends("/cases")
    await scene.settle()
    assert "open case" not in scene.told(scene.ann)[-1]
    tap = scene.ann.taps_data(scene.ann.chat.from_bot[-1], "s.1.resolve")
    await scene.settle()
    assert (await tap.answer).text.startswith("You are not on the staff list.")
    assert (await scene.case_now(1)).state is CaseState.NEW


async def test_help_lists_what_the_role_may(scene: Scene) -> None:
    """An agent's help has no newsletters."""
    scene.pete.sends("/help")
    scene.olga.sends("/help")
    await scene.settle()
    assert "/cases" in scene.told(scene.pete)[-1]
    assert "/newsletter" not in scene.told(scene.pete)[-1]
    assert "/newsletter" in scene.told(scene.olga)[-1]


async def test_anonymous_admin_is_asked_to_show_herself(tmp_path: Path, sqlite_url: str) -> None:
    """Nobody knows whose act it would be, so nothing is done."""
    async with staff_scene(tmp_path, sqlite_url) as scene:
        await scene.case()
        assert scene.group is not None
        before = scene.told(scene.ann)
        anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
        message = scene.play.world.post(
            scene.group,
            anonymous,
            {
                "text": "Hello Ann",
                "sender_chat": {"id": GROUP, "type": "supergroup", "title": "Staff"},
                "message_thread_id": scene.topic(),
                "is_topic_message": True,
            },
        )
        scene.play.world.tell_bot("message", message.data, GROUP)
        await scene.settle()
        assert scene.told(scene.ann) == before
        assert "anonymously" in scene.in_topic("anonymously").text


async def test_admin_in_a_strange_group_learns_how_to_make_it_the_staff_group(scene: Scene) -> None:
    """The id that the config needs is said; words of others there are left alone."""
    other = scene.play.add_group("Other", members=[scene.olga, scene.pete], chat_id=-1005550001)
    scene.pete.sends("/cases", chat=other)
    scene.olga.sends("/cases", chat=other)
    await scene.settle()
    (answer,) = [message for message in other.from_bot if message.text]
    assert "-1005550001" in answer.text


async def test_button_of_something_long_gone_says_so(scene: Scene) -> None:
    """A tap always gets an answer."""
    await scene.case()
    for data in ("s.99.take", "s.1.dance", "u.zzz", "l.zzz.phone.in", "e.cancel", "o.zz.again", "n.1.2.start", "v.x"):
        tap = scene.olga.taps_data(found_in(scene.olga.chat.live, "No 1 ·"), data)
        await scene.settle()
        assert (await tap.answer).given
