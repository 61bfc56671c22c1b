"""What customers' words are about: how well the shipped themes find it, and how a list of words is read."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from domain.themes import Theme
from insight.themes import ThemeIndex, language_of, themes_in, words_of
from templates.themes import SHIPPED, load_themes

GALLERY = Path(__file__).parent / "gallery"


def lemmas_of(language: str, texts: list[str]) -> dict[str, str]:
    words = sorted({word for text in texts for word in words_of(text)})
    worker = [sys.executable, "-m", "insight.lemmas", language]
    done = subprocess.run(worker, input="\n".join(words), capture_output=True, text=True, encoding="utf-8", check=True)
    return dict(zip(words, done.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("language", ["en", "fi", "cs"])
def test_shipped_themes_find_what_people_labelled(language: str) -> None:
    """At least four of five themes that are there are found, and of those found four of five are there."""
    files = [GALLERY / f"{name}.{language}.toml" for name in ("themes", "later")]
    said = [
        [(each["text"], set(each["themes"])) for each in tomllib.loads(f.read_text("utf-8"))["said"]] for f in files
    ]
    assert sum(len(each) for each in said) >= 30
    lemmas = lemmas_of(language, [text for each in said for text, _ in each])
    index = ThemeIndex(load_themes([SHIPPED]), language)
    for file, sentences in zip(files, said, strict=True):
        found = [(index.themes_in(words_of(text), lemmas), wanted) for text, wanted in sentences]
        right = sum(len(got & wanted) for got, wanted in found)
        precision = right / sum(len(got) for got, _ in found)
        recall = right / sum(len(wanted) for _, wanted in found)
        print(f"{file.name}: {len(sentences)} sentences, precision {precision:.2f}, recall {recall:.2f}")
        assert precision >= 0.8
        assert recall >= 0.8


def _theme(words: str, language: str = "en") -> list[Theme]:
    return [Theme("it", {}, {language: tuple(words.split(","))})]


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("parcel", "Where is my PARCEL?", True),
        ("parcel", "parcels", True),
        ("parcel", "parcelled", False),
        ("toimitus*", "toimitusaika", True),
        ("*valikoima", "Teevalikoima!", True),
        ("sold out", "It was sold out again", True),
        ("sold out", "I sold it and went out", False),
        ("příliš", "prilis dlouho", True),
        ("rip-off", "what a rip-off", True),
    ],
)
def test_word_of_a_theme_is_found_as_it_is_meant(words: str, text: str, *, found: bool) -> None:
    """By its lemma, by the star, word after word, and written without diacritics as people do on a phone."""
    assert bool(themes_in(text, "en", _theme(words), {"parcels": "parcel"})) is found


def test_text_may_have_several_themes_or_none() -> None:
    """Themes do not exclude each other."""
    themes = [Theme("one", {}, {"en": ("price",)}), Theme("two", {}, {"en": ("staff",)})]
    assert themes_in("The price is fine and the staff, too", "en", themes, {}) == {"one", "two"}
    assert themes_in("…", "en", themes, {}) == set()
    assert themes_in("The price", "fi", themes, {}) == set()


@pytest.mark.parametrize(
    ("text", "expected", "language"),
    [
        ("The delivery was late and I had to wait", "fi", "en"),
        ("toimitus oli myöhässä ja en saanut mitään", "en", "fi"),
        ("dlouho jsem čekala a nikdo se mi neozval", "en", "cs"),
        ("ok", "cs", "cs"),
        ("Varför kommer ni aldrig", "sv", "sv"),
    ],
)
def test_language_is_the_customers_unless_the_words_say_another(text: str, expected: str, language: str) -> None:
    """A Finnish customer may write in English; two words are no evidence."""
    assert language_of(words_of(text), expected) == language


def test_lemmas_come_from_a_process_of_their_own() -> None:
    """Inflected words are given back as the dictionary has them; strange ones as they are."""
    assert lemmas_of("cs", ["zaměstnanci xqzt"]) == {"zaměstnanci": "zaměstnanec", "xqzt": "xqzt"}
