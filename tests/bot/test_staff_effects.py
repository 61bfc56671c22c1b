"""**Results** of a newsletter in Telegram, and the choice between variants that chance alone may have set apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from bot.staff_progress import progress_card
from domain.effects import ClickKind
from domain.messages import OnUnknown
from domain.newsletters import Held, Sending, SendingState
from store import sendings
from store.clicks import count_click
from store.database import Tx
from store.experiments import look_at
from store.tables import customers, recipient_tallies, recipients
from store.tables import sendings as sendings_table
from tests.bot.staff_scene import START, Scene, found_in, staff_scene
from tests.scheduler.test_experiments import SPRING

ON_TRIAL, REST = 40, 20
WAIT = dt.timedelta(hours=4)


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """A running newsletter: 40 have got variant a, 40 variant b, 20 wait."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as made:
        async with made.app.database.write() as tx:
            await _put(tx)
        yield made


async def _put(tx: Tx) -> None:
    sending = Sending(40, "spring", "abc", SendingState.RUNNING, START, started_at=START, frozen=True)
    content = {"spring.en.j2": SPRING, "spring.fi.j2": "Hei", "spring.cs.j2": "Ahoj"}
    await sendings.add(tx, sending, content=content, on_unknown=OnUnknown.NEVER_TWICE)
    first = 1000
    ids = range(first, first + 2 * ON_TRIAL + REST)
    await tx.execute(insert(customers), [{"id": i, "reach": "deactivated", "created_at": START} for i in ids])
    rows = [
        {"sending_id": 40, "customer_id": i, "state": "sent", "at": START, "variant": "ab"[i % 2]}
        if i < first + 2 * ON_TRIAL
        else {"sending_id": 40, "customer_id": i, "state": "queued", "at": None, "variant": ""}
        for i in ids
    ]
    await tx.execute(insert(recipients), rows)
    tallies = [{"state": "sent", "n": 2 * ON_TRIAL}, {"state": "queued", "n": REST}]
    await tx.execute(insert(recipient_tallies), [{"sending_id": 40, "reason": "", **one} for one in tallies])


async def click(scene: Scene, a: int, b: int) -> None:
    """Let so many of each variant follow a button."""
    async with scene.app.database.write() as tx:
        for i in (*range(1000, 1000 + 2 * a, 2), *range(1001, 1001 + 2 * b, 2)):
            await count_click(tx, 40, i, ClickKind.BUTTON, "0", START)


async def sending_now(scene: Scene) -> Sending:
    """Return how it stands."""
    async with scene.app.database.read() as tx:
        found = await sendings.get(tx, 40)
    assert found is not None
    return found


async def judge(scene: Scene) -> None:
    """Let the wait pass, and the look be taken."""
    scene.clock.advance(WAIT)
    await scene.app.tick()
    await scene.settle()


async def test_winner_is_told_and_goes_to_the_rest(scene: Scene) -> None:
    """5 against 20 of 40: nobody is asked."""
    await click(scene, a=5, b=20)
    await judge(scene)
    told = found_in(scene.olga.chat.live, "variant b does better")
    assert "b: followed by 20 of 40 (50.0%; 95 %: 35.2% – 64.8%)" in told.text
    assert "It goes to the other 20 now." in told.text
    assert (await sending_now(scene)).winner == "b"


async def test_manager_chooses_where_chance_may_have_decided(scene: Scene) -> None:
    """One tap; a second one, on the same message, changes nothing."""
    await click(scene, a=8, b=12)
    await judge(scene)
    asked = found_in(scene.olga.chat.live, "no more than chance gives")
    scene.olga.taps("Variant a", message=asked)
    await scene.settle()
    assert (await sending_now(scene)).winner == "a"
    assert "the rest get variant a" in scene.told(scene.olga)[-1]


async def test_card_says_what_the_rest_waits_for(scene: Scene) -> None:
    """Until when the variants are tried; after the look, that a manager has to choose."""
    async with scene.app.database.read() as tx:
        before = await scene.app.parts.newsletters.progress(tx, 40, scene.clock.now())
    await judge(scene)
    async with scene.app.database.read() as tx:
        after = await scene.app.parts.newsletters.progress(tx, 40, scene.clock.now())
    assert before is not None
    assert after is not None
    assert before.held == (Held("on_trial", REST, START + WAIT),)
    assert [(each.reason, each.count) for each in after.held] == [("undecided", REST)]
    words = scene.app.parts.room.words
    cards = [progress_card(one, "Spring", words, "en", "Europe/Helsinki").text for one in (before, after)]
    assert "20 wait while the variants are tried, until 2 Mar 14:00" in cards[0]
    assert "20 wait for a manager to choose a variant" in cards[1]


async def test_rest_may_get_the_variants_evenly(scene: Scene) -> None:
    """The scheduler draws lots; it is decided once they are drawn."""
    await judge(scene)
    asked = found_in(scene.olga.chat.live, "no more than chance gives")
    scene.olga.taps("Each an even part", message=asked)
    await scene.settle()
    await scene.app.tick()
    sending = await sending_now(scene)
    assert sending.decided_at is not None
    async with scene.app.database.read() as tx:
        look = await look_at(tx, 40)
    assert look is not None
    assert look.split
    assert "the rest get the variants evenly" in "\n".join(scene.told(scene.olga))


async def test_nothing_more_ends_the_sending(scene: Scene) -> None:
    """Those who wait are skipped as cancelled."""
    await judge(scene)
    scene.olga.taps("Nothing more", message=found_in(scene.olga.chat.live, "no more than chance gives"))
    await scene.settle()
    assert (await sending_now(scene)).state is SendingState.CANCELLED


async def test_choice_is_refused_when_it_was_made_already(scene: Scene) -> None:
    """Another manager was faster: the later tap is told so."""
    await judge(scene)
    asked = found_in(scene.olga.chat.live, "no more than chance gives")
    async with scene.app.database.write() as tx:
        await tx.execute(update(sendings_table).values(winner="b", decided_at=START))
    scene.olga.taps("Variant a", message=asked)
    await scene.settle()
    assert (await sending_now(scene)).winner == "b"


async def test_results_come_as_picture_and_numbers(scene: Scene) -> None:
    """The button carries the sending; nothing is peeked at before the look."""
    await click(scene, a=5, b=20)
    await judge(scene)
    async with scene.app.database.write() as tx:
        await tx.execute(update(recipients).where(recipients.c.state == "queued").values(state="skipped"))
        await tx.execute(recipient_tallies.delete())
        await tx.execute(insert(recipient_tallies).values(sending_id=40, state="sent", reason="", n=2 * ON_TRIAL))
        await tx.execute(insert(recipient_tallies).values(sending_id=40, state="skipped", reason="", n=REST))
    await scene.app.tick()
    await scene.settle()
    done = found_in(scene.olga.chat.live, "is done")
    scene.olga.taps("Results", message=done)
    await scene.settle()
    numbers = found_in(scene.olga.chat.live, "what it brought about")
    assert "Followed a button or link: 25 (31.2%" in numbers.text
    assert "The rest got variant b." in numbers.text
    assert any(message.kind == "photo" for message in scene.olga.chat.live[-3:])
