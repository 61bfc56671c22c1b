"""Polling: stored before acknowledged, whatever Telegram, the network or the disk does."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.intake import Polling
from bot.telegram_api import TelegramApi
from domain.clock import WallClock
from store import inbox, leases
from store.database import Database
from tests.bot.telegram_stub import PATIENCE_S, TOKEN, TelegramStub, refuse, telegram_stub


class Queue:
    """The update queue of a server: offered again until an offset confirms it."""

    def __init__(self, stub: TelegramStub) -> None:
        self.waiting: list[Any] = []
        self.changed = asyncio.Event()
        self.answers: list[web.Response] = []
        stub.answers["getUpdates"] = self.get

    def put(self, *updates: Any) -> None:
        """Let people write."""
        self.waiting += updates
        self.changed.set()

    async def get(self, params: dict[str, Any]) -> Any:
        """Answer a long poll."""
        if self.answers:
            return self.answers.pop(0)
        if "offset" in params:
            offered = [id(each) for each in self.offered]
            self.waiting = [
                each for each in self.waiting if not (id(each) in offered and self._is_confirmed(each, params))
            ]
        while not self.waiting:
            self.changed.clear()
            await self.changed.wait()
        self.offered = list(self.waiting)
        return self.offered

    offered: list[Any] = []  # noqa: RUF012 - replaced, never changed in place

    @staticmethod
    def _is_confirmed(each: Any, params: dict[str, Any]) -> bool:
        number = each.get("update_id") if isinstance(each, dict) else None
        return not isinstance(number, int) or number < params["offset"]


def update(number: int, text: str = "hello") -> dict[str, Any]:
    """Make an update."""
    chat = {"id": 7, "type": "private"}
    return {"update_id": number, "message": {"message_id": number, "date": 1, "chat": chat, "from": chat, "text": text}}


class Scene:
    """A polling bot, the server's queue, and what the bot said to people."""

    def __init__(self, stub: TelegramStub, database: Database) -> None:
        self.stub, self.database = stub, database
        self.queue = Queue(stub)
        self.said: list[str] = []
        self.happened = asyncio.Event()

    def say(self, sentence: str) -> None:
        """Keep what people were told."""
        self.said.append(sentence)
        self.happened.set()

    async def until(self, true: Callable[[], Awaitable[bool] | bool]) -> None:
        """Wait for something to become true, by looking again whenever something happens."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = true()
                if answer if isinstance(answer, bool) else await answer:
                    return
                self.happened.clear()
                try:
                    await asyncio.wait_for(self.happened.wait(), 0.02)
                except TimeoutError:
                    continue

    async def stored(self) -> list[int]:
        """Return the numbers of the updates in the inbox."""
        async with self.database.read() as tx:
            return [row.update_id for row in await inbox.fetch_new(tx, 100)]

    async def holds(self, *numbers: int) -> None:
        """Wait until the inbox holds exactly these."""

        async def is_so() -> bool:
            return await self.stored() == list(numbers)

        await self.until(is_so)

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[Polling]:
        """Run the intake."""
        api = TelegramApi(TOKEN, self.stub.url)
        made = Polling(
            self.database, api, WallClock(), self.happened.set, say=self.say, long_poll=5, first_wait=0.01,
            longest_wait=0.02,
        )  # fmt: skip
        running = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            await made.stop()
            await asyncio.wait_for(running, PATIENCE_S)
            await api.close()


@pytest.fixture
async def scene(sqlite_database: Database) -> AsyncIterator[Scene]:
    """A server, a store and no bot yet."""
    async with telegram_stub() as stub:
        yield Scene(stub, sqlite_database)


async def test_updates_are_stored_and_then_confirmed(scene: Scene) -> None:
    """The offset moves only with the request after the commit; reactions and memberships are asked for."""
    scene.queue.put(update(5), update(6))
    async with scene.polling():
        await scene.holds(5, 6)
        await scene.until(lambda: not scene.queue.waiting)
        scene.queue.put(update(7))
        await scene.holds(5, 6, 7)
    first, second, *_ = scene.stub.of("getUpdates")
    assert "offset" not in first
    assert second["offset"] == 7
    assert "message_reaction" in first["allowed_updates"]


async def test_numbering_that_begins_anew_is_harmless(scene: Scene) -> None:
    """After a reset numbers may be lower; they are compared with nothing."""
    async with scene.polling():
        scene.queue.put(update(900))
        await scene.holds(900)
        await scene.until(lambda: not scene.queue.waiting)
        scene.queue.put(update(3))
        await scene.holds(900, 3)
        await scene.until(lambda: not scene.queue.waiting)
        assert sorted(await scene.stored()) == [3, 900]


async def test_poison_in_a_batch_is_stored_and_the_rest_goes_on(scene: Scene) -> None:
    """What nobody can read is kept raw and confirmed, so that it is not fetched for ever."""
    scene.queue.put(update(5), "nonsense", {"update_id": "x"}, {"update_id": 6, "message": 7})
    async with scene.polling():
        await scene.until(lambda: not scene.queue.waiting)
        numbers = await scene.stored()
    assert len(numbers) == 4
    assert {5, 6} <= set(numbers)


async def test_store_that_is_locked_stops_the_acknowledging(scene: Scene) -> None:
    """Nothing is confirmed before it is stored; people are told once, and it goes on by itself."""
    assert scene.database.url.database is not None
    other = sqlite3.connect(scene.database.url.database, isolation_level=None)
    async with scene.database.engine.connect() as connection:  # so that the test need not wait five seconds
        await connection.exec_driver_sql("PRAGMA busy_timeout=10")
    other.execute("BEGIN IMMEDIATE")
    scene.queue.put(update(5))
    async with scene.polling():
        await scene.until(lambda: bool(scene.said))
        asked = len(scene.stub.of("getUpdates"))
        assert asked == 1
        other.execute("ROLLBACK")
        other.close()
        await scene.holds(5)
        await scene.until(lambda: len(scene.said) == 2)
    assert "locked" in scene.said[0]
    assert "again" in scene.said[1]


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (lambda: refuse(401, "Unauthorized"), "telegram.token"),
        (lambda: refuse(404, "Not Found"), "telegram.token"),
        (lambda: refuse(409, "Conflict: terminated by other getUpdates request"), "same token"),
        (lambda: refuse(500, "Internal Server Error"), "telegram.api_url"),
        (lambda: web.json_response({"ok": True, "result": 5}), "no list"),
    ],
)
async def test_trouble_is_told_once_in_a_plain_sentence_and_passes(
    scene: Scene, answer: Callable[[], web.Response], word: str
) -> None:
    """A wrong token, a second poller and a broken server: one sentence, waiting, and on it goes."""
    scene.queue.answers = [answer() for _ in range(3)]
    scene.queue.put(update(5))
    async with scene.polling():
        await scene.holds(5)
        await scene.until(lambda: len(scene.said) == 2)
    assert word in scene.said[0]
    assert TOKEN not in "".join(scene.said)


async def test_no_network_is_told_once_and_passes(scene: Scene, unused_tcp_port: int) -> None:
    """While nobody answers, one sentence is enough."""
    url, scene.stub.url = scene.stub.url, f"http://127.0.0.1:{unused_tcp_port}"
    async with scene.polling() as polling:
        await scene.until(lambda: bool(scene.said))
        polling._api = TelegramApi(TOKEN, url)
        scene.queue.put(update(5))
        await scene.holds(5)
        await scene.until(lambda: len(scene.said) == 2)
        api, polling._api = polling._api, TelegramApi(TOKEN, url)
        await api.close()
    await polling._api.close()
    assert "cannot be reached" in scene.said[0]


async def test_webhook_left_from_before_is_taken_off(scene: Scene) -> None:
    """Telegram gives no updates to a poll while a webhook is set; what waits is kept."""
    scene.queue.answers = [refuse(409, "Conflict: can't use getUpdates method while webhook is active")]
    scene.queue.put(update(5))
    async with scene.polling():
        await scene.holds(5)
    assert scene.stub.of("deleteWebhook") == [{}]


async def test_flood_is_waited_out(scene: Scene) -> None:
    """A 429 on polling is no trouble worth telling."""
    scene.queue.answers = [refuse(429, "Too Many Requests: retry after 0", retry_after=0)]
    scene.queue.put(update(5))
    async with scene.polling():
        await scene.holds(5)
    assert scene.said == []


async def test_second_process_stands_by(scene: Scene) -> None:
    """Two processes on one store do not fight over the updates."""
    lease = await leases.take(scene.database, "intake")
    assert lease is not None
    async with scene.polling():
        await scene.until(lambda: bool(scene.said))
        assert scene.stub.of("getUpdates") == []
    await lease.release()
    assert "stands by" in scene.said[0]
