"""`vuoro holds`: who was held back and why, in numbers and one by one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from domain.contacts import ContactKind
from domain.holds import Hold
from domain.messages import Act, Lane, Message, Waiting
from domain.waves import Invitation, InvitationState
from store import outbox, waves
from store.database import Tx
from store.holds import keep_holds
from store.ids import new_id
from tests.bot.command_line import NOW
from tests.bot.commands_scene import Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with four customers."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


def test_without_holds_it_says_so(vuoro: Scene) -> None:
    """Nothing held is good news."""
    assert vuoro("holds").out == "Nothing was held back in 30 days.\n"
    assert vuoro("holds", "--json").document["counts"] == []


def test_holds_are_counted_by_kind_and_reason_and_the_newest_say_when_it_is_tried_again(vuoro: Scene) -> None:
    """In words on the screen, by their names in JSON; of one customer where she is named."""
    later = NOW + dt.timedelta(hours=5)

    async def hold(tx: Tx) -> None:
        wave = await waves.invite_later(tx, "nps", 1, NOW, "case:1")
        (queued,) = [each for each in await waves.due(tx, NOW, 9) if each.wave_id == wave]
        assert isinstance(queued, Invitation)
        await waves.settle(
            tx, [Invitation(wave, 1, "nps", "event:case:1", NOW, InvitationState.QUEUED, "weekly_cap", None, later)]
        )
        letter = Waiting(
            id=new_id(), act=Act.SEND, chat_id=71, lane=Lane.BULK, kind=ContactKind.NEWSLETTER.value,
            message=Message("Hello"), created_at=NOW, not_before=later, customer_id=1, newsletter_id=5, proactive=True,
        )  # fmt: skip
        await outbox.put(tx, [letter])
        kept = [
            (1, "survey", Hold.WEEKLY_CAP, f"wave:{wave}"),
            (1, "newsletter", Hold.QUIET_HOURS, "newsletter:5"),
            (2, "small_question", Hold.QUIET_HOURS, "fact.pet"),
            (2, "reminder", Hold.LEAST_GAP, "run:77.1"),
        ]
        await keep_holds(tx, kept, NOW - dt.timedelta(days=2))
        await keep_holds(tx, [(2, "newsletter", Hold.OPEN_COMPLAINT, "newsletter:4")], NOW - dt.timedelta(days=40))

    vuoro.store(hold)
    document = vuoro("holds", "--json").document
    assert {(each["kind"], each["reason"]): each["n"] for each in document["counts"]} == {
        ("survey", "weekly_cap"): 1,
        ("newsletter", "quiet_hours"): 1,
        ("small_question", "quiet_hours"): 1,
        ("reminder", "least_gap"): 1,
    }
    again = {each["kind"]: each["again_at"] for each in document["holds"]}
    assert {kind for kind, at in again.items() if at} == {"survey", "newsletter"}
    assert dt.datetime.fromisoformat(again["survey"]) == later
    assert len(vuoro("holds", "--days", "60", "--json").document["holds"]) == 5
    assert len(vuoro("holds", "--customer", "1", "--json").document["holds"]) == 2
    told = vuoro("holds").out
    assert "small question" in told
    assert "had enough contacts this week" in told
