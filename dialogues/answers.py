"""
Reading answers: what a message, or a tap on a choice, means as the answer to a question of each kind.

Pure functions. What people type is taken as they mean it: labels in any language, numbers and dates in their own way.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import PurePath
from typing import Any

from dialogues.choices import bounds
from dialogues.dates import read_date
from dialogues.numbers import names_other_currency, read_amount, read_number, read_scale
from dialogues.phones import read_phone
from dialogues.vocabulary import DOUBTS, SHIPPED, Vocabulary, fold, in_order, language_names
from domain.dialogues import Question, QuestionKind
from domain.incoming import Words
from domain.messages import Media, MediaKind

_KIND = QuestionKind
_FILES = {
    _KIND.PHOTO: frozenset({MediaKind.PHOTO}),
    _KIND.VOICE: frozenset({MediaKind.VOICE, MediaKind.AUDIO, MediaKind.VIDEO_NOTE}),
    _KIND.DOCUMENT: frozenset(MediaKind) - {MediaKind.STICKER, MediaKind.ANIMATION},
}
_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff"})
_SEPARATORS = re.compile(r"[,;\n+&/]|\b(?:and|ja|sekä|a|i|och)\b", re.IGNORECASE)
_LONGEST_FOR_PATTERN = 300  # signs; bounds what a regular expression can cost
_SHORTEST_PART = 4  # signs of a label that mean it, wherever they stand in it
_SLIP = 0.85  # difflib's ratio: one wrong sign in a word of seven
_THUMBS = {"👍": True, "👌": True, "✅": True, "✔": True, "👎": False, "❌": False, "✖": False, "🚫": False}
_FIRST_WORD = re.compile(r"\s*([^\W\d_]+)\s*[,.!;–-]\s*(\S.*)", re.DOTALL)
TEXT_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Understood:
    """An answer: *value* as rules see it, *text* as she gave it."""

    value: Any
    text: str
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an answer that goes on until Done."""

    value: Any
    text: str
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """Not understood: *hint* is the key of the text in area "dialogue" that says why, with its *values*."""

    hint: str
    values: Mapping[str, Any] = field(default_factory=dict)


Reading = Understood | Part | Missed


def read_choice(question: Question, chosen: str) -> Understood:
    """Read a tap on the choice of id *chosen*, which the question offers (see `dialogues.choices`)."""
    match question.kind:
        case _KIND.SCALE | _KIND.STARS:
            return Understood(int(chosen), chosen)
        case _KIND.YES_NO | _KIND.CONSENT | _KIND.CONFIRM:
            return Understood(chosen == "yes", chosen)
        case _KIND.MANY:
            return Understood((chosen,), chosen)
        case _:
            return Understood(chosen, chosen)


def read_words(
    question: Question,
    words: Words,
    language: str,
    languages: Sequence[str],
    now: dt.datetime,
    zone: zoneinfo.ZoneInfo,
    vocabularies: Mapping[str, Vocabulary] = SHIPPED,
) -> Reading:
    """
    Read a message as the answer to *question*.

    *language* is hers and is tried first, then the company's *languages*. "Today" is the day of *now* in *zone*.
    Never raises; what cannot be the answer is `Missed` with the reason.
    """
    text = words.text.strip()
    spoken = tuple(in_order(language, languages, vocabularies))
    match question.kind:
        case _KIND.PHOTO | _KIND.VOICE | _KIND.DOCUMENT | _KIND.MESSAGES:
            return _files(question, words, text)
        case _KIND.PHONE:
            return _phone(words, text, language)
        case _KIND.LOCATION:
            return _location(words, text)
        case _KIND.TEXT if not text:
            return Missed("miss_text")
        case _KIND.TEXT:
            return _text(question, text)
        case _KIND.CHOICE | _KIND.MANY:
            return _options(question, text)
        case _KIND.SCALE | _KIND.STARS:
            low, high = bounds(question)
            number = read_scale(text, low, high, language, spoken)
            return Missed("miss_scale", {"low": low, "high": high}) if number is None else Understood(number, text)
        case _KIND.YES_NO | _KIND.CONSENT | _KIND.CONFIRM:
            return _yes_no(question, text, spoken)
        case _KIND.NUMBER:
            return _number(question, text, language, spoken)
        case _KIND.DATE:
            return _date(question, text, (language, *languages), now.astimezone(zone).date(), vocabularies)
        case _:
            return _language(text, languages)


def match_label(text: str, labels: Mapping[str, Iterable[str]]) -> str | None:
    """
    Find the id whose label *text* means: the same words, else the only label that begins so, that has them in it
    ("changed my mind"), or that differs by a slip of the finger ("delivry"); None when in doubt.

    Case, accents and punctuation do not count. *labels* maps ids to all their labels, in every language.
    """
    wanted = fold(text)
    if not wanted:
        return None
    folded = {id_: {fold(label) for label in some} for id_, some in labels.items()}
    exact = [id_ for id_, some in folded.items() if wanted in some]
    if exact:
        return exact[0] if len(exact) == 1 else None
    near = [id_ for id_, some in folded.items() if any(label.startswith(wanted) for label in some)]
    if near or len(wanted) < _SHORTEST_PART:
        return near[0] if len(near) == 1 and len(wanted) >= 2 else None
    within = [id_ for id_, some in folded.items() if any(f" {wanted} " in f" {label} " for label in some)]
    if within:
        return within[0] if len(within) == 1 else None
    every = [label for some in folded.values() for label in some]
    close = get_close_matches(wanted, every, n=len(every), cutoff=_SLIP) if _SHORTEST_PART < len(wanted) <= 60 else []
    slips = {id_ for id_, some in folded.items() if some & set(close)}
    return slips.pop() if len(slips) == 1 else None


def _text(question: Question, text: str) -> Reading:
    low, high = int(question.low or 0), int(question.high or TEXT_LIMIT)
    if question.pattern:
        found = _matched(question.pattern, text)
        return Missed("miss_pattern", {"sample": question.sample}) if found is None else Understood(found, found)
    if len(text) < low:
        return Missed("miss_text_short", {"low": low})
    if len(text) > high:
        return Missed("miss_text_long", {"high": high})
    return Understood(text, text)


def _matched(pattern: str, text: str) -> str | None:
    """Find what the pattern means in the text: the whole, the whole without blanks, or the one place that fits.

    "My order is 654 321" has one, too.
    """
    if len(text) > _LONGEST_FOR_PATTERN:
        return None
    for candidate in (text, re.sub(r"\s+", "", text)):
        if re.fullmatch(pattern, candidate):
            return candidate
    for candidate in (text, re.sub(r"(?<=\d)[ \u00a0](?=\d)", "", text)):
        places = {found[0] for found in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", candidate) if found[0]}
        if places:
            return places.pop() if len(places) == 1 else None
    return None


def _options(question: Question, text: str) -> Reading:
    labels = {option.id: (*option.label.values(), option.id) for option in question.options}
    whole = match_label(text, labels)
    if question.kind is _KIND.CHOICE:
        return Missed("miss_choice") if whole is None else Understood(whole, text)
    if whole is not None:
        return Understood((whole,), text)
    found = [match_label(part, labels) for part in _SEPARATORS.split(text) if fold(part)]
    if not found or None in found:
        return Missed("miss_choice")
    return Understood(tuple(option.id for option in question.options if option.id in found), text)


def _yes_no(question: Question, text: str, spoken: Iterable[Vocabulary]) -> Reading:
    every = tuple(spoken)
    said = _said_yes(fold(text), every) if fold(text) else _THUMBS.get(text[:1])
    if said is None and question.kind is _KIND.YES_NO and (found := _FIRST_WORD.fullmatch(text)):
        rest = fold(found[2]).split()  # "yes, I am her mother": a consent would have to be plainer than that
        doubtful = any(word in DOUBTS or _said_yes(word, every) is not None for word in rest)
        said = None if doubtful or len(text) > _LONGEST_FOR_PATTERN else _said_yes(fold(found[1]), every)
    if said is not None:
        return Understood(said, text)
    return Missed({_KIND.CONSENT: "miss_consent", _KIND.CONFIRM: "miss_confirm"}.get(question.kind, "miss_yes_no"))


def _said_yes(folded: str, spoken: Iterable[Vocabulary]) -> bool | None:
    for vocabulary in spoken:
        if folded in vocabulary.yes or folded in vocabulary.no:
            return folded in vocabulary.yes
    return None


def _number(question: Question, text: str, language: str, spoken: Iterable[Vocabulary]) -> Reading:
    number = read_amount(text, question.currency, language) if question.currency else None
    if number is None:
        number = read_number(text, language, spoken)
    if question.currency and names_other_currency(text, question.currency):
        return Missed("miss_currency", {"currency": question.currency})
    if number is None:
        return Missed("miss_amount", {"currency": question.currency}) if question.currency else Missed("miss_number")
    if question.whole and number != int(number):
        return Missed("miss_number_whole")
    low, high = question.low, question.high
    if (low is not None and number < low) or (high is not None and number > high):
        if low is None or high is None:
            bound, value = ("miss_number_least", low) if high is None else ("miss_number_most", high)
            return Missed(bound, {"bound": _tidy(value)})
        return Missed("miss_number_range", {"low": _tidy(low), "high": _tidy(high)})
    return Understood(number, text)


def _tidy(number: float | None) -> int | float:
    assert number is not None
    return int(number) if number == int(number) else number


def _date(
    question: Question, text: str, languages: Sequence[str], today: dt.date, vocabularies: Mapping[str, Vocabulary]
) -> Reading:
    """A date's `low` and `high` are days from today: 0 and none for the future, none and 0 for the past."""
    low, high = (None if days is None else _shifted(today, days) for days in (question.low, question.high))
    earliest = max(filter(None, (low, question.earliest)), default=None)
    latest = min(filter(None, (high, question.latest)), default=None)
    ahead = True if earliest and earliest >= today else False if latest and latest <= today else None
    day = read_date(text, languages[0], languages, today, vocabularies, ahead=ahead)
    if day is None:
        shown = max(today, earliest or today) if latest is None else min(max(today, earliest or today), latest)
        return Missed("miss_date", {"sample": f"{shown.day}.{shown.month}.{shown.year}"})
    if earliest and day < earliest:
        return Missed("miss_date_early", {"earliest": earliest})
    if latest and day > latest:
        return Missed("miss_date_late", {"latest": latest})
    return Understood(day.isoformat(), text)


def _shifted(today: dt.date, days: float) -> dt.date:
    try:
        return today + dt.timedelta(days=int(days))
    except OverflowError:
        return dt.date.max if days > 0 else dt.date.min


def _language(text: str, languages: Sequence[str]) -> Reading:
    spoken = tuple(languages)
    chosen = match_label(text, {tag: language_names(tag, spoken) for tag in spoken})
    return Missed("miss_choice") if chosen is None else Understood(chosen, text)


def _phone(words: Words, text: str, language: str) -> Reading:
    if words.phone:
        if words.phone_owner != words.sender.id:
            return Missed("not_the_owner")
        number = "+" + re.sub(r"\D", "", words.phone)
        return Understood(number, number)
    read = read_phone(text, language)
    return Missed("miss_phone") if read is None else Understood(read, read)


def _location(words: Words, text: str) -> Reading:
    if words.location is None:
        return Missed("miss_location")
    place = "{:.6f},{:.6f}".format(*words.location)
    return Understood(place, text or place)


def _files(question: Question, words: Words, text: str) -> Reading:
    if any(media.is_too_large for media in words.media):
        return Missed("too_large")
    if question.kind is _KIND.MESSAGES:
        place = "" if words.location is None else "{:.6f},{:.6f}".format(*words.location)
        said = "\n".join(filter(None, (text, place, words.phone)))
        if not said and not words.media:
            return Missed("unsupported" if words.other else "miss_messages")
        return Part(said or len(words.media), said, words.media)
    fitting = tuple(media for media in words.media if _fits(question.kind, media))
    if not fitting:
        return Missed(f"miss_{question.kind.value}")
    return Understood(len(fitting), text, fitting)


def _fits(kind: QuestionKind, media: Media) -> bool:
    if kind is _KIND.PHOTO and media.kind is MediaKind.DOCUMENT:
        return PurePath(media.name.lower()).suffix in _IMAGES
    return media.kind in _FILES[kind]
