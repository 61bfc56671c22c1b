"""A dialogue that we began rests while a complaint is open that she made in its midst: who is angry is not pressed."""

from __future__ import annotations

import dataclasses

from dialogues.due import due_at
from dialogues.turn import Conversation
from domain.cases import CaseKind
from domain.dialogues import Run, Script

HER_OWN = "customer"
"""By whom a run is started that she began herself: it is hers to go on with at once."""


def is_resting(conversation: Conversation, run: Run) -> bool:
    """Say whether *run* is one that we began, and she has made a complaint since its open question was put."""
    if run.started_by == HER_OWN or run.asked_at is None:
        return False
    return any(case.kind is CaseKind.COMPLAINT and case.opened_at >= run.asked_at for case in conversation.cases)


def rested(script: Script, run: Run) -> Run:
    """
    Return *run* as it rests: its reminder brings it back, which asks the courtesy budget and so waits for her case.

    A last reminder that has gone out before the complaint may go out once more; where the script has none, or its end
    comes first, the dialogue ends in silence.
    """
    left = dataclasses.replace(run, reminders=min(run.reminders, max(len(script.remind) - 1, 0)))
    return dataclasses.replace(left, due_at=due_at(script, left))
