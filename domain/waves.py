"""Survey waves: one start of a script for an audience, and who was invited to it."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class InvitationState(enum.StrEnum):
    """Where one invitation of a wave stands."""

    QUEUED = "queued"
    INVITED = "invited"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Wave:
    """
    One start of a script: by hand, by a slot of a schedule, or (with an empty audience) by an event for one customer.

    `audience` is a rule; `due_at` the slot. Once `frozen`, its invitations never grow.
    """

    id: int
    script_id: str
    audience: str
    started_at: dt.datetime
    started_by: str
    due_at: dt.datetime | None = None
    schedule_id: int | None = None
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """One customer of a wave. A queued one is tried at `at`; `run_id` is the run that an invited one got."""

    wave_id: int
    customer_id: int
    script_id: str
    started_by: str
    started_at: dt.datetime
    state: InvitationState = InvitationState.QUEUED
    reason: str = ""
    run_id: int | None = None
    at: dt.datetime | None = None
