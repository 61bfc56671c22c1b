"""An event loop whose time jumps over every wait in which nothing happens: an hour of pauses costs no hour."""

from __future__ import annotations

import asyncio
import datetime as dt
import linecache
import queue
import selectors
import sys
from collections.abc import Callable, Coroutine
from types import FrameType
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
            if number in self._others:
                continue
            if _has_work(frame) or not any(words in line for words in _WAITS_FOR_WORK):
                return True
        return False


def _has_work(frame: FrameType) -> bool:
    """Say whether there is work for a thread that has not come to it yet: the machine may be busy elsewhere."""
    queues = (each for each in frame.f_locals.values() if isinstance(each, queue.Queue | queue.SimpleQueue))
    return any(each.qsize() > 0 for each in queues)


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


class _Workless(_Impatient):
    """Leaves out every wait whole, the shortest too."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        found = selectors.DefaultSelector.select(self, min(timeout, _GRACE_S))
        if not found and not self._a_thread_works():
            self._skip(timeout)
        return found


class WorklessLoop(HurriedLoop):
    """Time that goes only where all wait: work costs none, so that what is measured is waiting, on any machine."""

    def __init__(self) -> None:
        self._skipped = 1000.0
        asyncio.SelectorEventLoop.__init__(self, _Workless(self._skip))

    def time(self) -> float:
        """Return the seconds that were waited for."""
        return self._skipped


class LoopClock(Clock):
    """A clock that begins at *start* and goes with the loop's time."""

    def __init__(self, start: dt.datetime) -> None:
        self._start = start
        self._began = asyncio.get_running_loop().time()

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        return self._start + dt.timedelta(seconds=asyncio.get_running_loop().time() - self._began)


def hurried(story: Coroutine[Any, Any, T], loop: type[HurriedLoop] = HurriedLoop) -> T:
    """Run *story* to its end on a hurried loop."""
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(story)
