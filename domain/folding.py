"""What two people would call the same word, however it is typed."""

from __future__ import annotations

import re
import unicodedata

_INSIDE = re.compile(r"[-'’./_()&,;:\"]+")
_PHONE = re.compile(r"[+\d\s()./-]+")
_LONGEST, _MOST = 64, 32
_LAST_DIGITS = 9  # a number's own digits, without trunk zero and country code, in every country that we know
_LEAST_DIGITS = 4


def fold(text: str) -> str:
    """Return *text* for searching: lower case, no diacritics, so that "makela" finds "Mäkelä"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in decomposed if not unicodedata.combining(sign)).split())


def search_words(
    name: str | None = "",
    number: str | None = "",
    town: str | None = "",
    company: str | None = "",
    username: str | None = "",
    email: str | None = "",
    phone: str | None = "",
) -> tuple[str, ...]:
    """
    Give the words by whose beginnings a customer is found, each once, those of the name first.

    Of a compound ("Mäkelä-Virtanen") the whole and its parts count. A phone number is kept from its end, as "+" and the
    digits reversed, so that its last digits find it. At most 32 words of 64 signs.
    """
    words = []
    for text in (name, company, number, town):
        for word in fold(text or "").split():
            words += [word.strip(",;"), *(_INSIDE.split(word) if _INSIDE.search(word) else ())]
    words += [fold(username or ""), *fold(email or "").split()]
    if phone and (digits := "".join(sign for sign in phone if sign.isascii() and sign.isdigit())):
        words.append("+" + digits[::-1])
    return tuple(dict.fromkeys(word[:_LONGEST] for word in words if word))[:_MOST]


def asked_words(text: str) -> tuple[str, ...]:
    """Split what somebody searches for into the words that must each begin a word of the customer."""
    words = (word.strip(",;").lstrip("@") for word in fold(text).split())
    return tuple(dict.fromkeys(word[:_LONGEST] for word in words if word))


def asked_phone(text: str) -> str | None:
    """Give what a phone number that ends as *text* begins with among `search_words`; None when it is no number."""
    if not _PHONE.fullmatch(text.strip()):
        return None
    digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit()).lstrip("0")[-_LAST_DIGITS:]
    return "+" + digits[::-1] if len(digits) >= _LEAST_DIGITS else None


def printable(text: str) -> str:
    """Return a text of a file as it may be shown: blanks of any kind as one, "?" for what a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "?" for sign in text)
