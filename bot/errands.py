"""Work that staff ask for and that may take seconds (counting, drawing): done beside the road, one after another."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable

from store.database import StoreUnavailable

log = logging.getLogger(__name__)

Errand = Callable[[], Awaitable[None]]


class Errands:
    """
    A queue of errands. Whoever asks for one answers at once; the result comes as messages of its own.

    They live in memory only: what a restart loses, staff simply ask for again.
    """

    def __init__(self, on_done: Callable[[], None] = lambda: None) -> None:
        self._queue: asyncio.Queue[Errand] = asyncio.Queue()
        self._on_done = on_done
        self._busy = False

    def ask(self, errand: Errand) -> None:
        """Put an errand at the end of the queue."""
        self._queue.put_nowait(errand)

    def woken(self) -> None:
        """Say that an errand put something into the outbox while it goes on."""
        self._on_done()

    @property
    def is_idle(self) -> bool:
        """Say whether every errand is done."""
        return self._queue.empty() and not self._busy

    async def run(self) -> None:
        """Do errands until cancelled. One that fails is logged, and the next one is done."""
        while True:
            errand = await self._queue.get()
            self._busy = True
            try:
                await self._do(errand)
            finally:
                self._busy = False

    async def finish(self) -> None:
        """Do all errands that are waiting now, for tests and for a quiet end."""
        while not self._queue.empty():
            await self._do(self._queue.get_nowait())

    async def _do(self, errand: Errand) -> None:
        try:
            await errand()
        except StoreUnavailable as error:
            log.warning("errand.store_unavailable", extra={"reason": str(error)})
        except Exception as error:
            # Only the kind and the place of the error: its text may hold a customer's words.
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("errand.failed", extra={"problem": type(error).__name__, "place": f"{place.name}:{place.lineno}"})
        self._on_done()
