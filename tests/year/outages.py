"""
The three outages of the year: Telegram does not answer for hours, the program is down, the disk refuses to write.

The disk is the machine's own: while the limit of file sizes is below what the store needs, the system refuses its
writes, as it does on a full disk or a read-only one.
"""

from __future__ import annotations

import datetime as dt
import resource
from dataclasses import dataclass, field
from enum import StrEnum

from bot.playground.faults import Fault, FaultKind, Faults

_UTC = dt.UTC
_NO_ROOM = 4096


class OutageKind(StrEnum):
    """What is out of order."""

    TELEGRAM = "Telegram does not answer"
    DOWN = "the program is down"
    DISK = "the disk refuses writes"


@dataclass(frozen=True, slots=True)
class Outage:
    """Something is out of order from *start* up to *end*."""

    kind: OutageKind
    start: dt.datetime
    end: dt.datetime


OUTAGES = (
    Outage(
        OutageKind.DISK, dt.datetime(2027, 2, 19, 9, 50, tzinfo=_UTC), dt.datetime(2027, 2, 19, 14, 30, tzinfo=_UTC)
    ),
    # Over the slot that the change to summer time moves, for less than the late policy.
    Outage(OutageKind.DOWN, dt.datetime(2027, 3, 27, 20, tzinfo=_UTC), dt.datetime(2027, 3, 28, 4, 15, tzinfo=_UTC)),
    # Over a wave's slot (6.30 UTC).
    Outage(OutageKind.TELEGRAM, dt.datetime(2027, 5, 7, 5, 50, tzinfo=_UTC), dt.datetime(2027, 5, 7, 12, tzinfo=_UTC)),
    # Over the slot in the hour that comes twice, for longer than the late policy.
    Outage(OutageKind.DOWN, dt.datetime(2027, 10, 30, 23, tzinfo=_UTC), dt.datetime(2027, 10, 31, 12, tzinfo=_UTC)),
)


def down_at(at: dt.datetime) -> Outage | None:
    """Return the outage in which nothing could start at *at*: Telegram's own stops no slot."""
    return next((o for o in OUTAGES if o.kind is not OutageKind.TELEGRAM and o.start <= at < o.end), None)


@dataclass(slots=True)
class Disk:
    """The limit of the size of files of this process; `refuse` and `accept` belong together."""

    _before: tuple[int, int] | None = None

    def refuse(self) -> None:
        """Let every write beyond the first page of a file fail."""
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (_NO_ROOM, self._before[1]))

    def accept(self) -> None:
        """Let files grow again."""
        if self._before is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, self._before)
            self._before = None


@dataclass(slots=True)
class Storm:
    """The faults of a Telegram that does not answer, one kind after another."""

    faults: Faults
    _active: Fault | None = None
    _kinds: list[FaultKind] = field(
        default_factory=lambda: [
            FaultKind.TOO_MANY_REQUESTS,
            FaultKind.SERVER_ERROR,
            FaultKind.BAD_GATEWAY,
            FaultKind.CUT_BEFORE,
            FaultKind.SERVER_ERROR_AFTER,
        ]
    )

    def goes_on(self) -> None:
        """Break every call in the next way."""
        self.calms()
        kind = self._kinds.pop(0)
        self._kinds.append(kind)
        self._active = self.faults.add(kind, times=-1, retry_after=1)

    def calms(self) -> None:
        """Let calls through again."""
        if self._active is not None:
            self.faults.remove(self._active)
        self._active = None
