"""The values and types of the rule language, and what comparing two of them means when one may be unknown."""

from __future__ import annotations

import datetime as dt
import enum
import re
from dataclasses import dataclass
from decimal import Decimal

from domain.durations import Duration, Unit

EPSILON = Decimal("0.000001")
"""Numbers nearer to each other than this are equal, so that decimal and binary arithmetic give the same verdicts."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """The time from a date until the moment of the verdict; it is compared with durations by the calendar."""

    begins: dt.date


Value = bool | Decimal | str | dt.date | Span | Duration | tuple[str, ...]
"""A known value. Unknown is None. Numbers are exact; money is in major units (euros, not cents)."""


class Type(enum.Enum):
    """What kind of value an expression has; ANY where only the moment of evaluation shows it."""

    FLAG = "yes or no"
    NUMBER = "a number"
    TEXT = "a text"
    DATE = "a date"
    SPAN = "a length of time"
    DURATION = "a duration"
    LIST = "a list"
    ANY = "anything"


class Comparison(enum.StrEnum):
    """The six comparisons."""

    EQUAL = "="
    DIFFERENT = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="

    @property
    def mirrored(self) -> Comparison:
        """The comparison that says the same with its sides exchanged."""
        return _MIRRORED.get(self, self)

    @property
    def opposite(self) -> Comparison:
        """The comparison that holds exactly when this one does not (both sides known)."""
        return _OPPOSITE[self]

    @property
    def orders(self) -> bool:
        """Whether the comparison needs an order, which texts and flags do not have."""
        return self not in {Comparison.EQUAL, Comparison.DIFFERENT}

    def holds_for(self, sign: int) -> bool:
        """Say whether the comparison holds when left minus right has the given sign."""
        match self:
            case Comparison.EQUAL:
                return sign == 0
            case Comparison.DIFFERENT:
                return sign != 0
            case Comparison.LESS:
                return sign < 0
            case Comparison.AT_MOST:
                return sign <= 0
            case Comparison.MORE:
                return sign > 0
            case Comparison.AT_LEAST:
                return sign >= 0


_MIRRORED = {
    Comparison.LESS: Comparison.MORE,
    Comparison.MORE: Comparison.LESS,
    Comparison.AT_MOST: Comparison.AT_LEAST,
    Comparison.AT_LEAST: Comparison.AT_MOST,
}
_OPPOSITE = {
    Comparison.EQUAL: Comparison.DIFFERENT,
    Comparison.DIFFERENT: Comparison.EQUAL,
    Comparison.LESS: Comparison.AT_LEAST,
    Comparison.AT_LEAST: Comparison.LESS,
    Comparison.MORE: Comparison.AT_MOST,
    Comparison.AT_MOST: Comparison.MORE,
}


def as_value(raw: object) -> Value | None:
    """
    Take a stored value (an answer, a fact) into the rule language; None where it has no value there.

    Integers and floats become exact numbers as they are written, instants become dates by their own zone.
    """
    match raw:
        case bool() | str() | Decimal() | Span() | Duration():
            return raw
        case int():
            return Decimal(raw)
        case float():
            number = Decimal(repr(raw))
            return number if number.is_finite() else None
        case dt.datetime():
            return raw.date()
        case dt.date():
            return raw
        case list() | tuple():
            return tuple(str(item) for item in raw)
        case _:
            return None


def as_date(value: Value | None) -> dt.date | None:
    """Read a date, or a text of the form 2027-03-28, as a date; None for anything else."""
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return None
    return None


def as_flag(value: Value | None) -> bool | None:
    """Read yes or no; the texts "yes" and "no" mean the same as the flags."""
    if isinstance(value, bool):
        return value
    return {"yes": True, "no": False}.get(value) if isinstance(value, str) else None


def as_days(duration: Duration) -> Decimal | None:
    """Give a duration's length in days where it is a whole number of them, else None (hours, months, years)."""
    match duration.unit:
        case Unit.DAYS:
            return Decimal(duration.amount)
        case Unit.WEEKS:
            return Decimal(duration.amount * 7)
        case _:
            return None


def compare(comparison: Comparison, left: Value | None, right: Value | None, today: dt.date | None) -> bool | None:
    """
    Say whether *comparison* holds; None where a side is unknown or the two cannot be compared.

    Texts, flags and lists are equal or different but have no order; two texts that are both dates have that of the
    dates. A span is more than a duration when it begins before the day that lies the duration before *today*:
    exactly three years are not over 3y; without *today* that is unknown.
    """
    if left is None or right is None:
        return None
    if comparison.orders and isinstance(left, str) and isinstance(right, str):
        left, right = as_date(left), as_date(right)
        if left is None or right is None:
            return None
    match left, right:
        case (bool() | str(), bool() | str()) | (tuple(), tuple()):
            sign = None if comparison.orders else int(_word(left) != _word(right))
        case _:
            sign = _sign_of(left, right, today)
    return None if sign is None else comparison.holds_for(sign)


def _word(value: Value) -> Value:
    return value if not isinstance(value, bool) else "yes" if value else "no"


def _sign_of(left: Value, right: Value, today: dt.date | None) -> int | None:
    match left, right:
        case (bool(), _) | (_, bool()):
            return None
        case Decimal(), Decimal():
            difference = left - right
            return 0 if abs(difference) <= EPSILON else 1 if difference > 0 else -1
        case Span(), Duration():
            return _sign(left.begins, right, today)
        case Duration(), Span():
            sign = _sign(right.begins, left, today)
            return None if sign is None else -sign
        case Span(), Span():
            return (right.begins > left.begins) - (right.begins < left.begins)
        case Decimal(), Duration():
            days = as_days(right)
            return None if days is None else _sign_of(left, days, today)
        case Duration(), Decimal():
            days = as_days(left)
            return None if days is None else _sign_of(days, right, today)
        case (dt.date(), dt.date() | str()) | (str(), dt.date()):
            first, second = as_date(left), as_date(right)
            return None if first is None or second is None else (first > second) - (first < second)
        case _:
            return None


def _sign(begins: dt.date, duration: Duration, today: dt.date | None) -> int | None:
    if today is None:
        return None
    try:
        edge = duration.before_date(today)
    except OverflowError:
        return -1
    return (begins < edge) - (begins > edge)


def written_value(value: Value | None) -> str:
    """Give a value as one writes it in a rule; spans by the date on which they begin."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return written_number(value)
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case Span():
            return f"since {value.begins.isoformat()}"
        case dt.date():
            return value.isoformat()
        case Duration():
            return str(value)
        case tuple():
            return "(" + ", ".join(written_value(item) for item in value) + ")"


def written_number(number: Decimal) -> str:
    """Give a number with at most four places after the point and no needless zeros."""
    if not number.is_finite():
        return str(number)
    rounded = number.quantize(Decimal("0.0001")) if abs(number) < Decimal(10) ** 20 else number
    text = format(rounded, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
