"""Endings with `join = "club:NAME"`: in at once where no age matters, else by the club's terms, age and guardian."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from dialogues.club_talk import BORN
from dialogues.conductor import Conductor
from dialogues.library import Library
from dialogues.taps import menu_tap
from domain.clubs import Club
from domain.loyalty import Loyalty
from store.clubs import guardianship
from store.customers import customers_by_chat
from store.database import Database
from store.memberships import membership_of
from store.topic_choices import choose_topics, topics_off
from tests.dialogues.conductor_stand import START, Stand
from tests.domain.test_clubs import KIDS

WISH = """
id = "{club}"
version = 1
title.en = "Wish"
title.fi = "Toive"
start = {{ command = "{club}" }}
[[ask]]
id = "why"
kind = "text"
say.en = "Why?"
say.fi = "Miksi?"
[[done]]
join = "club:{club}"
say.en = "Thank you."
say.fi = "Kiitos."
"""


def stand_with_clubs(database: Database, folder: Path) -> Stand:
    """A stand with a dialogue for a club with age rules, and one for a club without."""
    stand = Stand(database, folder)
    wishes = folder / "wishes"
    wishes.mkdir()
    for name in ("kids", "wine"):
        (wishes / f"{name}.toml").write_text(WISH.format(club=name))
    running = stand.conductor.running
    library = Library.load([wishes], running.company.languages)
    loyalty = Loyalty(clubs=(KIDS, Club("wine")), username="shop_bot")
    stand.conductor = Conductor(running.company, library, running.speaker.words, stand.staff, loyalty)
    return stand


async def test_ending_lets_her_into_a_club_at_once_and_its_letter_comes_again(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Where no age matters; a letter that she had stopped comes again, and a second wish changes nothing."""
    stand = stand_with_clubs(sqlite_database, tmp_path)
    await stand.says("hello")
    async with sqlite_database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        await choose_topics(tx, ann.id, {"club-wine": False}, "stop", START)
    for _ in range(2):
        await stand.says("/wine")
        (thanks,) = await stand.says("Because.")
        assert thanks.message.text == "Thank you."
        async with sqlite_database.read() as tx:
            membership = await membership_of(tx, ann.id, "club:wine")
            assert membership is not None
            assert (membership.source, membership.ends_on) == ("dialogue:wine", None)
            assert await topics_off(tx, ann.id) == frozenset()


async def test_ending_with_an_age_limit_goes_on_with_the_clubs_terms(sqlite_database: Database, tmp_path: Path) -> None:
    """Nothing is done before she agrees; then her age decides: in, to her guardian, or not."""
    stand = stand_with_clubs(sqlite_database, tmp_path)
    born = {7: "20150503", 8: "20180503", 9: "20100503"}
    for chat, digits in born.items():
        await stand.says("/kids", chat)
        _, offer = await stand.says("Because.", chat)
        async with sqlite_database.read() as tx:
            who = (await customers_by_chat(tx, [chat]))[chat].id
            assert await membership_of(tx, who, "club:kids") is None
        await stand.taps(offer, "I agree, let me in", chat)
        await stand.hear(stand.tap(menu_tap(BORN, f"kids~{digits}y"), chat))
        async with sqlite_database.read() as tx:
            membership, asked = await membership_of(tx, who, "club:kids"), await guardianship(tx, who, "kids")
        assert (membership is not None, asked is not None) == (chat == 7, chat == 8)
        assert membership is None or membership.ends_on == dt.date(2028, 5, 3)
    await stand.says("/kids", 7)
    assert len(await stand.says("Because.", 7)) == 1
