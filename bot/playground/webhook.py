"""Delivers updates to a webhook: in order within a chat, several chats at once, again and again until it says 2xx."""

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from bot.playground.clock import PlayClock
from bot.playground.updates import Offered, Updates
from bot.playground.wire import JsonObject, bad_request

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PORTS = frozenset({80, 88, 443, 8443})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the header's public name
LONGEST_DELAY_S = 60.0
FARTHEST_LOOK = 1000  # a long queue of one chat must not be walked through for every update

Call = Callable[[str, JsonObject], Awaitable[object]]


@dataclass(slots=True)
class Target:
    """Where the webhook points."""

    url: str
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    has_certificate: bool = False


def checked_target(url: str, secret: str, max_connections: int | None, ip_address: str, certificate: bool) -> Target:
    """
    Return the target after Telegram's checks: HTTPS on its four ports, a secret of 1-256 `A-Za-z0-9_-`.

    Plain HTTP and any port are taken for this machine itself, as a Bot API server of one's own takes them.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise bad_request("invalid webhook URL specified")
    if host not in _LOOPBACK:
        if parts.scheme != "https":
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if (port or 443) not in _PORTS:
            raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = min(max(max_connections if max_connections is not None else 40, 1), 100)
    return Target(url, secret, connections, ip_address, certificate)


class Webhook:
    """
    The sender. It runs while a target is set and the playground is started.

    An update that is not answered with 2xx is sent again after `first_delay_s`, then twice as long each time up to a
    minute (or after the seconds of the webhook's own Retry-After); the later updates of that chat wait behind it.
    """

    def __init__(self, updates: Updates, clock: PlayClock, monotonic: Callable[[], float]) -> None:
        self.target: Target | None = None
        self.first_delay_s = 1.0
        self.call: Call | None = None
        self.last_error: tuple[int, str] | None = None
        self._updates = updates
        self._clock = clock
        self._monotonic = monotonic
        self._busy: set[int] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._timer: asyncio.TimerHandle | None = None

    def info(self) -> JsonObject:
        """Return the Bot API's WebhookInfo."""
        target = self.target
        info: JsonObject = {
            "url": target.url if target else "",
            "has_custom_certificate": bool(target and target.has_certificate),
            "pending_update_count": len(self._updates.pending),
        }
        if target is not None:
            info["max_connections"] = target.max_connections
            info["ip_address"] = target.ip_address or "127.0.0.1"
        if self.last_error is not None and target is not None:
            info["last_error_date"], info["last_error_message"] = self.last_error
        if self._updates.allowed is not None:
            info["allowed_updates"] = sorted(self._updates.allowed)
        return info

    def set(self, target: Target | None) -> None:
        """Point the webhook at *target*, or take it away."""
        self.target = target
        self.last_error = None
        self._updates.on_put = self.wake if target is not None else None
        for offered in self._updates.pending:
            offered.not_before, offered.failures = 0.0, 0
        self.wake()

    async def stop(self) -> None:
        """Stop sending and close the connections; what is unconfirmed stays in the queue."""
        self._updates.on_put = None
        if self._timer is not None:
            self._timer.cancel()
        for task in list(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def wake(self) -> None:
        """Start what may be sent now: the oldest of each chat that is not under way, within max_connections."""
        if self.target is None:
            return
        now = self._monotonic()
        held: set[int] = set()
        next_at: float | None = None
        for offered in islice(self._updates.pending, FARTHEST_LOOK):
            if len(self._sending) >= self.target.max_connections:
                return
            if offered.chat_id in held or offered.chat_id in self._busy:
                continue
            held.add(offered.chat_id)
            if offered.not_before > now:
                next_at = min(next_at or offered.not_before, offered.not_before)
                continue
            self._busy.add(offered.chat_id)
            task = asyncio.get_running_loop().create_task(self._deliver(offered, self.target))
            self._sending.add(task)
            task.add_done_callback(self._finished)
        if next_at is not None:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(max(next_at - now, 0.001), self.wake)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled():
            task.exception()
            self.wake()

    async def _deliver(self, offered: Offered, target: Target) -> None:
        try:
            problem, retry_after, body, kind = await self._post(offered, target)
            offered.deliveries += 1
            if problem is None:
                self._updates.delivered += 1
                if offered in self._updates.pending and offered.deliveries - offered.failures >= offered.wanted:
                    self._updates.done(offered)
                await self._run_answer(body, kind)
                return
            delay = retry_after or min(self.first_delay_s * 2**offered.failures, LONGEST_DELAY_S)
            offered.failures += 1
            offered.not_before = self._monotonic() + delay
            self.last_error = (self._clock.unix(), problem)
        finally:
            self._busy.discard(offered.chat_id)

    async def _post(self, offered: Offered, target: Target) -> tuple[str | None, float, bytes, str]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        headers = {"Content-Type": "application/json"}
        if target.secret:
            headers[SECRET_HEADER] = target.secret
        try:
            async with self._session.post(target.url, data=offered.text, headers=headers) as response:
                body = await response.read()
                if 200 <= response.status < 300:
                    return None, 0.0, body, response.content_type
                after = response.headers.get("Retry-After", "")
                seconds = float(after) if after.isdecimal() else 0.0
                problem = f"Wrong response from the webhook: {response.status} {response.reason}"
                return problem, seconds, body, response.content_type
        except TimeoutError:
            return "Read timeout expired", 0.0, b"", ""
        except aiohttp.ClientConnectorError:
            return "Connection refused", 0.0, b"", ""
        except aiohttp.ClientError as error:
            return f"Connection error: {type(error).__name__}", 0.0, b"", ""

    async def _run_answer(self, body: bytes, kind: str) -> None:
        """Run the method that the webhook's answer may carry; its result is told to nobody, as at Telegram's."""
        if not body or self.call is None:
            return
        params: JsonObject = {}
        with contextlib.suppress(ValueError):
            if kind == "application/json":
                parsed = json.loads(body)
                params = parsed if isinstance(parsed, dict) else {}
            elif kind == "application/x-www-form-urlencoded":
                params = dict(parse_qsl(body.decode()))
        name = params.pop("method", None)
        if isinstance(name, str):
            await self.call(name, params)
