"""What the scheduler tells staff; how they are reached is decided above."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from domain.newsletters import Account, Sending
from store.database import Tx
from store.experiments import Look


@dataclass(frozen=True, slots=True)
class Late:
    """
    *count* slots of *name* that an outage made too late, the last due at *due_at*. They do not go by themselves.

    *sending* is the last one's, waiting for approval, where the newsletter's late policy is to ask.
    """

    name: str
    due_at: dt.datetime
    count: int = 1
    sending: Sending | None = None


@dataclass(frozen=True, slots=True)
class Holiday:
    """A slot of *name*, due at *due_at*, falls on a holiday: it goes at *goes_at* instead, or not at all (None)."""

    name: str
    due_at: dt.datetime
    goes_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class SendingStopped:
    """A sending stopped by itself, for the reason that it carries; people decide whether it goes on."""

    sending: Sending


@dataclass(frozen=True, slots=True)
class SendingFinished:
    """Every recipient's fate is settled."""

    sending: Sending
    account: Account


@dataclass(frozen=True, slots=True)
class ExperimentJudged:
    """
    What was seen of a sending's variants. Where *look* is no more than chance gives, staff decide for the *rest*.

    Else its best goes to them by itself.
    """

    sending: Sending
    look: Look
    rest: int


Notice = Late | Holiday | SendingStopped | SendingFinished | ExperimentJudged


class Notices(Protocol):
    """The way to staff: only puts rows into the outbox, in the caller's transaction."""

    async def tell(self, tx: Tx, notice: Notice, now: dt.datetime) -> None:
        """Tell those whom it concerns."""
        ...
