"""
A date of birth by taps: decade, year, month, day, and a last look. What was tapped lives in the buttons only.

Nothing of it is stored before it is taken into use, and who turns back leaves no trace.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable

from domain.clubs import OLDEST, is_plausible
from domain.messages import Button, Keyboard
from templates.locales import date

_COLUMNS = {3: 3, 4: 5, 6: 3, 8: 7}  # buttons in a row, by the signs that each carries
_WHOLE = 8


def read_birth(digits: str, today: dt.date) -> dt.date | None:
    """Read a whole date of eight digits; None where it is none, or nobody who lives today was born then."""
    try:
        birth = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return birth if len(digits) == _WHOLE and is_plausible(birth, today) else None


def choices(digits: str, today: dt.date, language: str, tap: Callable[[str], str]) -> Keyboard:
    """
    Return the buttons for what follows *digits* (none, "201", "2015", "201505"); each carries *tap* of the longer ones.

    For a whole date it is one button that names it; for what is none, no button.
    """
    if len(digits) == _WHOLE:
        birth = read_birth(digits, today)
        return () if birth is None else ((Button(f"✓ {date(birth, language, dt.UTC)}", tap(digits)),),)
    named = _following(digits, today, language)
    buttons = [Button(label, tap(longer)) for longer, label in named]
    width = _COLUMNS[len(named[0][0])] if named else 1
    return tuple(tuple(buttons[at : at + width]) for at in range(0, len(buttons), width))


def _following(digits: str, today: dt.date, language: str) -> list[tuple[str, str]]:
    """Name what may follow, as (digits, label), without days that are still to come."""
    if digits and not digits.isdecimal():
        return []
    match len(digits):
        case 0:
            first, last = (today.year - OLDEST) // 10 + 2, today.year // 10
            return [(str(each), f"{each}0–{min(each * 10 + 9, today.year)}") for each in range(last, first - 1, -1)]
        case 3:
            years = (int(digits) * 10 + each for each in range(10))
            return [(str(year), str(year)) for year in years if year <= today.year]
        case 4:
            last = today.month if int(digits) == today.year else 12
            firsts = [dt.date(2000, month, 1) for month in range(1, last + 1)]
            return [(f"{digits}{day.month:02}", date(day, language, dt.UTC, "LLLL")) for day in firsts]
        case 6 if 1 <= int(digits[4:]) <= 12 and int(digits[:4]) > 0:
            year, month = int(digits[:4]), int(digits[4:])
            days = range(1, calendar.monthrange(year, month)[1] + 1)
            return [(f"{digits}{day:02}", str(day)) for day in days if dt.date(year, month, day) <= today]
        case _:
            return []
