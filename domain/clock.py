"""Where the time comes from: the wall, or a clock that a rehearsal or a test moves."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant, aware and in UTC."""

    def now(self) -> dt.datetime:
        """Return the present instant."""
        ...


class WallClock:
    """The machine's own clock."""

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC)
