"""Why a message may not go out, or a customer is not in an audience: closed reasons that are stored and shown."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class Hold(enum.StrEnum):
    """One reason not to write to a customer."""

    LEFT_BOT = "left_bot"
    DEACTIVATED = "deactivated"
    NEVER_MET = "never_met"
    NOT_SERVED = "not_served"
    ENDED = "ended"  # after the graceful goodbye, until she comes back by herself
    NO_CONSENT = "no_consent"
    PAUSED = "paused"
    MUTED = "muted"
    TOPIC_OFF = "topic_off"
    QUIET_HOURS = "quiet_hours"
    LOCAL_TIME = "local_time"
    WEEKLY_CAP = "weekly_cap"
    LEAST_GAP = "least_gap"
    OPEN_COMPLAINT = "open_complaint"
    IN_DIALOGUE = "in_dialogue"
    EXCLUDED = "excluded"
    HOLD_OUT = "hold_out"
    RECENTLY_ASKED = "recently_asked"
    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    ERASED = "erased"
    CONTENT = "content"
    EMPTY = "empty"
    OUTDATED = "outdated"  # what it says holds no longer; it is made anew

    @property
    def passes(self) -> bool:
        """Say whether the hold ends by itself with time, so that the message may wait instead of being skipped."""
        return self in _PASSING


_PASSING = frozenset(
    {Hold.QUIET_HOURS, Hold.LOCAL_TIME, Hold.WEEKLY_CAP, Hold.LEAST_GAP, Hold.OPEN_COMPLAINT, Hold.IN_DIALOGUE}
)


@dataclass(frozen=True, slots=True)
class Held:
    """
    One contact that was held back or dropped.

    *kind* is what it was to be (a `ContactKind`'s value), *ref* what it belonged to ("run:12.1"), *again_at* when it is
    tried again, None where it is not, or not any more.
    """

    id: int
    customer_id: int
    name: str
    at: dt.datetime
    kind: str
    reason: str
    ref: str
    again_at: dt.datetime | None = None
