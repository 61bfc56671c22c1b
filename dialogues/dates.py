"""Days as people type them: 1.3.2027, 1 March, 2027-03-01, huomenna, next Monday, v pátek; pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from dialogues.vocabulary import Vocabulary, fold, in_order, month_names, weekday_names

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\s*([-./])\s*(\d{1,2})(?:\s*[-./]\s*(\d{4}|\d{2})?)?")
_DOTTED = re.compile(r"(?<![\w.])(\d{1,2})([.])\s?(\d{1,2})\.?(?:\s?(\d{4}))?(?!\w)")
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)\b")
_LONGEST = 60


def read_date(
    text: str,
    language: str,
    languages: Sequence[str],
    today: dt.date,
    vocabularies: Mapping[str, Vocabulary],
    *,
    ahead: bool | None = None,
) -> dt.date | None:
    """
    Read a day in the customer's language, else in another that the company speaks; None when it is none.

    Digits mean day before month. Without a year it is the nearest such day, or the next one where *ahead*, the last one
    where not *ahead* (None leaves it open). Two-digit years lie from 80 years back to 19 years ahead.
    """
    if len(text) > _LONGEST:
        return None
    plain = text.strip().casefold().rstrip("!?")
    if found := _YEAR_FIRST.fullmatch(plain):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(plain):
        return _numeric(found, today, ahead)
    if day := _among_words(plain, languages, today, ahead):
        return day
    folded = fold(_ORDINAL.sub(r"\1", plain))
    for vocabulary in in_order(language, languages, vocabularies):
        if folded in vocabulary.days:
            return _moved(today, vocabulary.days[folded])
    fillers = {filler for each in in_order(language, languages, vocabularies) for filler in each.fillers}
    words = [word for word in folded.split() if word not in fillers]
    for tag in dict.fromkeys((language, *languages)):
        named = _weekdays(words, tag)
        day = _weekday(words, tag, today, ahead)
        if day is None:
            day = _named([word for word in words if word not in named], tag, today, ahead)
        if day and all(each == day.weekday() for each in named.values()):
            return day
    return None


def _numeric(found: re.Match[str], today: dt.date, ahead: bool | None) -> dt.date | None:
    day, month, year = int(found[1]), int(found[3]), found[4]
    if found[2] == "/" and month > 12 >= day:
        day, month = month, day
    if year is None:
        return None if found[2] == "-" else _without_year(day, month, today, ahead)
    return _day(_full_year(year, today), month, day)


def _among_words(text: str, languages: Sequence[str], today: dt.date, ahead: bool | None) -> dt.date | None:
    """Read the one date in digits among words: "perjantaina 11.6.", "on 12.6. please"; not "version 1.2"."""
    found = list(_DOTTED.finditer(text))
    rest = _DOTTED.sub(" ", text)
    if len(found) != 1 or any(sign.isdecimal() for sign in rest):
        return None
    day = _numeric(found[0], today, ahead)
    named = {number for tag in languages for number in _weekdays(fold(rest).split(), tag).values()}
    is_plain = bool(named) or found[0][0].endswith(".") or found[0][4] is not None
    return day if day is not None and is_plain and named <= {day.weekday()} else None


def _weekdays(words: Sequence[str], language: str) -> dict[str, int]:
    """Find the words that name a weekday, inflected or not: maanantaina, v neděli."""
    names = weekday_names(language)
    return {
        word: weekday
        for word in words
        for name, weekday in names.items()
        if len(word) >= 4 and word.startswith(name[:-1])
    }


def _weekday(words: Sequence[str], language: str, today: dt.date, ahead: bool | None) -> dt.date | None:
    named = _weekdays(words, language)
    if len(words) != 1 or not named:
        return None
    distance = (named[words[0]] - today.weekday() - 1) % 7 + 1
    return _moved(today, distance - 7 if ahead is False else distance)


def _named(words: Sequence[str], language: str, today: dt.date, ahead: bool | None) -> dt.date | None:
    numbers = [word for word in words if word.isdecimal()]
    months = [month_named(word, language) for word in words if not word.isdecimal()]
    if len(months) != 1 or months[0] is None or not 1 <= len(numbers) <= 2:
        return None
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if len(days) == 2 and not years:
        years, days = [days[1]], [days[0]]
    if len(days) != 1:
        return None
    if years:
        return _day(_full_year(years[0], today), months[0], int(days[0]))
    return _without_year(int(days[0]), months[0], today, ahead)


def month_named(word: str, language: str) -> int | None:
    """Return the month, 1 to 12, that a folded *word* names, abbreviated or inflected; None where it names none."""
    names = month_names(language)
    if word in names:
        return names[word]
    near = {
        number
        for name, number in names.items()
        if (len(word) >= 3 and name.startswith(word)) or (len(name) >= 6 and word.startswith(name))  # maaliskuussa
    }
    return near.pop() if len(near) == 1 else None


def _without_year(day: int, month: int, today: dt.date, ahead: bool | None) -> dt.date | None:
    # Eight years either way hold a 29 February.
    near = (_day(year, month, day) for year in range(today.year - 8, today.year + 9))
    days = [each for each in near if each and (ahead is None or (each >= today if ahead else each <= today))]
    return min(days, key=lambda each: (abs((each - today).days), each < today), default=None)


def _full_year(year: str, today: dt.date) -> int:
    if len(year) == 4:
        return int(year)
    earliest = today.year - 80
    return earliest + (int(year) - earliest) % 100


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _moved(today: dt.date, days: int) -> dt.date | None:
    try:
        return today + dt.timedelta(days=days)
    except OverflowError:
        return None
