"""The bot's own name at Telegram, for links that open it: asked at each start, and kept for one without Telegram."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from telegram.error import TelegramError

from bot.telegram_api import TelegramApi
from domain.loyalty import Loyalty
from store.database import Database, StoreUnavailable, Tx
from store.settings import get_setting, put_setting

log = logging.getLogger(__name__)

_FIRST_TIME_S = 3.0
_LONGEST_WAIT_S = 60.0


async def kept_username(tx: Tx, bot_id: str) -> str:
    """Return the name that was learnt at the last start; empty where there was none."""
    return str(await get_setting(tx, _setting(bot_id)) or "")


def _setting(bot_id: str) -> str:
    return f"bot.username:{bot_id}"  # another token may be another bot


class Identity:
    """Learns the bot's username, and tells it to all who make links."""

    def __init__(self, database: Database, api: TelegramApi, loyalty: Loyalty) -> None:
        self._database = database
        self._api = api
        self._loyalty = loyalty
        self._name = _setting(api.bot_id)

    async def recall(self) -> None:
        """Take the name that was kept; without one ask Telegram once, and wait a little. Raises StoreUnavailable."""
        async with self._database.read(quick=True) as tx:
            self._loyalty.username = await kept_username(tx, self._api.bot_id)
        if not self._loyalty.username:
            with contextlib.suppress(TelegramError, TimeoutError):
                async with asyncio.timeout(_FIRST_TIME_S):
                    await self._ask()

    async def run(self) -> None:
        """Ask until Telegram has answered: the name may have been changed since the last start."""
        wait = 1.0
        while True:
            try:
                await self._ask()
            except (TelegramError, StoreUnavailable) as error:
                log.info("identity.not_known", extra={"reason": type(error).__name__})
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT_S)
            else:
                break
        await asyncio.Event().wait()  # a part of the program that ends by itself would end the program

    async def _ask(self) -> None:
        told = await self._api.call("getMe")
        username = told.get("username") if isinstance(told, dict) else None
        if not isinstance(username, str) or username == self._loyalty.username:
            return
        async with self._database.write() as tx:
            await put_setting(tx, self._name, username)
        self._loyalty.username = username
