"""The people at a foreign server: they read what stands in their chats, and answer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import pytest

from tests.flows.foreign_server import ForeignServer, Shown

PATIENCE_S = 60.0


class Person:
    """Somebody who reads what the bot says in her chat, and answers."""

    def __init__(self, server: ForeignServer, user_id: int, name: str, chat_id: int | None = None) -> None:
        self.server, self.name, self.chat_id = server, name, chat_id or user_id
        self.user = {"id": user_id, "first_name": name}
        private = {"id": self.chat_id, "type": "private", "first_name": name}
        self.chat = private if self.chat_id > 0 else {"id": self.chat_id, "type": "group", "title": "S"}
        self.seen = 0
        self.wrote = 0

    @property
    def reads(self) -> list[Shown]:
        """Everything that stands in her chat from the bot."""
        return self.server.chats.setdefault(self.chat_id, [])

    async def writes(self, text: str = "", **content: Any) -> None:
        """Send a message."""
        self.wrote += 1
        if text:
            content["text"] = text
        message = {"message_id": self.server.message_id(), "from": self.user, "chat": self.chat}
        await self.server.happens(message={**message, "date": int(time.time()), **content})

    async def taps(self, label: str) -> None:
        """Tap the newest button of that name."""
        shown = next(shown for shown in reversed(self.reads) if label in shown.buttons)
        tapped = {"message_id": shown.id, "chat": self.chat, "date": int(time.time()), "text": shown.text}
        query = {"id": f"q{time.monotonic_ns()}", "from": self.user, "message": tapped, "chat_instance": "1"}
        await self.server.happens(callback_query={**query, "data": shown.buttons[label]})

    async def hears(self, phrase: str) -> Shown:
        """Wait for a message that she has not read yet: one that holds *phrase*, or the file of that name."""

        def found() -> Shown | None:
            unread = self.reads[self.seen :]
            return next((shown for shown in unread if phrase in shown.text or shown.file == phrase), None)

        async with self.server.changed:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.server.changed.wait_for(found), PATIENCE_S)
        shown = found()
        if shown is None:
            said = [shown.text or shown.file for shown in self.reads[self.seen :]]
            pytest.fail(f"{self.name} waits for {phrase!r}; she reads {said}; calls: {self.server.calls}")
        self.seen = self.reads.index(shown) + 1
        return shown
