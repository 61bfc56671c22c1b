"""
How a call's parameters travel: as JSON, as a form, or in parts. Telegram reads all three; other servers may read one.

JSON is tried first: it is made in a fifth of the time. A server that says that it saw no parameters is asked in the
next way, until one was read.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson
from telegram.request import RequestData
from yarl import URL

_RARELY, _OFTEN = 10, 2  # so many answers between two drops are rare enough, so many drops are not
_SINGLE_S = 300.0

Body = bytes | aiohttp.FormData | None
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}
_UNREAD = re.compile(
    r"is empty|required|missing|not specified|no \w+ specified|json|content.?type|media.?type|undefined"
    r"|could not parse body",
    re.IGNORECASE,
)


class Encoding(enum.Enum):
    """A way for parameters to travel, in the order in which they are tried."""

    JSON = "json"
    FORM = "form"
    PARTS = "parts"


class Dialect:
    """
    What is known of the one server: which encoding it reads, and whether that is proven by a call that needs it.

    Also whether it drops connections that it does not say it drops: calls on such a one are lost, so that for a while
    each call gets a connection of its own. Times are seconds of any clock.
    """

    def __init__(self) -> None:
        self.encoding = Encoding.JSON
        self.is_proven = False
        self._drops = 0
        self._answers = 0
        self._single_until = float("-inf")

    def dropped(self, now: float) -> None:
        """Note that a connection ended before a word of the answer."""
        self._drops = self._drops + 1 if self._answers < _RARELY else 1
        self._answers = 0
        if self._drops >= _OFTEN:
            self._single_until = now + _SINGLE_S

    def held(self) -> None:
        """Note that a connection carried an answer."""
        self._answers += 1

    def wants_single_use(self, now: float) -> bool:
        """Say whether each call should have a connection of its own."""
        return now < self._single_until

    def answered(self, url: str, status: int, payload: bytes) -> None:
        """Note an answer: a sending that succeeds proves the encoding, one that breaks the server changes it."""
        if self.is_proven or not _needs_parameters(url):
            return
        if status < HTTPStatus.BAD_REQUEST:
            self.is_proven = not _is_refusal(payload)
        elif status == HTTPStatus.INTERNAL_SERVER_ERROR:
            # What became of the call nobody knows, so it is not made again here; the next goes another way.
            self.encoding = _after(self.encoding)

    def others(self, url: str, status: int, payload: bytes) -> tuple[Encoding, ...]:
        """Return the encodings in which to ask again after an answer that says that nothing was read."""
        broke_reading = status == HTTPStatus.INTERNAL_SERVER_ERROR and _method(url) == "getUpdates"
        if self.is_proven or not (broke_reading or _is_unread(status, payload)):
            return ()
        second = _after(self.encoding)
        return second, _after(second)


@dataclass(frozen=True, slots=True)
class Plain:
    """
    Parameters that are JSON as they stand, with no file among them: read like the library's RequestData.

    The library would spend more time on each of them than everything else on a message's road.
    """

    parameters: Mapping[str, Any]

    @property
    def contains_files(self) -> bool:
        """Say that there are none."""
        return False

    @property
    def multipart_data(self) -> dict[str, Any]:
        """Return no files."""
        return {}

    @property
    def json_parameters(self) -> dict[str, str]:
        """Return each parameter as text: what is no text already as JSON."""
        return {
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in self.parameters.items()
        }


def encode(data: RequestData | Plain | None, encoding: Encoding) -> tuple[Body, dict[str, str] | None]:
    """Return the body and the headers of a call; files always travel in parts."""
    if data is None or not data.parameters:
        return None, None
    if data.contains_files or encoding is Encoding.PARTS:
        form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
        for name, value in data.json_parameters.items():
            form.add_field(name, value)
        for name, (filename, content, mime) in data.multipart_data.items():
            form.add_field(name, content, filename=filename, content_type=mime)
        return form, None
    if encoding is Encoding.JSON:
        return orjson.dumps(data.parameters), _JSON
    # A query is written as a form is, and this writes it at many times the speed of the standard library.
    return URL.build(query=data.json_parameters).raw_query_string.encode(), _FORM


def _after(encoding: Encoding) -> Encoding:
    ways = tuple(Encoding)
    return ways[(ways.index(encoding) + 1) % len(ways)]


def _method(url: str) -> str:
    return url.rsplit("/", maxsplit=1)[-1]


def _needs_parameters(url: str) -> bool:
    method = _method(url)
    return method.startswith("send") or method == "setWebhook"


def _answer(payload: bytes) -> dict[str, Any] | None:
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


def _is_refusal(payload: bytes) -> bool:
    answer = _answer(payload)
    return answer is None or answer.get("ok") is False


def _is_unread(status: int, payload: bytes) -> bool:
    if status in {HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY}:
        return True
    if status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.OK}:
        return False
    answer = _answer(payload)
    if answer is None:
        return status == HTTPStatus.BAD_REQUEST
    return answer.get("ok") is not True and _UNREAD.search(str(answer)) is not None
