"""What the care plans have to say to staff; how and where they are told is decided above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.care import CareRun, CareTask
from domain.customers import Customer
from domain.newsletters import Sending
from domain.staff import StaffMember
from store.database import Tx


@dataclass(frozen=True, slots=True)
class Workload:
    """A member's tasks of the day: the first of them with their customers, how many more, and how many are late."""

    tasks: Sequence[CareTask]
    customers: Mapping[int, Customer]
    more: int
    late: int


class CareNotices(Protocol):
    """The way to staff: only puts rows into the outbox, in the caller's transaction."""

    async def ask_late(self, tx: Tx, run: CareRun, count: int, now: dt.datetime) -> None:
        """Ask the managers whether an action that an outage made too late is to go after all; *count* were missed."""
        ...

    async def tell_late(self, tx: Tx, run: CareRun, count: int, now: dt.datetime) -> None:
        """Tell the managers that an action was left out; *count* slots of it were missed."""
        ...

    async def ask_approval(self, tx: Tx, run: CareRun, sending: Sending, now: dt.datetime) -> None:
        """Tell the managers that the newsletter of an action waits for the word of one of them."""
        ...

    async def remind_approval(
        self, tx: Tx, run: CareRun, sending: Sending, until: dt.datetime, now: dt.datetime
    ) -> None:
        """Remind the managers of it: after *until* (aware) the newsletter is left out."""
        ...

    async def tell_unapproved(self, tx: Tx, run: CareRun, now: dt.datetime) -> None:
        """Tell the managers that the newsletter of an action was left out, since nobody approved it."""
        ...

    async def digest(self, tx: Tx, member: StaffMember, work: Workload, now: dt.datetime) -> None:
        """Send a member her tasks of the day, in one message."""
        ...

    async def overdue(self, tx: Tx, member: StaffMember, late: Mapping[int | None, int], now: dt.datetime) -> None:
        """Tell a manager once a week whose tasks are late: owner (None: nobody) → how many."""
        ...
