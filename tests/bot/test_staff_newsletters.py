"""`/newsletter`: preview, counts, confirmation, approval, live progress, pause and end."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.staff_progress import sending_tap
from domain.messages import OnUnknown
from domain.newsletters import Sending, SendingState
from domain.staff import Role
from scheduler.notices import Late
from store import sendings
from store.audit import acts
from store.ids import new_id
from tests.bot.letter_scene import (
    add_readers,
    approval_scene,
    give_pete,
    let_it_go,
    open_letter,
    sending_now,
    start_letter,
    write_newsletter,
)
from tests.bot.staff_scene import Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Olga alone decides; thirty readers."""
    async with staff_scene(tmp_path, sqlite_url, forum=False, content=write_newsletter(tmp_path)) as opened:
        await add_readers(opened)
        yield opened


async def test_preview_is_the_message_itself_with_the_counts_below(scene: Scene) -> None:
    """Nothing has gone out; the author reads who would get it and who not, and why."""
    await open_letter(scene)
    preview, summary = scene.olga.chat.live[-2:]
    assert preview.text == "Hello Olga, spring is here."
    assert [row[0] for row in preview.labels][-1] == "Stop"
    assert "Goes to 25 customers" in summary.text
    assert "• 8 did not agree to it" in summary.text
    assert "✅ 25 messages come out well (en 25), the longest with 34 signs. About 1 s at the set pace." in summary.text
    assert summary.labels == [["Send now", "Later …"], ["Who does not"], ["Not now"]]
    assert await sending_now(scene) is SendingState.DRAFT


async def test_sending_takes_two_taps_and_ends_with_the_exact_account(scene: Scene) -> None:
    """The card is edited in place from start to end."""
    await open_letter(scene)
    scene.olga.taps("Send now")
    await scene.settle()
    assert await sending_now(scene) is SendingState.DRAFT
    scene.olga.taps("Yes, send it")
    await scene.settle()
    card = found_in(scene.olga.chat.live, "Spring letter · running")
    assert card.labels == [["Pause", "Cancel"]]
    await let_it_go(scene)
    assert await sending_now(scene) is SendingState.FINISHED
    assert card.text == "Spring letter · finished\n\n██████████████████ 100 %\nSent 25 of 25"
    assert card.labels == [["Go on for newcomers"], ["Take it back"], ["Details", "Results"]]
    async with scene.app.database.read() as tx:
        assert "newsletter.start" in [act for _, _, act, _ in await acts(tx)]


async def test_card_is_edited_at_most_every_three_seconds(scene: Scene) -> None:
    """However often the program looks, the chat is not flooded."""
    await start_letter(scene)
    scene.play.faults.add("too_many_requests", method="sendMessage", times=-1, retry_after=3600)
    edits = [request for request in scene.play.requests if request.method == "editMessageText"]
    for _ in range(5):
        await scene.app.tick()
        scene.clock.advance(dt.timedelta(milliseconds=500))
    later = [request for request in scene.play.requests if request.method == "editMessageText"]
    assert len(later) - len(edits) <= 1


async def test_card_says_that_quiet_hours_are_waited_for(scene: Scene) -> None:
    """Nobody has to wonder why nothing goes out at night."""
    scene.clock.advance(dt.timedelta(hours=13))
    await start_letter(scene)
    await let_it_go(scene)
    card = found_in(scene.olga.chat.live, "Spring letter · running")
    assert "Sent 0 of 25\n⏳ 25 in quiet hours, until 3 Mar 08:00" in card.text


async def test_paused_sending_goes_on_and_can_be_ended(scene: Scene) -> None:
    """Each button carries the version: one pressed again after a change is refused."""
    await start_letter(scene)
    card = found_in(scene.olga.chat.live, "Spring letter · running")
    old = card.buttons[0].fields["callback_data"]
    scene.olga.taps("Pause", message=card)
    await scene.settle()
    assert await sending_now(scene) is SendingState.PAUSED
    assert card.labels == [["Go on", "Cancel"]]
    stale = scene.olga.taps_data(card, old)
    await scene.settle()
    assert (await stale.answer).text.startswith("This has changed meanwhile.")
    scene.olga.taps("Go on", message=card)
    await scene.settle()
    assert await sending_now(scene) is SendingState.RUNNING
    scene.olga.taps("Cancel", message=card)
    await scene.settle()
    assert await sending_now(scene) is SendingState.RUNNING
    scene.olga.taps("Yes, end it")
    await scene.settle()
    assert await sending_now(scene) is SendingState.CANCELLED


async def test_not_now_cancels_the_draft(scene: Scene) -> None:
    """And the old confirmation does nothing any more."""
    await open_letter(scene)
    scene.olga.taps("Not now")
    await scene.settle()
    assert await sending_now(scene) is SendingState.CANCELLED
    assert scene.told(scene.olga)[-1] == "Spring letter was not sent."


async def test_letter_that_is_empty_for_its_author_can_go_to_others(tmp_path: Path, sqlite_url: str) -> None:
    """She reads that there is nothing to show her, and still who would get it."""
    content = write_newsletter(tmp_path, "{% if town == 'Oulu' %}Hello Oulu{% endif %}")
    async with staff_scene(tmp_path, sqlite_url, forum=False, content=content) as scene:
        await add_readers(scene)
        scene.olga.sends("/newsletter letter")
        await scene.settle()
        warning, summary = scene.told(scene.olga)[-2:]
        assert warning.startswith("“Spring letter” does not come out for you:")
        assert "Goes to 25 customers" in summary


async def test_second_person_approves_and_the_author_cannot(tmp_path: Path, sqlite_url: str) -> None:
    """The other manager gets the message itself and the button; her yes starts it."""
    async with approval_scene(tmp_path, sqlite_url, pete=None) as scene:
        await open_letter(scene)
        scene.olga.taps("Ask for approval")
        await scene.settle()
        assert scene.told(scene.olga)[-1].startswith("Nobody else may approve")
        assert await sending_now(scene) is SendingState.APPROVAL
        await give_pete(scene, Role.MANAGER)
        scene.olga.sends("/newsletter letter")
        await scene.settle()
        assert "Spring letter · waiting for approval" in scene.told(scene.olga)[-2]
        scene.olga.taps("Ask again")
        await scene.settle()
        preview, request = scene.pete.chat.live[-2:]
        assert preview.text == "Hello Pete, spring is here."
        assert "to 25 customers" in request.text
        own = scene.olga.taps_data(scene.olga.chat.live[-1], request.buttons[0].fields["callback_data"])
        await scene.settle()
        assert (await own.answer).text == "Somebody else has to approve your own sending."
        scene.pete.taps("Approve and send")
        await scene.settle()
        assert await sending_now(scene) is SendingState.RUNNING
        assert "Spring letter · running" in scene.told(scene.pete)[-1]
        assert "Spring letter · running" in scene.told(scene.olga)[-1]


async def test_editor_sees_newsletters_but_does_not_start_them(scene: Scene) -> None:
    """Starting takes a manager where nobody else approves."""
    await give_pete(scene, Role.EDITOR)
    scene.pete.sends("/newsletter letter")
    await scene.settle()
    tap = scene.pete.taps("Send now")
    await scene.settle()
    assert (await tap.answer).text == "This takes the role manager."
    assert await sending_now(scene) is SendingState.DRAFT


async def test_declined_approval_tells_the_author_who_may_ask_again(tmp_path: Path, sqlite_url: str) -> None:
    """It is a draft again; the buttons of the request no longer count, those of the second request do."""
    async with approval_scene(tmp_path, sqlite_url, pete=Role.MANAGER) as scene:
        await open_letter(scene)
        scene.olga.taps("Ask for approval")
        await scene.settle()
        request = scene.pete.chat.live[-1]
        old = request.buttons[0].fields["callback_data"]
        scene.pete.taps("Decline")
        await scene.settle()
        assert await sending_now(scene) is SendingState.DRAFT
        assert scene.told(scene.olga)[-1] == "Pete did not approve Spring letter."
        stale = scene.pete.taps_data(request, old)
        await scene.settle()
        assert (await stale.answer).text.startswith("This has changed meanwhile.")
        scene.olga.taps("Look at it again")
        await scene.settle()
        scene.olga.taps("Ask for approval")
        await scene.settle()
        scene.pete.taps("Approve and send")
        await scene.settle()
        assert await sending_now(scene) is SendingState.RUNNING


@pytest.mark.parametrize(
    ("button", "state"), [("Send now", SendingState.RUNNING), ("Do not send", SendingState.CANCELLED)]
)
async def test_late_slot_waits_for_one_word_of_a_manager(scene: Scene, button: str, state: SendingState) -> None:
    """Nothing goes late by itself; the first word counts, and the buttons of the question do nothing any more."""
    await missed_slot(scene)
    question = scene.olga.chat.live[-1]
    assert "2 slots in all were missed" in question.text
    old = question.buttons[0].fields["callback_data"]
    scene.olga.taps(button)
    await scene.settle()
    assert await sending_now(scene) is state
    again = scene.olga.taps_data(question, old)
    await scene.settle()
    assert (await again.answer).text.startswith("This has changed meanwhile.")
    assert await sending_now(scene) is state


async def missed_slot(scene: Scene) -> Sending:
    """Let a slot of the letter have been missed, and staff be asked about it."""
    now = scene.clock.now()
    file = scene.app.parts.newsletters.files.get("letter")
    assert file is not None
    late = Sending(
        new_id(),
        "letter",
        file.newsletter.digest,
        SendingState.APPROVAL,
        now,
        due_at=now - dt.timedelta(hours=9),
        reason="too_late",
    )
    async with scene.app.database.write() as tx:
        await sendings.add(tx, late, content=file.content, on_unknown=OnUnknown.NEVER_TWICE)
        await scene.app.parts.notices.tell(tx, Late("letter", now, 2, late), now)
    scene.app.wake()
    await scene.settle()
    return late


async def test_declined_slot_is_over_and_the_other_managers_hear_why(tmp_path: Path, sqlite_url: str) -> None:
    """A slot has no author who could ask again: nobody gets it, the others who were asked know, and what to do."""
    async with approval_scene(tmp_path, sqlite_url, pete=Role.MANAGER) as scene:
        late = await missed_slot(scene)
        scene.pete.taps_data(scene.pete.chat.live[-1], sending_tap(late, "decline"))
        await scene.settle()
        assert await sending_now(scene) is SendingState.CANCELLED
        assert "nobody gets it, and the next one goes by its schedule" in scene.told(scene.pete)[-1]
        assert scene.told(scene.olga)[-1].startswith("Pete did not approve Spring letter of ")
        assert scene.told(scene.olga)[-1].endswith("/newsletter sends it by hand.")
        scene.pete.sends("It is about Monday")
        await scene.settle()
        assert scene.told(scene.pete)[-1] == "The other managers have your words."
        assert ": It is about Monday\n" in scene.told(scene.olga)[-1]
