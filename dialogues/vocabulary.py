"""
The words by which people answer in each language: yes and no, small numbers, days; and folding, which ignores case,
accents and punctuation.

Names of months, weekdays and languages come from CLDR for every language; the rest is here, and from the word files
`reading.LANGUAGE.toml` for further languages.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from babel import Locale, UnknownLocaleError

from templates.words import Words


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """
    The words of one language, all folded.

    *numbers* maps words to 0 to 20, *days* maps words to days from today, *fillers* are the small words that a date may
    hold ("on", "of").
    """

    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    numbers: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    fillers: frozenset[str] = frozenset()


def fold(text: str) -> str:
    """Give *text* without case, accents, punctuation and double blanks: what two people would call the same words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(kept).split())


def _numbers(*words: str) -> dict[str, int]:
    """Number the words from 0; several for one number are separated by a stroke."""
    return {fold(word): number for number, several in enumerate(words) for word in several.split("|")}


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split("|"))


SHIPPED: Mapping[str, Vocabulary] = {
    "fi": Vocabulary(
        yes=_words("kyllä|kyllä kiitos|kyl|joo|juu|jep|totta kai|tottakai|ilman muuta|sopii|ok|okei|k|haluan|suostun"),
        no=_words("ei|ei kiitos|ei ole|eipä|ei missään nimessä|en|en halua|en suostu|e"),
        numbers=_numbers(
            *(
                "nolla",
                "yksi|yks|ykkönen",
                "kaksi|kaks|kakkonen",
                "kolme|kolmonen",
                "neljä|nelonen",
                "viisi|viis|viitonen",
            ),
            *("kuusi|kuus|kutonen", "seitsemän|seiska", "kahdeksan|kasi", "yhdeksän|ysi", "kymmenen|kymppi"),
            *("yksitoista", "kaksitoista|tusina", "kolmetoista", "neljätoista", "viisitoista", "kuusitoista"),
            *("seitsemäntoista", "kahdeksantoista", "yhdeksäntoista", "kaksikymmentä"),
        ),
        days={"tanaan": 0, "huomenna": 1, "ylihuomenna": 2, "eilen": -1, "toissapaivana": -2}
        | {"viikon paasta": 7, "viikon kuluttua": 7, "kahden viikon paasta": 14, "kahden viikon kuluttua": 14},
        fillers=_words("ensi|tulevana|viime|tänä|päivänä|pnä|vuonna|klo"),
    ),
    "en": Vocabulary(
        yes=_words(
            "yes|yes please|yes i do|yeah|yep|yup|y|sure|of course|ok|okay|i do|i agree|agree|right|that is right"
        ),
        no=_words("no|no thanks|no thank you|no i do not|nope|nah|n|i do not|i dont|i don't|never|not now|not really"),
        numbers=_numbers(
            *("zero|nil|none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
            *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
            *("nineteen", "twenty"),
        ),
        days={"today": 0, "tomorrow": 1, "the day after tomorrow": 2, "day after tomorrow": 2, "yesterday": -1}
        | {"in a week": 7, "a week from today": 7, "in two weeks": 14, "the day before yesterday": -2},
        fillers=_words("on|the|of|next|coming|this|last|please|maybe"),
    ),
    "cs": Vocabulary(
        yes=_words("ano|ano prosím|jo|jasně|určitě|souhlasím|samozřejmě|dobře|ok|okej|chci|je to tak"),
        no=_words("ne|ne děkuji|ne díky|ne dík|nikoli|nechci|nesouhlasím|vůbec ne|rozhodně ne"),
        numbers=_numbers(
            *("nula", "jedna|jeden|jednička", "dva|dvě|dvojka|dvou", "tři|trojka", "čtyři|čtyřka", "pět|pětka"),
            *("šest|šestka", "sedm|sedmička", "osm|osmička", "devět|devítka", "deset|desítka"),
            *("jedenáct", "dvanáct|tucet", "třináct", "čtrnáct", "patnáct", "šestnáct", "sedmnáct", "osmnáct"),
            *("devatenáct", "dvacet"),
        ),
        days={"dnes": 0, "dneska": 0, "zitra": 1, "pozitri": 2, "vcera": -1, "predevcirem": -2}
        | {"za tyden": 7, "za dva tydny": 14, "za 14 dni": 14},
        fillers=_words("v|ve|příští|tento|tuto|tuhle|minulý|minulou|dne|roku|prosím"),
    ),
}

DOUBTS = _words(
    "but|not|only|if|unless|maybe|mutta|ei|en|vain|jos|ehkä|ale|ne|jen|pokud|když|možná|don|dont|isn|cannot|except"
)
"""Words after which a yes or a no may mean something else, in any language."""

_DAYS = {"today": 0, "tomorrow": 1, "after_tomorrow": 2, "yesterday": -1}


def vocabularies_of(words: Words) -> Mapping[str, Vocabulary]:
    """Give the vocabularies of the shipped languages and of those that bring a word file `reading.LANGUAGE.toml`."""
    found = dict(SHIPPED)
    for language in words.languages:
        told = {key: words.own(f"reading.{key}", language) or "" for key in ("yes", "no", "numbers")}
        days = {
            word: ahead
            for day, ahead in _DAYS.items()
            if (word := fold(words.own(f"reading.days.{day}", language) or ""))
        }
        if any(told.values()) or days:
            found[language] = Vocabulary(
                yes=_words(told["yes"]), no=_words(told["no"]), numbers=_numbers(*told["numbers"].split()), days=days
            )
    return found


def in_order(language: str, languages: Sequence[str], vocabularies: Mapping[str, Vocabulary]) -> Iterator[Vocabulary]:
    """Give the vocabularies to try: the customer's own language first, then the company's others, then the rest."""
    for tag in dict.fromkeys((language, *languages, *vocabularies)):
        if tag in vocabularies:
            yield vocabularies[tag]


_IN_MONTHS: Mapping[str, str] = {
    "cs": "lednu únoru březnu dubnu květnu červnu červenci srpnu září říjnu listopadu prosinci",
}
"""The months as a language says "in March", where that does not begin as the name does."""


@functools.cache
def month_names(language: str) -> Mapping[str, int]:
    """Map the folded names and abbreviations of the months, in all their CLDR forms, to 1 to 12."""
    found = {fold(name): number for number, name in enumerate(_IN_MONTHS.get(language, "").split(), start=1)}
    for tag in dict.fromkeys((language, "en")):
        for forms in _locale(tag).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in forms[width].items():
                    word = fold(name)
                    if word and not word.isdecimal():
                        found.setdefault(word, number)
    return found


@functools.cache
def weekday_names(language: str) -> Mapping[str, int]:
    """Map the folded full names of the weekdays to 0 (Monday) to 6."""
    return {fold(name): day for forms in _locale(language).days.values() for day, name in forms["wide"].items()}


@functools.cache
def language_names(tag: str, spoken: tuple[str, ...]) -> frozenset[str]:
    """Give the folded names of the language *tag*: its own, and those in the languages *spoken*; and the tag itself."""
    names = {_locale(tag).get_language_name(other) for other in (tag, "en", *spoken) if _is_known(other)}
    return frozenset(fold(name) for name in names if name) | {fold(tag)}


def _is_known(tag: str) -> bool:
    try:
        Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return False
    return True


def _locale(tag: str) -> Locale:
    return Locale.parse(tag.replace("-", "_") if _is_known(tag) else "en")
