"""The bot's own name: learnt from Telegram, and known again where Telegram cannot be reached."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from bot.identity import Identity
from bot.telegram_api import TelegramApi
from domain.loyalty import Loyalty
from store.database import Database
from tests.bot.telegram_stub import PATIENCE_S, TOKEN, telegram_stub


def _named(username: str, _params: dict[str, Any]) -> dict[str, Any]:
    return {"id": 1, "is_bot": True, "username": username}


async def test_name_is_learnt_once_and_outlives_telegram(sqlite_database: Database) -> None:
    """The second start finds Telegram silent, and makes the same links."""
    async with telegram_stub() as stub:
        stub.answers["getMe"] = partial(_named, "corner_shop_bot")
        api = TelegramApi(TOKEN, stub.url)
        await api.open()
        first = Loyalty()
        await Identity(sqlite_database, api, first).recall()
        assert first.username == "corner_shop_bot"
        assert len(stub.of("getMe")) == 1
        again = Loyalty()
        await Identity(sqlite_database, api, again).recall()
        assert again.username == "corner_shop_bot"
        assert len(stub.of("getMe")) == 1
        await api.close()


async def test_name_that_was_changed_is_taken_while_the_program_runs(sqlite_database: Database) -> None:
    """BotFather may rename a bot; the next start tells the new name to everybody who makes links."""
    async with telegram_stub() as stub:
        api = TelegramApi(TOKEN, stub.url)
        await api.open()
        for name in ("before_bot", "after_bot"):
            stub.answers["getMe"] = partial(_named, name)
            loyalty = Loyalty()
            identity = Identity(sqlite_database, api, loyalty)
            await identity.recall()
            work = asyncio.create_task(identity.run())
            async with asyncio.timeout(PATIENCE_S):
                while loyalty.username != name:
                    await asyncio.sleep(0.01)
            assert loyalty.username == name
            work.cancel()
        await api.close()
