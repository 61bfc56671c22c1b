"""Reading answers: what people type is taken as they mean it, whatever the kind of question and the language."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from dialogues import answers
from dialogues.answers import Missed, Part, Reading, Understood, match_label, read_choice, read_words
from dialogues.choices import choice_ids
from dialogues.numbers import read_scale
from dialogues.vocabulary import SHIPPED, vocabularies_of
from domain.dialogues import Option, Question, QuestionKind
from domain.incoming import Place, Sender, Words
from domain.messages import Media, MediaKind
from templates import words as texts

LANGUAGES = ("fi", "en", "cs")
ZONE = zoneinfo.ZoneInfo("Europe/Helsinki")
NOW = dt.datetime(2027, 3, 3, 22, 30, tzinfo=dt.UTC)  # a Wednesday; in Helsinki it is Thursday already
TODAY = dt.date(2027, 3, 4)
OPTIONS = (
    Option("delivery", {"fi": "Toimitus", "en": "Delivery", "cs": "Doručení"}),
    Option("product", {"fi": "Tuote", "en": "Product", "cs": "Výrobek"}),
    Option("service", {"fi": "Palvelu", "en": "Customer service", "cs": "Obsluha"}),
)


def question(kind: QuestionKind, **more: Any) -> Question:
    return Question("q", kind, {"en": "?"}, **more)


def message(text: str = "", **more: Any) -> Words:
    return Words(1, Sender(7), Place(7, private=True), NOW, 1, text, **more)


def read(asked: Question, words: Words | str, language: str = "en", **more: Any) -> Reading:
    words = message(words) if isinstance(words, str) else words
    return read_words(asked, words, language, LANGUAGES, NOW, ZONE, **more)


def value(asked: Question, words: Words | str, language: str = "en") -> Any:
    reading = read(asked, words, language)
    assert isinstance(reading, Understood), reading
    return reading.value


def hint(asked: Question, words: Words | str, language: str = "en") -> str:
    reading = read(asked, words, language)
    assert isinstance(reading, Missed), reading
    return reading.hint


# Choices -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Delivery", "delivery"),
        ("  TOIMITUS! ", "delivery"),
        ("doruceni", "delivery"),
        ("výro", "product"),
        ("tuot", "product"),
        ("customer service", "service"),
        ("Customer", "service"),
        ("service", "service"),
    ],
)
def test_typed_label_in_any_language_is_its_option(typed: str, expected: str) -> None:
    """Case, accents, punctuation and an unfinished word do not matter, nor does the language."""
    assert value(question(QuestionKind.CHOICE, options=OPTIONS), typed) == expected


@pytest.mark.parametrize("typed", ["d", "?", "delivery product", "something else"])
def test_typed_words_that_leave_a_doubt_are_missed(typed: str) -> None:
    """One letter, nothing at all, two labels: she is asked again rather than guessed at."""
    assert hint(question(QuestionKind.CHOICE, options=OPTIONS), typed) == "miss_choice"


def test_prefix_of_two_options_is_a_doubt() -> None:
    """A beginning counts only where it is the only one; the whole label always does."""
    labels = {"a": ["New car"], "b": ["New car and service"], "c": ["Old"]}
    assert match_label("new", labels) is None
    assert match_label("new car", labels) == "a"
    assert match_label("ne", {"a": ["Nejspíš"], "b": ["Ne"]}) == "b"


def test_several_typed_options_come_in_the_order_of_the_buttons() -> None:
    """Commas and the languages' own "and" part them; one that is unknown spoils the whole."""
    asked = question(QuestionKind.MANY, options=OPTIONS)
    assert value(asked, "palvelu ja toimitus", "fi") == ("delivery", "service")
    assert value(asked, "Product") == ("product",)
    assert hint(asked, "product and weather") == "miss_choice"


@pytest.mark.parametrize(
    ("typed", "language", "expected"),
    [
        ("Joo!", "fi", True),
        ("ei kiitos", "fi", False),
        ("Yes, please", "en", True),
        ("nope", "en", False),
        ("ANO", "cs", True),
        ("ne, děkuji", "cs", False),
        ("kyllä", "en", True),
        ("ne", "fi", False),
    ],
)
def test_yes_and_no_are_understood_in_three_languages(typed: str, language: str, expected: bool) -> None:
    """Her own language first, then the others."""
    for kind in (QuestionKind.YES_NO, QuestionKind.CONSENT, QuestionKind.CONFIRM):
        assert value(question(kind), typed, language) is expected


def test_neither_yes_nor_no_is_missed_by_its_kind() -> None:
    """A consent is never taken from a maybe."""
    kinds = (QuestionKind.YES_NO, QuestionKind.CONSENT, QuestionKind.CONFIRM)
    assert [hint(question(kind), "maybe yes") for kind in kinds] == ["miss_yes_no", "miss_consent", "miss_confirm"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("suomi", "fi"), ("Finnish", "fi"), ("cesky", None), ("Čeština", "cs"), ("englanti", "en"), ("en", "en")],
)
def test_language_is_chosen_by_any_of_its_names(typed: str, expected: str | None) -> None:
    """Her own word for it, ours, or the code."""
    reading = read(question(QuestionKind.LANGUAGE), typed)
    assert (reading.value if isinstance(reading, Understood) else None) == expected


# Numbers -----------------------------------------------------------------------------------------------------------


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


# Texts, phone, place, files ----------------------------------------------------------------------------------------


def test_text_keeps_to_its_length() -> None:
    """Too short and too long are told with their bound."""
    asked = question(QuestionKind.TEXT, low=3, high=5)
    assert value(asked, " abcd ") == "abcd"
    assert read(asked, "ab") == Missed("miss_text_short", {"low": 3})
    assert read(asked, "abcdef") == Missed("miss_text_long", {"high": 5})
    assert hint(asked, message(media=(Media(MediaKind.PHOTO, "x"),))) == "miss_text"


@pytest.mark.parametrize("typed", ["123456", "123 456", "Order 123456, please", "my order is 123 456", "nro: 123456."])
def test_pattern_finds_the_number_that_she_wraps_in_words(typed: str) -> None:
    """Six digits are six digits, with or without "order" before them."""
    assert value(question(QuestionKind.TEXT, pattern=r"\d{6}", sample="123456"), typed) == "123456"


@pytest.mark.parametrize("typed", ["12", "1234567", "123456 or 654321", "a" * 400 + " 123456"])
def test_pattern_that_fits_nowhere_or_twice_is_missed_with_the_sample(typed: str) -> None:
    """Nothing is guessed."""
    asked = question(QuestionKind.TEXT, pattern=r"\d{6}", sample="123456")
    assert read(asked, typed) == Missed("miss_pattern", {"sample": "123456"})


def test_phone_is_her_own_contact_or_typed_with_its_country() -> None:
    """Somebody else's card is not her number."""
    asked = question(QuestionKind.PHONE)
    assert value(asked, message(phone="358401234567", phone_owner=7)) == "+358401234567"
    assert hint(asked, message(phone="358401234567", phone_owner=8)) == "not_the_owner"
    assert hint(asked, message(phone="358401234567")) == "not_the_owner"
    typed = [value(asked, text) for text in ("+358 40 123-4567", "00358 (0)40 1234567", "+44 20 7946 0000")]
    assert typed == ["+358401234567", "+358401234567", "+442079460000"]
    assert [hint(asked, text) for text in ("040 123 4567", "+12", "call me", "")] == ["miss_phone"] * 4


def test_place_is_shared_and_never_typed() -> None:
    """Latitude and longitude, six places."""
    assert value(question(QuestionKind.LOCATION), message(location=(60.17, 24.9412345))) == "60.170000,24.941235"
    assert hint(question(QuestionKind.LOCATION), "Helsinki") == "miss_location"


@pytest.mark.parametrize(
    ("kind", "media"),
    [
        (QuestionKind.PHOTO, Media(MediaKind.PHOTO, "a")),
        (QuestionKind.PHOTO, Media(MediaKind.DOCUMENT, "a", name="box.JPG")),
        (QuestionKind.VOICE, Media(MediaKind.VOICE, "a")),
        (QuestionKind.DOCUMENT, Media(MediaKind.DOCUMENT, "a", name="bill.pdf")),
        (QuestionKind.DOCUMENT, Media(MediaKind.PHOTO, "a")),
    ],
)
def test_file_of_the_wanted_kind_is_taken_with_its_caption(kind: QuestionKind, media: Media) -> None:
    """An image sent as a file is a photo; an album is one answer."""
    assert read(question(kind), message("It was wet", media=(media, media))) == Understood(
        2, "It was wet", (media, media)
    )


@pytest.mark.parametrize("kind", [QuestionKind.PHOTO, QuestionKind.VOICE, QuestionKind.DOCUMENT, QuestionKind.MESSAGES])
def test_file_over_20_mb_says_so(kind: QuestionKind) -> None:
    """Telegram would not hand it over later."""
    media = Media(MediaKind.DOCUMENT, "a", name="x.jpg", size=20 * 1024 * 1024 + 1)
    assert hint(question(kind), message("see", media=(media,))) == "too_large"


def test_words_instead_of_a_file_are_missed_by_the_kind() -> None:
    """Each kind has its own hint."""
    kinds = (QuestionKind.PHOTO, QuestionKind.VOICE, QuestionKind.DOCUMENT)
    assert [hint(question(kind), "here") for kind in kinds] == ["miss_photo", "miss_voice", "miss_document"]
    assert hint(question(QuestionKind.PHOTO), message(media=(Media(MediaKind.STICKER, "s"),))) == "miss_photo"


def test_free_messages_collect_parts_of_any_kind() -> None:
    """Text, an album with its caption, a place: all parts of one answer until Done."""
    asked = question(QuestionKind.MESSAGES)
    album = (Media(MediaKind.PHOTO, "a"), Media(MediaKind.PHOTO, "b"))
    assert read(asked, "It broke") == Part("It broke", "It broke")
    assert read(asked, message("wet", media=album)) == Part("wet", "wet", album)
    assert read(asked, message(media=album)) == Part(2, "", album)
    assert read(asked, message(location=(1.0, 2.0))) == Part("1.000000,2.000000", "1.000000,2.000000")
    assert hint(asked, message(other="poll")) == "unsupported"


# Every kind --------------------------------------------------------------------------------------------------------


def every_question() -> list[Question]:
    more = {QuestionKind.CHOICE: {"options": OPTIONS}, QuestionKind.MANY: {"options": OPTIONS}}
    return [question(kind, **more.get(kind, {})) for kind in QuestionKind]


def test_every_choice_of_every_kind_can_be_tapped() -> None:
    """What a button offers is always understood."""
    for asked in every_question():
        for chosen in choice_ids(asked, LANGUAGES):
            assert read_choice(asked, chosen).text == chosen
    assert read_choice(question(QuestionKind.CONSENT), "no").value is False
    assert read_choice(question(QuestionKind.SCALE), "0").value == 0


@given(st.sampled_from(every_question()), st.text(max_size=200), st.sampled_from([*LANGUAGES, "sv", "zz", "xx-YY"]))
def test_no_text_breaks_the_reading(asked: Question, text: str, language: str) -> None:
    """Whatever she types there is an answer or a hint, and the answer is one that the question allows."""
    match read(asked, text, language):
        case Understood(value=found):
            ids = choice_ids(asked, LANGUAGES)
            if asked.kind in {QuestionKind.CHOICE, QuestionKind.LANGUAGE}:
                assert found in ids
            elif asked.kind in {QuestionKind.SCALE, QuestionKind.STARS}:
                assert str(found) in ids
            elif asked.kind is QuestionKind.MANY:
                assert found
                assert set(found) <= set(ids)
            elif asked.kind is QuestionKind.DATE:
                assert dt.date.fromisoformat(found)
        case Missed(hint=key):
            assert key
        case Part(value=found):
            assert found


@given(
    st.sampled_from(OPTIONS),
    st.sampled_from(LANGUAGES),
    st.sampled_from(["{}", " {}. ", "“{}”", "✓ {}", "{}!?"]),
    st.booleans(),
)
def test_label_is_recognised_however_it_is_dressed(option: Option, language: str, form: str, loud: bool) -> None:
    """Any label, any language, any case, any punctuation."""
    label = option.label[language]
    typed = form.format(label.upper() if loud else label)
    assert value(question(QuestionKind.CHOICE, options=OPTIONS), typed) == option.id


def test_fourth_language_brings_its_own_words(tmp_path: Path) -> None:
    """Names of days and months come from CLDR; yes, no, small numbers and nearby days from a word file."""
    (tmp_path / "reading.sv.toml").write_text(
        'yes = "ja|javisst"\nno = "nej"\nnumbers = "noll en|ett två tre fyra fem sex sju åtta nio tio"\n'
        'days.tomorrow = "i morgon"\n',
        encoding="utf-8",
    )
    for area in ("dialogue", "service", "newsletter"):
        content = (texts.SHIPPED / f"{area}.en.toml").read_text(encoding="utf-8")
        (tmp_path / f"{area}.sv.toml").write_text(content, encoding="utf-8")
    swedish = vocabularies_of(texts.Words.load([texts.SHIPPED, tmp_path], (*LANGUAGES, "sv")))

    def answered(kind: QuestionKind, typed: str) -> Any:
        reading = read_words(question(kind), message(typed), "sv", (*LANGUAGES, "sv"), NOW, ZONE, swedish)
        assert isinstance(reading, Understood), reading
        return reading.value

    assert answered(QuestionKind.YES_NO, "Ja!") is True
    assert answered(QuestionKind.CONSENT, "nej") is False
    assert [answered(QuestionKind.SCALE, typed) for typed in ("åtta", "ett", "tio")] == [8, 1, 10]
    assert answered(QuestionKind.DATE, "1 maj 2027") == "2027-05-01"
    assert answered(QuestionKind.DATE, "i morgon") == "2027-03-05"
    assert answered(QuestionKind.DATE, "måndag") == "2027-03-08"
    assert answered(QuestionKind.LANGUAGE, "svenska") == "sv"
    assert answered(QuestionKind.YES_NO, "kyllä") is True


def test_every_hint_has_its_text() -> None:
    """No hint leads to an empty answer."""
    source = Path(answers.__file__).read_text(encoding="utf-8")
    hints = set(re.findall(r'"((?:miss|too|not|unsupported)\w*)"', source)) | {
        "miss_photo",
        "miss_voice",
        "miss_document",
    }
    words = texts.Words.load([texts.SHIPPED], LANGUAGES)
    assert [key for key in sorted(hints) if not words.has(f"dialogue.{key}")] == []
    assert "miss_date_early" in hints


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
