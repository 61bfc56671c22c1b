"""An event loop whose time jumps over every wait in which nothing happens: an hour of pauses costs no hour."""

from __future__ import annotations

import asyncio
import datetime as dt
import linecache
import selectors
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from domain.clock import Clock

T = TypeVar("T")

_GRACE_S = 0.004  # so long the sockets of this process may be silent before the wait counts as one for time
_WAITS_FOR_WORK = (".get(", "wait", "acquire")


class _Impatient(selectors.DefaultSelector):
    """Waits for *grace* only, and tells how much of the wait was left out, unless a thread is at work."""

    def __init__(self, skip: Callable[[float], None]) -> None:
        super().__init__()
        self._skip = skip
        self._others = frozenset(sys._current_frames())  # this thread, and those of who runs the tests

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= _GRACE_S:
            return super().select(timeout)
        found = super().select(_GRACE_S)
        if not found and not self._a_thread_works():
            self._skip(timeout - _GRACE_S)
        return found

    def _a_thread_works(self) -> bool:
        """Say whether a thread of what runs here, such as a database's, does something else than wait for work."""
        frames = sys._current_frames()
        self._others &= frames.keys()  # the number of one that has ended may be given to another
        for number, frame in frames.items():
            line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
            if number not in self._others and not any(words in line for words in _WAITS_FOR_WORK):
                return True
        return False


class HurriedLoop(asyncio.SelectorEventLoop):
    """The machine's monotonic time, plus all that was skipped. Only for what runs wholly in this process."""

    def __init__(self) -> None:
        self._skipped = 0.0
        super().__init__(_Impatient(self._skip))

    def time(self) -> float:
        """Return seconds of the time that everything on this loop lives in."""
        return super().time() + self._skipped

    def _skip(self, seconds: float) -> None:
        self._skipped += seconds


class LoopClock(Clock):
    """A clock that begins at *start* and goes with the loop's time."""

    def __init__(self, start: dt.datetime) -> None:
        self._start = start
        self._began = asyncio.get_running_loop().time()

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        return self._start + dt.timedelta(seconds=asyncio.get_running_loop().time() - self._began)


def hurried(story: Coroutine[Any, Any, T]) -> T:
    """Run *story* to its end on a hurried loop."""
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(story)
