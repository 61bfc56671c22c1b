"""The webhook: 200 means stored, 503 means again, and strangers are not let in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from telegram.error import TelegramError

from bot.telegram_api import TelegramApi
from bot.webhook import SECRET_HEADER, Webhook
from domain.clock import WallClock
from store import inbox
from store.database import Database, store_url
from tests.bot.telegram_stub import TOKEN, TelegramStub, refuse, telegram_stub

SECRET = "a-secret-of-sixteen-and-more"


@dataclass
class Scene:
    """A mounted webhook and somebody who posts to it."""

    database: Database
    stub: TelegramStub
    webhook: Webhook
    url: str
    session: aiohttp.ClientSession
    said: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)

    async def post(self, body: Any, secret: str | None = SECRET) -> int:
        """Deliver an update; return the status."""
        headers = {} if secret is None else {SECRET_HEADER: secret}
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        async with self.session.post(self.url, data=data, headers=headers) as response:
            return response.status

    async def stored(self) -> int:
        """Return how many updates are in the inbox."""
        async with self.database.read() as tx:
            return await inbox.count_new(tx)


@pytest.fixture
async def scene(sqlite_database: Database) -> AsyncIterator[Scene]:
    """A webhook on a free port."""
    async with telegram_stub() as stub, aiohttp.ClientSession() as session:
        api = TelegramApi(TOKEN, stub.url)
        said: list[str] = []
        kept: list[int] = []
        webhook = Webhook(
            sqlite_database, api, WallClock(), lambda: kept.append(1), url="https://bot.example/hook", secret=SECRET,
            say=said.append,
        )  # fmt: skip
        app = web.Application()
        webhook.add_to(app, "/hook")
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield Scene(sqlite_database, stub, webhook, url, session, said, kept)
        await runner.cleanup()
        await api.close()


async def test_update_is_stored_before_it_is_acknowledged_and_once(scene: Scene) -> None:
    """Telegram repeats what was not answered; the second copy changes nothing."""
    update = {"update_id": 5, "message": {"message_id": 1, "chat": {"id": 7}, "date": 1}}
    assert await scene.post(update) == 200
    assert await scene.stored() == 1
    assert await scene.post(update) == 200
    assert (await scene.stored(), scene.kept) == (1, [1])


@pytest.mark.parametrize("secret", [None, "", "a-secret-of-sixteen-and-less", "ä"])
async def test_stranger_is_refused(scene: Scene, secret: str | None) -> None:
    """Without the right secret nothing is stored."""
    assert await scene.post({"update_id": 5}, secret) == 401
    assert await scene.stored() == 0


async def test_nonsense_is_stored_to_be_parked(scene: Scene) -> None:
    """What cannot be read is acknowledged all the same, or Telegram would repeat it for a day."""
    assert await scene.post(b"{not json") == 200
    assert await scene.post(b"[1,2]") == 200
    assert await scene.stored() == 2


async def test_store_that_cannot_take_it_answers_503_and_says_so_once(scene: Scene) -> None:
    """Telegram keeps the update and offers it again."""
    await scene.database.close()
    whole, scene.database.engine = scene.database.engine, _broken_engine()
    assert await scene.post({"update_id": 5}) == 503
    assert await scene.post({"update_id": 5}) == 503
    assert len(scene.said) == 1
    scene.database.engine = whole
    assert await scene.post({"update_id": 5}) == 200
    assert len(scene.said) == 2


def _broken_engine() -> Any:
    return Database(store_url("sqlite:////nowhere/x.db")).engine


async def test_address_is_registered_with_its_secret_and_drops_nothing(scene: Scene) -> None:
    """What waits at Telegram is never thrown away."""
    scene.stub.answers["setWebhook"] = lambda _: True
    await scene.webhook.register()
    (params,) = scene.stub.of("setWebhook")
    assert (params["url"], params["secret_token"]) == ("https://bot.example/hook", SECRET)
    assert "message_reaction" in params["allowed_updates"]
    assert "drop_pending_updates" not in params


async def test_server_that_does_not_know_the_secret_is_told_the_address_alone(scene: Scene) -> None:
    """Before Bot API 6.1 the path was the secret; a wrong header stays wrong, and only such a refusal changes it."""

    def set_webhook(params: dict[str, Any]) -> Any:
        return refuse(400, "Bad Request: unknown parameter secret_token") if "secret_token" in params else True

    scene.stub.answers["setWebhook"] = set_webhook
    await scene.webhook.register()
    assert len(scene.stub.of("setWebhook")) == 2
    assert await scene.post({"update_id": 5}, None) == 200
    assert await scene.post({"update_id": 6}, "wrong") == 401
    scene.stub.answers["setWebhook"] = lambda _: True
    await scene.webhook.register()
    assert await scene.post({"update_id": 7}, None) == 401


async def test_refused_address_is_told(scene: Scene) -> None:
    """A wrong address is a plain sentence and an end."""
    scene.stub.answers["setWebhook"] = lambda _: refuse(400, "Bad Request: bad webhook: HTTPS url must be provided")
    with pytest.raises(TelegramError):
        await scene.webhook.register()
    assert "telegram.webhook.url" in scene.said[0]


@pytest.mark.parametrize("secret", ["", "short", "with spaces in the secret"])
async def test_webhook_without_a_good_secret_does_not_start(sqlite_database: Database, secret: str) -> None:
    """Anybody could write to it."""
    api = TelegramApi(TOKEN, "http://127.0.0.1:1")
    with pytest.raises(ValueError, match="secret"):
        Webhook(sqlite_database, api, WallClock(), lambda: None, url="https://x.example", secret=secret)
    await api.close()
