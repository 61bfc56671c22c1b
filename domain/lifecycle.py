"""The lifecycle of a relationship: its stages, and the eighteen actions of which a company's care for it consists."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Iterable
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


def actions_in(stage: Stage) -> tuple[Action, ...]:
    """Name the actions of a stage, in their order; after the goodbye there are none."""
    return _ACTIONS_OF.get(stage, ())


def next_actions(stage: Stage, done: Collection[Action]) -> tuple[Action, ...]:
    """Name the actions of *stage* that are not among those *done*, in their order."""
    return tuple(action for action in actions_in(stage) if action not in done)


def done_in(taken: Iterable[ActionTaken], stage: Stage, since: dt.datetime | None = None) -> frozenset[Action]:
    """
    Say which actions of *stage* have been done.

    What prevents an end counts for the time in which it is to be prevented: of that stage only what was done *since*.
    """
    again = stage is Stage.PREVENTING_END and since is not None
    return frozenset(
        each.action for each in taken if each.action.stage is stage and (not again or since is None or each.at >= since)
    )
