"""`vuoro survey start` with a sample, `status` and `stop`: what would be asked, what is, and the end of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import insert

from domain.sampling import Sampling, Target
from domain.waves import InvitationState, Wave
from store import draws, waves
from store.database import Tx
from store.tables import invitations
from tests.bot.command_line import NOW
from tests.bot.commands_scene import ADMIN, AGENT, Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with four customers, two of whom may be asked."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


def test_a_dry_run_says_who_would_be_asked_and_starts_nothing(vuoro: Scene) -> None:
    """Audience, frame, sample and reasons add up."""
    found = vuoro("survey", "start", "nps", "--share", "50 %", "--by", "language", "--dry-run", "--json").document
    assert found["audience"] == found["frame"] + sum(found["left_out"].values()) == 4
    assert (found["frame"], found["sample"]) == (2, 1)
    assert found["left_out"] == {"left_bot": 1, "no_consent": 1}
    assert sum(each["sample"] for each in found["strata"]) == 1
    said = vuoro("survey", "start", "nps", "--target", "5", "--dry-run").out
    assert "4 in the audience, 2 of them may be asked; until 5 answers." in said
    assert "no_consent" in said
    assert vuoro("survey", "status", "nps").code == 1


def test_a_started_sample_is_in_the_store_with_its_seed(vuoro: Scene) -> None:
    """What was written is what is drawn; without a seed one is made up and told."""
    started = vuoro(
        *("survey", "start", "nps", "--target", 200, "--fieldwork", "10d", "--by", "town", "--seed", "7"),
        *("--recontact", "30d", "--as", ADMIN, "--json"),
    ).document
    assert started["sampling"]["seed"] == "7"
    made_up = vuoro("survey", "start", "nps", "--share", "20%", "--as", ADMIN, "--json").document
    assert made_up["sampling"] == {"share": "20", "seed": str(made_up["id"])}

    async def look(tx: Tx) -> Wave | None:
        return await waves.get(tx, started["id"])

    wave = vuoro.store(look)
    assert wave is not None
    ten = dt.timedelta(days=10)
    assert wave.sampling == Sampling(Target(200, ten), "town", seed="7", recontact=dt.timedelta(days=30))
    assert wave.closes_at == wave.started_at + ten


def test_status_and_stop_of_a_sample(vuoro: Scene) -> None:
    """How many are drawn, asked, in reserve, and have answered; stopped, it closes."""
    started = vuoro("survey", "start", "nps", "--target", 200, "--as", ADMIN, "--json").document

    async def draw(tx: Tx) -> None:
        for customer_id, state in ((1, "reserve"), (2, "queued")):
            row = {"wave_id": started["id"], "customer_id": customer_id, "state": state}
            await tx.execute(insert(invitations).values(**row))
        await waves.mark_frozen(tx, started["id"])

    vuoro.store(draw)
    (wave,) = vuoro("survey", "status", "nps", "--json").document["waves"]
    assert (wave["reserve"], wave["queued"], wave["answered"], wave["state"]) == (1, 1, 0, "asking")
    said = vuoro("survey", "status", "nps").out
    assert "until 200 answers" in said
    assert "0 of 200" in said
    assert vuoro("survey", "stop", "nps", "--as", AGENT).code == 1
    assert "1 stopped" in vuoro("survey", "stop", "nps", "--as", ADMIN).out
    (wave,) = vuoro("survey", "status", "nps", "--json").document["waves"]
    assert wave["state"] == "closing"

    async def close(tx: Tx) -> None:
        assert await draws.dismiss_some(tx, started["id"], "cancelled", NOW, 10) == 2
        await draws.mark_closed(tx, started["id"], NOW)
        assert (InvitationState.SKIPPED, "not_needed") in await waves.counts(tx, started["id"])

    vuoro.store(close)
    assert "closed" in vuoro("survey", "status", "nps").out
    assert vuoro("survey", "stop", "nps", "--as", ADMIN, "--json").document == {"name": "nps", "stopped": []}
    assert "nothing to stop" in vuoro("survey", "stop", "nps", "--as", ADMIN).out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--share", "20 %", "--size", "5"], 1, "--share and --size: do not go together"),
        (["--by", "town"], 1, "--by: needs --share, --size or --target"),
        (["--share", "5 %", "--equal"], 1, "--equal: needs --by"),
        (["--target", "5", "--by", "town", "--least", "2"], 1, "--least: needs --by, and --share or --size"),
        (["--size", "5", "--fieldwork", "2d"], 1, "--fieldwork: needs --target"),
        (["--target", "5", "--fieldwork", "0h"], 1, "--fieldwork: is no time for that"),
        (["--share", "20"], 2, "write a share over 0 and up to 100 %"),
        (["--size", "0"], 2, "--size"),
        (["--size", "5", "--by", "number"], 2, "too many parts"),
    ],
)
def test_slips_in_a_sample_are_told(vuoro: Scene, words: list[str], code: int, told: str) -> None:
    """Refused with a sentence, and nothing is started."""
    result = vuoro("survey", "start", "nps", *words, "--as", ADMIN)
    assert result.code == code
    assert told in result.err + result.out
    assert vuoro("survey", "status", "nps").code == 1
