"""What people write for a language in a table: a tag, or its name in one of several languages."""

from __future__ import annotations

import functools

from babel import Locale

from domain.folding import fold
from domain.import_values import Unfit, quoted
from domain.imports import Cell, cell_text

_SPOKEN = {
    "cs": "česky tschechisch tšekiksi",
    "sk": "slovensky slovakiksi slowakisch",
    "en": "anglicky englanniksi englisch",
    "de": "německy saksaksi deutsch",
    "fi": "finsky suomeksi finnisch",
    "sv": "švédsky ruotsiksi schwedisch",
    "pl": "polsky puolaksi polnisch",
    "ru": "rusky venäjäksi russisch",
    "uk": "ukrajinsky ukrainaksi ukrainisch",
    "fr": "francouzsky ranskaksi französisch",
    "es": "španělsky espanjaksi spanisch",
    "it": "italsky italiaksi italienisch",
    "et": "estonsky viroksi estnisch",
    "no": "norsky norjaksi norwegisch",
    "da": "dánsky tanskaksi dänisch",
    "hu": "maďarsky unkariksi ungarisch",
    "vi": "vietnamsky vietnamiksi vietnamesisch",
}
"""How one says in which language somebody speaks, where that is not the language's name."""
_NAMED_IN = ("cs", "fi", "sv", "de", "fr", "es", "et", "pl", "ru", "sk", "en")


def language_value(cell: Cell) -> str | Unfit:
    """
    Return the IETF tag of a language: "suomi", "Finnish" and "fi" give "fi", "fi_FI" gives "fi-FI", "česky" and
    "in English" give "cs" and "en"; "" stays "".

    Codes are those of CLDR's languages (BCP 47, ISO 639).
    """
    text = cell_text(cell)
    if not text:
        return ""
    tag = _tag(text)
    if tag is None:
        tag = _names().get(fold(text).removeprefix("in "))
    return Unfit(f"{quoted(text)} is no language; write a code such as fi, or its name") if tag is None else tag


def _tag(text: str) -> str | None:
    first, *rest = text.replace("_", "-").split("-")
    code = _longer_codes().get(first.lower(), first.lower())
    if code not in _codes() or not all(part.isascii() and part.isalnum() and 2 <= len(part) <= 8 for part in rest):
        return None
    tag = "-".join([code, *(part.upper() if len(part) == 2 else part for part in rest)])
    return tag if len(tag) <= 16 else code


@functools.cache
def _codes() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").languages) if code.isalpha() and len(code) <= 3)


@functools.cache
def _longer_codes() -> dict[str, str]:
    """Codes of three letters that people write for those of two: ISO 639-2."""
    return {"fin": "fi", "eng": "en", "ces": "cs", "cze": "cs", "swe": "sv", "deu": "de", "ger": "de", "est": "et"}


@functools.cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for named_in in _NAMED_IN:
        for code, name in Locale(named_in).languages.items():
            if code in _codes():
                found[fold(str(name))] = str(code)
    for code in ("fi", "en", "cs", "sv", "de", "et", "pl", "sk", "ru", "uk", "fr", "es", "it", "no", "da"):
        found[fold(Locale(code).get_display_name(code) or code)] = code
    for code, words in _SPOKEN.items():
        for word in words.split():
            found.setdefault(fold(word), code)
    return found
