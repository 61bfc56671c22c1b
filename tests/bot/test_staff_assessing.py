"""Assessing, causes and merging in staff's hands: two taps, one tap, and a link that can be taken apart again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.case_rules import CaseRules
from domain.cases import CaseState, Impact, Move, Priority, Severity
from store.cases import case_history
from tests.bot.staff_scene import Scene, staff_scene

RULES = CaseRules(causes={"late": {"en": "Late delivery"}, "broken": {"en": "Broken on the way"}})


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Staff with a forum, whose config names causes."""
    async with staff_scene(tmp_path, sqlite_url, cases=RULES) as opened:
        yield opened


async def test_two_taps_assess_a_case_and_its_priority_follows(scene: Scene) -> None:
    """The first is on the card, the second on the question behind it; managers hear at once of what is critical."""
    case = await scene.case()
    card = scene.in_topic("No 1 ·")
    scene.pete.taps("🔴 Critical", message=card)
    await scene.settle()
    asked = scene.in_topic("critical. Whom does it touch?")
    tap = scene.pete.taps("Several", message=asked)
    await scene.settle()
    assert (await tap.answer).text == "No 1 is assessed."
    now = await scene.case_now(case.id)
    assert (now.severity, now.impact, now.priority) == (Severity.CRITICAL, Impact.SEVERAL, Priority.HIGH)
    assert scene.in_topic("No 1: critical, several customers → high priority")
    card = scene.in_topic("No 1 ·")
    assert "❗" in card.text
    assert "⚖️ critical, several customers" in card.text
    assert ["Reassess", "Merge", "Spam"] in card.labels
    (told,) = [text for text in scene.told(scene.olga) if "critical" in text]
    assert told == "🔴 No 1 is critical · Delivery · Ann Smith\nAssessed by Pete: several customers."
    assert not [text for text in scene.told(scene.pete) if "critical" in text]


async def test_cause_is_asked_after_the_decision_and_told_in_one_tap(scene: Scene) -> None:
    """It is in the history; a cause that the config does not know is refused."""
    case = await scene.case()
    scene.olga.taps("Resolve", chat=scene.group)
    await scene.settle()
    asked = scene.in_topic("What was the cause of No 1?")
    assert asked.labels == [["Late delivery"], ["Broken on the way"]]
    refused = scene.olga.taps_data(asked, "s.1.cause.weather")
    scene.olga.taps("Broken on the way", message=asked)
    await scene.settle()
    assert "not among those of the config" in (await refused.answer).text
    assert (await scene.case_now(case.id)).cause == "broken"
    assert scene.in_topic("No 1: the cause is Broken on the way.")
    async with scene.app.database.read() as tx:
        assert [(event.move, event.text) for event in await case_history(tx, 1)][-1] == (Move.CAUSE, "broken")


async def test_cases_are_merged_by_button_and_taken_apart_again(scene: Scene) -> None:
    """The other's card shows what came along, replies go there, and the customer is told both times."""
    await scene.case()
    alone = scene.olga.taps("Merge", message=scene.in_topic("No 1 ·"))
    await scene.settle()
    assert (await alone.answer).text == "She has no other open case."
    second = await scene.case(summary="The box was wet, I said")
    scene.olga.taps("Merge", message=scene.in_topic("No 2 ·"))
    await scene.settle()
    scene.olga.taps("No 1 · The box was wet", chat=scene.group)
    await scene.settle()
    now = await scene.case_now(second.id)
    assert (now.state, now.merged_into) == (CaseState.MERGED, 1)
    assert "🔗 With No 2: The box was wet, I said" in scene.in_topic("No 1 · Delivery").text
    merged = scene.in_topic("No 2 · Delivery")
    assert "Goes on in No 1" in merged.text
    assert "we look after them together as No 1" in scene.told(scene.ann)[-1]
    scene.olga.sends("reply 2 We are sorry", chat=scene.group)
    await scene.settle()
    assert (await scene.case_now(1)).state is CaseState.WAITING_CUSTOMER
    scene.olga.taps("Take apart", message=scene.in_topic("No 2 goes on in No 1."))
    await scene.settle()
    assert (await scene.case_now(second.id)).state is CaseState.OPEN
    assert "With No 2" not in scene.in_topic("No 1 · Delivery").text
    assert "as a case of its own again" in scene.told(scene.ann)[-1]


async def test_cases_are_merged_by_command(scene: Scene) -> None:
    """In any words between the two numbers; what cannot be merged says why."""
    await scene.case()
    await scene.case()
    for text, answer in (
        ("/merge", "Write both numbers"),
        ("/merge 2 into 9", "There is no case No 9."),
        ("/merge 2 into 2", "No 2 cannot go on in itself."),
        ("/merge 2 into 1", "No 2 goes on in No 1."),
        ("/merge 1 → 2", "The other case is not open any more."),
    ):
        scene.olga.sends(text, chat=scene.group)
        await scene.settle()
        assert scene.in_topic(answer), text
    assert (await scene.case_now(2)).merged_into == 1
