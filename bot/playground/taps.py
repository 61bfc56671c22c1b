"""A tap on an inline button and what the bot answered to it."""

import asyncio
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, eq=False)
class Answer:
    """
    What `answerCallbackQuery` said. Read the fields at any time, or await it: it is itself once the bot answered.

    `given` is False until then. For a button that only opens a link it is given at once, with `url`.
    """

    given: bool = False
    text: str = ""
    show_alert: bool = False
    url: str = ""
    _ready: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def give(self, text: str = "", show_alert: bool = False, url: str = "") -> None:
        """Record the answer and wake those who wait."""
        self.given, self.text, self.show_alert, self.url = True, text, show_alert, url
        self._ready.set()

    async def within(self, seconds: float) -> bool:
        """Wait at most *seconds*; return whether the answer came."""
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError:
            return False
        return True

    def __await__(self) -> Generator[Any, None, "Answer"]:
        return self._arrived().__await__()

    async def _arrived(self) -> "Answer":
        await self._ready.wait()
        return self


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap: the callback query's id ("" where none was made) and the answer that will come."""

    query_id: str
    at: int
    answer: Answer = field(default_factory=Answer)
