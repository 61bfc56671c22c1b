"""Which runs and invitations of a survey a result is about: one wave's, or those that began in a period."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_, exists, select
from sqlalchemy.sql.selectable import Exists

from domain.waves import InvitationState
from store.tables import answers, invitations, runs, waves

BY_HERSELF = "customer"  # such a run is an answer, but no invitation
_OF_WAVE = "wave:%"
_EVENT = "event:%"


@dataclass(frozen=True, slots=True)
class Scope:
    """
    The invitations of wave *wave_id*; without one, those of *script_id* that began from *since* up to *until*.

    *singly* leaves out the waves that went to an audience: what events and staff began with one customer remains.
    """

    script_id: str
    since: dt.datetime
    until: dt.datetime
    wave_id: int | None = None
    singly: bool = False

    @property
    def runs(self) -> FromClause:
        """What to select the runs from."""
        if self.wave_id is None:
            return runs
        return invitations.join(runs, runs.c.id == invitations.c.run_id)

    def has_run(self, *, unasked: bool = False) -> ColumnElement[bool]:
        """Say which runs belong to it; with *unasked* those that customers began themselves, too."""
        if self.wave_id is not None:
            return invitations.c.wave_id == self.wave_id
        found = and_(
            runs.c.script_id == self.script_id, runs.c.started_at >= self.since, runs.c.started_at < self.until
        )
        if self.singly:
            found = and_(found, runs.c.started_by.not_like(_OF_WAVE))
        return found if unasked else and_(found, runs.c.started_by != BY_HERSELF)

    @property
    def invited(self) -> FromClause:
        """What to select invitations from that have no run."""
        return invitations.join(waves, waves.c.id == invitations.c.wave_id)

    def has_invitation(self) -> ColumnElement[bool]:
        """Say which invitations without a run belong to it."""
        without = and_(invitations.c.run_id.is_(None), invitations.c.state != InvitationState.INVITED.value)
        if self.wave_id is not None:
            return and_(without, invitations.c.wave_id == self.wave_id)
        found = and_(
            without,
            waves.c.script_id == self.script_id,
            waves.c.started_at >= self.since,
            waves.c.started_at < self.until,
        )
        return and_(found, waves.c.started_by.like(_EVENT)) if self.singly else found


def is_late() -> ColumnElement[bool]:
    """Say of an invitation beside its wave: was it dropped after the audience had been frozen?"""
    return and_(waves.c.started_by.not_like(_EVENT), invitations.c.at > waves.c.started_at)


def has_answer(question: str = "") -> Exists:
    """
    Say of a run: does an answer stand, to *question* or (when empty) to any?

    It does when it is the newest of its question, not skipped and not reopened. Free messages that she never closed
    with Done count for "any": she told us something.
    """
    newer = answers.alias("newer")
    stands = [answers.c.run_id == runs.c.id, ~answers.c.skipped, ~answers.c.reopened, answers.c.value.is_not(None)]
    if question:
        stands += [answers.c.question == question, answers.c.closed]
    is_newest = ~exists().where(
        newer.c.run_id == answers.c.run_id,
        newer.c.question == answers.c.question,
        newer.c.version > answers.c.version,
    )
    return select(answers.c.id).where(*stands, is_newest).correlate(runs).exists()
