"""
What customers' own words are about: named themes, found by their lemmas.

Whether somebody praises or complains is not claimed, and a negation is not understood: "not expensive" is about the
price, too. Several themes may be in one text. Pure: lemmas come from the caller, who has them from `insight.lemmas`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from domain.themes import Theme

MOST_WORDS = 400
"""What is read of one text: whoever pastes a novel does not stop the others."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FUNCTION_WORDS: Mapping[str, str] = {
    "en": """
the a an and or but not no is are was were be been am i you he she it we they my your his her our their me us
them this that these those there of to in on at for with from by as so if than then too very have has had do
does did can could would should will just would what when where who which how why all any some more most much
many also again still only out up about because after before
    """,
    "fi": """
ja tai mutta ei en et emme ette eivät on oli olisi ole ovat olivat olla minä sinä hän me te he se ne mä sä tämä
tuo nämä nuo että kun jos vaan vain niin kuin myös siis sekä koska vaikka eikä joka jotka mikä mitä missä kuka
sen sitä siitä siellä täällä minun sinun hänen minulle teidän meidän teillä mulle tosi aivan liian hyvin todella
ihan vielä enää jo nyt aina kaikki mitään yhtään kanssa ilman
    """,
    "cs": """
a i ale nebo ani ne je jsou byl byla bylo byli být jsem jsi jsme jste bych bychom byste já ty on ona ono my vy
oni ten ta to ti ty tu tento tato toto se si že když kdyby jako jak kde kdo co který která které v ve na do od z
ze s se k ke u o po pro před při za bez mi mě mne nám vám vás nás jim mu ho jí už ještě jen moc velmi hodně také
tak taky až aby proto protože nic nikdo vše všechno
    """,
}
_FUNCTIONAL = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}

Lemmas = Mapping[str, str]
"""Dictionary form by written (case-folded) word; what is missing stands for itself."""


def words_of(text: str) -> tuple[str, ...]:
    """Give the words of a text in order, case-folded; of a novel only the first ones."""
    folded = unicodedata.normalize("NFC", text[: MOST_WORDS * 40]).casefold()
    return tuple(_WORD.findall(folded)[:MOST_WORDS])


def language_of(words: Sequence[str], expected: str) -> str:
    """
    Say in which language *words* are: *expected*, unless they clearly have another one's function words.

    "Clearly" is at least two of them, and twice as many as the expected language has.
    """
    hits = {language: sum(word in known for word in words) for language, known in _FUNCTIONAL.items()}
    best = max(hits, key=lambda language: (hits[language], language == expected))
    return best if hits[best] >= 2 and hits[best] >= 2 * hits.get(expected, 0) + 1 else expected


def is_function_word(word: str, language: str) -> bool:
    """Say whether a word only binds others together."""
    return word in _FUNCTIONAL.get(language, ())


class ThemeIndex:
    """The named themes of one language, made ready for looking up; a language without words finds nothing."""

    def __init__(self, themes: Iterable[Theme], language: str) -> None:
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._phrases: list[tuple[tuple[str, ...], str]] = []
        starred: dict[str, list[str]] = defaultdict(list)
        for theme in themes:
            for entry in theme.words.get(language, ()):
                self._add(unicodedata.normalize("NFC", entry).casefold(), theme.id, starred[theme.id])
        self._starred = {theme: re.compile("|".join(patterns)) for theme, patterns in starred.items() if patterns}

    def _add(self, entry: str, theme: str, starred: list[str]) -> None:
        parts = entry.split()
        if len(parts) > 1:
            self._phrases.append((tuple(parts), theme))
            return
        # Many write without diacritics on a phone: the bare spelling of a word is that word, too.
        for spelling in {entry, bare(entry)}:
            if "*" in spelling:
                starred.append(re.escape(spelling).replace(r"\*", r"[^\W\d_]*"))
            else:
                self._exact[spelling].add(theme)

    def themes_in(self, words: Sequence[str], lemmas: Lemmas) -> frozenset[str]:
        """Return the ids of the themes that *words* (of `words_of`) are about."""
        forms = [(word, lemmas.get(word, word).casefold()) for word in words]
        found: set[str] = set()
        for pair in {*forms}:
            for form in {*pair}:
                found |= self._exact.get(form, set())
        for theme, pattern in self._starred.items():
            if theme not in found and any(pattern.fullmatch(form) for pair in forms for form in pair):
                found.add(theme)
        for phrase, theme in self._phrases:
            if theme not in found and _has_phrase(forms, phrase):
                found.add(theme)
        return frozenset(found)

    def knows(self, *forms: str) -> bool:
        """Say whether a single word belongs to a named theme."""
        return any(form in self._exact or any(p.fullmatch(form) for p in self._starred.values()) for form in forms)


def themes_in(text: str, language: str, themes: Iterable[Theme], lemmas: Lemmas) -> frozenset[str]:
    """Return the ids of the named themes in one text; for many texts make the `ThemeIndex` once."""
    return ThemeIndex(themes, language).themes_in(words_of(text), lemmas)


def bare(word: str) -> str:
    """Give a word without its diacritics."""
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


def _has_phrase(forms: Sequence[tuple[str, str]], phrase: tuple[str, ...]) -> bool:
    return any(
        all(part in pair for part, pair in zip(phrase, forms[start:], strict=False))
        for start in range(len(forms) - len(phrase) + 1)
    )
