"""Reading answers: what people type is taken as they mean it, whatever the kind of question and the language."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogues import answers
from dialogues.answers import Missed, Part, Understood, match_label, read_choice, read_words
from dialogues.choices import choice_ids
from dialogues.vocabulary import vocabularies_of
from domain.dialogues import Option, Question, QuestionKind
from domain.messages import Media, MediaKind
from templates import words as texts
from tests.dialogues.answers_stand import LANGUAGES, NOW, OPTIONS, ZONE, hint, message, question, read, value

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
    for source in texts.SHIPPED.glob("*.en.toml"):
        content = source.read_text(encoding="utf-8")
        (tmp_path / source.name.replace(".en.", ".sv.")).write_text(content, encoding="utf-8")
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
    ("text", "language", "meant"),
    [
        ("yes, I am her mother", "en", True),
        ("kyllä, olen äiti", "fi", True),
        ("ano, jsem matka", "cs", True),
        ("No, thank God!", "en", False),
        ("yes, but not on Sunday", "en", None),
        ("joo, jos ehdin", "fi", None),
        ("no problem", "en", None),
    ],
)
def test_yes_or_no_may_be_followed_by_words_that_leave_no_doubt(text: str, language: str, meant: bool | None) -> None:
    """A consent has to be plainer: there only the bare word counts."""
    asked = question(QuestionKind.YES_NO)
    if meant is None:
        assert hint(asked, text, language) == "miss_yes_no"
    else:
        assert value(asked, text, language) is meant
    assert hint(question(QuestionKind.CONSENT), text, language) == "miss_consent"


def test_part_of_a_label_means_it_when_no_other_has_it() -> None:
    """She need not repeat the whole button."""
    labels = {"a": ["I changed my mind"], "b": ["It is broken"], "c": ["It is the wrong item"]}
    assert match_label("changed my mind", labels) == "a"
    assert match_label("broken", labels) == "b"
    assert match_label("it is", labels) is None
    assert match_label("ken", labels) is None


@pytest.mark.parametrize(
    ("text", "language", "meant"),
    [
        ("+358 45 123 4567", "en", "+358451234567"),
        ("00420 601 123 456", "fi", "+420601123456"),
        ("045 123 4567", "fi", "+358451234567"),
        ("my number is 040-1234567, thanks", "fi", "+358401234567"),
        ("601 123 456", "cs", "+420601123456"),
        ("+44 (0)20 7946 0000", "en", "+442079460000"),
        ("045 123 4567", "en", None),
        ("601 123 456 or 602 123 456", "cs", None),
        ("12345", "fi", None),
    ],
)
def test_phone_number_is_read_with_its_country_or_as_dialled_at_home(
    text: str, language: str, meant: str | None
) -> None:
    """A Finn writes 045, a Czech writes nine digits; English is spoken in too many countries to guess."""
    asked = question(QuestionKind.PHONE)
    if meant is None:
        assert hint(asked, text, language) == "miss_phone"
    else:
        assert value(asked, text, language) == meant


@pytest.mark.parametrize(("text", "meant"), [("👍", True), ("👍🏽", True), ("✅", True), ("👎", False), ("❌", False)])
def test_thumb_is_a_yes_or_a_no(text: str, meant: bool) -> None:
    """People answer so."""
    assert value(question(QuestionKind.YES_NO), text) is meant


def test_slip_of_the_finger_still_means_the_button() -> None:
    """Only where no other label is as near."""
    assert value(question(QuestionKind.CHOICE, options=OPTIONS), "delivry") == "delivery"
    assert value(question(QuestionKind.CHOICE, options=OPTIONS), "toimtus", "fi") == "delivery"
    assert hint(question(QuestionKind.CHOICE, options=OPTIONS), "prodelivery") == "miss_choice"
    assert match_label("morning", {"a": ["Mornings"], "b": ["Mornning"]}) == "a"
    assert match_label("mornink", {"a": ["mornina"], "b": ["morninb"]}) is None
