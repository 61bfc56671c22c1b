"""Where customers stand, in the report of a month."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.lifecycle_report import LifecycleReport
from bot.lifecycle_words import standings_counted
from domain.pictures import MoveKind
from templates.words import SHIPPED, Words

NOW = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
MOVES = {("deepening", "preventing_end"): 40, ("preventing_end", "deepening"): 12, ("", "start"): 3}


def report(stages: dict[str, int]) -> LifecycleReport:
    """A report with so many in each stage."""
    standings = {MoveKind.STAGE: stages, MoveKind.STEP: {}, MoveKind.CLASS: {"keep": 20, "develop": 300, "": 9}}
    return LifecycleReport(NOW, NOW, standings, {MoveKind.STAGE: MOVES, MoveKind.STEP: {}, MoveKind.CLASS: {}}, {})


@pytest.mark.parametrize("language", ["en", "fi", "cs"])
def test_few_lines_say_where_everybody_stands(language: str) -> None:
    """Counts by class and stage, and the moves, the most frequent first; nothing before the first night."""
    words = Words.load([SHIPPED], ("fi", "en", "cs"))
    told = standings_counted(report({"start": 5, "deepening": 1200}), words, language)
    assert len(told.splitlines()) == 4
    if language == "en":
        assert told.splitlines()[1:] == [
            "keep 20 · develop 300",
            "start 5 · deepening 1,200",
            "Moves: deepening → preventing the end 40 · preventing the end → deepening 12",
        ]
    assert standings_counted(report({}), words, language) == ""
