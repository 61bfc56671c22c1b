"""Events at the desk: a manager begins and cancels one with two taps, and its guests are told once."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.customers import Consent, Purpose
from domain.events import EventState
from domain.purchases import Purchase
from store.audit import acts
from store.consents import give_consents
from store.events import event_named
from store.purchases import add_purchases
from tests.bot.staff_scene import Scene, staff_scene
from tests.store.test_events import evening

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """The program with an event in ten days, to which Ann, a regular, may be invited; staff begin."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as scene:
        ann, now = await scene.customer(), scene.clock.now()
        async with scene.app.database.write() as tx:
            await give_consents(tx, [(ann.id, Consent(Purpose.MARKETING, True, "1", "test", now))])
            await add_purchases(tx, [(ann.id, Purchase("r1", now - DAY, 9_000, "EUR", store="Main"))])
        loyalty = scene.app.parts.room.loyalty
        before, loyalty.events = loyalty.events, (evening(places=2),)
        yield scene
        loyalty.events = before


async def test_manager_begins_and_cancels_an_event_and_its_guests_are_told_once(scene: Scene) -> None:
    """Each takes two taps; a second tap, an old button and an agent change nothing; acts are in the audit log."""
    olga, pete = scene.olga, scene.pete
    pete.sends("/event")
    olga.sends("/event")
    await scene.settle()
    assert "Its guests have not been chosen yet." in scene.told(olga)[-1]
    assert not pete.chat.live[-1].buttons
    asked = olga.chat.live[-1]
    olga.taps("Begin inviting")
    await scene.settle()
    assert "begin to invite now?" in scene.told(olga)[-1]
    olga.taps("Invite")
    await scene.settle()
    scene.clock.advance(HOUR)
    await scene.app.tick()
    await scene.settle()
    assert "Come!" in scene.told(scene.ann)[-1]
    assert "Places 2" in scene.told(olga)[-1]
    olga.taps("Begin inviting", message=asked)
    await scene.settle()
    assert "Places 2" in scene.told(olga)[-1]
    olga.taps("Cancel the event")
    await scene.settle()
    assert "1 guest counts on it" in scene.told(olga)[-1]
    sure = olga.chat.live[-1]
    for _ in range(2):
        olga.taps_data(sure, "j.-.evening.cancel.yes")
    await scene.settle()
    for hours in (0, 72):
        scene.clock.advance(hours * HOUR)
        await scene.app.tick()
        await scene.settle()
    assert sum("does not take place" in text for text in scene.told(scene.ann)) == 1
    assert sum("is cancelled. Whoever" in text for text in scene.told(olga)) == 1
    async with scene.app.database.read() as tx:
        kept = await event_named(tx, "evening")
        found = [act for _, _, act, _ in await acts(tx) if act.startswith("event.")]
    assert kept is not None
    assert kept.state is EventState.CANCELLED
    assert sorted(found) == ["event.cancel", "event.invite"]
