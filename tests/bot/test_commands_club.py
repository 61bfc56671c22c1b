"""`vuoro club`: what there is, who is in, and that staff let in nobody whose age does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.commands_scene import Scene, scene

TEXTS = 'title.fi = "{0}"\ntitle.en = "{0}"\nabout.fi = "x"\nabout.en = "x"\nterms.fi = "x"\nterms.en = "x"\n'


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with a club for everybody and one for grown-ups."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    folder = tmp_path / "content" / "clubs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tea.toml").write_text(TEXTS.format("Tea"), encoding="utf-8")
    (folder / "wine.toml").write_text(TEXTS.format("Wine") + "[age]\nfrom = 18\n", encoding="utf-8")
    return made


def test_staff_let_in_and_out_and_nobody_of_unknown_age(vuoro: Scene) -> None:
    """Joined once, listed, left again; a club with age rules is joined in the chat, where the age is asked."""
    assert vuoro("club", "join", "tea", "1", "--json").document == {"customer": 1, "club": "tea", "already": False}
    assert vuoro("club", "join", "tea", "1", "--json").document["already"]
    listed = {each["name"]: each for each in vuoro("club", "list", "--json").document}
    assert (listed["tea"]["members"], listed["wine"]["members"], listed["wine"]["from"]) == (1, 0, 18)
    (member,) = vuoro("club", "members", "tea", "--json").document
    assert (member["id"], member["source"], member["ends_on"]) == (1, "staff", None)
    assert "topic: club-wine" in vuoro("club", "show", "wine").out
    unknown = vuoro("club", "join", "wine", "1")
    assert (unknown.code, "date of birth is not known" in unknown.err) == (1, True)
    assert vuoro("club", "leave", "tea", "1").code == 0
    assert "is no member" in vuoro("club", "leave", "tea", "1").err
    assert "tea" in vuoro("club", "show", "tee").err
