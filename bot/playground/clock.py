"""The playground's own time: everything that people and the bot see dated comes from here, so a demo can jump ahead."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable


class PlayClock:
    """
    A clock that follows the wall with an offset, or stands still at a set instant until it is moved.

    Each listener in `on_change` is started after a move, where an event loop runs; whoever wants them to have acted
    before going on awaits `changed`.
    """

    def __init__(self, at: dt.datetime | None = None, *, frozen: bool = False) -> None:
        self._frozen = frozen
        self._standing = _aware(at) if at is not None else _wall()
        self._offset = self._standing - _wall() if at is not None else dt.timedelta()
        self.on_change: list[Callable[[], Awaitable[None]]] = []
        self._acting: set[asyncio.Task[None]] = set()

    @property
    def frozen(self) -> bool:
        """Whether time stands still between moves."""
        return self._frozen

    def now(self) -> dt.datetime:
        """Return the present moment, aware and in UTC."""
        return self._standing if self._frozen else _wall() + self._offset

    def unix(self) -> int:
        """Return the present moment in whole seconds since 1970, as the Bot API writes dates."""
        return int(self.now().timestamp())

    def advance(self, by: dt.timedelta) -> None:
        """Move time forward (a negative *by* moves it back)."""
        self.set(self.now() + by)

    def set(self, at: dt.datetime) -> None:
        """Make *at* (aware) the present moment."""
        self._standing = _aware(at)
        self._offset = self._standing - _wall()
        if self.on_change:
            with contextlib.suppress(RuntimeError):  # no loop, so nobody who could act
                task = asyncio.get_running_loop().create_task(self._tell())
                self._acting.add(task)
                task.add_done_callback(self._acting.discard)

    async def changed(self) -> None:
        """Wait until every listener has acted on the moves so far; their errors are raised here."""
        while self._acting:
            await asyncio.gather(*self._acting)

    async def _tell(self) -> None:
        for listener in list(self.on_change):
            await listener()


def _wall() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _aware(at: dt.datetime) -> dt.datetime:
    if at.tzinfo is None:
        raise ValueError(f"play clock: {at} has no time zone; pass an aware datetime")
    return at.astimezone(dt.UTC)
