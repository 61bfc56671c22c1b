"""The webhook: Telegram delivers updates over HTTP; 200 only after they are stored, 503 while the store cannot."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable

import orjson
from aiohttp import web
from telegram.error import BadRequest, TelegramError

from bot.intake import number_of
from bot.telegram_api import TelegramApi
from bot.translate import ALLOWED_UPDATES
from bot.trouble import Say, Trouble, say_to_stderr
from domain.clock import Clock
from store import inbox
from store.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_UNKNOWN_SECRET = re.compile(
    r"(unknown|unexpected|unsupported|unrecogni[sz]ed|extra).{0,20}(param|field|argument|propert|secret_token)",
    re.IGNORECASE,
)
_LARGEST_BODY = 4 * 1024 * 1024


class Webhook:
    """
    Receives updates at *path* of an aiohttp application and tells Telegram the address at the start.

    *secret* is 16 to 256 characters of A-Z a-z 0-9 _ -; without one it cannot be made (ValueError), since anybody
    could write to it. *on_kept* is called after each commit that stored something new.
    """

    def __init__(
        self,
        database: Database,
        api: TelegramApi,
        clock: Clock,
        on_kept: Callable[[], None],
        *,
        url: str,
        secret: str,
        say: Say = say_to_stderr,
    ) -> None:
        if not _SECRET.fullmatch(secret):
            raise ValueError(
                "telegram.webhook.secret: a webhook needs a secret of 16 to 256 characters A-Z a-z 0-9 _ -; make one "
                "with `openssl rand -hex 32`"
            )
        self._database = database
        self._api = api
        self._clock = clock
        self._on_kept = on_kept
        self._url = url
        self._secret = secret
        self._has_header = True
        self._trouble = Trouble(log, say)

    def add_to(self, app: web.Application, path: str) -> None:
        """Mount the handler."""
        app.router.add_post(path, self.handle)

    async def register(self) -> None:
        """
        Tell Telegram the address and the secret; what waits there is kept. Raises TelegramError.

        A server that says that it does not know the secret (it is as old as Bot API 6.0) is told the address alone,
        whose path nobody can guess: with such a server it is the secret.
        """
        params = {"url": self._url, "allowed_updates": list(ALLOWED_UPDATES)}
        try:
            try:
                await self._api.call("setWebhook", {**params, "secret_token": self._secret})
                self._has_header = True
            except BadRequest as error:
                if not _UNKNOWN_SECRET.search(error.message):
                    raise
                await self._api.call("setWebhook", params)
                self._has_header = False
                log.warning("webhook.without_header")
        except TelegramError as error:
            self._trouble.begins(
                "webhook.refused",
                f"Telegram does not take the webhook ({error.message}): check telegram.webhook.url, which must be an "
                "https address that Telegram can reach.",
            )
            raise
        log.info("webhook.registered")

    async def handle(self, request: web.Request) -> web.Response:
        """Store one update: 200 after the commit, 503 to be offered it again, 401 for strangers."""
        if not self._is_known(request.headers.get(SECRET_HEADER)):
            log.warning("webhook.stranger")
            return web.Response(status=401)
        if request.content_length is not None and request.content_length > _LARGEST_BODY:
            return web.Response(status=413)
        body = await request.read()
        try:
            update = orjson.loads(body)
        except orjson.JSONDecodeError:
            update = body.decode("utf-8", "replace")  # stored as a JSON text, and parked: Telegram must not repeat it
        row = (number_of(update), orjson.dumps(update).decode())
        try:
            async with self._database.write(quick=True) as tx:
                new = await inbox.keep(tx, [row], self._clock.now())
        except StoreUnavailable as error:
            self._trouble.begins(
                "webhook.store_down",
                f"Taking in stopped, nothing is lost: {error}. Telegram offers the messages again; it goes on by "
                "itself.",
                reason=str(error),
            )
            return web.Response(status=503, headers={"Retry-After": "5"})
        self._trouble.is_over("webhook.resumed", "Messages are taken in again.")
        if new:
            self._on_kept()
        return web.Response()

    def _is_known(self, given: str | None) -> bool:
        if given is None:
            return not self._has_header
        return hmac.compare_digest(given.encode(), self._secret.encode())
