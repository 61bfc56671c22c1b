"""What the cells of an imported customer mean: addresses, numbers, dates, yes and no; a value, or what is wrong."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from domain.customers import CustomerKind
from domain.folding import fold
from domain.import_values import Unfit, full_year, quoted, text_value
from domain.imports import Cell, cell_text

_YES = frozenset({"yes", "y", "true", "t", "1", "on", "x", "kylla", "k", "joo", "tosi", "ano", "a", "pravda"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "ei", "e", "epatosi", "ne", "nepravda"})
_KINDS: Mapping[str, CustomerKind] = {
    **dict.fromkeys(
        ("consumer", "private", "person", "individual", "kuluttaja", "yksityinen", "yksityishenkilo", "henkilo"),
        CustomerKind.CONSUMER,
    ),
    **dict.fromkeys(("spotrebitel", "osoba", "soukroma osoba", "fyzicka osoba"), CustomerKind.CONSUMER),
    **dict.fromkeys(
        ("company", "business", "organisation", "organization", "yritys", "organisaatio", "yhteiso"),
        CustomerKind.COMPANY,
    ),
    **dict.fromkeys(("firma", "spolecnost", "podnik", "pravnicka osoba"), CustomerKind.COMPANY),
}
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\.]+(?:\.[^\s@<>()\[\],;:\"\\.]+)+")
_PHONE = re.compile(r"\+?[\d\s()./\-\u00a0\u2011\u2013]+(?:\s?(?:x|ext\.?|#)\s?\d{1,6})?", re.IGNORECASE)
_LEAST_DIGITS, _MOST_DIGITS = 3, 20
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})", re.ASCII)
_DASHED = re.compile(r"(\d{2})-(\d{2})-(\d{4})", re.ASCII)
_NO_DATE = frozenset({"0000-00-00", "00-00-0000", "0000-00-00 00:00:00"})
_FIRST_YEAR = 1850
_SHORT_YEAR, _CENTURY = 2, 100
_MOST_TAGS, _LONGEST_TAG = 50, 64
_MOST_ID = 2**52
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?", re.ASCII)


def yes_or_no(cell: Cell) -> bool | Unfit | None:
    """Read a yes or no in Finnish, English or Czech, or as 1 and 0; None for an empty cell."""
    text = cell_text(cell)
    word = fold(text)
    if not word:
        return None
    if word in _YES:
        return True
    return False if word in _NO else Unfit(f"{quoted(text)} is neither yes nor no; write yes or no")


def kind_value(cell: Cell) -> str | Unfit:
    """Read whether she is a private person or a company, in Finnish, English or Czech; "" for an empty cell."""
    text = cell_text(cell)
    if not text:
        return ""
    kind = _KINDS.get(fold(text))
    return Unfit(f"{quoted(text)} is no kind of customer; write consumer or company") if kind is None else kind.value


def email_value(cell: Cell) -> str | Unfit:
    """Read an e-mail address as it is written; "" for an empty cell."""
    text = text_value(cell, None)
    if isinstance(text, Unfit):
        return text
    if text[:7].casefold() == "mailto:":
        text = text[7:]
    if not text:
        return ""
    if len(text) > 254 or _EMAIL.fullmatch(text) is None:
        return Unfit(f"{quoted(text)} is no e-mail address; write it as name@example.org, one alone")
    return text


def phone_value(cell: Cell) -> str | Unfit:
    """Read a phone number as it is written, with its "+" and leading zeros; "" for an empty cell."""
    text = text_value(cell, None)
    if isinstance(text, Unfit) or not text:
        return text
    digits = sum(sign.isdigit() for sign in text)
    if _PHONE.fullmatch(text) is None or not _LEAST_DIGITS <= digits <= _MOST_DIGITS:
        return Unfit(f"{quoted(text)} is no phone number; write it as +358 40 1234567, one alone")
    return text


def telegram_value(cell: Cell) -> int | Unfit | None:
    """Read a Telegram user id, 1 to 2^52 (https://core.telegram.org/bots/api#user); None for an empty cell."""
    text = cell_text(cell)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 16 or not 0 < int(text) < _MOST_ID:
        return Unfit(f"{quoted(text)} is no Telegram id; it is a number of up to 16 digits, without @")
    return int(text)


def birth_value(cell: Cell, today: dt.date) -> dt.date | Unfit | None:
    """
    Read a date of birth: 1980-05-01, 1.5.1980, 1.5.80, or 01-05-1980 with the day first; None for an empty cell.

    A year of two digits is `full_year`'s, and a century earlier where that day has not come yet.
    """
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    text = cell_text(cell)
    if not text or text in _NO_DATE:
        return None
    try:
        found = cell if isinstance(cell, dt.date) else _date(text, today)
    except ValueError:
        return Unfit(f"{quoted(text)} is no day that the calendar has; look at day and month")
    if found is None:
        return Unfit(f"{quoted(text)} is no date; write it as 1980-05-01 or 1.5.1980")
    if found.year < _FIRST_YEAR or found > today:
        return Unfit(f"nobody was born on {found}; look at the year")
    return found


def tags_value(cell: Cell) -> tuple[str, ...] | Unfit:
    """Read tags parted by ";" or "|", each once and in their order; at most 50 of 64 characters."""
    found = []
    for part in re.split(r"[;|]", cell_text(cell)):
        tag = text_value(" ".join(part.split()), _LONGEST_TAG)
        if isinstance(tag, Unfit):
            return tag
        if tag:
            found.append(tag)
    if len(found) > _MOST_TAGS:
        return Unfit(f"has {len(found)} tags; at most {_MOST_TAGS} have room")
    return tuple(dict.fromkeys(found))


def fact_value(cell: Cell) -> str | int | float | bool | Unfit | None:
    """Read any fact: a number where it is written as one (not "007"), else its text; None for an empty cell."""
    if isinstance(cell, bool):
        return cell
    text = text_value(" ".join(cell_text(cell).split()), 1000)
    if isinstance(text, Unfit):
        return text
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _date(text: str, today: dt.date) -> dt.date | None:
    for pattern in (_DAY_FIRST, _DASHED):
        matched = pattern.fullmatch(text)
        if matched is not None:
            day, month, year = int(matched[1]), int(matched[2]), full_year(matched[3])
            found = dt.date(year, month, day)
            is_to_come = len(matched[3]) == _SHORT_YEAR and found > today
            return found.replace(year=year - _CENTURY) if is_to_come else found
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+Z?)?", text, re.ASCII):
        return dt.date.fromisoformat(text[:10])
    return None
