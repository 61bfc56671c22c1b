"""
The doors of a running program: how updates come in (polling or webhook), and the web servers that let pages in.

What is behind a door is the work of others; here it is only hung, opened and shut.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable

from aiohttp import web
from telegram.error import TelegramError

from bot.config import Config, Mode
from bot.config_values import Listen
from bot.console.api import Api
from bot.console.health import Health, Troubles
from bot.console.links import LinkPages
from bot.console.server import ConsoleServer
from bot.intake import Polling
from bot.pacing import backoff
from bot.telegram_api import TelegramApi
from bot.trouble import Say
from bot.webhook import Webhook
from domain.clock import Clock
from scheduler.links import Links
from store.database import Database
from templates.words import Words


class Doors:
    """
    Polling or webhook, as the config says, and the console with health and links, unless *console* is False.

    *on_kept* is called after updates were stored, *on_imported* after customers or purchases were; *long_poll* is in
    seconds.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        api: TelegramApi,
        clock: Clock,
        on_kept: Callable[[], None],
        *,
        on_imported: Callable[[], None],
        console: bool,
        long_poll: int,
        say: Say,
    ) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._on_imported = on_imported
        self._with_console = console
        self._console = web.Application()
        self._own: web.Application | None = None  # the webhook's, where it listens at an address of its own
        self._polling: Polling | None = None
        self._webhook: Webhook | None = None
        self.console_url = ""
        telegram = config.telegram
        if telegram.mode is Mode.WEBHOOK:
            path = webhook_path(telegram.webhook.secret)
            url, secret = telegram.webhook.url + path, telegram.webhook.secret
            self._webhook = Webhook(database, api, clock, on_kept, url=url, secret=secret, say=say)
            self._own = web.Application() if telegram.webhook.listen is not None else None
            self._webhook.add_to(self._console if self._own is None else self._own, path)
        else:
            self._polling = Polling(database, api, clock, on_kept, say=say, long_poll=long_poll)

    @property
    def name(self) -> str:
        """What `run` is in logs: `intake`, which ends after `shut`, or `webhook`, which does not."""
        return "webhook" if self._polling is None else "intake"

    async def open(
        self, closing: contextlib.AsyncExitStack, words: Words, troubles: Troubles, links: Links | None
    ) -> None:
        """Listen where the config says, until *closing*. Raises OSError when an address cannot be listened on."""
        if self._with_console or (self._webhook is not None and self._own is None):
            Health(self._database, self._clock, troubles).add_to(self._console)
            key = self._config.console.api_key
            Api(self._database, self._clock, self._config.company, key, self._on_imported).add_to(self._console)
            if links is not None:
                LinkPages(self._database, self._clock, links, words, self._config.company).add_to(self._console)
            self.console_url = await _serve(self._console, self._config.console.listen, closing)
        listen = self._config.telegram.webhook.listen
        if self._own is not None and listen is not None:
            await _serve(self._own, listen, closing)

    async def run(self) -> None:
        """Let updates in until cancelled or, where they are polled, until what was at hand at `shut` is stored."""
        if self._polling is not None:
            await self._polling.run()
        if self._webhook is not None:
            await _register(self._webhook)
            await asyncio.Event().wait()

    async def shut(self) -> None:
        """Ask Telegram for nothing more; what it delivers to a webhook is still stored until the servers close."""
        if self._polling is not None:
            await self._polling.stop()


def webhook_path(secret: str) -> str:
    """Return the path that Telegram delivers to: nobody can guess it, and each process finds the same."""
    return "/telegram/" + hashlib.sha256(f"path of {secret}".encode()).hexdigest()[:32]


async def _serve(app: web.Application, listen: Listen, closing: contextlib.AsyncExitStack) -> str:
    server = ConsoleServer(app, listen.host, listen.port)
    await server.start()
    closing.push_async_callback(server.stop)
    return server.url


async def _register(webhook: Webhook) -> None:
    """Tell Telegram the address, as often as it takes."""
    failures = 0
    while True:
        try:
            await webhook.register()
        except TelegramError:
            failures += 1
            await asyncio.sleep(backoff(failures, first=1.0, most=60.0))
        else:
            return
