"""
The one door to Telegram's Bot API: a method's name and its parameters in, the raw result out.

Servers that are older or smaller than Telegram's own are met here: a method that one lacks is told from a wrong token,
and a parameter that one refuses is said in the older way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from telegram import (
    Bot,
    InputFile,
    InputMedia,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    MessageEntity,
)
from telegram.error import BadRequest, EndPointNotFound, InvalidToken, TelegramError

from bot.telegram_encoding import Dialect
from bot.telegram_request import AiohttpRequest, NotThere, ServerTrouble

_CAPITAL = re.compile(r"(?=[A-Z])")
# Every server knows these: "404 Not Found" for one of them means a wrong token, never a missing method.
_KNOWN_TO_ALL = frozenset({"getMe", "getUpdates", "setWebhook", "deleteWebhook", "sendMessage"})
_UNKNOWN_PARAMETER = re.compile(
    r"reply_parameters|(unknown|unexpected|unsupported|unrecogni[sz]ed|extra|invalid).{0,20}(param|field|argument|propert)",
    re.IGNORECASE,
)
_BREAKS_UNTIL_MISSING = 3
NO_METHOD = "this server has no"
"""How the sentence begins that says that the server lacks a method."""


class TelegramApi:
    """
    Calls methods of the Bot API at *api_url*, Telegram's own or any server that speaks the same.

    Errors are those of `telegram.error`, with NotDelivered and Unanswered for the network; `bot.telegram_outcomes`
    reads them.
    """

    def __init__(self, token: str, api_url: str = "https://api.telegram.org", request: AiohttpRequest | None = None):
        root = api_url.rstrip("/")
        dialect = Dialect()
        self._sender = request or AiohttpRequest(dialect=dialect)
        self._poller = AiohttpRequest(connections=2, dialect=dialect)
        self._files = f"{root}/file/bot{token}/"
        self._bot = Bot(
            token, f"{root}/bot", f"{root}/file/bot", request=self._sender, get_updates_request=self._poller
        )
        self._names: dict[str, str] = {}
        self._working: set[str] = set()
        self._missing: set[str] = set()
        self._breaks: dict[str, int] = {}  # of methods that have never worked here
        self.bot_id = token.split(":", maxsplit=1)[0]

    async def open(self) -> None:
        """Open the sessions; nothing is sent yet."""
        await self._sender.initialize()
        await self._poller.initialize()

    async def close(self) -> None:
        """Close every connection."""
        await self._sender.shutdown()
        await self._poller.shutdown()

    async def call(self, method: str, params: Mapping[str, Any] | None = None, *, read_timeout: float = 30.0) -> Any:
        """
        Call *method* (as Telegram writes it) and return its result as it came.

        A parameter that is None is left out; a file to upload is a `telegram.InputFile`. Raises TelegramError;
        EndPointNotFound for a method that this server does not have.
        """
        if method in self._missing:
            raise _lacking(method)
        try:
            result = await self._request(method, params, read_timeout)
        except NotThere as error:
            if not await self._lacks(method):
                raise error from None
            self._missing.add(method)
            raise _lacking(method) from None
        except EndPointNotFound:
            self._missing.add(method)
            raise _lacking(method) from None
        except ServerTrouble:
            if await self._breaks_always(method):
                raise _lacking(method) from None
            raise
        except BadRequest as error:
            older = _older(params, error.message)
            if older is None:
                raise
            return await self.call(method, older, read_timeout=read_timeout)
        self._working.add(method)
        return result

    async def _request(self, method: str, params: Mapping[str, Any] | None, read_timeout: float) -> Any:
        if params and method != "getUpdates" and not any(isinstance(value, InputFile) for value in params.values()):
            plain = {name: value for name, value in params.items() if value is not None}
            return await self._sender.call_plain(f"{self._bot.base_url}/{method}", plain, read_timeout)
        name = self._names.get(method)
        if name is None:
            # The library warns about names that it has methods for; it joins these parts to the same name.
            name = self._names[method] = _CAPITAL.sub("_", method)
        try:
            return await self._bot.do_api_request(name, _readable(params), read_timeout=read_timeout)
        except InvalidToken as error:
            # The library writes a sentence of its own around the server's, which is the cause.
            raise (error.__cause__ if isinstance(error.__cause__, InvalidToken) else error) from None
        except (KeyError, TypeError) as error:  # 200 without "ok" and "result"
            raise TelegramError("the answer has no result") from error

    async def _lacks(self, method: str) -> bool:
        """Tell a missing method from a wrong token: what a message depends on is asked for, the rest is decoration."""
        if method in _KNOWN_TO_ALL:
            return False
        return not method.startswith(("send", "edit", "deleteMessage")) or await self._knows_the_bot()

    async def _breaks_always(self, method: str) -> bool:
        """
        Say whether a method that breaks the server is one that it does not have: it never worked, and others do.

        A message may have arrived all the same, so that of a sending this is said only after several.
        """
        if method in _KNOWN_TO_ALL or method in self._working:
            return False
        breaks = self._breaks[method] = self._breaks.get(method, 0) + 1
        if method.startswith("send") and breaks < _BREAKS_UNTIL_MISSING:
            return False
        if not await self._knows_the_bot():
            return False
        if breaks >= _BREAKS_UNTIL_MISSING:
            self._missing.add(method)
        return True

    async def _knows_the_bot(self) -> bool:
        try:
            await self.call("getMe")
        except TelegramError:
            return False
        return True

    async def download(self, file_id: str) -> bytes:
        """Return the bytes of a file of at most 20 MB. Raises TelegramError."""
        file = await self.call("getFile", {"file_id": file_id})
        return await self._sender.retrieve(self._files + file["file_path"])


def _readable(params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return *params* in a form that the library accepts: of an album it wants objects of its own."""
    if params is None:
        return None
    album = params.get("media")
    if not isinstance(album, list):
        return dict(params)
    return {**params, "media": [_input_media(item) for item in album]}


def _input_media(item: Mapping[str, Any]) -> InputMedia:
    entities = [MessageEntity(**entity) for entity in item.get("caption_entities", ())]
    return _ALBUM[item["type"]](
        item["media"], caption=item.get("caption"), parse_mode=item.get("parse_mode"), caption_entities=entities or None
    )


_ALBUM: dict[str, Callable[..., InputMedia]] = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "audio": InputMediaAudio,
    "document": InputMediaDocument,
}


def _lacking(method: str) -> EndPointNotFound:
    return EndPointNotFound(f"{NO_METHOD} {method}")


def _older(params: Mapping[str, Any] | None, refusal: str) -> dict[str, Any] | None:
    """Return *params* as an older server knows them, when *refusal* says that it does not know one; else None."""
    if params is None or not _UNKNOWN_PARAMETER.search(refusal):
        return None
    if "reply_parameters" in params:  # since Bot API 7.0
        rest = {name: value for name, value in params.items() if name != "reply_parameters"}
        return {**rest, "reply_to_message_id": params["reply_parameters"]["message_id"]}
    if "reply_to_message_id" in params:
        return {name: value for name, value in params.items() if name != "reply_to_message_id"}
    return None
