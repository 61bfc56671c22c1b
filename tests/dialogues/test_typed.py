"""What she types behind a command."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from dialogues.typed import typed_argument
from domain.programmes import Programme
from store.database import Database
from tests.dialogues.conductor_stand import Stand


async def test_typed_words_never_press_a_button(sqlite_database: Database, tmp_path: Path) -> None:
    """Only what a command can take reaches its act; "/forget yes" is "/forget"."""
    running = Stand(sqlite_database, tmp_path).conductor.running
    club = Programme("regulars", published=True, title={"en": "Regulars' club", "fi": "Kanta-asiakkaat"})
    running.loyalty = dataclasses.replace(running.loyalty, programmes=(club,))
    asked = {
        ("history", "3/2027"): "?-3/2027",
        ("history", "p-2"): "?-p-2",
        ("history", " "): "",
        ("language", "SUOMI"): "fi",
        ("language", "en"): "en",
        ("language", "Klingon"): "",
        ("card", "kanta-asiakkaat"): "regulars",
        ("card", "~regulars"): "",
        ("points", "Regulars' club"): "s-0-regulars",
        ("points", "h-0-regulars"): "",
        ("forget", "yes"): "",
        ("mydata", "object"): "",
        ("stop", "again"): "",
    }
    assert {(command, said): typed_argument(running, command, said) for command, said in asked} == asked


async def test_typed_language_is_taken_at_once(sqlite_database: Database, tmp_path: Path) -> None:
    """Who types which needs no button; a language that we do not speak gets the buttons."""
    stand = Stand(sqlite_database, tmp_path)
    await stand.says("/help")
    (asked,) = await stand.says("/language Klingon")
    assert asked.message.keyboard
    (answered,) = await stand.says("/language suomi")
    assert answered.message.text.startswith("Selvä")
