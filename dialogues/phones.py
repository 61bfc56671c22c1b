"""Telephone numbers as people type them: with the country's code, or as they are dialled at home; pure."""

from __future__ import annotations

import re

_INTERNATIONAL = re.compile(r"(?:\+|00)([1-9]\d{6,14})")
_RUN = re.compile(r"(?<![\w+])[+\d(][\d\s().\-/–]{4,28}\d(?!\w)")
_AT_HOME = {  # ITU-T E.164: each country's code, and what a number looks like without it
    "fi": ("358", re.compile(r"0([1-9]\d{5,10})")),
    "cs": ("420", re.compile(r"([2-9]\d{8})")),
    "sv": ("46", re.compile(r"0([1-9]\d{6,9})")),
    "sk": ("421", re.compile(r"0([1-9]\d{8})")),
    "de": ("49", re.compile(r"0([1-9]\d{6,11})")),
    "pl": ("48", re.compile(r"([1-9]\d{8})")),
    "et": ("372", re.compile(r"([3-9]\d{6,7})")),
    "da": ("45", re.compile(r"([2-9]\d{7})")),
}
_LONGEST = 80


def read_phone(text: str, language: str) -> str | None:
    """
    Read the one telephone number of a short text as "+358451234567"; None where there is none or several.

    Without a country's code it is taken as a number of the country whose *language* she speaks, where that is one.
    """
    found = _RUN.findall(text) if len(text) <= _LONGEST else []
    if len(found) != 1:
        return None
    digits = re.sub(r"[^\d+]", "", found[0].replace("(0)", ""))
    if international := _INTERNATIONAL.fullmatch(digits):
        return f"+{international[1]}"
    code, at_home = _AT_HOME.get(language.partition("-")[0], ("", None))
    national = at_home.fullmatch(digits) if at_home is not None else None
    return None if national is None else f"+{code}{national[1]}"
