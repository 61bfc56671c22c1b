"""Amounts, whole numbers and days: read as people write them, within their bounds, and written back as people do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dialogues.speaking import Speaker
from domain.dialogues import Answer, Question, QuestionKind, Run, RunState, Script
from templates.locales import amount
from templates.words import SHIPPED, Words
from tests.dialogues.answers_stand import LANGUAGES, NOW, hint, question, value

PRICE = question(QuestionKind.NUMBER, currency="EUR", low=0, high=10_000)
KORUNAS = question(QuestionKind.NUMBER, currency="CZK")
PARTY = question(QuestionKind.NUMBER, whole=True, low=1, high=20)
SUMMER = question(QuestionKind.DATE, earliest=dt.date(2027, 6, 1), latest=dt.date(2027, 8, 31))


@pytest.mark.parametrize(
    ("asked", "text", "language", "meant"),
    [
        (PRICE, "49,90 €", "fi", 49.9),
        (PRICE, "€49.90", "en", 49.9),
        (PRICE, "49e", "fi", 49),
        (PRICE, "1.200,50 eur", "fi", 1200.5),
        (PRICE, "1.200", "fi", 1200),
        (PRICE, "about 50 euros", "en", 50),
        (PRICE, "viisi", "fi", 5),
        (KORUNAS, "1 200 Kč", "cs", 1200),
        (KORUNAS, "1.200,-", "cs", 1200),
        (KORUNAS, "50,- kč", "cs", 50),
        (PARTY, "we are four", "en", 4),
        (PARTY, "meitä on neljä", "fi", 4),
        (PARTY, "bude nás pět", "cs", 5),
        (PARTY, "kaksitoista", "en", 12),
        (SUMMER, "12.6.", "fi", "2027-06-12"),
        (SUMMER, "31 August", "en", "2027-08-31"),
    ],
)
def test_amount_count_or_day_is_read_as_people_write_it(asked: Question, text: str, language: str, meant: Any) -> None:
    """The currency may stand before, behind or not at all; the words about a count do no harm."""
    assert value(asked, text, language) == meant


@pytest.mark.parametrize(
    ("asked", "text", "language", "why"),
    [
        (PRICE, "1200 Kč", "cs", "miss_currency"),
        (PRICE, "10-20 €", "en", "miss_amount"),
        (PRICE, "a lot", "en", "miss_amount"),
        (PRICE, "-5 €", "en", "miss_number_range"),
        (PARTY, "2,5", "fi", "miss_number_whole"),
        (PARTY, "two adults and three children", "en", "miss_number"),
        (PARTY, "I do not know which one", "en", "miss_number"),
        (SUMMER, "31.5.2027", "en", "miss_date_early"),
        (SUMMER, "1.9.2027", "en", "miss_date_late"),
    ],
)
def test_what_is_no_answer_is_told_why(asked: Question, text: str, language: str, why: str) -> None:
    """Another currency, a range, half a person, a day out of season: each has its own hint."""
    assert hint(asked, text, language) == why


@pytest.mark.parametrize("language", LANGUAGES)
def test_hint_for_an_amount_shows_one(language: str) -> None:
    """The example is written in the asked currency."""
    words = Words.load([SHIPPED], LANGUAGES)
    assert "49" in words.html("dialogue.miss_amount", language, currency="EUR")
    assert "Kč" in words.html("dialogue.miss_currency", "cs", currency="CZK")
    assert words.html("dialogue.miss_number_whole", language)


@pytest.mark.parametrize(
    ("figure", "currency", "language", "written"),
    [
        (49.9, "EUR", "fi", "49,90 €"),
        (49.9, "EUR", "en", "€49.90"),
        (1200, "CZK", "cs", "1 200 Kč"),
        (1200, "EUR", "fi", "1 200 €"),
    ],
)
def test_amount_is_written_as_a_price(figure: float, currency: str, language: str, written: str) -> None:
    """Whole amounts go without decimals."""
    assert amount(figure, currency, language).replace("\u00a0", " ") == written


@pytest.mark.parametrize(
    ("kind", "given", "typed", "language", "shown"),
    [
        (QuestionKind.NUMBER, 2, "kaksi", "en", "2"),
        (QuestionKind.NUMBER, 7.5, "7.5", "fi", "7,5"),
        (QuestionKind.DATE, "2027-06-12", "next Saturday", "en", "Saturday 12 June 2027"),
        (QuestionKind.DATE, "2027-06-12", "12.6.", "fi", "lauantai 12. kesäkuuta 2027"),
        (QuestionKind.DATE, "2015-05-03", "3.5.15", "cs", "3. května 2015"),
        (QuestionKind.YES_NO, True, "joo", "cs", "Ano"),
        (QuestionKind.CONFIRM, False, "no", "en", "No"),
    ],
)
def test_answer_is_repeated_in_the_reader_s_own_way(
    kind: QuestionKind, given: Any, typed: str, language: str, shown: str
) -> None:
    """ "kaksi" is read aloud as 2, and "next Saturday" as the day that was understood."""
    asked = Question("q", kind, {"en": "?"})
    script = Script("s", 1, {"en": "S"}, (asked,), ())
    answer = Answer("q", 1, NOW, given, typed)
    run = Run(1, 1, "s", "x", RunState.OPEN, NOW, "customer", 1, answers=(answer,))
    speaker = Speaker(Words.load([SHIPPED], LANGUAGES), LANGUAGES)
    told = speaker.answer_texts(script, {"q": given}, language, run)["q"]
    assert told.replace("\u00a0", " ").replace(",", "") == shown.replace(",", "")


@pytest.mark.parametrize(
    ("text", "language", "meant"),
    [
        ("perjantaina 11.6.", "fi", "2027-06-11"),
        ("Friday, 11 June 2027", "en", "2027-06-11"),
        ("pátek 11. června 2027", "cs", "2027-06-11"),
        ("on 12.6. please", "en", "2027-06-12"),
        ("juhannuspäivänä 26.6.", "fi", "2027-06-26"),
        ("v neděli 13. 6.", "cs", "2027-06-13"),
        ("Saturday 11 June 2027", "en", None),
        ("12.6. or 13.6.", "en", None),
        ("version 1.2", "en", None),
    ],
)
def test_day_may_stand_among_words_if_only_one_is_meant(text: str, language: str, meant: str | None) -> None:
    """What we write ourselves is understood; a weekday that contradicts its date is asked again."""
    asked = question(QuestionKind.DATE)
    if meant is None:
        assert hint(asked, text, language) == "miss_date"
    else:
        assert value(asked, text, language) == meant


@pytest.mark.parametrize(("text", "language"), [("in a week", "en"), ("viikon päästä", "fi"), ("za týden", "cs")])
def test_a_week_from_now_is_a_day(text: str, language: str) -> None:
    """Counted from the customer's own today."""
    assert value(question(QuestionKind.DATE), text, language) == "2027-03-11"
