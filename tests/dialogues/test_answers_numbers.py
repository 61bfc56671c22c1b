"""Reading scores, numbers and dates as people write them in each language."""

from __future__ import annotations

import datetime as dt

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from dialogues.answers import Missed
from dialogues.numbers import read_scale
from dialogues.vocabulary import SHIPPED
from domain.dialogues import QuestionKind
from tests.dialogues.answers_stand import LANGUAGES, TODAY, hint, question, read, value


@pytest.mark.parametrize(
    ("typed", "language", "expected"),
    [
        ("8", "fi", 8),
        (" 8! ", "en", 8),
        ("8/10", "en", 8),
        ("8 out of 10", "en", 8),
        ("9 z 10", "cs", 9),
        ("kahdeksan", "fi", 8),
        ("Kasi", "fi", 8),
        ("osm", "fi", 8),
        ("Ten", "en", 10),
        ("nula", "cs", 0),
        ("10+", "en", 10),
        ("8️⃣", "en", 8),
        ("about 7", "en", 7),
    ],
)
def test_scale_is_read_as_people_answer_it(typed: str, language: str, expected: int) -> None:
    """Digits, words, "out of ten", an emoji."""
    assert value(question(QuestionKind.SCALE, low=0, high=10), typed, language) == expected


@pytest.mark.parametrize("typed", ["11", "-1", "7-8", "7 or 8", "7.5", "8/5", "great", "100 %", ""])
def test_scale_refuses_what_is_no_single_number_on_it(typed: str) -> None:
    """Nothing is rounded or chosen for her."""
    reading = read(question(QuestionKind.SCALE, low=0, high=10), typed)
    assert reading == Missed("miss_scale", {"low": 0, "high": 10})


def test_stars_may_be_drawn_counted_or_named() -> None:
    """Three ways to say three stars."""
    asked = question(QuestionKind.STARS)
    assert [value(asked, typed) for typed in ("★★★", "⭐️⭐️⭐️", "3", "three stars", "kolme tähteä")] == [3] * 5
    assert hint(asked, "★★★★★★") == "miss_scale"


@pytest.mark.parametrize(
    ("typed", "language", "expected"),
    [
        ("7,5", "fi", 7.5),
        ("7.5", "fi", 7.5),
        ("1 234,50 €", "cs", 1234.5),
        ("1,234.50", "en", 1234.5),
        ("1,234", "en", 1234),
        ("1,234", "fi", 1.234),
        ("1.234.567,8", "cs", 1234567.8),
        ("−12", "fi", -12),
        ("noin 40 km", "fi", 40),
        ("5'000", "en", 5000),
        ("kymmenen", "fi", 10),
    ],
)
def test_number_is_read_with_the_languages_own_signs(typed: str, language: str, expected: float) -> None:
    """Comma or point by language, blanks and units aside."""
    assert value(question(QuestionKind.NUMBER), typed, language) == expected


def test_number_outside_its_bounds_says_which_bound() -> None:
    """The hint carries what the text needs."""
    assert read(question(QuestionKind.NUMBER, low=1, high=12), "13") == Missed(
        "miss_number_range", {"low": 1, "high": 12}
    )
    assert read(question(QuestionKind.NUMBER, low=0.5), "0") == Missed("miss_number_least", {"bound": 0.5})
    assert read(question(QuestionKind.NUMBER, high=9), "10") == Missed("miss_number_most", {"bound": 9})
    assert hint(question(QuestionKind.NUMBER), "12 or 13") == "miss_number"


@given(st.integers(-999_999, 999_999), st.sampled_from(LANGUAGES))
def test_number_written_by_the_locale_is_read_back(number: int, language: str) -> None:
    """What our own texts print, people may type back."""
    written = format_decimal(number / 100, locale="en_GB" if language == "en" else language)
    digits = written.lstrip("-−")
    if language == "en" or "," in digits or digits.isdecimal() or not digits.replace("\xa0", "").isdecimal():
        assert value(question(QuestionKind.NUMBER), written, language) == pytest.approx(number / 100)


# Dates -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "language", "expected"),
    [
        ("1.4.2027", "fi", "2027-04-01"),
        ("1. 4. 2027", "cs", "2027-04-01"),
        ("01/04/27", "en", "2027-04-01"),
        ("3/25/2027", "en", "2027-03-25"),
        ("2027-03-01", "en", "2027-03-01"),
        ("1.3.", "fi", "2027-03-01"),
        ("28.12.", "fi", "2026-12-28"),
        ("1 March 2027", "en", "2027-03-01"),
        ("March 1st, 2027", "en", "2027-03-01"),
        ("the 1st of april", "en", "2027-04-01"),
        ("1. maaliskuuta 2027", "fi", "2027-03-01"),
        ("1. března 2027", "cs", "2027-03-01"),
        ("5. brezna", "cs", "2027-03-05"),
        ("5. března", "en", "2027-03-05"),
        ("today", "en", "2027-03-04"),
        ("Huomenna", "fi", "2027-03-05"),
        ("zítra", "cs", "2027-03-05"),
        ("the day after tomorrow", "en", "2027-03-06"),
        ("eilen", "fi", "2027-03-03"),
        ("maanantaina", "fi", "2027-03-08"),
        ("next Monday", "en", "2027-03-08"),
        ("v neděli", "cs", "2027-03-07"),
        ("ve středu", "cs", "2027-03-10"),
        ("torstaina", "fi", "2027-03-11"),
        ("29.2.", "fi", "2028-02-29"),
        ("24.12.1956", "fi", "1956-12-24"),
        ("24.12.56", "fi", "1956-12-24"),
    ],
)
def test_date_is_read_as_people_write_it(typed: str, language: str, expected: str) -> None:
    """Digits, names of months and weekdays, and words like tomorrow; today is the day in the customer's zone."""
    assert value(question(QuestionKind.DATE), typed, language) == expected


@pytest.mark.parametrize("typed", ["31.2.2027", "1.13.2027", "soon", "12", "1.2.3.4", "2027", "March", "x" * 5000])
def test_date_that_does_not_exist_or_is_none_is_missed(typed: str) -> None:
    """An example in the hint shows how to write it."""
    assert read(question(QuestionKind.DATE), typed) == Missed("miss_date", {"sample": "4.3.2027"})


def test_date_of_the_future_or_the_past_is_bound_and_read_that_way() -> None:
    """For a booking "1.3." is next year's; a visit that lies behind us cannot be tomorrow."""
    ahead, behind = question(QuestionKind.DATE, low=0), question(QuestionKind.DATE, high=0)
    assert value(ahead, "1.3.") == "2028-03-01"
    assert value(behind, "5.3.") == "2026-03-05"
    assert value(behind, "Wednesday") == "2027-03-03"
    assert read(ahead, "yesterday") == Missed("miss_date_early", {"earliest": TODAY})
    assert read(behind, "tomorrow") == Missed("miss_date_late", {"latest": TODAY})


@given(
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)), st.sampled_from(LANGUAGES), st.sampled_from(["medium", "long"])
)
def test_date_written_by_the_locale_is_read_back(day: dt.date, language: str, form: str) -> None:
    """Every day, as each language writes it."""
    written = format_date(day, form, locale="en_GB" if language == "en" else language)
    assert value(question(QuestionKind.DATE), written, language) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("I'd say 8", 8),
        ("8, because you were slow", 8),
        ("antaisin 7", 7),
        ("Main Street 1", None),
        ("We waited 2 h", None),
    ],
)
def test_a_number_in_a_sentence_about_something_else_is_no_score(text: str, score: int | None) -> None:
    """A wrong score recorded in silence is worse than asking again."""
    assert read_scale(text, 0, 10, "en", tuple(SHIPPED.values())) == score
