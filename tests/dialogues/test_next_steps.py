"""Where there is nothing to show, she is told what she can do next."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from domain.programmes import Programme
from store.database import Database
from tests.dialogues.conductor_stand import Stand


async def _offered(stand: Stand, command: str) -> list[str]:
    (told,) = await stand.says(command)
    return [button.label for row in told.message.keyboard for button in row]


async def test_nothing_to_show_leads_on_with_a_button(sqlite_database: Database, tmp_path: Path) -> None:
    """Nobody is left at a dead end; the card is shown to her only where there is one."""
    stand = Stand(sqlite_database, tmp_path)
    assert await _offered(stand, "/coupons") == ["My offers"]
    assert {command: await _offered(stand, command) for command in ("/card", "/points", "/clubs")} == {
        "/card": ["Topics"],
        "/points": ["Topics"],
        "/clubs": ["Topics"],
    }
    assert [await _offered(stand, command) for command in ("/offers", "/history")] == [[], []]
    running = stand.conductor.running
    club = Programme("regulars", published=True, title={"en": "Regulars' club"})
    running.loyalty = dataclasses.replace(running.loyalty, programmes=(club,))
    assert [await _offered(stand, command) for command in ("/offers", "/history")] == [["My card"], ["My card"]]
