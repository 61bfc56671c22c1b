"""Theme files: all their faults at once, and the company's own before the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.faults import Faults
from templates.themes import SHIPPED, load_themes


def test_shipped_themes_have_a_name_and_words_in_every_shipped_language() -> None:
    """Whichever of the three languages a customer writes, each theme can be found."""
    themes = load_themes([SHIPPED])
    assert {"delivery", "waiting", "price", "service", "praise"} <= {theme.id for theme in themes}
    for theme in themes:
        assert set(theme.name) == set(theme.words) == {"fi", "en", "cs"}, theme.id
        assert all(len(words) >= 15 for words in theme.words.values()), theme.id


def test_own_file_replaces_a_theme_and_adds_another(tmp_path: Path) -> None:
    """A company says in its own words what "delivery" is, and speaks of wine."""
    (tmp_path / "ours.toml").write_text(
        '[[theme]]\nid = "delivery"\nname.en = "The van"\nwords.en = "van, driver"\n'
        '[[theme]]\nid = "wine"\nname.sv = "Vin"\nwords.sv = """\nvin*,\nrödvin"""\n',
        encoding="utf-8",
    )
    themes = {theme.id: theme for theme in load_themes([SHIPPED, tmp_path, tmp_path / "missing"])}
    assert themes["delivery"].words == {"en": ("van", "driver")}
    assert themes["wine"].words == {"sv": ("vin*", "rödvin")}
    assert themes["wine"].title("fi") == "Vin"
    assert themes["delivery"].title("en") == "The van"
    assert "price" in themes


def test_every_fault_of_the_files_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """Missing name, no words, a sign that is no letter, an id twice, an unknown key."""
    (tmp_path / "ours.toml").write_text(
        '[[theme]]\nid = "a"\nname.en = "A"\nwords.en = """\nvan,\nth!ng"""\n'
        '[[theme]]\nid = "a"\nname.en = "A"\nwords.en = "x"\n'
        '[[theme]]\nid = "b"\nwords.english = "x"\ncolour = "red"\n'
        '[[theme]]\nid = "c"\nname.en = "C"\nwords.en = "by the way*"\n',
        encoding="utf-8",
    )
    with pytest.raises(Faults) as raised:
        load_themes([tmp_path])
    told = str(raised.value)
    folder = tmp_path.name
    assert f'{folder}/ours.toml:6: theme[a].words.en: "th!ng" is no word' in told
    assert f'{folder}/ours.toml:8: theme[a].id: "a" is in {folder}/ours.toml already' in told
    assert f"{folder}/ours.toml:11: theme[b].name: is missing" in told
    assert f"{folder}/ours.toml:13: theme[b].words.english: is no language" in told
    assert f"{folder}/ours.toml:14: theme[b].colour: unknown key" in told
    assert "has a star beside other words" in told
