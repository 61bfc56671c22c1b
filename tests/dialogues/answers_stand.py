"""Questions and messages for the tests of reading answers."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from dialogues.answers import Missed, Reading, Understood, read_words
from domain.dialogues import Option, Question, QuestionKind
from domain.incoming import Place, Sender, Words

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
