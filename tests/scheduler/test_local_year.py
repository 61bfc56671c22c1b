"""A simulated year of a newsletter that goes at ten where each customer lives."""

from __future__ import annotations

import random

from tests.scheduler.local_year import LocalYear
from tests.scheduler.stage import Stage

SUNDAYS = "30 3 * 3,6,10,11 SUN"  # in the gap of 28 March, and in the hour that comes twice on 31 October


async def test_each_slot_comes_once_or_is_reported_and_everybody_gets_it_at_her_ten(stage: Stage) -> None:
    """Six zones with their own changes of the clock, four outages, deaths: at her time, or skipped as too late."""
    year = LocalYear(stage, SUNDAYS)
    await year.open()
    await year.live(random.Random(3))
    await year.check()
    assert stage.deaths > 5
    assert len(year.got) > 60
