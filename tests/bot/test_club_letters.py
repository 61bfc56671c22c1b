"""A club's own letter from the desk to its members: through the pump, Stop under it, and the way back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from domain.clubs import Club
from domain.customers import Purpose
from store.clubs import join_club
from store.memberships import membership_of
from tests.bot.letter_scene import let_it_go, start_letter
from tests.bot.staff_scene import Scene, staff_scene

LETTER = '+++\ntitle = "Spring letter"\ncanary = 0\ntopic = "club-wine"\n+++\nA new bottle, {{ name }}.'
CLUB = """
title = { en = "Wine", fi = "Viini", cs = "Víno" }
about = { en = "Bottles.", fi = "Pulloja.", cs = "Lahve." }
terms = { en = "A letter a month.", fi = "Kirje kuussa.", cs = "Dopis měsíčně." }
version = "1"
"""


async def test_club_letter_reaches_members_until_stop_and_again_after_resume(tmp_path: Path, sqlite_url: str) -> None:
    """Ann agreed to nothing but is a member, Pete takes news and is none; Stop leaves the membership as it is."""
    content = tmp_path / "content"
    for folder, name, text in (("newsletters", "letter.en.j2", LETTER), ("clubs", "wine.toml", CLUB)):
        (content / folder).mkdir(parents=True)
        (content / folder / name).write_text(text)
    async with staff_scene(tmp_path, sqlite_url, forum=False, content=content) as scene:
        loyalty = scene.app.parts.room.loyalty
        others = tuple(each for each in loyalty.clubs if each.name != "wine")
        loyalty.clubs = (*others, Club("wine", {"en": "Wine"}, terms={"en": "A letter a month."}))
        try:
            await _letters(scene)
        finally:
            loyalty.clubs = others  # scenes share what they have read


async def _letters(scene: Scene) -> None:
    ann = await scene.customer()
    async with scene.app.database.write() as tx:
        await join_club(tx, ann.id, "wine", scene.clock.now(), "test")
    await start_letter(scene)
    await let_it_go(scene)
    assert _letters_of(scene) == 1
    scene.ann.taps("Stop")
    await scene.settle()
    resume = scene.ann.chat.live[-1]
    scene.clock.advance(dt.timedelta(days=2))
    await _prepare(scene)
    assert "Goes to 0 customers" in scene.told(scene.olga)[-1]
    async with scene.app.database.read() as tx:
        assert await membership_of(tx, ann.id, "club:wine") is not None
    scene.ann.taps("Subscribe again", message=resume)
    await scene.settle()
    assert not (await scene.customer()).agrees(Purpose.MARKETING)
    await _prepare(scene)
    for label in ("Send now", "Yes, send it"):
        scene.olga.taps(label)
        await scene.settle()
    await let_it_go(scene)
    assert _letters_of(scene) == 2
    assert not any("bottle" in text for text in scene.told(scene.pete))


async def _prepare(scene: Scene) -> None:
    scene.olga.sends("/newsletter letter")
    await scene.settle()
    scene.olga.taps("Prepare it anew")
    await scene.settle()


def _letters_of(scene: Scene) -> int:
    return sum("A new bottle, Ann" in text for text in scene.told(scene.ann))
