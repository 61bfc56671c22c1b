"""`/log` with her cases and with when it was: at most three taps and one message of words."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.cases import CaseState, Move
from domain.contacts import Channel, Contact, Direction
from store.case_clocks import clocks_of
from store.cases import case_history
from store.contacts import timeline
from tests.bot.staff_scene import START, Scene, found_in, staff_scene


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum, where Ann has a case."""
    async with staff_scene(tmp_path, sqlite_url) as opened:
        await opened.case()
        yield opened


async def log(scene: Scene, command: str, taps: list[str], words: str) -> list[Contact]:
    """Let Pete log a contact in private and return Ann's newest contacts."""
    scene.pete.sends(command)
    await scene.settle()
    for label in taps:
        scene.pete.taps(label)
        await scene.settle()
    scene.pete.sends(words)
    await scene.settle()
    customer = await scene.customer()
    async with scene.app.database.read() as tx:
        return await timeline(tx, customer.id)


@pytest.mark.parametrize(
    ("label", "channel", "direction"),
    [
        ("Phone: to us", Channel.PHONE, Direction.IN),
        ("Phone: from us", Channel.PHONE, Direction.OUT),
        ("Letter: from us", Channel.LETTER, Direction.OUT),
        ("SMS: to us", Channel.SMS, Direction.IN),
        ("E-mail: from us", Channel.EMAIL, Direction.OUT),
        ("Meeting", Channel.MEETING, Direction.IN),
        ("Event", Channel.EVENT, Direction.IN),
    ],
)
async def test_every_channel_takes_two_taps_and_one_message(
    scene: Scene, label: str, channel: Channel, direction: Direction
) -> None:
    """Channel and feeling; the customer was named with the command."""
    found = await log(scene, "/log Ann", [label, "🙂 4"], "She is moving")
    line = next(each for each in found if each.channel is not Channel.TELEGRAM)
    assert (line.channel, line.direction, line.feeling, line.text) == (channel, direction, 4, "She is moving")
    assert (line.staff_id, line.case_id) == (scene.pete.id, None)


async def test_call_of_yesterday_about_her_case_takes_three_taps(scene: Scene) -> None:
    """Customer, channel, and one tap for feeling and case; the words begin with when, and it counts from then."""
    scene.clock.advance(dt.timedelta(days=1))
    scene.play.add_person("Anna", user_id=502).starts()
    await scene.settle()
    scene.pete.sends("/log Ann")
    await scene.settle()
    asked = found_in(scene.pete.chat.live, "Whom was it with?")
    who = next(label for row in asked.labels for label in row if label.startswith("Ann Smith"))
    found = await log(
        scene, "/log Ann", [who, "Phone: from us", "No 1 😀"], "yesterday 11:30 A courier comes, with Kim"
    )
    line = next(each for each in found if each.channel is Channel.PHONE)
    called_at = START + dt.timedelta(hours=1, minutes=30)
    assert (line.text, line.at, line.case_id, line.feeling) == ("A courier comes, with Kim", called_at, 1, 5)
    assert scene.told(scene.pete)[-1] == "✓ On Ann Smith’s timeline: Phone, Tue 2 Mar 11:30 · No 1."
    case = await scene.case_now(1)
    assert (case.state, case.owner_id, case.first_answer_at) == (CaseState.OPEN, scene.pete.id, called_at)
    async with scene.app.database.read() as tx:
        clocks = {clock.clock.value: clock.stopped_at for clock in (await clocks_of(tx, [1]))[1]}
        history = await case_history(tx, 1)
    assert clocks["first_answer"] == called_at
    assert [(event.move, event.staff_id) for event in history] == [(Move.CONTACT, scene.pete.id)]
    assert "Answer by" not in scene.in_topic("No 1 ·").text


async def test_her_letter_about_a_case_waits_for_an_answer(scene: Scene) -> None:
    """It is as if she had written in the chat: the case that waited for her is open, and the next answer is awaited."""
    scene.olga.sends("Which size?", chat=scene.group, thread=scene.topic())
    await scene.settle()
    assert (await scene.case_now(1)).state is CaseState.WAITING_CUSTOMER
    await log(scene, "/log Ann", ["E-mail: to us", "No 1: Cannot say"], "Size 40")
    assert (await scene.case_now(1)).state is CaseState.OPEN
    async with scene.app.database.read() as tx:
        clocks = {clock.clock.value: clock.stopped_at for clock in (await clocks_of(tx, [1]))[1]}
    assert clocks["next_answer"] is None


async def test_old_call_is_no_answer_to_what_she_wrote_after_it(scene: Scene) -> None:
    """The clock of the next answer, which began after the call, runs on."""
    scene.olga.sends("Which size?", chat=scene.group, thread=scene.topic())
    await scene.settle()
    scene.ann.taps("Cancel")
    scene.clock.advance(dt.timedelta(hours=2))
    scene.ann.sends("Size 40, and when?")
    await scene.settle()
    await log(scene, "/log Ann", ["Phone: to us", "No 1 🙂"], "10:30 She asked how long it takes")
    async with scene.app.database.read() as tx:
        clocks = {clock.clock.value: clock.stopped_at for clock in (await clocks_of(tx, [1]))[1]}
    assert clocks["next_answer"] is None
