"""When something took place, told before what was said: "yesterday 14:30", "1.3.", "eilen klo 9.15"; pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from dialogues.dates import read_date
from dialogues.vocabulary import SHIPPED, fold

_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_PLAIN_DAY = re.compile(r"\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{4})?|\d{4}-\d{1,2}-\d{1,2}")
_AT = frozenset({"at", "klo", "kello", "v", "ve"})
_ENDS = ":;,"
_MOST_WORDS = 6
_NOON = dt.time(12)


def split_when(text: str, language: str, languages: Sequence[str], now: dt.datetime) -> tuple[dt.datetime | None, str]:
    """
    Return when it was and what was said; None where *text* does not begin with a moment that has passed.

    *now* is the aware local time. A day without a time is noon, today without one is now. A day whose name could belong
    to the words ("March", "2.5") counts only with a time or a colon behind it.
    """
    tokens = [found.end() for found in re.finditer(r"\S+", text)][:_MOST_WORDS]
    for end in reversed(tokens):
        head, rest = text[:end], text[end:]
        is_closed = head[-1] in _ENDS or rest.lstrip(" ").startswith("\n")
        moment = _moment(head.replace(",", " ").rstrip(_ENDS), language, languages, now, is_closed=is_closed)
        if moment is not None:
            return (moment, rest.strip()) if moment <= now else (None, text)
    return None, text


def _moment(
    head: str, language: str, languages: Sequence[str], now: dt.datetime, *, is_closed: bool
) -> dt.datetime | None:
    words, time = head.split(), None
    found = _TIME.fullmatch(words[-1]) if words else None
    if found:
        marked = len(words) > 1 and fold(words[-2]) in _AT
        rest = words[: -2 if marked else -1]
        if rest or marked or ":" in found[0]:
            words, time = rest, dt.time(int(found[1]), int(found[2]))
    day: dt.date | None = now.date()
    if words:
        said = " ".join(words)
        if not (is_closed or time or _is_day(said)) or (len(words) > 1 and _is_day(words[0])):
            return None
        day = read_date(said, language, languages, now.date(), SHIPPED, ahead=False)
    elif time is None:
        return None
    if day is None:
        return None
    if time is None:
        return now if day == now.date() else dt.datetime.combine(day, _NOON, now.tzinfo)
    return dt.datetime.combine(day, time, now.tzinfo)


def _is_day(said: str) -> bool:
    """Say whether it is nothing but a day: in digits that can mean nothing else, or a word such as "yesterday"."""
    folded = fold(said)
    return _PLAIN_DAY.fullmatch(said) is not None or any(folded in each.days for each in SHIPPED.values())
