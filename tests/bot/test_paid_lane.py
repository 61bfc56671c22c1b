"""Going faster for Stars: above the free rate only, never over the cap, never before an answer to a customer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.pacing import Governor, Pace
from bot.paid import cost_of, messages_in, star_balance
from bot.telegram_api import TelegramApi
from domain.messages import Media, MediaKind, Message, OnUnknown
from store.database import Database
from store.tables import outbox, sendings
from tests.bot.pump_scene import PumpScene
from tests.bot.telegram_stub import TOKEN, cut, refuse, telegram_stub

READERS = 60
PACE = Pace(per_second=4, paid_per_second=400, chat_interval=None)


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[PumpScene]:
    """A store with many customers, a sending to all of them, and a server."""
    async with telegram_stub() as stub:
        made = PumpScene(database, stub)
        await made.prepare(READERS)
        yield made


async def may_spend(scene: PumpScene, stars: int) -> None:
    """Let the sending spend so many Stars."""
    async with scene.database.write() as tx:
        await tx.execute(update(sendings).values(paid_stars=stars))


async def spent(scene: PumpScene) -> int:
    """Return how many messages the sending may have paid for."""
    async with scene.database.read() as tx:
        return int(await tx.scalar(select(sendings.c.paid_messages)) or 0)


def paid_calls(scene: PumpScene) -> list[dict[str, Any]]:
    """Return the calls that were to be paid."""
    return [params for params in scene.stub.of("sendMessage") if params.get("allow_paid_broadcast")]


async def test_what_is_above_the_free_rate_is_paid_for_and_counted(scene: PumpScene) -> None:
    """Sixty would take a minute for nothing; what found a free place cost nothing."""
    await may_spend(scene, 100)
    await scene.settle(*(scene.bulk(n) for n in range(1, READERS + 1)), pace=replace(PACE, per_second=1))
    paid = len(paid_calls(scene))
    assert len(scene.stub.of("sendMessage")) == READERS
    assert READERS / 2 < paid < READERS
    assert await spent(scene) == paid


async def test_cap_is_never_exceeded_and_the_rest_goes_for_nothing(scene: PumpScene) -> None:
    """Two Stars are twenty messages; then the newsletter is as slow as without."""
    await may_spend(scene, 2)
    rows = [scene.bulk(n) for n in range(1, READERS + 1)]
    await scene.put(*rows)
    async with scene.pump(PACE):
        await scene.until(lambda: len(scene.stub.of("sendMessage")) >= 6 + len(paid_calls(scene)) >= 26)
    assert len(paid_calls(scene)) == 20
    assert await spent(scene) == 20


async def test_without_stars_nothing_is_paid(scene: PumpScene) -> None:
    """The config alone spends nothing: the newsletter must say how much it may."""
    await scene.put(*(scene.bulk(n) for n in range(1, READERS + 1)))
    async with scene.pump(PACE):
        await scene.until(lambda: len(scene.stub.of("sendMessage")) >= 5)
    assert paid_calls(scene) == []


async def test_refused_messages_are_given_back_and_unknown_ones_are_kept(scene: PumpScene) -> None:
    """Telegram takes Stars for what it delivers; what nobody knows counts, so that the cap holds whatever happened."""
    await may_spend(scene, 100)
    unknown, blocked = {30, 31}, {40, 41, 42}

    def answer(params: dict[str, Any]) -> Any:
        if params["chat_id"] in unknown:
            return cut(params)
        if params["chat_id"] in blocked:
            return refuse(403, "Forbidden: bot was blocked by the user")
        return scene.stub.message(params)

    scene.stub.answers["sendMessage"] = answer
    await scene.settle(*(scene.bulk(n) for n in range(1, READERS + 1)), pace=PACE)
    paid = [params["chat_id"] for params in paid_calls(scene)]
    assert await spent(scene) == sum(chat not in blocked for chat in paid)
    assert (await scene.recipient(30), await scene.recipient(40)) == (("unknown", "no_answer"), ("failed", "blocked"))


async def test_a_bot_without_stars_sends_for_nothing(scene: PumpScene) -> None:
    """A balance that is too low is no fault of the newsletter: nothing is stopped, and nothing more is tried paid."""
    await may_spend(scene, 100)

    def answer(params: dict[str, Any]) -> Any:
        poor = params.get("allow_paid_broadcast")
        return refuse(400, "Bad Request: BALANCE_TOO_LOW") if poor else scene.stub.message(params)

    scene.stub.answers["sendMessage"] = answer
    await scene.settle(*(scene.bulk(n) for n in range(1, 17)), pace=PACE)
    assert [await scene.states(n) for n in range(1, 17)] == [["sent"]] * 16
    assert 1 <= len(paid_calls(scene)) < 16
    assert (await spent(scene), scene.broken) == (0, [])


async def test_what_a_killed_process_had_paid_for_stays_counted(scene: PumpScene) -> None:
    """Nobody knows whether it was delivered, so that it counts; the row that goes again is marked anew."""
    await may_spend(scene, 100)
    await scene.claimed_by_dead(scene.bulk(1), scene.bulk(2, on_unknown=OnUnknown.NEVER_MISS))
    async with scene.database.write() as tx:
        await tx.execute(update(outbox).values(paid=True))
        await tx.execute(update(sendings).values(paid_messages=2))
    async with scene.pump(PACE) as pump:
        await scene.until(pump.is_idle)
    assert await spent(scene) == 2 + len(paid_calls(scene))
    assert len(scene.stub.of("sendMessage")) == 1


async def test_an_answer_never_waits_behind_what_is_paid_for(scene: PumpScene) -> None:
    """The places of answers are not for sale: one that comes in the middle overtakes, and for nothing."""
    await may_spend(scene, 100)
    pace = Pace(per_second=20, paid_per_second=40, chat_interval=None)

    async def slow(params: dict[str, Any]) -> Any:
        await asyncio.sleep(0.2)
        return scene.stub.message(params)

    scene.stub.answers["sendMessage"] = slow
    await scene.put(*(scene.bulk(n) for n in range(1, READERS)))
    async with scene.pump(pace, at_once=10) as pump:
        await scene.until(lambda: len(paid_calls(scene)) >= 8)
        before = len(scene.stub.of("sendMessage"))
        await scene.put(scene.row(READERS, "an answer"))
        pump.wake()
        await scene.until(lambda: any(params["text"] == "an answer" for params in scene.stub.of("sendMessage")))
    ((place, answer),) = [
        (place, params) for place, params in enumerate(scene.stub.of("sendMessage")) if params["text"] == "an answer"
    ]
    assert place - before < 20, "about forty wait"  # counted, not timed: a slow machine is slow with letters, too
    assert "allow_paid_broadcast" not in answer


def test_what_is_paid_for_has_a_window_of_its_own() -> None:
    """It takes nothing from the free rate, keeps its own, obeys the same 429, and rests when Stars are missing."""
    governor = Governor(Pace(paid_per_second=1000), jitter=lambda: 0.0)
    for _ in range(500):
        governor.start(7, 0.0, paid=True)
    assert governor.wait(0.0) == 0
    assert governor.wait(0.0, paid=True) > 0
    assert governor.room(0.0, 0.03, 100) == 1
    assert governor.paid_room(1.0, 0.04, 100) > 30
    governor.close_paid_lane(1.0)
    assert governor.paid_room(2.0, 0.04, 100) == 0
    assert governor.room(2.0, 0.04, 100) > 0
    governor.flooded(5, 3.0, 2.9)
    assert governor.wait(4.0, paid=True) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("count", "stars", "messages", "seconds", "free"),
    [(3000, 0, 0, 100, 100), (3000, 1000, 2700, 10, 100), (3000, 10, 100, 97, 100), (0, 10, 0, 0, 0)],
)
def test_cost_is_the_share_above_the_free_rate_up_to_the_cap(
    count: int, stars: int, messages: int, seconds: int, free: int
) -> None:
    """Thirty a second for nothing beside 270 for Stars; a tenth of a Star each."""
    cost = cost_of(count, per_second=30, paid_per_second=270, paid_stars=stars)
    assert (cost.messages, cost.stars) == (messages, Decimal(messages) / 10)
    assert (cost.takes.total_seconds(), cost.takes_free.total_seconds()) == (seconds, free)


def test_album_costs_one_message_for_each_file() -> None:
    """As Telegram counts them."""
    photos = tuple(Media(MediaKind.PHOTO, file_id=str(n)) for n in range(3))
    assert (messages_in(Message("x")), messages_in(Message("x", media=photos))) == (1, 3)


async def test_balance_is_asked_where_the_server_knows_it() -> None:
    """Another server than Telegram's may not."""
    async with telegram_stub() as stub:
        api = TelegramApi(TOKEN, stub.url)
        stub.answers["getMyStarBalance"] = lambda _: {"amount": 250}
        assert await star_balance(api) == 250
        stub.answers["getMyStarBalance"] = lambda _: refuse(404, "Not Found")
        assert await star_balance(api) is None
        await api.close()


async def test_a_newsletter_that_may_pay_and_has_nothing_due_slows_down_no_other(scene: PumpScene) -> None:
    """Looking in vain for what could be paid for is no reason to wait with what is free."""
    async with scene.database.write() as tx:
        one = (await tx.execute(select(sendings))).one()._mapping
        await tx.execute(insert(sendings).values({**one, "id": 6, "paid_stars": 100}))
    await scene.put(*(scene.bulk(n) for n in range(1, 31)))
    began = asyncio.get_running_loop().time()
    async with scene.pump(Pace(per_second=20, paid_per_second=40, chat_interval=None), poll=30.0):
        await scene.until(lambda: len(scene.stub.of("sendMessage")) == 30)
    assert asyncio.get_running_loop().time() - began < 30
