"""
What a key in a staff-written document may hold: texts, numbers, durations, times, patterns, choices, lists.

A `Kind` turns a raw TOML value into a domain value or says why it cannot; further kinds (a rule, a cron line) are made
beside the things they read.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Generic, TypeVar

from domain.documents_patterns import takes_long
from domain.durations import Duration, NotADurationError, Unit, parse_duration, parse_fixed_duration
from domain.faults import did_you_mean

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


_CENTURY = dt.timedelta(days=36_525)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")


class MisfitError(ValueError):
    """
    A value that does not fit: problem and remedy.

    *line* (from 1) counts inside a text of several lines, *index* is the element of a list (from 0) that is meant,
    *more* holds further misfits of the same value.
    """

    def __init__(
        self,
        problem: str,
        remedy: str,
        *,
        line: int = 1,
        index: int | None = None,
        more: tuple[MisfitError, ...] = (),
    ) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy
        self.line = line
        self.index = index
        self.more = more


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """
    One kind of value: *read* gives it or raises `MisfitError`.

    *wanted* ("a whole number") and *example* ("30") make the remedy; *stand_in* is what a faulty document yields so
    that its reading can go on to the next fault. It is never used, since a document with faults is refused.
    """

    wanted: str
    example: str
    stand_in: T
    read: Callable[[object], T]


def shown(value: object) -> str:
    """Give *value* as a TOML writer would recognise it, cut to 40 signs."""
    match value:
        case bool():
            text = "true" if value else "false"
        case str():
            text = f'"{value}"'
        case dict():
            text = "a table"
        case list():
            text = "a list"
        case int() if abs(value) >= 10**40:
            text = "a number of that size"  # Python itself refuses to write out numbers of many thousand digits
        case _:
            text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def unfit(value: object, wanted: str, example: str) -> MisfitError:
    """Make the plain misfit of a value that is not what is wanted."""
    return MisfitError(f"{shown(value)} is not {wanted}", f"write {wanted}, for example {example}")


def text(*, empty: bool = False, most: int | None = None) -> Kind[str]:
    """A text; empty only where *empty* says so, of at most *most* signs."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise unfit(value, "a text", '"..."')
        if not empty and not value.strip():
            raise MisfitError("is empty", "write a text or leave the key out")
        if most is not None and len(value) > most:
            raise MisfitError(f"has {len(value)} signs, and {most} are allowed", "shorten it")
        if unseen := _UNSEEN.search(value):
            line = value[: unseen.start()].count("\n") + 1
            raise MisfitError(f"has a sign that nobody can see (U+{ord(unseen[0]):04X})", "remove it", line=line)
        return value

    return Kind("a text", '"..."', "", read)


def matching(pattern: str, wanted: str, example: str) -> Kind[str]:
    """A text that fits *pattern* as a whole; *wanted* says in words what that is."""
    compiled = re.compile(pattern)

    def read(value: object) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise unfit(value, wanted, example)
        return value

    return Kind(wanted, example, "", read)


def _within(at_least: object, at_most: object) -> str:
    if at_least is not None and at_most is not None:
        return f" from {at_least} to {at_most}"
    if at_least is not None:
        return f" of at least {at_least}"
    return f" of at most {at_most}" if at_most is not None else ""


def integer(at_least: int | None = None, at_most: int | None = None) -> Kind[int]:
    """A whole number within the bounds, which are allowed themselves."""
    wanted = "a whole number" + _within(at_least, at_most)
    example = str(at_least if at_least is not None else at_most if at_most is not None else 1)

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise unfit(value, wanted, example)
        if (at_least is not None and value < at_least) or (at_most is not None and value > at_most):
            raise unfit(value, wanted, example)
        return value

    return Kind(wanted, example, at_least or 0, read)


def decimal(at_least: Decimal | int | None = None, at_most: Decimal | int | None = None) -> Kind[Decimal]:
    """An exact number within the bounds, which are allowed themselves; infinity and nan are refused."""
    wanted = "a number" + _within(at_least, at_most)
    example = str(at_least if at_least is not None else at_most if at_most is not None else "1.5")

    def read(value: object) -> Decimal:
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise unfit(value, wanted, example)
        number = Decimal(value)
        if not number.is_finite():
            raise unfit(value, wanted, example)
        if (at_least is not None and number < at_least) or (at_most is not None and number > at_most):
            raise unfit(value, wanted, example)
        return number

    return Kind(wanted, example, Decimal(at_least or 0), read)


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise MisfitError(f"{shown(value)} is neither true nor false", "write true or false, without quotation marks")
    return value


def choice(enum: type[E]) -> Kind[E]:
    """One of the values of *enum*, whose values are texts."""
    members = {str(member.value): member for member in enum}
    wanted = "one of " + ", ".join(members)

    def read(value: object) -> E:
        if isinstance(value, str) and value in members:
            return members[value]
        raise MisfitError(
            f"{shown(value)} is not one of {', '.join(members)}",
            did_you_mean(str(value), members, otherwise="choose one of them"),
        )

    first = next(iter(members))
    return Kind(wanted, f'"{first}"', members[first], read)


def one_of(*words: str) -> Kind[str]:
    """One of *words*."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise MisfitError(
            f"{shown(value)} is not one of {', '.join(words)}",
            did_you_mean(str(value), words, otherwise="choose one of them"),
        )

    return Kind("one of " + ", ".join(words), f'"{words[0]}"', words[0], read)


def list_of(kind: Kind[T], *, at_least: int = 0, distinct: bool = False) -> Kind[tuple[T, ...]]:
    """A list whose elements are all of *kind*, at least *at_least* of them, none twice where *distinct*."""
    wanted = f"a list ({kind.wanted} each)"
    example = f"[{kind.example}]"

    def read(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise unfit(value, wanted, example)
        elements: list[T] = []
        misfits: list[MisfitError] = []
        for index, raw in enumerate(value):
            try:
                element = kind.read(raw)
                if distinct and element in elements:
                    raise MisfitError(f"{shown(raw)} stands in the list twice", "keep one of them")
                elements.append(element)
            except MisfitError as misfit:
                misfits.append(MisfitError(misfit.problem, misfit.remedy, index=index))
        if misfits:
            first = misfits[0]
            raise MisfitError(first.problem, first.remedy, index=first.index, more=tuple(misfits[1:]))
        if len(elements) < at_least:
            raise MisfitError(f"has {len(elements)} elements; {at_least} are needed", "add what is missing")
        return tuple(elements)

    return Kind(wanted, example, (), read)


def _read_duration(value: object) -> Duration:
    if not isinstance(value, str):
        raise unfit(value, "a duration", '"2d"')
    try:
        found = parse_duration(value)
    except NotADurationError as error:
        raise MisfitError(error.problem, error.remedy) from None
    _refuse_ages(value, found.as_timedelta(), found.months)
    return found


def _read_span(value: object) -> dt.timedelta:
    if not isinstance(value, str):
        raise unfit(value, "a duration", '"20h"')
    try:
        found = parse_fixed_duration(value)
    except NotADurationError as error:
        raise MisfitError(error.problem, error.remedy) from None
    _refuse_ages(value, found)
    return found


def _refuse_ages(written: str, length: dt.timedelta | None, months: int = 0) -> None:
    """Refuse what leads out of the calendar from any day that matters: it would stop the night that reckons with it."""
    if months > 1200 or (length is not None and length > _CENTURY):
        raise MisfitError(f'"{written}" is longer than a century', "write a shorter time, or leave it out")


def _read_time(value: object) -> dt.time:
    if isinstance(value, dt.time):
        return value
    if isinstance(value, str) and re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", value, re.ASCII):
        return dt.time.fromisoformat(value)
    raise unfit(value, "a time of day from 00:00 to 23:59", '"09:00"')


def _read_date(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise unfit(value, "a date that exists", '"2027-03-28"')


def _read_pattern(value: object) -> re.Pattern[str]:
    if not isinstance(value, str):
        raise unfit(value, "a regular expression", r"'\d{6}'")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(value)
            re.compile(rf"(?:{value})")  # it is also looked for within a longer text
    except (re.error, OverflowError, RecursionError, Warning) as error:
        if str(error).startswith("global flags not at the start"):
            raise MisfitError("sets a flag for the whole text", 'write "(?i:...)" around the part it is for') from None
        raise MisfitError(f"is no regular expression: {error}", "correct it; use '...' to keep backslashes") from None
    if takes_long(value):
        problem = "could take hours on some answers: a repeated part is repeated again, or several could be the same"
        raise MisfitError(problem, "write it with one repetition, such as \\w+ in place of (\\w+)+")
    return compiled


def _read_zone(value: object) -> zoneinfo.ZoneInfo:
    try:
        if isinstance(value, str) and value.strip():
            return zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    remedy = 'write a name of the time zone database, for example "Europe/Helsinki"'
    near = did_you_mean(str(value), zoneinfo.available_timezones(), otherwise=remedy)
    raise MisfitError(f"{shown(value)} is no time zone", near)


TEXT = text()
FLAG = Kind("true or false", "true", False, _read_flag)
INTEGER = integer()
NAME = matching(r"[a-z][a-z0-9_-]*", "a name of small letters, digits, - and _", '"order-number"')
LANGUAGE = matching(r"[a-z]{2,3}(?:-[A-Z]{2})?", "a language code", '"fi"')
DURATION = Kind("a duration", '"2d"', Duration(1, Unit.DAYS), _read_duration)
SPAN = Kind("a duration of fixed length", '"20h"', dt.timedelta(days=1), _read_span)
TIME = Kind("a time of day", '"09:00"', dt.time(0), _read_time)
DATE = Kind("a date", '"2027-03-28"', dt.date(2000, 1, 1), _read_date)
PATTERN = Kind("a regular expression", r"'\d{6}'", re.compile(""), _read_pattern)
ZONE = Kind("a time zone", '"Europe/Helsinki"', zoneinfo.ZoneInfo("UTC"), _read_zone)
