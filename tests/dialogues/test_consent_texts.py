"""Requirement T1: with each yes and no the words that she saw, their version, time and source; off as easily as on."""

from __future__ import annotations

from pathlib import Path

from domain.customers import Purpose
from store.consent_texts import text_of
from store.consents import consents_of
from store.customers import customers_by_chat
from store.database import Database
from tests.dialogues.conductor_stand import Stand
from tests.dialogues.test_small_questions import labels


async def test_the_words_of_each_yes_and_no_are_kept_in_the_language_she_saw(
    database: Database, tmp_path: Path
) -> None:
    """Other words are another version; a yes is taken back by the same list that gives it."""
    stand = Stand(database, tmp_path)
    (first, *_) = await stand.says("/topics")
    on = next(label for label in labels(first) if "✓" not in label)
    await stand.taps(first, on)
    await stand.taps(first, on)  # a tap that comes twice is one yes
    (second, *_) = await stand.says("/topics")
    await stand.taps(second, f"✓ {on}")
    async with database.read() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        said = [each for each in await consents_of(tx, ann.id) if each.purpose is Purpose.MARKETING]
        assert [(each.given, each.source) for each in said] == [(False, "topics"), (True, "topics")]
        no, yes = said
        assert no.text_version != yes.text_version
        (text,) = (await text_of(tx, "marketing", yes.text_version)).values()
        assert on in text
