"""What two people would call the same word, however it is typed."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return *text* for searching: lower case, no diacritics, so that "makela" finds "Mäkelä"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in decomposed if not unicodedata.combining(sign)).split())
