"""Comparing what the bot wrote with what a transcript expects: `*` is anything, `{n}` a number that is remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_PLACE = re.compile(r"\\?\*|\{(\w+)\}")


def fill(text: str, captured: Mapping[str, str]) -> str:
    """Put what was captured before into *text*; an unknown `{name}` stays."""
    return re.sub(r"\{(\w+)\}", lambda found: captured.get(found[1], found[0]), text)


def match_text(expected: str, actual: str, captured: Mapping[str, str]) -> dict[str, str] | None:
    """
    Compare one text; return what its new places captured, or None when it differs.

    White space counts as one space. `{n}` that was captured before must be the same again; else it takes a run of
    letters, digits and hyphens.
    """
    pattern, names, end = "", [], 0
    expected = " ".join(expected.split())
    for place in _PLACE.finditer(expected):
        pattern += re.escape(expected[end : place.start()])
        end = place.end()
        name = place[1]
        if place[0] == "*":
            pattern += ".*?"
        elif name is None:
            pattern += r"\*"
        elif name in captured:
            pattern += re.escape(captured[name])
        elif name in names:
            pattern += f"(?P={name})"
        else:
            names.append(name)
            pattern += rf"(?P<{name}>[\w-]+)"
    pattern += re.escape(expected[end:])
    found = re.fullmatch(pattern, " ".join(actual.split()))
    return None if found is None else found.groupdict()


def match_buttons(expected: Sequence[str], actual: Sequence[str], captured: Mapping[str, str]) -> bool:
    """Compare labels in order; `[...]` stands for any number of them."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(match_buttons(expected[1:], actual[skipped:], captured) for skipped in range(len(actual) + 1))
    if not actual or match_text(expected[0], actual[0], captured) is None:
        return False
    return match_buttons(expected[1:], actual[1:], captured)


def shown(text: str, buttons: Sequence[str] | None) -> str:
    """Write a message as a transcript would: its text on one line, then its buttons."""
    labels = " ".join(f"[{label}]" for label in buttons or ())
    line = " ".join(text.split())
    return f"{line}  {labels}".rstrip() if labels else line
