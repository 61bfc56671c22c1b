"""
The loyalty ladder: prospect, purchaser, client, supporter, advocate, partner, from what a customer did and said.

After M. Christopher, A. Payne and D. Ballantyne, "Relationship Marketing" (1991). A customer stands on the highest step
of which she fulfils all below, so she may move both ways; each move is dated and carries its evidence.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from domain.lives import Life


class Step(enum.IntEnum):
    """The six steps, from the lowest."""

    PROSPECT = 0
    PURCHASER = 1
    CLIENT = 2
    SUPPORTER = 3
    ADVOCATE = 4
    PARTNER = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What the ladder looks at: visits ever and in the last year, her last NPS answer (0-10, None: unknown), referrals
    that really joined, and whether staff keep an agreement with her as a partner.
    """

    visits: int = 0
    visits_in_year: int = 0
    nps: int | None = None
    referrals_joined: int = 0
    is_partner: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """A company's own limits; each is the least that is enough."""

    client_visits: int = 3
    supporter_nps: int = 9
    advocate_referrals: int = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer stands, what holds her there, and what is missing for the next step (empty at the top)."""

    step: Step
    evidence: str
    missing: str


@dataclass(frozen=True, slots=True)
class Move:
    """A change of step on a day, with the evidence of the new one."""

    day: dt.date
    before: Step
    after: Step
    evidence: str

    @property
    def is_up(self) -> bool:
        """Whether she climbed."""
        return self.after > self.before


def evidence_of(life: Life, visits: int, visits_in_year: int) -> Evidence:
    """Gather what the ladder looks at from a customer's life and her purchases."""
    return Evidence(visits, visits_in_year, life.nps, life.referrals, life.is_partner)


def _visits(count: int) -> str:
    return "1 visit" if count == 1 else f"{count} visits"


def standing_of(evidence: Evidence, ladder: Ladder | None = None) -> Standing:
    """Find the highest step that *evidence* reaches without a gap below it; an unknown attitude is no support."""
    limits = ladder or Ladder()
    nps = "unknown" if evidence.nps is None else str(evidence.nps)
    rungs = (
        (Step.PURCHASER, evidence.visits >= 1, _visits(evidence.visits), "a first purchase"),
        (
            Step.CLIENT,
            evidence.visits_in_year >= limits.client_visits,
            f"{_visits(evidence.visits_in_year)} in a year",
            f"{_visits(limits.client_visits)} in a year, has {evidence.visits_in_year}",
        ),
        (
            Step.SUPPORTER,
            evidence.nps is not None and evidence.nps >= limits.supporter_nps,
            f"recommends with {nps}",
            f"a recommendation of at least {limits.supporter_nps}, last {nps}",
        ),
        (
            Step.ADVOCATE,
            evidence.referrals_joined >= limits.advocate_referrals,
            f"{evidence.referrals_joined} referrals joined",
            f"{limits.advocate_referrals} referrals that joined, has {evidence.referrals_joined}",
        ),
        (Step.PARTNER, evidence.is_partner, "partner by agreement", "an agreement as a partner"),
    )
    step, held = Step.PROSPECT, "no visits"
    for rung, reached, shown, missing in rungs:
        if not reached:
            return Standing(step, held, missing)
        step, held = rung, shown
    return Standing(step, held, "")


def move_of(before: Step, evidence: Evidence, day: dt.date, ladder: Ladder | None = None) -> Move | None:
    """Give the move that *evidence* makes on *day*, or None where she stays; downwards it says what is missing now."""
    standing = standing_of(evidence, ladder)
    if standing.step is before:
        return None
    shown = standing.evidence if standing.step > before else f"{standing.evidence}; needs {standing.missing}"
    return Move(day, before, standing.step, shown)
