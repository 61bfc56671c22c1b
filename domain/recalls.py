"""Taking back what a sending has sent: how far it has come, and what became of each message that is to be deleted."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from domain.messages import Act, Waiting

DELETABLE = dt.timedelta(hours=48)
"""How long after it was sent Telegram lets a bot delete its message."""

_REF = "recall:"
_NOT_LAST = ".part"


class RecallState(enum.StrEnum):
    """Where the recall of one recipient's messages stands."""

    QUEUED = "queued"
    OUTBOX = "outbox"
    DELETED = "deleted"
    FAILED = "failed"
    TOO_OLD = "too_old"


@dataclass(frozen=True, slots=True)
class Recall:
    """
    How far a recall has come, in recipients: `total` are all who had got something, each of them in one of the others.

    *waiting* are still to be deleted, *failed* were refused by Telegram, *too_old* were sent more than 48 hours before.
    """

    waiting: int = 0
    deleted: int = 0
    failed: int = 0
    too_old: int = 0

    @property
    def total(self) -> int:
        """How many recipients had got something of the sending."""
        return self.waiting + self.deleted + self.failed + self.too_old


@dataclass(frozen=True, slots=True)
class RecallOutcome:
    """
    What became of the call that deletes one message: *problem* is empty when the message is gone.

    A recipient's messages are deleted one after another; *is_last* marks the one that settles her.
    """

    sending_id: int
    customer_id: int
    message_id: int
    is_last: bool = True
    problem: str = ""


def recall_ref(sending_id: int, *, is_last: bool) -> str:
    """Name the recall in the `ref` of a row that deletes one of a recipient's messages."""
    return f"{_REF}{sending_id}{'' if is_last else _NOT_LAST}"


def recall_outcome(row: Waiting, problem: str = "") -> RecallOutcome | None:
    """Return what the end of *row* means for a recall, or None when it belongs to none."""
    if row.act is not Act.DELETE or not row.ref.startswith(_REF) or row.customer_id is None or row.message_id is None:
        return None
    number = row.ref.removeprefix(_REF)
    is_last = not number.endswith(_NOT_LAST)
    return RecallOutcome(int(number.removesuffix(_NOT_LAST)), row.customer_id, row.message_id, is_last, problem)
