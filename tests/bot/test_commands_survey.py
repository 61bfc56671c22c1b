"""`vuoro survey` and `vuoro report`: waves go into the store; results come with n, response rate and interval."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from domain.customers import Purpose
from domain.dialogues import Answer, Run, RunState
from domain.waves import InvitationState
from store import waves
from store.database import Tx
from store.ids import new_id
from store.runs import add_answers, add_runs
from tests.bot.command_line import NOW
from tests.bot.commands_scene import ADMIN, AGENT, Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with four customers."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


async def _answers(tx: Tx) -> None:
    """Ann is asked twelve times within the hour and answers ten: nine promoters, and one detractor who says why."""
    at = NOW - dt.timedelta(hours=1)
    scores = [*[10] * 9, 2, None, None]
    made = [
        (Run(new_id(), 1, "nps", "x", RunState.DONE, at, "staff:7", place), score) for place, score in enumerate(scores)
    ]
    await add_runs(tx, [run for run, _ in made])
    answers = [(run.id, Answer("score", 1, at, score)) for run, score in made if score is not None]
    await add_answers(tx, [*answers, (made[9][0].id, Answer("why", 1, at, "Too slow", "Too slow"))])


def test_started_wave_is_frozen_by_the_running_program(vuoro: Scene) -> None:
    """The wave is in the store with its rule; its status says who waits and who was left out."""
    started = vuoro("survey", "start", "nps", "--audience", 'language = "en"', "--as", ADMIN, "--json")
    assert started.code == 0

    async def freeze(tx: Tx) -> None:
        (wave,) = await waves.unfrozen(tx)
        assert (wave.script_id, wave.audience, wave.started_by) == ("nps", 'language = "en"', f"staff:{ADMIN}")
        await waves.freeze_some(
            tx, wave, at=wave.started_at, currency="EUR", purpose=Purpose.SURVEYS, after=0, size=100
        )
        await waves.mark_frozen(tx, wave.id)
        counts = await waves.counts(tx, wave.id)
        assert counts[InvitationState.QUEUED, ""] == 2

    vuoro.store(freeze)
    (wave,) = vuoro("survey", "status", "nps", "--json").document["waves"]
    assert (wave["queued"], wave["invited"], wave["skipped"]) == (2, 0, {"left_bot": 1, "no_consent": 1})
    assert "left_bot" in vuoro("survey", "status", "nps").out


def test_results_come_with_n_response_rate_and_interval(vuoro: Scene) -> None:
    """A score is never alone."""
    vuoro.store(_answers)
    found = vuoro("survey", "results", "nps", "--json").document
    assert (found["name"], found["n"], found["invited"]) == ("nps", 10, 12)
    assert found["response_rate"] == pytest.approx(10 / 12)
    score = found["scores"]["score"]
    assert (score["kind"], score["value"], score["n"]) == ("nps", 80.0, 10)
    assert -100 <= score["low"] < 80 < score["high"] <= 100
    assert [(each["score"], each["text"]) for each in found["verbatims"]] == [(2, "Too slow")]
    said = vuoro("survey", "results", "nps").out
    assert "+80" in said
    assert "<b>" not in said


def test_results_without_answers_are_no_score(vuoro: Scene) -> None:
    """Nothing is nothing, not nought."""
    found = vuoro("survey", "results", "nps", "--json").document
    assert (found["n"], found["response_rate"], found["scores"]["score"]["value"]) == (0, None, None)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["start", "npz"], 1, 'did you mean "nps"?'),
        (["results", "complaint"], 1, "no such survey"),
        (["start", "nps", "--audience", "car-daeler"], 1, 'did you mean "car-dealer"?'),
        (["start", "nps", "--as", str(AGENT)], 1, "needs a manager"),
        (["status", "nps"], 1, "was never started"),
        (["results", "nps", "--days", "0"], 2, "--days"),
    ],
)
def test_slips_are_told(vuoro: Scene, words: list[str], code: int, told: str) -> None:
    """Refused with a sentence, and nothing is started."""
    result = vuoro("survey", *words)
    assert (result.code, result.out) == (code, "")
    assert told in result.err
    assert vuoro("survey", "status", "nps", "--json").document["waves"] == []


def test_report_of_a_month_has_scores_cases_and_sendings(vuoro: Scene) -> None:
    """The same numbers as in Telegram, for reading and for machines."""
    vuoro.store(_answers)
    found = vuoro("report", f"{NOW:%Y-%m}", "--json").document
    nps = next(each for each in found["surveys"] if each["name"] == "nps")
    assert nps["n"] == 10
    assert found["sendings"] == []
    assert vuoro("report").code == 0
    assert "<b>" not in vuoro("report", "2026-03").out
    assert vuoro("report", "March").code == 2
    assert vuoro("report", "2099-01").code == 2
