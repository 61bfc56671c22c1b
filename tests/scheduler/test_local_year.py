"""A simulated year of a newsletter that goes at ten where each customer lives."""

from __future__ import annotations

import random

from tests.scheduler.local_year import LocalYear
from tests.scheduler.stage import Stage

LINE = "30 3 13,28,31 3,6,10,12 *"  # in the gap of 28 March, and in the hour that comes twice on 31 October


async def test_each_slot_comes_once_or_is_reported_and_everybody_gets_it_at_her_ten(stage: Stage) -> None:
    """Six zones with their own changes of the clock, four outages, deaths: at her time, or skipped as too late."""
    year = LocalYear(stage, LINE)
    await year.open()
    await year.live(random.Random(3))
    await year.check()
    assert stage.deaths > 3
    assert len(year.got) > 40
