"""The one door to Telegram's Bot API: a method's name and its parameters in, the raw result out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from telegram import (
    Bot,
    InputMedia,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    MessageEntity,
)
from telegram.error import EndPointNotFound, InvalidToken, TelegramError

from bot.telegram_request import AiohttpRequest

_CAPITAL = re.compile(r"(?=[A-Z])")
# Every server knows these: "404 Not Found" for one of them means a wrong token, never a missing method.
_KNOWN_TO_ALL = frozenset({"getMe", "getUpdates", "setWebhook", "deleteWebhook", "answerCallbackQuery"})


class TelegramApi:
    """
    Calls methods of the Bot API at *api_url*, Telegram's own or any server that speaks the same.

    Errors are those of `telegram.error`, with NotDelivered and Unanswered for the network; `bot.telegram_outcomes`
    reads them.
    """

    def __init__(self, token: str, api_url: str = "https://api.telegram.org", request: AiohttpRequest | None = None):
        root = api_url.rstrip("/")
        self._sender = request or AiohttpRequest()
        self._poller = AiohttpRequest(connections=2)
        self._files = f"{root}/file/bot{token}/"
        self._bot = Bot(
            token, f"{root}/bot", f"{root}/file/bot", request=self._sender, get_updates_request=self._poller
        )
        self._names: dict[str, str] = {}
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
        EndPointNotFound for an optional method that this server does not have.
        """
        name = self._names.get(method)
        if name is None:
            # The library warns about names that it has methods for; it joins these parts to the same name.
            name = self._names[method] = _CAPITAL.sub("_", method)
        try:
            return await self._bot.do_api_request(name, _readable(params), read_timeout=read_timeout)
        except InvalidToken as error:
            # The library writes a sentence of its own around the server's, which is the cause.
            told = error.__cause__ if isinstance(error.__cause__, InvalidToken) else error
            if "not found" in told.message.lower() and not _is_known_to_all(method):
                raise EndPointNotFound(f"this server has no {method}") from None
            raise told from None
        except (KeyError, TypeError) as error:  # 200 without "result"
            raise TelegramError("the answer has no result") from error

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


def _is_known_to_all(method: str) -> bool:
    return method in _KNOWN_TO_ALL or method.startswith(("send", "edit", "deleteMessage"))
