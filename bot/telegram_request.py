"""
python-telegram-bot's requests over one aiohttp session: ten times the speed of its default, and errors that say
whether a message may have arrived. No URL is ever logged or put into an error, since it holds the token.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.telegram_encoding import Dialect, Encoding, Plain, encode
from bot.telegram_wire import Broken, NotConnected, Wire

SECONDS = 30.0  # the library's own 5 and 1 seconds manufacture messages of which nobody knows whether they arrived
_KEEP_ALIVE_SECONDS = 15.0  # less than any server's, so that a call hardly ever meets a connection just closed
_NO_SUCH_METHOD = re.compile(r"not (supported|implemented|found|allowed)|unknown method|unsupported", re.IGNORECASE)
_ADDRESS = re.compile(r"/bot\d+:")
_LONGEST_SENTENCE = 300


class NotDelivered(NetworkError):  # noqa: N818 - the name says what is known
    """The connection was never made (refused, no such host, no time to connect): the call did not go out."""


class Unanswered(NetworkError):  # noqa: N818 - the name says what is known
    """The call went out and no answer came: nobody knows whether it was carried out."""


class TooLarge(NetworkError):  # noqa: N818 - the name says what is known
    """The server does not take so large a file (413)."""


class ServerTrouble(NetworkError):  # noqa: N818 - the name says what is known
    """The server broke over the call (5xx): nobody knows whether it was carried out."""


class NotThere(InvalidToken):
    """There is nothing at the address (404): the token is wrong, or the server does not have the method."""


class Flood(TelegramError):  # noqa: N818 - Telegram's own word for it
    """Too fast (429): nothing was delivered, and nothing will be for *seconds*."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many requests: wait {seconds:g} s")
        self.seconds = seconds


class AiohttpRequest(BaseRequest):
    """
    Requests of python-telegram-bot on aiohttp: at most *connections* at a time, kept alive.

    Raises NotDelivered, Unanswered or TimedOut (of the answer; as unknown as Unanswered), beside the library's own
    errors for what the server said. Requests to one server share what they learn of it, its *dialect*.
    """

    def __init__(self, connections: int = 128, seconds: float = SECONDS, dialect: Dialect | None = None) -> None:
        self._connections = connections
        self._dialect = dialect or Dialect()
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None
        self._single: aiohttp.ClientSession | None = None  # for a server that drops connections
        self._wire = Wire(connections, seconds, _KEEP_ALIVE_SECONDS)  # for calls without files
        self._urls: dict[str, URL] = {}
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer."""
        return self._seconds

    async def initialize(self) -> None:
        """Open the session; once is enough, further calls do nothing."""
        if self._session is None:
            self._session = self._opened(single_use=False)

    def _opened(self, *, single_use: bool) -> aiohttp.ClientSession:
        kept = None if single_use else _KEEP_ALIVE_SECONDS
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=kept, force_close=single_use),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            auto_decompress=True,
        )

    async def shutdown(self) -> None:
        """Close every connection."""
        sessions = (self._session, self._single)
        self._session = self._single = None
        for session in sessions:
            if session is not None:
                await session.close()
        await self._wire.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | Plain | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one request; the waits of writing, connecting and the pool are the session's own."""
        if self._session is None:
            await self.initialize()
        dialect, limits = self._dialect, self._timeout(read_timeout)
        status, payload = await self._exchange(method, url, request_data, dialect.encoding, limits)
        if not (dialect.is_proven or request_data is None or request_data.contains_files):
            for encoding in dialect.others(url, status, payload):
                other = await self._exchange(method, url, request_data, encoding, limits)
                if not dialect.others(url, *other):
                    dialect.encoding, (status, payload) = encoding, other
                    break
            dialect.answered(url, status, payload)
        if status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(status, payload)
        return status, payload

    async def call_plain(self, url: str, params: Mapping[str, Any], read_timeout: float) -> Any:
        """
        Make a call whose *params* are JSON as they stand, and return its result as it came. Raises TelegramError.

        Same answers, same errors as through the library, at a third of its processor time.
        """
        try:
            status, payload = await self.do_request(url, "POST", Plain(params), read_timeout)
        except TelegramError:
            raise
        except Exception as error:
            raise NetworkError(f"the call failed ({type(error).__name__})") from error
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(status, payload)
        answer = self.parse_json_payload(payload)
        if "result" not in answer:
            raise TelegramError("the answer has no result")
        return answer["result"]

    async def _exchange(
        self, method: str, url: str, data: RequestData | Plain | None, encoding: Encoding, limits: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        assert self._session is not None
        body, headers = encode(data, encoding)
        now = asyncio.get_running_loop().time()
        address, session = self._url(url), self._session
        is_light = isinstance(data, Plain) and isinstance(body, bytes) and Wire.can_reach(address)
        if self._dialect.wants_single_use(now):
            session = self._single = self._single or self._opened(single_use=True)
            is_light = False
        try:
            if is_light and isinstance(body, bytes) and headers is not None:
                status, payload = await self._wire.post(address, body, headers["Content-Type"], limits.sock_read or 0.0)
                is_light = not HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST  # it lives elsewhere now
            if not is_light:
                async with session.request(method, address, data=body, headers=headers, timeout=limits) as response:
                    status, payload = response.status, await response.read()
        except (aiohttp.ClientError, NotConnected, Broken, OSError, TimeoutError, ValueError) as error:
            failure = _mapped(error)
            if isinstance(failure, Unanswered):
                self._dialect.dropped(now)
            raise failure from None
        self._dialect.held()
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
        """
        Read the answer of a call that succeeded over HTTP; a success without a result has None.

        Raises what a refusal in it says, or TelegramError when it is no JSON object, without quoting it.
        """
        try:
            answer = orjson.loads(payload)
        except orjson.JSONDecodeError:
            raise TelegramError("the answer is not JSON") from None
        if not isinstance(answer, dict):
            raise TelegramError("the answer is not a JSON object")
        if answer.get("ok") is False:
            code = answer.get("error_code")
            raise _refusal(code if isinstance(code, int) else HTTPStatus.BAD_REQUEST, payload)
        if answer.get("ok") is True:
            answer.setdefault("result", None)
        return answer


def _refusal(status: int, payload: bytes) -> TelegramError:
    """Return the library's error for an answer, with Telegram's own sentence: the library would rewrite it."""
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        answer = None
    told: dict[str, Any] = answer if isinstance(answer, dict) else {}
    sentence = _sentence(told) or f"HTTP {status}"
    more = told.get("parameters")
    parameters: dict[str, Any] = more if isinstance(more, dict) else {}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Flood(_seconds(parameters.get("retry_after"), sentence))
    moved_to = parameters.get("migrate_to_chat_id")
    error = ChatMigrated(moved_to) if isinstance(moved_to, int) else _kind(status, sentence)(sentence)
    error.message = sentence
    return error


def _sentence(told: dict[str, Any]) -> str:
    """Return the server's own words; other servers put them elsewhere. An echo of our address holds the token."""
    for name in ("description", "message", "detail", "error"):
        words = told.get(name)
        if isinstance(words, str) and words and not _ADDRESS.search(words):
            return words[:_LONGEST_SENTENCE]
    return ""


def _kind(status: int, sentence: str) -> type[TelegramError]:
    if status in _ERRORS:
        return _ERRORS[status]
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return NetworkError
    return EndPointNotFound if _NO_SUCH_METHOD.search(sentence) else ServerTrouble


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
    HTTPStatus.NOT_FOUND: NotThere,
    HTTPStatus.METHOD_NOT_ALLOWED: EndPointNotFound,
    HTTPStatus.NOT_IMPLEMENTED: EndPointNotFound,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: BadRequest,
    HTTPStatus.UNPROCESSABLE_ENTITY: BadRequest,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
}


def _mapped(error: BaseException) -> NetworkError:
    """Say what happened without the words of the library below, which may hold the URL."""
    match error:
        case NotConnected():
            return NotDelivered(str(error))
        case Broken():
            return Unanswered(f"the connection broke ({error})")
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
