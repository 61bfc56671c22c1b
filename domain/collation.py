"""
The alphabetical order of a language, by the rules of Unicode's CLDR: what a reader of the list expects.

Four levels as in the Unicode Collation Algorithm: letters, then accents, then case, then the signs themselves, so that
two texts are equal in order only when they are the same text.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping

CollationKey = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], str]

_Element = tuple[tuple[int, ...], tuple[int, ...]]  # primary weights, secondary weights

_SPACE, _PUNCTUATION, _SYMBOL, _DIGIT, _LATIN, _OTHER = range(6)
_CLASS, _BASE = 1 << 32, 1 << 8
_EXPANDED: Mapping[str, str] = {"æ": "ae", "œ": "oe", "ß": "ss", "þ": "z", "ð": "d"}
_STRUCK: Mapping[str, str] = {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ǥ": "g", "ı": "i"}
_AFTER: Mapping[str, Mapping[str, tuple[str, int]]] = {  # letter: the one that it follows, and how manieth after it
    "fi": {"å": ("z", 2), "ä": ("z", 3), "ö": ("z", 4)},
    "sv": {"å": ("z", 2), "ä": ("z", 3), "ö": ("z", 4)},
    "cs": {"č": ("c", 1), "ch": ("h", 1), "ř": ("r", 1), "š": ("s", 1), "ž": ("z", 1)},
}
_LIKE: Mapping[str, Mapping[str, str]] = {  # letter: the one of which it is a variant
    "fi": {"æ": "ä", "ø": "ö", "ü": "y", "ŋ": "n", "ʒ": "z"},
    "sv": {"æ": "ä", "ø": "ö", "œ": "ö", "ő": "ö", "ü": "y", "ű": "y"},
    "cs": {},
}
_VARIANT = 0xFFFF


def collation_key(text: str, language: str | None = None) -> CollationKey:
    """
    Return what *text* is sorted by in *language* (a tag such as "fi" or "cs-CZ"); a total order over all texts.

    Finnish and Swedish put å, ä, ö after z, and v and w apart (CLDR's standard order, no longer the traditional one);
    ü is a variant of y. Czech puts č, ř, š, ž after c, r, s, z and ch after h; other accents decide only where the
    letters are the same. Any other language has the order of CLDR's root. Signs stand before digits before letters.
    """
    tag = (language or "").lower().replace("_", "-").split("-")[0]
    if tag not in _AFTER:
        tag = ""
    whole = unicodedata.normalize("NFC", text)
    low = whole.lower()
    aligned = len(low) == len(whole)
    primary: list[int] = []
    secondary: list[int] = []
    tertiary: list[int] = []
    at, length = 0, len(low)
    pairs = tag == "cs"
    while at < length:
        step = 2 if pairs and low.startswith("ch", at) else 1
        weights, accents = _element(low[at : at + step], tag)
        primary += weights
        secondary += accents
        tertiary += (int(aligned and whole[each] != low[each]) for each in range(at, at + step))
        at += step
    return tuple(primary), tuple(secondary), tuple(tertiary), text


@functools.lru_cache(maxsize=16384)
def _element(sign: str, tag: str) -> _Element:
    """Weigh one letter of *tag*'s alphabet; *sign* is lower case, and two signs only where they are one letter."""
    after = _AFTER.get(tag, {})
    if sign in after:
        base, place = after[sign]
        return (_letter(base) + place,), (0,)
    like = _LIKE.get(tag, {}).get(sign)
    if like is not None:
        return _element(like, tag)[0], (_VARIANT,)
    if sign in _EXPANDED:
        expanded = _EXPANDED[sign]
        return tuple(_letter(each) for each in expanded), (_VARIANT,) * len(expanded)
    if sign in _STRUCK:
        return (_letter(_STRUCK[sign]),), (_VARIANT,)
    weights: list[int] = []
    accents: list[int] = []
    for each in unicodedata.normalize("NFKD", sign).lower():
        if unicodedata.combining(each):
            accents.append(ord(each))
        else:
            weights.append(_base(each))
            accents.append(0)
    return tuple(weights), tuple(accents)


def _letter(base: str) -> int:
    return _LATIN * _CLASS + ord(base) * _BASE


def _base(sign: str) -> int:
    """Weigh a sign without accents: blanks, punctuation, symbols, digits by their value, Latin letters, others."""
    if "a" <= sign <= "z":
        return _letter(sign)
    category = unicodedata.category(sign)
    if category[0] in "ZC":
        return _SPACE * _CLASS + ord(sign)
    if category[0] == "P":
        return _PUNCTUATION * _CLASS + ord(sign)
    if category[0] == "S":
        return _SYMBOL * _CLASS + ord(sign)
    if category[0] == "N":
        value = unicodedata.digit(sign, -1)
        return _DIGIT * _CLASS + (value if value >= 0 else ord(sign) + 10)
    return _OTHER * _CLASS + ord(sign)
