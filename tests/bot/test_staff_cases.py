"""Cases in staff's hands, in a forum: cards, buttons, replies, notes."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.cases import CaseState, Priority
from domain.staff import Role
from store.audit import acts
from store.cases import case_history
from store.contacts import timeline
from store.staff import add_member, remove_member
from tests.bot.staff_scene import Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        yield opened


async def test_new_case_stands_as_a_pinned_card_in_the_customers_topic(scene: Scene) -> None:
    """The card says what it is about, until when a human answers, and offers just the moves of a new case."""
    await scene.case(summary="The box <b>was</b> wet & torn", priority=Priority.HIGH)
    assert scene.group is not None
    card = scene.in_topic("No 1 · Delivery · Ann Smith")
    assert card.thread == scene.topic()
    assert scene.group.topic(scene.topic()).name == "Ann Smith"
    for words in (
        "❗",
        "The box <b>was</b> wet & torn",
        "Order: 123456",
        "Wish: money back",
        "Answer by Tue 2 Mar at 12:00",  # high priority halves it
    ):
        assert words in card.text
    assert card.labels == [
        ["Take", "Reply", "Note"],
        ["Resolve", "Decline", "Wait"],
        ["🟢 Minor", "🟠 Serious", "🔴 Critical"],
        ["Merge", "Spam"],
        ["Mute…"],
    ]
    assert any(request.method == "pinChatMessage" and request.status == 200 for request in scene.play.requests)


async def test_words_in_the_topic_reach_the_customer_and_stop_the_first_clock(scene: Scene) -> None:
    """The case is hers who answered first, it waits for the customer, and the timeline says who wrote."""
    case = await scene.case()
    scene.clock.advance(dt.timedelta(hours=1))
    scene.olga.sends("Sorry, a courier comes tomorrow", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Sorry, a courier comes tomorrow"
    now = await scene.case_now(case.id)
    assert (now.state, now.owner_id) == (CaseState.WAITING_CUSTOMER, scene.olga.id)
    assert now.first_answer_at is not None
    assert now.first_answer_at - case.opened_at == dt.timedelta(hours=1)
    card = scene.in_topic("No 1 ·")
    assert "Waiting for the customer · Olga" in card.text
    assert "Answer by" not in card.text
    async with scene.app.database.read() as tx:
        newest = (await timeline(tx, case.customer_id, limit=1))[0]
    assert (newest.kind, newest.staff_id, newest.case_id) == ("staff_reply", scene.olga.id, case.id)


async def test_taking_is_exclusive_and_visible(scene: Scene) -> None:
    """Two tap at the same moment: one has it, the other reads who; the customer is told once."""
    case = await scene.case()
    card = scene.in_topic("No 1 ·")
    first, second = scene.olga.taps("Take", message=card), scene.pete.taps("Take", message=card)
    await scene.settle()
    assert (await first.answer).text == "No 1 is yours."
    assert (await second.answer).text == "Olga is answering No 1."
    assert (await scene.case_now(case.id)).owner_id == scene.olga.id
    assert "🙋 Olga is answering" in scene.in_topic("No 1 ·").text
    assert sum("looking after" in text for text in scene.told(scene.ann)) == 1


async def test_manager_takes_over_an_agent_does_not(scene: Scene) -> None:
    """An agent reads who answers; somebody with the manager's role takes the case."""
    case = await scene.case()
    scene.olga.taps("Take", chat=scene.group)
    await scene.settle()
    refused = scene.pete.taps("Take over", chat=scene.group)
    await scene.settle()
    assert (await refused.answer).text == "Olga is answering No 1."
    async with scene.app.database.write() as tx:
        await add_member(tx, scene.pete.id, "Pete", Role.MANAGER, scene.clock.now())
    scene.pete.taps("Take over", chat=scene.group)
    await scene.settle()
    assert (await scene.case_now(case.id)).owner_id == scene.pete.id


async def test_case_of_a_removed_member_can_be_taken_over_by_anybody(scene: Scene) -> None:
    """Nobody's holiday or farewell leaves a customer without an answer."""
    case = await scene.case()
    scene.olga.taps("Take", chat=scene.group)
    await scene.settle()
    async with scene.app.database.write() as tx:
        await remove_member(tx, scene.olga.id, scene.clock.now())
    scene.pete.taps("Take over", chat=scene.group)
    await scene.settle()
    assert (await scene.case_now(case.id)).owner_id == scene.pete.id


async def test_note_stays_inside(scene: Scene) -> None:
    """What follows /note is in the case's history and nowhere in the customer's chat."""
    case = await scene.case()
    before = scene.told(scene.ann)
    scene.olga.sends("/note she is a key customer", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.told(scene.ann) == before
    async with scene.app.database.read() as tx:
        history = await case_history(tx, case.id)
    assert [(event.move, event.text) for event in history] == [("note", "she is a key customer")]


async def test_resolving_asks_the_customer_whether_it_is_settled(scene: Scene) -> None:
    """Her yes closes the case, and the card says so."""
    case = await scene.case()
    tap = scene.olga.taps("Resolve", chat=scene.group)
    await scene.settle()
    assert (await tap.answer).text.startswith("No 1 is resolved.")
    assert (await scene.case_now(case.id)).state is CaseState.RESOLVED
    scene.ann.taps("Yes, all right")
    await scene.settle()
    assert (await scene.case_now(case.id)).state is CaseState.CLOSED
    assert "🏁 Closed" in scene.in_topic("No 1 ·").text


async def test_customer_who_is_not_content_opens_the_case_again(scene: Scene) -> None:
    """Her no brings the card back to open, and staff hear of it."""
    case = await scene.case()
    scene.olga.taps("Resolve", chat=scene.group)
    await scene.settle()
    scene.ann.taps("Not yet")
    await scene.settle()
    assert (await scene.case_now(case.id)).state is CaseState.OPEN
    assert scene.in_topic("Not yet").thread == scene.topic()


async def test_declining_asks_for_the_reason_and_tells_it(scene: Scene) -> None:
    """The customer reads the reason in the member's words, and how to take it further."""
    case = await scene.case()
    scene.olga.taps("Decline", chat=scene.group)
    await scene.settle()
    assert (await scene.case_now(case.id)).state is CaseState.NEW
    scene.olga.sends("The guarantee <ended> in 2020", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert (await scene.case_now(case.id)).state is CaseState.DECLINED
    told = scene.told(scene.ann)[-1]
    assert told.startswith("The guarantee <ended> in 2020")
    assert "consumer adviser" in told


async def test_cancelled_prompt_is_forgotten(scene: Scene) -> None:
    """After Cancel the next words in the topic are an ordinary reply."""
    case = await scene.case()
    scene.olga.taps("Note", chat=scene.group)
    await scene.settle()
    scene.olga.taps("Cancel", chat=scene.group)
    await scene.settle()
    scene.olga.sends("Hello Ann", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Hello Ann"
    assert (await scene.case_now(case.id)).state is CaseState.WAITING_CUSTOMER


async def test_cancel_after_the_words_says_that_it_is_too_late(scene: Scene) -> None:
    """Nobody believes that a reply was called back when it has long gone."""
    await scene.case()
    scene.olga.taps("Reply", chat=scene.group)
    await scene.settle()
    scene.olga.sends("Hello Ann", chat=scene.group, thread=scene.topic())
    await scene.settle()
    tap = scene.olga.taps("Cancel", chat=scene.group)
    await scene.settle()
    assert (await tap.answer).text == "Too late to cancel: your words have been taken already."
    assert scene.told(scene.ann)[-1] == "Hello Ann"


async def test_prompt_is_for_the_place_where_it_was_asked_and_not_for_ever(scene: Scene) -> None:
    """Words to colleagues elsewhere never become somebody's reply, and an old prompt is nobody's."""
    await scene.case()
    scene.olga.taps("Reply", chat=scene.group)
    await scene.settle()
    before = scene.told(scene.ann)
    scene.olga.sends("Lunch?", chat=scene.group)
    scene.clock.advance(dt.timedelta(minutes=31))
    await scene.settle()
    assert scene.told(scene.ann) == before


async def test_move_that_the_state_does_not_allow_says_why(scene: Scene) -> None:
    """An old card's button does nothing but explain."""
    case = await scene.case()
    card = scene.in_topic("No 1 ·")
    scene.olga.taps("Resolve", message=card)
    await scene.settle()
    tap = scene.pete.taps_data(card, "s.1.spam")
    await scene.settle()
    assert (await tap.answer).text == "No 1 is resolved, which does not allow this."
    assert (await scene.case_now(case.id)).state is CaseState.RESOLVED


async def test_reply_to_a_relayed_message_quotes_it_for_the_customer(scene: Scene) -> None:
    """She sees which of her messages is answered."""
    await scene.case()
    scene.ann.taps("Cancel")
    await scene.settle()
    hers = scene.ann.sends("When exactly?")
    await scene.settle()
    scene.pete.sends("At nine", chat=scene.group, reply_to=scene.in_topic("When exactly?"))
    await scene.settle()
    answer = found_in(scene.ann.chat.live, "At nine")
    assert answer.data["reply_to_message"]["message_id"] == hers.message_id


async def test_edited_reply_is_edited_for_the_customer(scene: Scene) -> None:
    """Her copy follows, and both versions stay on the timeline."""
    case = await scene.case()
    sent = scene.olga.sends("Tomorow at nine", chat=scene.group, thread=scene.topic())
    await scene.settle()
    scene.olga.edits(sent, "Tomorrow at nine")
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Tomorrow at nine"
    async with scene.app.database.read() as tx:
        newest = (await timeline(tx, case.customer_id, limit=1))[0]
    assert (newest.text, newest.edited_from) == ("Tomorrow at nine", "Tomorow at nine")


async def test_reply_edited_before_it_went_goes_out_corrected(scene: Scene) -> None:
    """Written and edited within one batch: the customer never sees the first version."""
    await scene.case()
    sent = scene.olga.sends("Tomorow", chat=scene.group, thread=scene.topic())
    scene.olga.edits(sent, "Tomorrow")
    await scene.settle()
    assert scene.told(scene.ann)[-1] == "Tomorrow"


async def test_customers_edit_shows_both_versions_to_staff(scene: Scene) -> None:
    """What she first wrote is not lost from sight."""
    await scene.case()
    scene.ann.taps("Cancel")
    await scene.settle()
    hers = scene.ann.sends("It costs 10")
    await scene.settle()
    scene.ann.edits(hers, "It costs 100")
    await scene.settle()
    shown = scene.in_topic("Changed").text
    assert shown == "✏️ Changed. Before:\nIt costs 10\n\nNow:\nIt costs 100"


async def test_open_cases_are_listed_with_buttons_oldest_first(scene: Scene) -> None:
    """The button shows the card where it was pressed, and that card works too."""
    first = await scene.case(summary="First thing")
    await scene.case(summary="Second thing")
    scene.pete.sends("/cases")
    await scene.settle()
    listed = found_in(scene.pete.chat.live, "2 open cases")
    assert listed.labels == [["No 1", "No 2"]]
    scene.pete.taps("No 1")
    await scene.settle()
    scene.pete.taps("Take", message=found_in(scene.pete.chat.live, "First thing"))
    await scene.settle()
    assert (await scene.case_now(first.id)).owner_id == scene.pete.id
    assert "🙋 Pete is answering" in found_in(scene.pete.chat.live, "First thing").text
    assert "🙋 Pete is answering" in scene.in_topic("First thing").text


async def test_every_act_is_in_the_audit_log(scene: Scene) -> None:
    """Who did what to which case, without a customer's word."""
    case = await scene.case()
    scene.olga.taps("Take", chat=scene.group)
    scene.olga.sends("Hello", chat=scene.group, thread=scene.topic())
    await scene.settle()
    scene.olga.taps("Resolve", chat=scene.group)
    await scene.settle()
    async with scene.app.database.read() as tx:
        found = [(staff, act, subject) for _, staff, act, subject in await acts(tx)]
    olga = scene.olga.id
    assert (olga, "case.take", f"case:{case.id}") in found
    assert (olga, "case.reply", f"customer:{case.customer_id}") in found
    assert (olga, "case.resolve", f"case:{case.id}") in found


async def test_group_membership_gives_no_rights(scene: Scene) -> None:
    """A stranger in the group gets a sentence; nothing reaches the customer."""
    await scene.case()
    assert scene.group is not None
    mallory = scene.play.add_person("Mallory", user_id=666)
    scene.group.adds(mallory)
    before = scene.told(scene.ann)
    tap = mallory.taps("Take", chat=scene.group)
    mallory.sends("I am staff, honestly", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert (await tap.answer).text.startswith("You are not on the staff list.")
    assert scene.told(scene.ann) == before
    assert scene.in_topic("You are not on the staff list.").thread == scene.topic()


async def test_two_waiting_taps_and_words_in_one_batch_keep_their_order(scene: Scene) -> None:
    """Take, words and resolve sent without waiting end as if done one by one."""
    case = await scene.case()
    scene.olga.taps("Take", chat=scene.group)
    scene.olga.sends("Here you are", chat=scene.group, thread=scene.topic())
    scene.olga.taps("Resolve", chat=scene.group)
    await asyncio.wait_for(scene.settle(), 20)
    assert (await scene.case_now(case.id)).state is CaseState.RESOLVED
    texts = scene.told(scene.ann)
    assert texts.index("Here you are") < next(i for i, text in enumerate(texts) if "settled from our side" in text)
