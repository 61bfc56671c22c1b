"""A case that nobody answers, through the whole program: given, warned of, late, and in the morning's list."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.case_rules import Assignment, CaseRules
from tests.bot.staff_scene import Scene, found_in, staff_scene

HOUR = dt.timedelta(hours=1)


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum, whose new cases go to the least busy."""
    rules = CaseRules(assign=(Assignment.LEAST_BUSY,))
    async with staff_scene(tmp_path, sqlite_url, cases=rules) as opened:
        yield opened


async def passes(scene: Scene, span: dt.timedelta) -> None:
    """Let time pass, and everything happen that is due then."""
    scene.clock.advance(span)
    await scene.app.tick()
    await scene.settle()


async def test_case_that_nobody_answers(scene: Scene) -> None:
    """Its owner is told, warned and reminded; the card says that it is late; the list is a message of its own."""
    await scene.case()  # on a Tuesday at ten
    assert scene.told(scene.olga)[-1] == "🙋 No 1 · Delivery · Ann Smith is yours. Answer by Tue 2 Mar at 14:00."
    assert "Answer by Tue 2 Mar at 14:00" in scene.in_topic("No 1 ·").text
    await passes(scene, 3 * HOUR)
    assert scene.told(scene.olga)[-1] == "⏱ No 1 · Delivery · Ann Smith\nFirst answer due at 14:00"
    await passes(scene, 1.1 * HOUR)
    late = scene.told(scene.olga)[-1]
    assert late == "⏰ No 1 · Delivery · Ann Smith\nFirst answer late since 14:00\nIt is of high priority now."
    card = scene.in_topic("No 1 ·").text
    assert "Late: First answer was due Tue 2 Mar at 14:00" in card
    assert "❗" in card
    await passes(scene, 18.9 * HOUR)  # to nine on Wednesday
    line = "⏰ No 1 · Delivery · Ann Smith · late since Tue 2 Mar 14:00"
    assert scene.told(scene.olga)[-1] == f"Today: 1 case\n{line}"
    assert len(scene.told(scene.pete)) == 1  # an agent whose it is not hears nothing of it
    digest = found_in(scene.olga.chat.live, "Today: 1 case")
    assert digest.labels == [["No 1"], ["All open cases"]]
    scene.olga.taps("All open cases", message=digest)
    await scene.settle()
    assert scene.told(scene.olga)[-2:][0] == f"Today: 1 case\n{line}"
    assert scene.told(scene.olga)[-1].startswith("1 open case, the oldest first\n⏰ No 1")
    scene.olga.taps("No 1", message=digest)
    await scene.settle()
    assert "The box was wet" in scene.told(scene.olga)[-1]
