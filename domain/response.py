"""What becomes of those who are asked to a survey: the evidence of each, and the dispositions that it may lead to."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from domain.dialogues import RunState
from domain.waves import InvitationState


class Disposition(enum.StrEnum):
    """The outcome of one invitation, by AAPOR's groups; OPEN is not final yet, NOT_SAMPLED is outside the sample."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    REFUSAL = "refusal"
    NON_CONTACT = "non_contact"
    OTHER = "other"
    UNKNOWN = "unknown"
    OPEN = "open"
    NOT_SAMPLED = "not_sampled"


class Delivery(enum.StrEnum):
    """What is known of the invitation's message. Telegram tells a bot what its server took, never what was read."""

    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """
    The evidence of an invitation that became a run.

    *key* says whether the question that the survey is about has an answer that stands, *any* whether some question has;
    *withdrew* that she took back her consent to surveys or blocked the bot while the run was open.
    """

    state: RunState
    key: bool
    any: bool
    delivery: Delivery = Delivery.SENT
    withdrew: bool = False


@dataclass(frozen=True, slots=True)
class NotAsked:
    """
    The evidence of an invitation without a run: its state and reason.

    *late* says that it was dropped after the audience of its wave had been frozen, so that it had been in the sample.
    """

    state: InvitationState
    reason: str = ""
    late: bool = False


Evidence = Asked | NotAsked
