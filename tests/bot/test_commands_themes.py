"""Themes on the command line: slips are found where they are written, and results show what people spoke of."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from domain.dialogues import Answer, Run, RunState
from domain.themes import Verbatim
from store.database import Tx
from store.ids import new_id
from store.runs import add_answers, add_runs
from store.themes import put_themes
from tests.bot.command_line import NOW
from tests.bot.commands_scene import Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """The company with its store."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


def test_theme_that_nobody_named_is_a_fault_with_file_and_line(vuoro: Scene) -> None:
    """In newsletters, plans and rules alike; a theme of the company's own is known."""
    news = """+++
title = "News"
audience = 'said("delivrey", 90d)'
+++
Hello {{ name }}.
"""
    vuoro.news(news)
    content = vuoro.folder / "content"
    for folder in ("rules", "plans", "themes"):
        (content / folder).mkdir()
    (content / "rules" / "wine.rule").write_text('visits(12m) > 2\nand said("vine")\n', encoding="utf-8")
    plan = """[[survey]]
dialogue = "nps"
schedule = "0 9 1 * *"
audience = 'said("prise")'
"""
    (content / "plans" / "year.toml").write_text(plan, encoding="utf-8")
    (content / "themes" / "ours.toml").write_text('[[theme]]\nid = "wine"\nname.en = "Wine"\nwords.en = "wine"\n')
    result = vuoro("check")
    assert result.code == 1
    told = result.err + result.out
    assert 'news.en.j2:3: audience: unknown theme "delivrey"; did you mean "delivery"?' in told
    assert 'year.toml:4: audience: unknown theme "prise"; did you mean "praise"?' in told
    assert 'wine.rule:2: column 5 at "said("vine")": unknown theme "vine"; did you mean "wine"?' in told


def test_audience_refuses_an_unknown_theme(vuoro: Scene) -> None:
    """Nobody would be found, and nobody would wonder why."""
    result = vuoro("audience", 'said("delivrey", 90d)')
    assert result.code == 1
    assert 'did you mean "delivery"?' in result.err
    assert vuoro("audience", 'said("delivery", 90d)').code == 0


def test_results_have_the_themes_with_shares_and_examples(vuoro: Scene) -> None:
    """How many people, of the unhappy and of the others; words of theirs, no names."""
    vuoro.store(_spoken)
    themes = vuoro("survey", "results", "nps", "--json").document["themes"]
    assert (themes["people"], themes["detractors"], themes["others"]) == (3, 2, 1)
    assert [(each["theme"], each["n"], each["share_of_detractors"]) for each in themes["themes"]] == [
        ("delivery", 2, 1.0),
        ("price", 2, 0.5),
    ]
    delivery = themes["themes"][0]
    assert (delivery["detractors"], delivery["others"], delivery["share_of_others"]) == (2, 0, 0.0)
    assert delivery["examples"] == ["Parcels get lost", "The delivery costs too much"]
    assert themes["discovered"] == [], "two unhappy people make no finding"
    said = vuoro("survey", "results", "nps").out
    assert "Delivery: 2 (100 % of the unhappy, 0 % of the others)" in said
    assert "“Parcels get lost”" in said
    assert "Ann" not in said


async def _spoken(tx: Tx) -> None:
    at = NOW - dt.timedelta(hours=1)
    spoken = [
        (1, 2, "The delivery costs too much", ("delivery", "price")),
        (2, 6, "Parcels get lost", ("delivery",)),
        (3, 8, "Good prices", ("price",)),
    ]
    for n, (who, score, text, themes) in enumerate(spoken):
        moment = at + dt.timedelta(minutes=n)
        run = Run(new_id(), who, "nps", "x", RunState.DONE, moment, "customer", n)
        await add_runs(tx, [run])
        given = [Answer("score", 1, moment, score), Answer("why", 1, moment, text, text)]
        await add_answers(tx, [(run.id, answer) for answer in given])
        await put_themes(tx, [(Verbatim(run.id, "why", who, moment, text), themes)])
