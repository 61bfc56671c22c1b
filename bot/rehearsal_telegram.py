"""A Telegram that takes every call and tells nobody: what a rehearsal sends ends here, in the same process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

from telegram.error import BadRequest

from bot.telegram_api import TelegramApi

_TRUE = ("edit", "delete", "pin", "unpin", "answer", "set", "close", "reopen")
_NOBODY = 3600.0
_FILES = ("photo", "video", "video_note", "voice", "audio", "document", "animation", "sticker")


class SilentTelegram(TelegramApi):
    """
    Answers as Telegram does when all goes well; no network is used, and nobody ever writes or taps.

    *sent* counts messages, whoever they are for.
    """

    def __init__(self, bot_id: int = 1) -> None:
        super().__init__(f"{bot_id}:rehearsal", "http://rehearsal.invalid")
        self._numbers = itertools.count(1)
        self.sent = 0

    async def open(self) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def call(self, method: str, params: Mapping[str, Any] | None = None, *, read_timeout: float = 30.0) -> Any:
        """Take a call. Raises BadRequest for what cannot be had here, such as a file that somebody once sent."""
        given = params or {}
        match method:
            case "getUpdates":
                await asyncio.sleep(_NOBODY)
                return []
            case "getMe":
                return {"id": int(self.bot_id), "is_bot": True, "first_name": "Rehearsal", "username": "rehearsal_bot"}
            case "getMyStarBalance":
                return {"amount": 0}
            case "getChat":
                return {"id": given.get("chat_id"), "type": "supergroup", "is_forum": True, "title": "Rehearsal"}
            case "getChatMember":
                rights = dict.fromkeys(("can_manage_topics", "can_pin_messages", "can_delete_messages"), True)
                return {"status": "administrator", "user": {"id": int(self.bot_id), "is_bot": True}, **rights}
            case "createForumTopic":
                return {"message_thread_id": next(self._numbers), "name": given.get("name", "")}
            case "sendMediaGroup":
                return [self._message(given, item) for item in given["media"]]
        if method.startswith(("send", "copy", "forward")):
            return self._message(given, given)
        if method.startswith(_TRUE):
            return True
        raise BadRequest(f"a rehearsal has no {method}")

    async def download(self, file_id: str) -> bytes:
        """Raise BadRequest: nobody has sent anything here."""
        raise BadRequest("a rehearsal has no files")

    def _message(self, given: Mapping[str, Any], carries: Mapping[str, Any]) -> dict[str, Any]:
        self.sent += 1
        number = next(self._numbers)
        made: dict[str, Any] = {"message_id": number, "date": 0, "chat": {"id": given.get("chat_id")}}
        held = {kind: carries[kind] for kind in _FILES if kind in carries}
        if carries.get("type") in _FILES:  # one of an album
            held[carries["type"]] = carries.get("media")
        for kind, what in held.items():
            file = {"file_id": what if isinstance(what, str) else f"f{number}"}
            made[kind] = [file] if kind == "photo" else file
        return made
