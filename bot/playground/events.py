"""Tells the browser page (and anyone else who listens) what happens in the chats, as it happens."""

import asyncio
from typing import Any

from bot.playground.wire import JsonObject, encode

MOST_WAITING = 10_000


class Events:
    """Hands each event, as JSON text, to every listener's queue; without listeners it costs nothing."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str]] = set()

    @property
    def wanted(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def listen(self) -> asyncio.Queue[str]:
        """Return a queue that gets every event from now on."""
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[str]) -> None:
        """Take a listener away."""
        self._listeners.discard(queue)

    def tell(self, kind: str, chat_id: int | None = None, **members: Any) -> None:
        """Tell all listeners; one that does not read is taken away rather than let grow for ever."""
        if not self._listeners:
            return
        event: JsonObject = {"type": kind}
        if chat_id is not None:
            event["chat"] = chat_id
        text = encode({**event, **members})
        for queue in list(self._listeners):
            if queue.full():
                self._listeners.discard(queue)
            else:
                queue.put_nowait(text)
