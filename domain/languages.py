"""Texts that exist in several languages, and which one a customer gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def best_language(wanted: str | None, offered: Sequence[str]) -> str:
    """
    Choose from *offered* (never empty, the first is the default) the language for *wanted*, an IETF tag or None.

    "fi-FI" finds "fi"; what is not offered gets the default.
    """
    if wanted:
        tag = wanted.lower().replace("_", "-")
        for candidate in (tag, tag.split("-")[0]):
            if candidate in offered:
                return candidate
    return offered[0]


def in_language(texts: Mapping[str, str], language: str, default: str) -> str:
    """Return the text for *language*, else for *default*, else any that there is; an empty mapping gives ""."""
    for tag in (language, default):
        if tag in texts:
            return texts[tag]
    return next(iter(texts.values()), "")
