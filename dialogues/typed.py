"""
What a customer types behind a command, read as what the command's own buttons say.

Buttons' arguments may do things ("yes, forget me"), so her words never reach an act unread: a command that is not named
here takes none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from dialogues.running import Running
from domain.folding import fold
from domain.programmes import Programme
from templates.locales import own_name

Read = Callable[[Running, str], str]

_MONTH_FIRST = re.compile(r"(0?[1-9]|1[0-2])\s*[/.-]\s*([1-9]\d{3})")
_YEAR_FIRST = re.compile(r"([1-9]\d{3})\s*[/.-]\s*(0?[1-9]|1[0-2])(?:\s*[/.-]\s*\d{1,2})?")


def read_month(said: str) -> str | None:
    """Read "2027-03", "2027-03-14", "3/2027" or "3.2027" as "2027-03"; None for anything else."""
    if found := _YEAR_FIRST.fullmatch(said.strip()):
        year, month = found.groups()
    elif found := _MONTH_FIRST.fullmatch(said.strip()):
        month, year = found.groups()
    else:
        return None
    return f"{int(year)}-{int(month):02d}"


def _month(_: Running, said: str) -> str:
    """A month as `/history` takes it; what is none is handed on marked, so that she can be told."""
    month = read_month(said)
    return f"?-{said}" if month is None else f"m-{month}"


def _language(running: Running, said: str) -> str:
    """A language by its tag ("fi") or its own name ("suomi"); "" leads to the buttons."""
    return next((tag for tag in running.company.languages if fold(said) in {fold(tag), fold(own_name(tag))}), "")


def _named(programmes: Sequence[Programme], said: str) -> str:
    folded = fold(said)
    for each in programmes:
        if folded in {fold(each.name), *map(fold, each.title.values())}:
            return each.name
    return ""


def _card(running: Running, said: str) -> str:
    return _named(running.loyalty.open_programmes, said)


def _points(running: Running, said: str) -> str:
    name = _named(running.loyalty.open_programmes, said)
    return f"s-0-{name}" if name else ""


_READ: Mapping[str, Read] = {"history": _month, "language": _language, "card": _card, "points": _points}


def typed_argument(running: Running, command: str, said: str) -> str:
    """Return the argument of *command*'s act for what she typed behind it, *said*; "" where it takes none."""
    read = _READ.get(command)
    return read(running, said.strip()) if read is not None and said.strip() else ""
