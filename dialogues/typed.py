"""
What a customer types behind a command, read as what the command's own buttons say.

Buttons' arguments may do things ("yes, forget me"), so her words never reach an act unread: a command that is not named
here takes none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dialogues.running import Running
from domain.folding import fold
from domain.programmes import Programme
from templates.locales import own_name

Read = Callable[[Running, str], str]


def _asked(_: Running, said: str) -> str:
    """Her own words, marked as such: no button carries the mark, and the act reads them as a day, a month or a year."""
    return f"?-{said}"


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


_READ: Mapping[str, Read] = {"history": _asked, "language": _language, "card": _card, "points": _points}


def typed_argument(running: Running, command: str, said: str) -> str:
    """Return the argument of *command*'s act for what she typed behind it, *said*; "" where it takes none."""
    read = _READ.get(command)
    return read(running, said.strip()) if read is not None and said.strip() else ""
