"""What is kept of a customer's words without being passed on to staff: floods, and customers whom staff have muted."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

WINDOW = dt.timedelta(minutes=1)
"""The span in which a customer's messages are counted."""


class Kept(enum.StrEnum):
    """Why words are on her timeline only; the value stands there as their reason."""

    FLOOD = "flood"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class Flood:
    """How many messages she has sent since *began_at*, and how many of them staff have neither got nor been told of."""

    customer_id: int
    began_at: dt.datetime
    messages: int
    kept_back: int
    warned_at: dt.datetime | None = None

    def is_over(self, now: dt.datetime) -> bool:
        """Say whether its minute has passed."""
        return now - self.began_at >= WINDOW


@dataclass(frozen=True, slots=True)
class Mute:
    """Staff do not get her words until then (None: for good). *reason* is staff's own and never shown to her."""

    customer_id: int
    at: dt.datetime
    until: dt.datetime | None
    staff_id: int | None
    reason: str = ""
    told_at: dt.datetime | None = None

    def holds(self, now: dt.datetime) -> bool:
        """Say whether it is in force."""
        return self.until is None or now < self.until
