"""What the steps of the night's work on pictures share: what it works on, its phases, and how much goes at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from domain.company import Company
from domain.rules import Rule
from domain.segments import Segment
from insight.settings import InsightRules
from store import night as nights
from store.database import Database
from store.night import Night

CUSTOMERS_AT_ONCE, LINES_AT_ONCE = 10_000, 150_000
"""So many are read, reckoned and written in one go: about a second, and about 100 MB."""

PURCHASES, PEOPLE, STANDINGS, SEGMENTS = "purchases", "people", "standings", "segments"
PHASES = (PURCHASES, PEOPLE, STANDINGS, SEGMENTS)

Told_ = Callable[[str, int, int], None]
"""Told of the step, how many customers are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the night's work needs: rules and segments are those of the company's files."""

    database: Database
    company: Company
    rules: InsightRules
    named: tuple[Rule, ...] = ()
    segments: tuple[Segment, ...] = ()


async def move_on(work: Work, night: Night, phase: str) -> Night:
    """Note that the phase before *phase* is over; raises NightTaken where another process is at the night."""
    async with work.database.write() as tx:
        return await nights.advance(work.database, tx, night, dataclasses.replace(night, phase=phase, after=0))
