"""Broken TOML explained: each mistake with its line and in words that do not need to be looked up."""

from __future__ import annotations

import datetime as dt
import functools
import re
import tomllib
from decimal import Decimal

from domain.documents_lines import scan_lines
from domain.faults import Fault

_MOST = 20
_PLACE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_DIGITS = re.compile(r"[\w.+-]*\d[\w.+-]*")
_DATE = re.compile(r""""[^"]*"|'[^']*'|#.*|([\w.-]+)\s*=\s*(\d{4}-\d{2}-\d{2})(?!\d)""")
_KEY = re.compile(r"\s*([\w.\-\"']+)\s*=")
_BEGINS = re.compile(r"""\s*(?:[\w.\-"']+\s*=|\[|\#|\})""")
_ELEMENT = re.compile(r"""\s*(?:\{|"|'|\d|\[\s*[{"'\d])""")
_TWICE = "this key is given twice"
_OPEN_TEXT = "a text does not end on its line"
_EXPLAINED = (
    ("Cannot overwrite a value", _TWICE, "keep one of them"),
    ("Duplicate inline table key", _TWICE, "keep one of them"),
    ("Cannot declare", "this table is declared twice", "join the two, or write [[name]] for a list of tables"),
    ("Cannot mutate immutable", "adds to a table that is already complete", "write all its keys in one place"),
    ("Cannot redefine namespace", _TWICE, "keep one of them"),
    ("Expected '=' after a key", 'there is no "=" after the key', "write key = value, the key without spaces"),
    (
        "Invalid value",
        "no value that TOML knows",
        "put text in quotation marks and lists in [ ]; yes and no are written true and false",
    ),
    (
        "Illegal character '\\n'",
        _OPEN_TEXT,
        'close it with a quotation mark, or use """ around several lines',
    ),
    ("Illegal character", "a character that may not stand here", "write it as an escape such as \\n, or remove it"),
    (
        "Unescaped '\\'",
        "a backslash that means nothing inside a text",
        "write two of them, or put the text in single quotation marks '...'",
    ),
    (
        "Expected newline or end of document",
        "something is left over after the value",
        'write one key = value a line; a text with an apostrophe stands in "..."',
    ),
    ("Unclosed array", "a list is not closed", 'separate its elements by commas and close it with "]"'),
    ("Unclosed inline table", "a table in { } is not closed", 'close it with "}" on the same line'),
    (
        "Invalid initial character for a key",
        "no key begins like this",
        "write key = value; a key of other signs than a-z, 0-9, _ and - needs quotation marks",
    ),
    ("Invalid statement", "neither a key nor a table begins here", "write key = value, or [table]"),
    ("Expected ']' at the end", 'the table\'s name is not closed by "]"', "write [name] on a line of its own"),
    ("Expected ']]' at the end", 'the table\'s name is not closed by "]]"', "write [[name]] on a line of its own"),
    ("Invalid date", "no such date", "write it as 2027-03-28"),
)


@functools.lru_cache(maxsize=256)
def syntax_faults(text: str, where: str, *, first_line: int = 1) -> tuple[Fault, ...]:
    """
    List what keeps *text* from being TOML; empty when nothing does.

    After a faulty line the reading goes on without it, as long as that cannot make up faults of its own: it ends
    at an unclosed list or text and at a faulty table header.
    """
    lines = text.split("\n")
    found: list[Fault] = []
    while len(found) < _MOST:
        try:
            tomllib.loads("\n".join(lines), parse_float=Decimal)
            break
        except tomllib.TOMLDecodeError as error:
            fault, line, goes_on = _explained(str(error), lines, where, first_line)
        except (ValueError, ArithmeticError, RecursionError) as error:
            return (*found, _beyond_measure(error, lines, where, first_line))
        if not (found and _is_same_mistake(found[-1], fault, lines, first_line)):
            found.append(fault)
        if not goes_on:
            break
        lines[line - 1] = ""
        if fault.problem == _OPEN_TEXT:
            while line < len(lines) and lines[line].strip() and not _BEGINS.match(lines[line]):
                lines[line] = ""  # the rest of the text
                line += 1
    return tuple(found)


def _is_same_mistake(before: Fault, fault: Fault, lines: list[str], first_line: int) -> bool:
    """Say whether a key given twice follows from the one before: say = "..." and then say.en, say.fi."""
    roots = {each.key.partition(".")[0] if each.key else each for each in (before, fault)}
    between = lines[(before.line or 0) - first_line : (fault.line or 0) - first_line]
    apart = any(line.lstrip().startswith("[") for line in between)
    return len(roots) == 1 and before.problem == fault.problem == _TWICE and not apart


def _beyond_measure(error: Exception, lines: list[str], where: str, first_line: int) -> Fault:
    """Explain what is TOML and yet cannot be read: a number of thousands of digits, brackets within brackets."""
    if isinstance(error, RecursionError):
        line = max(range(len(lines)), key=lambda number: lines[number].count("[") + lines[number].count("{"))
        told = ("too many brackets within each other", "write them side by side")
    else:
        line = max(range(len(lines)), key=lambda number: len(max(_DIGITS.findall(lines[number]), key=len, default="")))
        told = ("a number that is too large", "write a smaller one, or put it in quotation marks")
    return Fault(where, line + first_line, _key_on(lines[line]), *told)


def _explained(message: str, lines: list[str], where: str, first_line: int) -> tuple[Fault, int, bool]:
    place = _PLACE.search(message)
    at = int(place["line"]) if place and place["line"] else None
    open_ = scan_lines("\n".join(lines[: at - 1] if at else lines)).left_open
    if open_ is not None and at is not None and message.startswith("Unclosed array") and _ELEMENT.match(lines[at - 1]):
        before = next(number for number in range(at - 1, 0, -1) if lines[number - 1].strip())
        told = ("no comma stands between this element of the list and the next", "write one at its end")
        return Fault(where, before + first_line - 1, None, *told), before, False
    if at is not None and (single := _written_as_one(lines, at)) is not None:
        name = lines[single - 1].strip().strip("[]").strip()
        told = (f"[{name}] is one table, and [[{name}]] below it are several", f"write [[{name}]] here, too")
        return Fault(where, single + first_line - 1, name, *told), single, False
    if open_ is not None:
        closing = '"]"' if open_.what == "list" else "the same three quotation marks"
        fault = Fault(
            where,
            open_.line + first_line - 1,
            _key_on(lines[open_.line - 1]),
            f"the {open_.what} that begins here is not closed",
            f"close it with {closing}",
        )
        return fault, open_.line, False
    line = at or max(1, len("\n".join(lines).rstrip("\n").split("\n")))
    problem, remedy = message[: place.start()] if place else message, "see https://toml.io for how it is written"
    for start, plain_problem, plain_remedy in _EXPLAINED:
        if message.startswith(start):
            problem, remedy = plain_problem, plain_remedy
            break
    content = lines[line - 1]
    if message.startswith("Unclosed inline table") and (key := _wrong_date(content)) is not None:
        return Fault(where, line + first_line - 1, key, "no such date", "write it as 2027-03-28"), line, True
    goes_on = at is not None and bool(content.strip()) and not content.lstrip().startswith("[")
    return Fault(where, line + first_line - 1, _key_on(content), problem, remedy), line, goes_on


def _written_as_one(lines: list[str], at: int) -> int | None:
    """Find the line with [name] above the [[name]] on line *at*."""
    several = re.fullmatch(r"\s*\[\[([^\[\]]+)\]\]\s*(?:#.*)?", lines[at - 1])
    single = re.compile(rf"\s*\[\s*{re.escape(several[1].strip())}\s*\]\s*(?:#.*)?") if several else None
    return next((n for n in range(1, at) if single is not None and single.fullmatch(lines[n - 1])), None)


def _wrong_date(line: str) -> str | None:
    """Name the key on *line* whose date is none, as TOML's reader does not within { }: it tells of the closing."""
    for found in _DATE.finditer(line):
        if found[2] is not None:
            try:
                dt.date.fromisoformat(found[2])
            except ValueError:
                return found[1]
    return None


def _key_on(line: str) -> str | None:
    found = _KEY.match(line)
    return found[1] if found else None
