"""Survey waves: one start of a script for an audience, and who was invited to it."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from domain.sampling import Sampling

NOT_DRAWN, NOT_NEEDED = "not_drawn", "not_needed"
"""Why somebody who might have been asked was not: the sample did not fall on her, or there were answers enough."""


class InvitationState(enum.StrEnum):
    """
    Where one invitation of a wave stands.

    DRAWN has come into the frame and waits for the draw, RESERVE has her place in the drawn order and waits whether she
    is needed.
    """

    DRAWN = "drawn"
    RESERVE = "reserve"
    QUEUED = "queued"
    INVITED = "invited"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Wave:
    """
    One start of a script: by hand, by a slot of a schedule, or (with an empty audience) by an event for one customer.

    `audience` is a rule; `due_at` the slot. Once `frozen`, its invitations never grow. `sampling` None asks everybody.
    From `closes_at` on nobody is invited any more; at `closed_at` the last who waited was told off the list.
    `framed` says that the frame of its sample is complete, `next_round` when a wave with a target goes on.
    """

    id: int
    script_id: str
    audience: str
    started_at: dt.datetime
    started_by: str
    due_at: dt.datetime | None = None
    schedule_id: int | None = None
    frozen: bool = False
    sampling: Sampling | None = None
    closes_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    framed: bool = False
    next_round: dt.datetime | None = None

    @property
    def of_event(self) -> bool:
        """Whether it asks one customer because of an event, such as a closed case."""
        return self.started_by.startswith("event:")


@dataclass(frozen=True, slots=True)
class Invitation:
    """
    One customer of a wave. A queued one is tried at `at`; `run_id` is the run that an invited one got.

    `closes_at` and `recontact` are those of her wave.
    """

    wave_id: int
    customer_id: int
    script_id: str
    started_by: str
    started_at: dt.datetime
    state: InvitationState = InvitationState.QUEUED
    reason: str = ""
    run_id: int | None = None
    at: dt.datetime | None = None
    closes_at: dt.datetime | None = None
    recontact: dt.timedelta | None = None
