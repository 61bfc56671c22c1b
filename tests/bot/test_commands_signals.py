"""Signals of possible disappointment on the command line: on a customer's card, in the report, and in the config."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.config_reading import load_config
from domain.faults import Faults
from domain.signals import Signal, SignalKind
from store.database import Tx
from store.signals import raise_signals
from tests.bot.command_line import NOW
from tests.bot.commands_scene import Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """The company with its store."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


async def _raised(tx: Tx) -> None:
    at = NOW - dt.timedelta(seconds=1)
    await raise_signals(tx, [Signal(1, SignalKind.BLOCK, at, {"started_by_us_30d": 2, "last": "survey"}, "1")])


def test_signals_stand_on_the_card_with_what_was_measured(vuoro: Scene) -> None:
    """For reading and as JSON."""
    vuoro.store(_raised)
    (signal,) = vuoro("customer", "show", "501", "--json").document["signals"]
    assert (signal["kind"], signal["evidence"]) == ("block", {"started_by_us_30d": 2, "last": "survey"})
    assert "block: started_by_us_30d 2, last survey" in vuoro("customer", "show", "501").out
    assert vuoro("customer", "show", "502", "--json").document["signals"] == []


def test_report_counts_them_by_kind(vuoro: Scene) -> None:
    """All kinds are in the JSON, also those that nobody showed."""
    assert "Possibly disappointed" not in vuoro("report").out
    vuoro.store(_raised)
    counted = vuoro("report", "--json").document["signals"]
    assert counted == {"block": 1, "mute": 0, "fewer_purchases": 0, "abandoned_survey": 0}
    assert "Possibly disappointed\n• blocked the bot: 1" in vuoro("report").out


def test_config_says_for_whom_a_signal_opens_a_case(vuoro: Scene) -> None:
    """A rule, judged with the rest of the config; nobody where it is left out."""
    file = vuoro.folder / "vuoro.toml"
    assert load_config(file, {}).cases_for is None
    vuoro.config(more="[signals]\ncases_for = 'visits(12m) >= 20'\n")
    assert str(load_config(file, {}).cases_for) == "visits(12m) >= 20"
    vuoro.config(more="[signals]\ncases_for = 'visits(12m) >='\n")
    with pytest.raises(Faults, match=r"signals.cases_for"):
        load_config(file, {})
