"""Schedules: a cron line in a zone, and the slots that it makes."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class SlotState(enum.StrEnum):
    """What became of one slot."""

    STARTED = "started"
    REPORTED_LATE = "reported_late"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that recurs: a newsletter or a survey wave, on a cron line read in a zone."""

    id: int
    kind: str  # "newsletter" or "survey"
    name: str
    cron: str
    timezone: str
    late_s: int
    since: dt.datetime
    audience: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Slot:
    """One moment of a schedule; the store holds at most one row for (schedule, due_at)."""

    schedule_id: int
    due_at: dt.datetime
    state: SlotState
    handled_at: dt.datetime
