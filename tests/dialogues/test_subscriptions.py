"""Stop, Pause and Topics: whatever is tapped, twice, late or in an old message, ends as the button says."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.customers import Customer, Purpose
from domain.messages import Act, Message
from store.customers import customers_by_chat
from store.database import Database
from store.tables import consents
from store.topic_choices import topics_off
from tests.dialogues.conductor_stand import START, Stand


@pytest.fixture
async def stand(sqlite_database: Database, tmp_path: Path) -> Stand:
    """Return a conductor of a company with two topics; Ann takes its news."""
    made = Stand(sqlite_database, tmp_path)
    running = made.conductor.running
    running.company = dataclasses.replace(running.company, topics={"offers": {"en": "Offers"}, "club": {"": "Club"}})
    await made.says("Hello")
    await made.hear(made.tap("m.topics.on-marketing"))
    return made


async def ann(stand: Stand) -> tuple[Customer, frozenset[str]]:
    """Return Ann, and which topics she has switched off."""
    async with stand.database.read() as tx:
        who = (await customers_by_chat(tx, [7]))[7]
        return who, await topics_off(tx, who.id)


def shown(stand: Stand) -> tuple[str, list[str]]:
    """Return the text and the buttons of what she sees last: a message, or one that was changed."""
    message: Message = next(row.message for row in reversed(stand.sent) if row.act in {Act.SEND, Act.EDIT})
    return message.text, [button.label for line in message.keyboard for button in line]


@pytest.mark.parametrize("button", ["topics.off-offers", "stop.only-offers", "pause.week", "stop.again", "pause.over"])
async def test_second_tap_leaves_what_the_first_one_made(stand: Stand, button: str) -> None:
    """An unanswered tap comes again as a new one, and fingers are quick."""
    await stand.hear(stand.tap(f"m.{button}"))
    once = (await ann(stand), shown(stand))
    await stand.hear(stand.tap(f"m.{button}"))
    assert (await ann(stand), shown(stand)) == once


async def test_repeated_stop_is_one_no(stand: Stand) -> None:
    """The timeline of consents holds what she decided, not how often she tapped."""
    await stand.says("/stop")
    await stand.says("/stop")
    async with stand.database.read() as tx:
        refused = await tx.scalar(select(func.count()).where(consents.c.purpose == "marketing", ~consents.c.given))
    assert refused == 1
    assert not (await ann(stand))[0].agrees(Purpose.MARKETING)


async def test_button_of_an_older_message_still_switches(stand: Stand) -> None:
    """What was sent before the program was renewed keeps working."""
    await stand.hear(stand.tap("m.topics.marketing"))
    assert not (await ann(stand))[0].agrees(Purpose.MARKETING)
    await stand.hear(stand.tap("m.topics.marketing"))
    assert (await ann(stand))[0].agrees(Purpose.MARKETING)


@pytest.mark.parametrize("data", ["m.topics.off-gone", "m.topics.on-", "m.stop.only-gone", "m.pause.year"])
async def test_topic_that_is_gone_and_other_nonsense_does_no_harm(stand: Stand, data: str) -> None:
    """A topic may leave the config while its button stands in a chat: then the present choice is shown."""
    await stand.hear(stand.tap(data))
    text, buttons = shown(stand)
    assert text
    assert buttons
    assert (await ann(stand))[1] == frozenset()


async def test_choice_of_news_ends_a_pause(stand: Stand) -> None:
    """Who switches news on wants to hear from us; a pause alone is ended by its own button."""
    await stand.says("/pause")
    assert (await ann(stand))[0].paused_until == START + dt.timedelta(days=30)
    await stand.says("/topics")
    assert shown(stand)[1][-1] == "End the pause"
    await stand.hear(stand.tap("m.topics.go"))
    assert (await ann(stand))[0].paused_until is None


async def test_no_news_and_then_one_topic_is_that_topic_only(stand: Stand) -> None:
    """What she did not ask for stays off."""
    await stand.says("/stop")
    await stand.hear(stand.tap("m.topics.on-club"))
    who, off = await ann(stand)
    assert (who.agrees(Purpose.MARKETING), off) == (True, frozenset({"offers"}))
    assert shown(stand)[1] == ["✓ News and offers", "Offers", "✓ Club", "Surveys"]
