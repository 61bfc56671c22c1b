"""
Polling: fetches updates raw and stores them before the next request acknowledges them.

What the updates mean is the work of others; an update that nobody can read is stored like any other and parked later.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.pacing import backoff
from bot.telegram_api import TelegramApi
from bot.telegram_request import Flood
from bot.translate import ALLOWED_UPDATES
from bot.trouble import Say, Trouble, say_to_stderr
from domain.clock import Clock
from store import inbox, leases
from store.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

LEASE = "intake"
_LONG_POLL_S = 25
_ANSWER_S = 20.0  # beyond the long poll itself
_LEASE_RETRY_S = 2.0
_LARGEST = 2**63
_STOPPED = object()
_SHORT_S = 1.0  # an empty answer that comes sooner was no long poll
_FIRST_IDLE_S, _MOST_IDLE_S = 0.05, 0.5


class Polling:
    """
    Fetches, stores, and only then lets the offset move. One process at a time does it; the others stand by.

    *on_kept* is called after each commit that stored something new. *first_wait* is the first back-off in seconds
    after a failure; it doubles up to *longest_wait*.
    """

    def __init__(
        self,
        database: Database,
        api: TelegramApi,
        clock: Clock,
        on_kept: Callable[[], None],
        *,
        say: Say = say_to_stderr,
        long_poll: int = _LONG_POLL_S,
        first_wait: float = 1.0,
        longest_wait: float = 30.0,
    ) -> None:
        self._database = database
        self._api = api
        self._clock = clock
        self._on_kept = on_kept
        self._long_poll = long_poll
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._trouble = Trouble(log, say)
        self._failures = 0
        self._idle = 0  # answers in a row that came at once and brought nothing
        self._offset: int | None = None
        self._lease: leases.Lease | None = None
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`, or until cancelled, which drops everything at once as a kill would."""
        try:
            while not self._stopped.is_set():
                if await self._holds_lease():
                    await self._poll()
        finally:
            if self._lease is not None:
                await self._lease.release()
                self._lease = None

    async def stop(self) -> None:
        """End after the work at hand; an open long poll is given up."""
        self._stopped.set()

    async def _holds_lease(self) -> bool:
        """Make sure that no other process polls on this store. Waits a little when one does."""
        try:
            if self._lease is not None and not await self._lease.is_held():
                self._lease = None
            if self._lease is None:
                self._lease = await leases.take(self._database, LEASE)
        except StoreUnavailable as error:
            await self._pause("intake.store_down", f"Taking in stopped: {error}. It goes on by itself.")
            return False
        if self._lease is not None:
            return True
        self._trouble.begins(
            "intake.standby", "Another Vuoro process takes in messages for this store; this one stands by."
        )
        await self._wait(_LEASE_RETRY_S)
        return False

    async def _poll(self) -> None:
        params: dict[str, Any] = {"timeout": self._long_poll, "allowed_updates": list(ALLOWED_UPDATES)}
        if self._offset is not None:
            params["offset"] = self._offset
        asked_at = asyncio.get_running_loop().time()
        try:
            updates = await self._fetch(params)
        except TelegramError as error:
            await self._failed(error)
            return
        if updates is _STOPPED:
            return
        if updates is None:  # how some servers write an empty list
            updates = []
        if not isinstance(updates, list):
            await self._pause("intake.bad_answer", "Telegram's server answers with something that is no list.")
            return
        if await self._keep(updates):
            self._idle = 0
        elif asyncio.get_running_loop().time() - asked_at < _SHORT_S:
            await self._rest()

    async def _rest(self) -> None:
        """Wait a little longer each time, so that a server without long polling is not asked in a circle."""
        self._idle += 1
        await self._wait(backoff(self._idle, first=_FIRST_IDLE_S, most=_MOST_IDLE_S))

    async def _fetch(self, params: dict[str, Any]) -> Any:
        """Make the long poll; _STOPPED when it is stopped before the answer."""
        call = asyncio.ensure_future(self._api.call("getUpdates", params, read_timeout=self._long_poll + _ANSWER_S))
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait((call, stopped), return_when=asyncio.FIRST_COMPLETED)
            return await call if call.done() else _STOPPED
        finally:
            for task in (call, stopped):
                task.cancel()
            await asyncio.gather(call, stopped, return_exceptions=True)

    async def _keep(self, updates: Sequence[Any]) -> bool:
        """
        Store the batch, however long the store makes us wait: until then nothing is acknowledged.

        Returns whether anything was new.
        """
        rows = [(number_of(update), orjson.dumps(update).decode()) for update in updates]
        new = 0
        while rows:
            if self._stopped.is_set():
                return False
            try:
                async with self._database.write(quick=True) as tx:
                    new = await inbox.keep(tx, rows, self._clock.now())
                break
            except StoreUnavailable as error:
                await self._pause(
                    "intake.store_down",
                    f"Taking in stopped, nothing is lost: {error}. Telegram keeps the messages for 24 hours; "
                    "it goes on by itself.",
                    reason=str(error),
                )
        self._offset = next((row[0] + 1 for row in reversed(rows) if row[0] >= 0), self._offset)
        if new:
            self._on_kept()
        self._goes_on()
        return new > 0

    async def _failed(self, error: TelegramError) -> None:
        match error:
            case Flood():
                log.warning("intake.flood", extra={"seconds": error.seconds})
                await self._wait(error.seconds)
            case InvalidToken():
                await self._pause(
                    "intake.token_refused",
                    "Telegram does not accept the bot's token: put the right one into the config (telegram.token) "
                    "and start again.",
                )
            case Conflict() if "webhook" in error.message.lower():
                await self._pause("intake.webhook_set", "A webhook is set for this bot; it is being taken off.")
                await self._take_webhook_off()
            case Conflict():
                await self._pause(
                    "intake.second_poller",
                    "Another program fetches this bot's messages with the same token: stop it, or give this one a "
                    "token of its own. Trying again by itself.",
                )
            case _:
                await self._pause(
                    "intake.no_network",
                    f"Telegram cannot be reached ({error.message}): check the network and telegram.api_url. "
                    "Trying again by itself.",
                    reason=error.message,
                )

    async def _take_webhook_off(self) -> None:
        try:
            await self._api.call("deleteWebhook")
        except TelegramError as error:
            log.warning("intake.webhook_stays", extra={"reason": error.message})

    async def _pause(self, event: str, sentence: str, **fields: object) -> None:
        self._trouble.begins(event, sentence, **fields)
        self._failures += 1
        await self._wait(backoff(self._failures, first=self._first_wait, most=self._longest_wait))

    def _goes_on(self) -> None:
        self._failures = 0
        self._trouble.is_over("intake.resumed", "Messages are taken in again.")

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return


def number_of(update: Any) -> int:
    """Return the update's number; one without a usable number gets a negative one from its content."""
    number = update.get("update_id") if isinstance(update, dict) else None
    if isinstance(number, str) and number.isdecimal() and len(number) < 20:
        number = int(number)
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < _LARGEST:
        return number
    digest = hashlib.sha256(orjson.dumps(update)).digest()
    return -1 - (int.from_bytes(digest[:8], "big") >> 1)
