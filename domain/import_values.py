"""What the cells of an import mean: texts, amounts, quantities, times; each either a value or what is wrong with it."""

from __future__ import annotations

import datetime as dt
import math
import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from domain.folding import printable
from domain.imports import Cell, cell_text
from domain.money import minor_digits


@dataclass(frozen=True, slots=True)
class Unfit:
    """A cell that cannot be taken, and what to do about it."""

    problem: str


EMPTY = Unfit("is empty; fill it in")
MOST_MINOR = 10**15
"""More minor units than this no line has."""
MOST_QUANTITY = Decimal(10) ** 11
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_SHORT_YEAR = 2
_FIRST_OF_1900S = 69
_NOISE = Decimal("0.000001")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufffd\ud800-\udfff\u2028\u2029]")
_SPACES = re.compile("[\\s\u00a0\u202f\u2009']+")
_NUMBER = re.compile(r"([+-]?)(\d+(?:[.,]\d+)*|[.,]\d+)([.,]?)([+-]?)", re.ASCII)
_EXPONENT = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d{1,3}", re.ASCII)
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "kč": "CZK", "kr": None, "zł": "PLN"}
_CURRENCIES = {
    **{sign: code for sign, code in _SIGNS.items() if code is not None},
    **dict.fromkeys(("euro", "euros", "euroa", "euron", "eura"), "EUR"),
    **dict.fromkeys(("kc", "koruna", "koruny", "korun", "koruna česká"), "CZK"),
}
"""What is written for a currency besides its code."""
_BEFORE = re.compile(r"([^\W\d_]{1,3}|[€$£])\s*(?=[-+(.,\d\u2212])")
_EURO_BEHIND = "e"  # "12,50 e", as Finns write; before a number it is none
_NO_CENTS = re.compile(r"(?<=\d)([.,])[-\u2013\u2014]$")  # "89,-"
_AFTER = re.compile(r"(?<=[-+.,)\d\u2013\u2014])\s*([^\W\d_]{1,6}|[€$£])$")
_DAY_FIRST = re.compile(
    r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?:,?\s+(?:klo\s+)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?)?", re.ASCII
)
_YEAR_FIRST = re.compile(r"\d{4}-?\d{2}-?\d{2}(?:[T ].+)?", re.ASCII)
_SLASHED = re.compile(r"\d{1,4}/\d{1,2}/\d{1,4}.*", re.ASCII | re.DOTALL)


def quoted(text: str) -> str:
    """Quote a cell for whoever imports, cut where it is long, without signs that a terminal would obey."""
    shown = text if len(text) <= 40 else f"{text[:39]}…"
    return f'"{printable(shown)}"'


def text_value(cell: Cell, width: int | None) -> str | Unfit:
    """Return a text without blanks around; at most *width* characters, no control characters. Empty stays ""."""
    text = cell_text(cell)
    if _CONTROL.search(text):
        return Unfit(f"{quoted(text)} has a character that cannot be read or shown; remove it, or give --encoding")
    if width is not None and len(text) > width:
        return Unfit(f"{quoted(text)} has {len(text):,} characters; at most {width} have room")
    return text


def words_value(cell: Cell, width: int) -> str | Unfit:
    """As `text_value`, for words of several lines: line ends and tabs become blanks."""
    return text_value(" ".join(cell_text(cell).split()), width)


def number_text(text: str, decimal_sign: str | None) -> str | Unfit | None:
    """
    Write a number as Decimal reads it: "1 234,56", "1,234.56" and "1.234,56" all give "1234.56".

    Returns None for "1,234" or "1.234", which may be either, when *decimal_sign* does not tell.
    """
    plain = _SPACES.sub("", text).replace("\u2212", "-")
    if _EXPONENT.fullmatch(plain):
        return plain
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    matched = _NUMBER.fullmatch(plain)
    if matched is None or (matched[1] and matched[4]) or matched[3]:
        return Unfit(f"{quoted(text)} is no number; write it as 1234.50 or 1234,50")
    sign, digits = matched[1] or matched[4], matched[2]
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        decimal = max(".,", key=digits.rfind)
    elif points > 1 or commas > 1:
        decimal = ""
    elif is_ambiguous(digits):
        if decimal_sign is None:
            return None
        decimal = decimal_sign
    else:
        decimal = "." if points else ","
    return _joined(sign, digits, decimal, text)


def is_ambiguous(text: str) -> bool:
    """Say whether a number such as "1,234" may have three decimals or a thousand; "0,234" and "1234,567" may not."""
    return re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}[+-]?", _SPACES.sub("", text), re.ASCII) is not None


def decimal_sign_of(texts: Iterable[str]) -> str | None:
    """
    Say with which sign a file's amounts begin their decimals, or None when none of *texts* tells or they differ.

    A text tells when it has both signs, one of them twice, or one that is not followed by just three digits.
    """
    found: set[str] = set()
    for text in texts:
        digits = re.sub(r"[^\d.,]", "", text, flags=re.ASCII)
        points, commas = digits.count("."), digits.count(",")
        if points and commas:
            found.add(max(".,", key=digits.rfind))
        elif points > 1 or commas > 1:
            found.add("," if points else ".")
        elif (points or commas) and not is_ambiguous(digits):
            found.add("." if points else ",")
        if len(found) > 1:
            return None
    return found.pop() if found else None


def amount_value(cell: Cell, currency: str, decimal_sign: str | None) -> int | Unfit:
    """Return an amount in minor units of *currency*; a currency's sign or code beside it must be that currency's."""
    if isinstance(cell, bool):
        return Unfit("is yes or no; give an amount")
    if isinstance(cell, int | float | Decimal):
        return _minor(cell, currency, cell_text(cell))
    text = cell_text(cell)
    if not text:
        return EMPTY
    digits, sign = _without_sign(text)
    digits = _NO_CENTS.sub(r"\g<1>00", digits.strip())
    if sign is not None and sign != currency:
        return Unfit(f"{quoted(text)} is not in {currency}; give the currency in a column, or --currency")
    if is_ambiguous(digits) and decimal_sign is None:
        return Unfit(f'{quoted(text)} may be a thousand or three decimals; write "1234.00" for a thousand')
    number = number_text(digits, decimal_sign)
    if number is None or isinstance(number, Unfit):
        return Unfit(f"{quoted(text)} is no amount; write it as 1234.50 or 1234,50")
    return _minor(Decimal(number), currency, text)


def quantity_value(cell: Cell) -> Decimal | Unfit:
    """Return how many, to a thousandth; empty is 1. A single point or comma begins decimals: "1,250" is 1.25."""
    text = cell_text(cell)
    if not text:
        return Decimal(1)
    sign = "," if "," in text else "."
    number: str | Unfit | None = number_text(text, sign)
    if number is None or isinstance(number, Unfit) or isinstance(cell, bool | dt.date):
        return Unfit(f"{quoted(text)} is no quantity; write it as 2 or 1.250")
    exact = Decimal(number)
    if not exact.is_finite() or abs(exact) >= MOST_QUANTITY:
        return Unfit(f"{quoted(text)} is too large a quantity; look at the row")
    rounded = exact.quantize(Decimal("0.001"))
    if abs(rounded - exact) > _NOISE:
        return Unfit(f"{quoted(text)} has more than three decimals; round it")
    return rounded


def currency_value(cell: Cell, usual: str) -> str | Unfit:
    """Return an ISO 4217 code, also of "€", "euro" or "Kč"; empty is the *usual* one."""
    text = cell_text(cell)
    if not text:
        return usual
    code = _CURRENCIES.get(text.casefold().rstrip("."), text.upper())
    if re.fullmatch("[A-Z]{3}", code, re.ASCII) is None:
        return Unfit(f"{quoted(text)} is no currency; write its three letters, such as EUR")
    return code


def instant_value(cell: Cell, zone: dt.tzinfo) -> dt.datetime | Unfit:
    """
    Return an instant in UTC; a time without zone is of *zone*, a date alone its midnight there.

    Years with two digits are read as `full_year` says, where the day stands first: "22.06.24".
    """
    found: dt.datetime | Unfit
    if isinstance(cell, dt.datetime):
        found = cell
    elif isinstance(cell, dt.date):
        found = dt.datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001  (its zone is put on below)
    elif isinstance(cell, bool | int | float | Decimal):
        found = Unfit(f"{quoted(cell_text(cell))} is a number; write the time as 2027-03-02 14:30")
    else:
        found = _read_time(cell_text(cell))
    if isinstance(found, Unfit):
        return found
    if not _FIRST_YEAR <= found.year < _LAST_YEAR:
        return Unfit(f"the year {found.year} cannot be; it must be {_FIRST_YEAR} to {_LAST_YEAR - 1}")
    try:
        return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(dt.UTC)
    except (OverflowError, ValueError):
        return Unfit(f"{quoted(cell_text(cell))} is no time; write it as 2027-03-02 14:30")


def full_year(digits: str) -> int:
    """
    Return the year that four digits or two mean: of two, 69 to 99 are 1969 to 1999, and 00 to 68 are 2000 to 2068.

    That is the pivot of POSIX, strptime's %y.
    """
    year = int(digits)
    if len(digits) > _SHORT_YEAR:
        return year
    return year + (1900 if year >= _FIRST_OF_1900S else 2000)


def has_short_year(cell: Cell) -> bool:
    """Say whether a cell is a date, with or without its time, whose year is written with two digits."""
    matched = _DAY_FIRST.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return matched is not None and len(matched[3]) == _SHORT_YEAR


def zone_named(name: str) -> zoneinfo.ZoneInfo | None:
    """Return a time zone by its name, or None."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _read_time(text: str) -> dt.datetime | Unfit:
    if not text:
        return EMPTY
    try:
        if _YEAR_FIRST.fullmatch(text):
            return dt.datetime.fromisoformat(text)
        matched = _DAY_FIRST.fullmatch(text)
        if matched is not None:
            day, month, _, hour, minute, second = (int(part or 0) for part in matched.groups())
            year = full_year(matched[3])
            return dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  (the caller puts its zone on)
    except ValueError:
        return Unfit(f"{quoted(text)} is no time that the calendar has; look at day, month and hour")
    if _SLASHED.fullmatch(text):
        return Unfit(f"{quoted(text)} may be day or month first; write it as 2027-03-02 or 2.3.2027")
    return Unfit(f"{quoted(text)} is no time; write it as 2027-03-02 14:30 or 2.3.2027 14:30")


def _joined(sign: str, digits: str, decimal: str, text: str) -> str | Unfit:
    whole, _, fraction = digits.rpartition(decimal) if decimal and decimal in digits else (digits, "", "")
    groups = re.split("[.,]", whole)
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        return Unfit(f"{quoted(text)} is no number; write it as 1234.50 or 1234,50")
    return f"{sign}{''.join(groups) or '0'}.{fraction or '0'}"


def _without_sign(text: str) -> tuple[str, str | None]:
    """Part an amount from the currency's sign or code before or after it; None where there is none."""
    before, after = _BEFORE.match(text), _AFTER.search(text)
    matched = before or after
    if matched is None or (before and after):
        return text, None
    word = matched[1].casefold()
    if word == _EURO_BEHIND:
        return (text, None) if before else (text[: matched.start()], "EUR")
    signs = _SIGNS | _CURRENCIES
    if word not in signs and not re.fullmatch("[a-z]{3}", word, re.ASCII):
        return text, None
    return text[: matched.start()] + text[matched.end() :], signs.get(word, word.upper())


def _minor(number: float | Decimal, currency: str, text: str) -> int | Unfit:
    if isinstance(number, float) and not math.isfinite(number):
        return Unfit("is no number (NaN or infinite); give an amount") if not math.isnan(number) else EMPTY
    try:
        exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
        if not exact.is_finite():
            return Unfit("is no number (NaN or infinite); give an amount")
        digits = minor_digits(currency)
        scaled = exact.scaleb(digits)
        if abs(scaled) > MOST_MINOR:
            return Unfit(f"{quoted(text)} is too large an amount; look at the row")
        rounded = int(scaled.to_integral_value())
        if abs(scaled - rounded) > _NOISE.scaleb(digits):
            return Unfit(f"{quoted(text)} has more decimals than {currency} has ({digits}); round it")
    except (InvalidOperation, ValueError):
        return Unfit(f"{quoted(text)} is no amount; write it as 1234.50 or 1234,50")
    return rounded
