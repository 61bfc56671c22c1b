"""
python-telegram-bot's requests over one aiohttp session: ten times the speed of its default, and errors that say
whether a message may have arrived. No URL is ever logged or put into an error, since it holds the token.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData
from yarl import URL

SECONDS = 30.0  # the library's own 5 and 1 seconds manufacture messages of which nobody knows whether they arrived
_KEEP_ALIVE_SECONDS = 15.0  # less than any server's, so that a call hardly ever meets a connection just closed
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class NotDelivered(NetworkError):  # noqa: N818 - the name says what is known
    """The connection was never made (refused, no such host, no time to connect): the call did not go out."""


class Unanswered(NetworkError):  # noqa: N818 - the name says what is known
    """The call went out and no answer came: nobody knows whether it was carried out."""


class TooLarge(NetworkError):  # noqa: N818 - the name says what is known
    """The server does not take so large a file (413)."""


class Flood(TelegramError):  # noqa: N818 - Telegram's own word for it
    """Too fast (429): nothing was delivered, and nothing will be for *seconds*."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many requests: wait {seconds:g} s")
        self.seconds = seconds


class AiohttpRequest(BaseRequest):
    """
    Requests of python-telegram-bot on aiohttp: at most *connections* at a time, kept alive.

    Raises NotDelivered, Unanswered or TimedOut (of the answer; as unknown as Unanswered), beside the library's own
    errors for what the server said.
    """

    def __init__(self, connections: int = 128, seconds: float = SECONDS) -> None:
        self._connections = connections
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer."""
        return self._seconds

    async def initialize(self) -> None:
        """Open the session; once is enough, further calls do nothing."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_KEEP_ALIVE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
                auto_decompress=True,
            )

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one request; the waits of writing, connecting and the pool are the session's own."""
        if self._session is None:
            await self.initialize()
        assert self._session is not None
        body, headers = _body(request_data)
        try:
            async with self._session.request(
                method, self._url(url), data=body, headers=headers, timeout=self._timeout(read_timeout)
            ) as response:
                status, payload = response.status, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise _mapped(error) from None
        if status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(status, payload)
        return status, payload

    def _url(self, url: str) -> URL:
        parsed = self._urls.get(url)
        if parsed is None:
            if len(self._urls) > 200:  # files to download have a URL each
                self._urls.clear()
            parsed = self._urls[url] = URL(url)
        return parsed

    def _timeout(self, read: Any) -> aiohttp.ClientTimeout:
        seconds = read if isinstance(read, int | float) else self._seconds
        timeout = self._timeouts.get(seconds)
        if timeout is None:
            timeout = self._timeouts[seconds] = aiohttp.ClientTimeout(
                total=None, connect=self._seconds, sock_connect=self._seconds, sock_read=seconds
            )
        return timeout

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read the answer. Raises TelegramError when it is no JSON object, without quoting it."""
        try:
            answer = orjson.loads(payload)
        except orjson.JSONDecodeError:
            raise TelegramError("the answer is not JSON") from None
        if not isinstance(answer, dict):
            raise TelegramError("the answer is not a JSON object")
        return answer


def _body(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str] | None]:
    if data is None or not data.parameters:
        return None, None
    if not data.contains_files:
        return b"&".join(_pair(name, value) for name, value in data.json_parameters.items()), _FORM
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form, None


def _pair(name: str, value: str) -> bytes:
    """Encode one field of a form; several times the speed of the standard library's `urlencode`."""
    return b"%s=%s" % (name.encode(), _UNSAFE.sub(_percent, value.encode()).replace(b" ", b"+"))


def _percent(found: re.Match[bytes]) -> bytes:
    return _PERCENT[found[0][0]]


_UNSAFE = re.compile(rb"[^A-Za-z0-9_.~ -]")
_PERCENT = tuple(b"%%%02X" % byte for byte in range(256))


def _refusal(status: int, payload: bytes) -> TelegramError:
    """Return the library's error for an answer, with Telegram's own sentence: the library would rewrite it."""
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        answer = None
    told: dict[str, Any] = answer if isinstance(answer, dict) else {}
    sentence = str(told.get("description") or f"HTTP {status}")
    more = told.get("parameters")
    parameters: dict[str, Any] = more if isinstance(more, dict) else {}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Flood(_seconds(parameters.get("retry_after"), sentence))
    moved_to = parameters.get("migrate_to_chat_id")
    error = ChatMigrated(moved_to) if isinstance(moved_to, int) else _ERRORS.get(status, NetworkError)(sentence)
    error.message = sentence
    return error


def _seconds(told: object, sentence: str) -> float:
    """Return how long to wait after a 429; a server that does not say means a second."""
    if isinstance(told, int | float):
        return max(float(told), 0.0)
    found = re.search(r"retry (?:after|in) (\d+)", sentence, re.IGNORECASE)
    return float(found[1]) if found else 1.0


_ERRORS: dict[int, type[TelegramError]] = {
    HTTPStatus.BAD_REQUEST: BadRequest,
    HTTPStatus.UNAUTHORIZED: InvalidToken,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: InvalidToken,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
}


def _mapped(error: BaseException) -> NetworkError:
    """Say what happened without the words of the library below, which may hold the URL."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return NotDelivered("no connection in time")
        case aiohttp.ClientConnectorError():
            return NotDelivered(f"no connection ({error.os_error.strerror or type(error.os_error).__name__})")
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return NotDelivered("the address of the server is not valid")
        case TimeoutError():
            return TimedOut("no answer in time")
        case aiohttp.ClientOSError():
            return Unanswered(f"the connection broke ({error.strerror or type(error).__name__})")
        case _:
            return Unanswered(f"the connection broke ({type(error).__name__})")
