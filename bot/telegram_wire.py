"""
Connections to a Bot API server that are kept, with just enough HTTP/1.1 to post a call.

A full client spends most of a newsletter's processor time on what a call never needs: cookies, redirects, streams,
proxies. What is unusual (files, downloads, redirects, long polling) stays with it; see `bot.telegram_request`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from dataclasses import dataclass

from aiohappyeyeballs import start_connection
from yarl import URL

from bot.http_answers import Answer, AnswerReader

_EYEBALLS_S = 0.25  # an address that answers overtakes one that does not


class NotConnected(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """No connection was made: the call did not go out."""


class Broken(Exception):  # noqa: N818 - a state of the world, not a mistake of the caller
    """The connection ended, or spoke no HTTP, before the answer was complete: nobody knows what became of the call."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a URL leads to: connections are shared between calls to the same place."""

    host: str
    port: int
    tls: bool


class Wire:
    """
    At most *connections* at a time; one that has been idle for *keep* seconds is not used again.

    *context* says whom to trust over TLS; None trusts whom the machine trusts.
    """

    def __init__(
        self, connections: int, connect_seconds: float, keep: float, context: ssl.SSLContext | None = None
    ) -> None:
        self._free = connections
        self._connect_seconds = connect_seconds
        self._keep = keep
        self._idle: dict[_Place, list[_Connection]] = {}
        self._open: set[_Connection] = set()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._context = context
        self._known: dict[URL, tuple[_Place, bytes]] = {}

    @staticmethod
    def can_reach(url: URL) -> bool:
        """Say whether *url* is a plain address; one with a password in it is for the full client."""
        return url.scheme in {"http", "https"} and bool(url.raw_host) and url.user is None

    async def post(self, url: URL, body: bytes, content_type: str, seconds: float) -> tuple[int, bytes]:
        """
        Post *body* and return the status and the body of the answer, for which it waits *seconds*.

        Raises NotConnected, Broken, or TimeoutError when the answer does not come in time.
        """
        place, head = self._addressed(url)
        request = b"%s%s\r\nContent-Length: %d\r\n\r\n%s" % (head, content_type.encode(), len(body), body)
        await self._take_turn()
        try:
            connection = self._kept(place) or await self._connected(place)
            try:
                answer = await connection.exchange(request, seconds)
            except BaseException:
                connection.close()
                raise
        finally:
            self._give_turn()
        if connection.may_stay:
            connection.idle_since = connection.loop.time()
            self._idle.setdefault(place, []).append(connection)
        else:
            connection.close()
        return answer.status, answer.body

    @property
    def connections(self) -> int:
        """Return how many are open."""
        return len(self._open)

    async def close(self) -> None:
        """Close every connection, also those with a call on its way."""
        ending = list(self._open)
        for connection in ending:
            connection.close()
        if ending:
            await asyncio.wait([connection.lost for connection in ending])

    def forget(self, connection: _Connection) -> None:
        """Note that a connection has ended."""
        self._open.discard(connection)
        idle = self._idle.get(connection.place, ())
        if connection in idle:
            self._idle[connection.place].remove(connection)

    # A place among the connections ---------------------------------------------------------------------------------

    async def _take_turn(self) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._connect_seconds):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():
                self._give_turn()  # it came at that very moment
            if isinstance(error, TimeoutError):
                raise NotConnected("no connection in time") from None
            raise

    def _give_turn(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _kept(self, place: _Place) -> _Connection | None:
        idle = self._idle.get(place)
        while idle:
            connection = idle.pop()
            if connection.is_usable and connection.loop.time() - connection.idle_since < self._keep:
                return connection
            connection.close()
        return None

    async def _connected(self, place: _Place) -> _Connection:
        if place.tls and self._context is None:
            self._context = ssl.create_default_context()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_seconds):
                found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
                # The loop's own race of addresses leaves sockets open when it is cancelled.
                reached = await start_connection(found, happy_eyeballs_delay=_EYEBALLS_S)
                _, connection = await loop.create_connection(
                    lambda: _Connection(self, place, loop),
                    sock=reached,
                    ssl=self._context if place.tls else None,
                    server_hostname=place.host if place.tls else None,
                )
        except TimeoutError:
            raise NotConnected("no connection in time") from None
        except (OSError, UnicodeError) as error:  # the latter: a part of the name is longer than any may be
            raise NotConnected(f"no connection ({getattr(error, 'strerror', None) or type(error).__name__})") from None
        self._open.add(connection)
        return connection

    def _addressed(self, url: URL) -> tuple[_Place, bytes]:
        """Return where *url* leads to, and a request to it up to the content type."""
        known = self._known.get(url)
        if known is not None:
            return known
        host, port = url.raw_host or "", url.port or 0
        named = f"[{host}]" if ":" in host else host
        if not url.is_default_port():
            named += f":{port}"
        head = f"POST {url.raw_path_qs} HTTP/1.1\r\nHost: {named}\r\nContent-Type: "
        if len(self._known) > 200:  # no more methods than that
            self._known.clear()
        self._known[url] = made = (_Place(host, port, url.scheme == "https"), head.encode())
        return made


class _Connection(asyncio.Protocol):
    """One connection, with one call on its way at a time."""

    def __init__(self, wire: Wire, place: _Place, loop: asyncio.AbstractEventLoop) -> None:
        self.place = place
        self.loop = loop
        self.idle_since = loop.time()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.may_stay = True
        self._wire = wire
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[Answer] | None = None
        self._reader = AnswerReader()
        self._ended = False
        self._until = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def is_usable(self) -> bool:
        """Say whether a call may be made on it."""
        return not self._ended and not self._transport.is_closing()

    async def exchange(self, request: bytes, seconds: float) -> Answer:
        """Send *request* and return its answer."""
        answer: asyncio.Future[Answer] = self.loop.create_future()
        self._answer = answer
        self._until = self.loop.time() + seconds
        if self._alarm is None or self._until < self._alarm.when():
            self._watch()
        self._transport.write(request)
        try:
            return await answer
        finally:
            self._answer = None

    def close(self) -> None:
        """End it at once; what was on its way stays unanswered."""
        self._transport.abort()

    # What the loop tells -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take in a piece of an answer, mostly all of it."""
        if self._answer is None or self._answer.done():
            self._transport.abort()  # nobody has asked
            return
        try:
            answer = self._reader.feed(data)
        except ValueError as error:
            self._fail(Broken(str(error)))
            return
        if answer is not None:
            self.may_stay = answer.stays
            self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """End: an answer without a length is complete now, any other is not."""
        self._ended = True
        if self._alarm is not None:
            self._alarm.cancel()
        self._wire.forget(self)
        self.lost.set_result(None)
        if self._answer is None or self._answer.done():
            return
        answer = None
        if exc is None:
            try:
                answer = self._reader.end()
            except ValueError as error:
                self._fail(Broken(str(error)))
                return
        if answer is None:
            reason = getattr(exc, "strerror", None) or (
                type(exc).__name__ if exc is not None else "the server ended it"
            )
            self._fail(Broken(reason))
            return
        self.may_stay = False
        self._answer.set_result(answer)

    def _watch(self) -> None:
        """Look again when the present answer is due: one alarm serves hundreds of calls, which mostly come in time."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self.loop.call_at(self._until, self._look)

    def _look(self) -> None:
        self._alarm = None
        if self._answer is None:
            return
        if self.loop.time() >= self._until:
            self._fail(TimeoutError("no answer in time"))
        else:
            self._watch()

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self._transport.abort()
