"""Numbers as people type them: "8", "8/10", "kahdeksan", "7,5", "1 234,50 €"; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from dialogues.vocabulary import Vocabulary, fold

_NUMBER = re.compile(r"(?<![\w.,])[-−+]?\d[\d\s.,’']*(?<![\s.,’'])")
_OUT_OF = re.compile(r"\s*(?:/|\bout of\b|\bof\b|\bz\b|\bze\b|\bkautta\b|\bav\b|\bvon\b|\bsur\b)\s*", re.IGNORECASE)
_STARS = "★⭐🌟✭✮✯"
_LEADS = frozenset(
    {
        *(
            "i",
            "id",
            "d",
            "would",
            "ill",
            "ll",
            "say",
            "give",
            "you",
            "maybe",
            "perhaps",
            "about",
            "around",
            "its",
            "it",
        ),
        *("s", "is", "a", "an", "solid", "score", "points", "rating", "number", "only", "just"),
        *("sanoisin", "sanon", "annan", "antaisin", "ehka", "noin", "se", "on", "olisi", "varmaan", "arvosana"),
        *("pisteet", "numero", "vain", "aika"),
        *("asi", "tak", "je", "to", "dam", "dala", "dal", "bych", "rekl", "rekla", "rekneme", "zhruba", "kolem"),
        *("hodnoceni", "cislo", "jen"),
    }
)
"""Words (folded) that may stand before a score; any other word makes it a sentence about something else."""
_LONGEST = 60  # signs: a longer text is a sentence, in which a number may mean anything


def read_number(text: str, language: str, vocabularies: Iterable[Vocabulary]) -> int | float | None:
    """
    Read the one number in a short text, in digits or as a word for 0 to 10; None for no number or several.

    In English a comma before three digits groups thousands; elsewhere a comma is the decimal sign.
    """
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text)
    found = _NUMBER.findall(plain)
    if len(found) == 1:
        return _value(found[0], language)
    return None if found or re.search(r"\d", plain) else _word(plain, vocabularies)


def read_scale(text: str, low: int, high: int, language: str, vocabularies: Iterable[Vocabulary]) -> int | None:
    """Read a whole number from *low* to *high*: also "8/10", "8 out of 10" and a row of stars; else None."""
    plain = unicodedata.normalize("NFKC", text).strip()
    stars = sum(plain.count(star) for star in _STARS)
    if stars and not any(sign.isalnum() for sign in plain):
        return stars if low <= stars <= high else None
    parts = _OUT_OF.split(plain, maxsplit=1)
    if len(parts) == 2 and read_number(parts[1], language, ()) == high:
        plain = parts[0]
    number = read_number(plain, language, vocabularies)
    if number is None or number != int(number) or not _leads_to_a_score(plain):
        return None
    return int(number) if low <= number <= high else None


def _leads_to_a_score(text: str) -> bool:
    """Say whether only words such as "I'd say" stand before the number; "we waited 2 hours" is no score."""
    before = re.split(r"\d", text, maxsplit=1)[0] if re.search(r"\d", text) else ""
    return all(word in _LEADS for word in fold(before).split())


def _word(text: str, vocabularies: Iterable[Vocabulary]) -> int | None:
    words = fold(text).split()
    if not 0 < len(words) <= 2:  # "five" or "five stars"
        return None
    return next((vocabulary.numbers[words[0]] for vocabulary in vocabularies if words[0] in vocabulary.numbers), None)


def _value(token: str, language: str) -> int | float | None:
    digits = re.sub(r"[\s’']", "", token.replace("−", "-"))
    if not re.fullmatch(r"[-+]?\d{1,15}(?:[.,]\d+)*", digits) or re.search(r"\d\s+\d(?!\d\d(?!\d))", token):
        return None
    signs = re.findall(r"[.,]", digits)
    if not signs:
        return int(digits)
    last = max(digits.rfind("."), digits.rfind(","))
    same = len(set(signs)) == 1
    groups = bool(re.fullmatch(r"[-+]?\d{1,3}(?:[.,]\d{3})+", digits))
    if same and groups and (len(signs) > 1 or (language.startswith("en") and signs[0] == ",")):
        return int(re.sub(r"[.,]", "", digits))
    if same and len(signs) > 1:
        return None
    whole, rest = re.sub(r"[.,]", "", digits[:last]), digits[last + 1 :]
    number = float(f"{whole}.{rest}")
    return int(number) if number.is_integer() else number
