"""What the clocks of cases, and the morning, have to say to staff; how and where they are told is decided above."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.case_clocks import CaseClock
from domain.cases import Case
from domain.customers import Customer
from domain.staff import StaffMember
from store.database import Tx


@dataclass(frozen=True, slots=True)
class CaseDue:
    """A case of which a clock is due soon, or is over."""

    case: Case
    customer: Customer
    clock: CaseClock


class Pressing(enum.StrEnum):
    """Why a case is in the morning's list, the most pressing reason first."""

    LATE = "late"
    TODAY = "today"
    NOBODYS = "nobodys"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Pressed:
    """One case of the morning's list; *since* is when its clock was or is due, or since when it has waited."""

    case: Case
    customer: Customer
    why: Pressing
    since: dt.datetime
    clock: CaseClock | None = None


class CaseNotices(Protocol):
    """The way to staff: only puts rows into the outbox, in the caller's transaction."""

    async def warn(self, tx: Tx, due: Sequence[CaseDue], now: dt.datetime) -> None:
        """Warn whoever has to act: the owner, else those who may take the case."""
        ...

    async def late(self, tx: Tx, due: Sequence[CaseDue], now: dt.datetime) -> None:
        """Tell the managers and the owners of promises that were broken, each of them once."""
        ...

    async def given_back(self, tx: Tx, case: Case, customer: Customer, from_id: int, now: dt.datetime) -> None:
        """Tell the new owner that a case of somebody who left is hers now, or colleagues that it is nobody's."""
        ...

    async def digest(
        self, tx: Tx, member: StaffMember, pressed: Sequence[Pressed], more: int, now: dt.datetime
    ) -> None:
        """Send a member her morning's list; *more* are those that do not stand in it."""
        ...
