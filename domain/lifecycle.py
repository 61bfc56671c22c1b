"""The lifecycle of a relationship: its stages, and the eighteen actions of which a company's care for it consists."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class Stage(enum.StrEnum):
    """Where the relationship stands; ENDED after a graceful goodbye, until she comes back by herself."""

    ACQUISITION = "acquisition"
    START = "start"
    DEEPENING = "deepening"
    PREVENTING_END = "preventing_end"
    ENDED = "ended"


class Action(enum.StrEnum):
    """What a company does in each stage; the value is what the store keeps."""

    LEAD_HANDLING = "lead_handling"
    QUALIFICATION = "qualification"
    TARGET_ACQUISITION = "target_acquisition"
    FIRST_OFFER = "first_offer"
    OWNER = "owner"
    WELCOME = "welcome"
    INFORMATION = "information"
    CONTRACT = "contract"
    SATISFACTION = "satisfaction"
    UPSELL = "upsell"
    CROSS_SELL = "cross_sell"
    OFFER = "offer"
    COMPLAINT = "complaint"
    DATA_UPKEEP = "data_upkeep"
    PREVENT_PASSIVATION = "prevent_passivation"
    ACTIVATE = "activate"
    WIN_BACK = "win_back"
    GRACEFUL_ENDING = "graceful_ending"

    @property
    def stage(self) -> Stage:
        """The stage that the action belongs to."""
        return _STAGE_OF[self]


_ACTIONS_OF = {
    Stage.ACQUISITION: (Action.LEAD_HANDLING, Action.QUALIFICATION, Action.TARGET_ACQUISITION, Action.FIRST_OFFER),
    Stage.START: (Action.OWNER, Action.WELCOME, Action.INFORMATION, Action.CONTRACT, Action.SATISFACTION),
    Stage.DEEPENING: (Action.UPSELL, Action.CROSS_SELL, Action.OFFER, Action.COMPLAINT, Action.DATA_UPKEEP),
    Stage.PREVENTING_END: (Action.PREVENT_PASSIVATION, Action.ACTIVATE, Action.WIN_BACK, Action.GRACEFUL_ENDING),
}
_STAGE_OF = {action: stage for stage, actions in _ACTIONS_OF.items() for action in actions}


@dataclass(frozen=True, slots=True)
class ActionTaken:
    """One action that took place; *ref* names what it was ("case:12", "sending:34"), so that it counts once."""

    customer_id: int
    action: Action
    at: dt.datetime
    ref: str = ""
    staff_id: int | None = None
