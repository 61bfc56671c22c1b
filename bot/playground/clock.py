"""The playground's own time: everything that people and the bot see dated comes from here, so a demo can jump ahead."""

import datetime as dt
from collections.abc import Awaitable, Callable


class PlayClock:
    """
    A clock that follows the wall with an offset, or stands still at a set instant until it is moved.

    Moving it notifies nobody by itself; whoever moves it awaits `changed`, so that listeners (a scheduler, the page)
    have acted before the caller goes on.
    """

    def __init__(self, at: dt.datetime | None = None, *, frozen: bool = False) -> None:
        self._frozen = frozen
        self._standing = _aware(at) if at is not None else _wall()
        self._offset = self._standing - _wall() if at is not None else dt.timedelta()
        self.on_change: list[Callable[[], Awaitable[None]]] = []

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

    async def changed(self) -> None:
        """Tell every listener, one after the other, that time has jumped."""
        for listener in list(self.on_change):
            await listener()


def _wall() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _aware(at: dt.datetime) -> dt.datetime:
    if at.tzinfo is None:
        raise ValueError(f"play clock: {at} has no time zone; pass an aware datetime")
    return at.astimezone(dt.UTC)
