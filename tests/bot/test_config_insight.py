"""The config's section [insight]: its values reach the rules, and every fault is told with its line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from bot.config_reading import load_config
from domain.durations import Duration, Unit
from domain.faults import Faults
from insight.rfm import NESTED, CutPoints, Scheme
from insight.settings import InsightRules, Per, ShareRule, ValueBy


def _rules(folder: Path, content: str) -> InsightRules:
    file = folder / "vuoro.toml"
    file.write_text(content, encoding="utf-8")
    return load_config(file, {}).insight


def _faults(folder: Path, content: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        _rules(folder, content)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_without_the_section_the_rules_are_the_defaults(tmp_path: Path) -> None:
    """Whoever writes nothing gets a picture, with quintiles and a margin of 30 %."""
    assert _rules(tmp_path, "") == InsightRules()


def test_values_come_out_as_written(tmp_path: Path) -> None:
    """Own cut points, margins to four places, limits of all standings."""
    rules = _rules(
        tmp_path,
        """
[insight]
night = "02:15"
rfm = "own"
window = "52w"
margin = 0.1825
value = "spent"
value_cuts = [0.4, 0.9]
horizon = 5
clusters = 9
rate = 0.08
[insight.cuts]
recency = [7, 30, 90, 180]
frequency = [2, 3, 4, 5]
monetary = [10, 20.5, 30, 40]
[insight.margins]
wine = 0.05
[insight.share]
group = "food"
fact = "food_budget"
per = "year"
[insight.lifecycle]
silence = 365
[insight.classes]
active_days = 365
[insight.ladder]
client_visits = 5
""",
    )
    money = (Decimal(10), Decimal("20.5"), Decimal(30), Decimal(40))
    assert rules.rfm == Scheme("own", CutPoints((7, 30, 90, 180), (2, 3, 4, 5), money))
    assert (rules.night, rules.window) == (dt.time(2, 15), Duration(52, Unit.WEEKS))
    assert (rules.margin, rules.margins) == (1825, {"wine": 500})
    assert (rules.value, rules.value_cuts, rules.horizon, rules.rate) == (ValueBy.SPENT, (0.4, 0.9), 5, 0.08)
    assert rules.share == ShareRule("food", "food_budget", Per.YEAR)
    assert (rules.lifecycle.silence, rules.classes.active_days, rules.ladder.client_visits) == (365, 365, 5)
    assert rules.clusters == 9
    assert _rules(tmp_path, '[insight]\nrfm = "nested quintiles"\nclusters = "auto"').rfm is NESTED


def test_faults_are_told_with_their_lines(tmp_path: Path) -> None:
    """All at once, each with what to do."""
    told = _faults(
        tmp_path,
        """
[insight]
rfm = "fifths"
window = "12h"
margin = 0.12345
value_cuts = [0.8, 0.5]
clusters = 28
[insight.cuts]
recency = [30, 30, 60, 90]
frequency = [1, 2, 3, 4]
monetary = [1, 2, 3]
[insight.share]
group = "food"
[insight.lifecycle]
low_nps = 11
""",
    )
    assert [line.split(": ")[0] + " " + line.split(": ")[1] for line in told] == [
        "vuoro.toml:3 insight.rfm",
        "vuoro.toml:4 insight.window",
        "vuoro.toml:5 insight.margin",
        "vuoro.toml:6 insight.value_cuts",
        "vuoro.toml:7 insight.clusters",
        "vuoro.toml:9 insight.cuts.recency",
        "vuoro.toml:11 insight.cuts.monetary",
        "vuoro.toml:12 insight.share.fact",
        "vuoro.toml:15 insight.lifecycle.low_nps",
    ]
    assert "four rising cut points" in told[5]


def test_own_scheme_without_cut_points_is_a_fault(tmp_path: Path) -> None:
    """Nobody is scored by cut points that were never written."""
    (told,) = _faults(tmp_path, '[insight]\nrfm = "own"\n[insight.cuts]\n')
    assert told.startswith("vuoro.toml:2: insight.rfm: has no cut points; add [insight.cuts]")
