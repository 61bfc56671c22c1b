"""What a newsletter brought about, as staff read it: every number with its interval, none where it would mislead."""

from __future__ import annotations

import dataclasses

import pytest

from bot.effects_documents import effects_document, effects_rows
from bot.effects_words import EffectWords
from bot.pictures import draw
from bot.pictures_effects import EffectsPage
from domain.company import Company
from domain.effects import Doings, SendingEffects
from domain.newsletters import SendingState
from templates.markup import parse
from templates.words import SHIPPED, Words
from tests.bot.effects_scene import SINCE, UNTIL, measured

GOLDEN = """\
Spring news: what it brought about
2 Mar 2027 – 16 Mar 2027, reached 900

Followed a button or link: 126 (14.0%; 95 %: 11.9% – 16.4%)
Answered: 21 (2.3%; 95 %: 1.5% – 3.5%)
Put an emoji: 45 (5.0%; 95 %: 3.8% – 6.6%)
Bought: 92 (10.2%; 95 %: 8.4% – 12.4%)
Blocked the bot: 1 (0.1%; 95 %: 0.0% – 0.6%)
Switched news off: 2 (0.2%; 95 %: 0.1% – 0.8%)
Complained: 0 (0.0%; 95 %: 0.0% – 0.4%)
104 orders, €4,260.00 in all, €4.73 a recipient
Passed on: 7 started the bot by its link, 4 of them new.

What was followed
shop.example/new: 80 people, 95 times
Ask us: 60 people, 61 times
link 7: 1 person, 1 time

Variant a, reached 450
Followed a button or link: 45 (10.0%; 95 %: 7.6% – 13.1%)
Answered: 9 (2.0%; 95 %: 1.1% – 3.8%)
Put an emoji: 20 (4.4%; 95 %: 2.9% – 6.8%)
Bought: 40 (8.9%; 95 %: 6.6% – 11.9%)
Blocked the bot: 0 (0.0%; 95 %: 0.0% – 0.8%)
Switched news off: 2 (0.4%; 95 %: 0.1% – 1.6%)
Complained: 0 (0.0%; 95 %: 0.0% – 0.8%)
44 orders, €1,760.00 in all, €3.91 a recipient

Variant b, reached 450
Followed a button or link: 81 (18.0%; 95 %: 14.7% – 21.8%)
Answered: 12 (2.7%; 95 %: 1.5% – 4.6%)
Put an emoji: 25 (5.6%; 95 %: 3.8% – 8.1%)
Bought: 52 (11.6%; 95 %: 8.9% – 14.8%)
Blocked the bot: 1 (0.2%; 95 %: 0.0% – 1.2%)
Switched news off: 0 (0.0%; 95 %: 0.0% – 0.8%)
Complained: 0 (0.0%; 95 %: 0.0% – 0.8%)
60 orders, €2,500.00 in all, €5.56 a recipient

a: followed by 45 of 450 (10.0%; 95 %: 7.6% – 13.1%)
b: followed by 81 of 450 (18.0%; 95 %: 14.7% – 21.8%)
a less b: −8.0 percentage points (95 %: −12.5 … −3.5), p < 0.001
The rest got variant b.

What it changed, beside 240 who were kept from it by lot
Bought: +5.6 percentage points (95 %: +1.8 … +8.5), more than chance gives
Blocked the bot: +0.1 percentage points (95 %: −1.5 … +0.6), no more than chance gives
Switched news off: −0.1 percentage points (95 %: −2.0 … +0.6), no more than chance gives
Complained: +0.1 percentage points (95 %: −1.5 … +0.6), no more than chance gives
Spent a customer: €4.69 against €1.83, +€2.85 (95 %: +€1.35 … +€4.35), more than chance gives

Counted until 14 days after the last message, each from her own message on. \
The comparison counts all who were to get it, reached or not, since its start."""


@pytest.fixture(scope="module")
def words() -> EffectWords:
    return EffectWords(Company(name="Aurora", languages=("en", "fi", "cs")), Words.load([SHIPPED], ("en", "fi", "cs")))


def test_page_says_everything_with_its_interval(words: EffectWords) -> None:
    """The page as it stands, to the sign."""
    assert parse(words.results(measured(), "Spring news", "en")).plain == GOLDEN


def test_sending_without_hold_out_says_what_cannot_be_said(words: EffectWords) -> None:
    """Nobody takes sales after a letter for sales by it."""
    said = words.results(measured(held_out=None), "Spring news", "en")
    assert "Nobody was kept from it by lot" in said
    assert "more than chance" not in said


def test_few_recipients_and_few_kept_from_it_have_counts_only(words: EffectWords) -> None:
    """Nine of nine who bought are no share, and no proof."""
    few = dataclasses.replace(measured(held_out=Doings(9, bought=1)), look=None, outcome=None)
    effects = SendingEffects(SINCE, UNTIL, {"": Doings(9, bought=9, orders=9, amount=900)})
    said = words.results(dataclasses.replace(few, effects=effects), "Spring news", "en")
    assert "Bought: 9\n" in said
    assert "Too few recipients for shares" in said
    assert "one group is under 10" in said
    assert words.page(dataclasses.replace(few, effects=effects), "Spring news", "en") is None


def test_variants_are_not_told_apart_before_the_look(words: EffectWords) -> None:
    """Nobody peeks: neither the page nor the table says how each one does while they are tried."""
    running = dataclasses.replace(measured().sending, state=SendingState.RUNNING, winner="", decided_at=None)
    early = dataclasses.replace(measured(), sending=running, look=None, outcome=None)
    said = words.results(early, "Spring news", "en")
    assert "The variants are still being tried." in said
    assert "Variant a" not in said
    assert effects_document(early, "spring", "en")["variants"] == {}
    assert {row[0] for row in effects_rows(early)} == {"reached"}


def test_sending_that_reached_nobody_says_so(words: EffectWords) -> None:
    """There is nothing to count."""
    nobody = dataclasses.replace(measured(), effects=SendingEffects(SINCE, UNTIL))
    assert parse(words.results(nobody, "Spring", "en")).plain == "Spring has reached nobody yet."


@pytest.mark.parametrize("language", ["fi", "cs"])
def test_page_comes_in_each_language(words: EffectWords, language: str) -> None:
    """No text is missing, and no placeholder is left."""
    said = words.results(measured(), "Kevät", language)
    assert said.count("\n") > 30
    assert "{" not in said


@pytest.mark.parametrize("with_gaps", [True, False])
async def test_picture_shows_shares_and_what_changed(words: EffectWords, with_gaps: bool) -> None:
    """One row for each doing with its interval; drawn as a PNG."""
    found = measured() if with_gaps else measured(held_out=None)
    page = words.page(found, "Spring news & more of a very long title indeed", "en")
    assert isinstance(page, EffectsPage)
    assert [row.label for row in page.shares][:2] == ["Followed a button or link", "Answered"]
    assert page.shares[0].written == "14.0% · 126"
    assert [row.stands_out for row in page.gaps] == ([True, False, False, False] if with_gaps else [])
    assert (await draw(page)).startswith(b"\x89PNG")
