"""Themes on the command line: slips are found where they are written, and results show what people spoke of."""

from __future__ import annotations

from pathlib import Path

import pytest

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
