"""A day, a month or a year that has been, as people type it: 14.3., yesterday, 3/2027, maaliskuussa, 2026; pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from dialogues.dates import month_named, read_date
from dialogues.vocabulary import Vocabulary, fold, in_order

_YEAR = re.compile(r"[1-9]\d{3}")
_MONTH_FIRST = re.compile(r"(0?[1-9]|1[0-2])\s*[/.-]\s*([1-9]\d{3})")
_YEAR_FIRST = re.compile(r"([1-9]\d{3})\s*[/.-]\s*(0?[1-9]|1[0-2])")
_LONGEST = 60


def read_period(
    said: str,
    language: str,
    languages: Sequence[str],
    today: dt.date,
    vocabularies: Mapping[str, Vocabulary],
) -> str:
    """
    Read a period as ISO 8601 writes it: "2027", "2027-03" or "2027-03-14"; "" for what is none.

    Digits mean day before month. A day or a month without a year is the last one up to *today*.
    """
    said = said.strip().rstrip("!?")
    if len(said) > _LONGEST:
        return ""
    if _YEAR.fullmatch(said):
        return said
    if found := _YEAR_FIRST.fullmatch(said):
        return f"{found[1]}-{int(found[2]):02d}"
    if found := _MONTH_FIRST.fullmatch(said):
        return f"{found[2]}-{int(found[1]):02d}"
    month = _month(said, language, languages, today, vocabularies)
    if month:
        return month
    day = read_date(said, language, languages, today, vocabularies, ahead=False)
    return day.isoformat() if day is not None else ""


def _month(
    said: str, language: str, languages: Sequence[str], today: dt.date, vocabularies: Mapping[str, Vocabulary]
) -> str:
    """Read a month by its name, with a year or without: "March", "maaliskuussa 2027"."""
    fillers = {filler for each in in_order(language, languages, vocabularies) for filler in each.fillers}
    words = [word for word in fold(said).split() if word not in fillers]
    years = [word for word in words if _YEAR.fullmatch(word)]
    names = [word for word in words if word not in years]
    if len(names) != 1 or len(years) > 1 or not names[0].isalpha():
        return ""
    for tag in dict.fromkeys((language, *languages)):
        month = month_named(names[0], tag)
        if month is not None:
            year = int(years[0]) if years else today.year - (month > today.month)
            return f"{year:04d}-{month:02d}"
    return ""
