"""Which lines of the content's files customers read: texts, not the keys, rules, notes and drafts beside them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

_STEERS = frozenset(
    {
        *("rule", "goal", "audience", "exclude", "only_if", "when", "expects", "schedule"),
        *("id", "name", "kind", "form", "bond", "give", "benefits", "topic"),
        *("campaign", "newsletter", "survey", "dialogue", "programme", "club", "membership"),
    }
)
"""Keys whose values steer the program; a text in several languages ("name.fi") is none of them."""

_FOR_STAFF = frozenset({"task", "note"})
_TABLES_FOR_STAFF = frozenset({"qualities", "targets"})

_HEAD = re.compile(r"\s*\[\[?\s*([\w.\"'-]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*([\w.\"'-]+)\s*=")
_TO_COMMENT = re.compile(r"""(?:[^"'#]|"(?:\\.|[^"\\])*"|'[^']*')*""")
_ID = re.compile(r"""\s*id\s*=\s*["']([^"']*)["']""")
_IS_TASK = re.compile(r"""\s*kind\s*=\s*["']task["']""")
_FENCE = "+++"
_JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that customers read, with its number from 1, its key, and the `id` of the table that it stands in."""

    number: int
    text: str
    key: str = ""
    of: str = ""


def is_draft(path: Path) -> bool:
    """Say whether a TOML file's content is in use nowhere: not published, or taken away, or not on."""
    try:
        top = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):  # told where the file is read
        return False
    if path.parent.name in {"programmes", "events"}:
        return top.get("published", False) is not True or top.get("off") is True
    return top.get("off") is True or top.get("on") is False


def lines_for_customers(path: Path) -> Iterator[Line]:
    """Give the lines of a TOML or template file that customers read."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".toml":
        yield from _of_toml(text.splitlines(), path.parent.name)
        return
    lines = _JINJA_COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text).splitlines()
    fences = [place for place, line in enumerate(lines) if line.strip() == _FENCE][:2]
    body = fences[1] + 1 if len(fences) == 2 and fences[0] == 0 else 0
    if body:
        yield from _of_toml(["", *lines[1 : body - 1]], path.parent.name)
    yield from (Line(number, line) for number, line in enumerate(lines[body:], start=body + 1))


def _of_toml(lines: Sequence[str], folder: str) -> Iterator[Line]:
    for _, group in groupby(_blocks(lines), key=lambda each: each[0]):
        block = [(number, line) for _, number, line in group]
        is_action = block[0][1].lstrip().startswith("[[")
        if folder == "care" and (not is_action or any(_IS_TASK.match(line) for _, line in block)):
            continue  # a plan's own title, and what staff are to do
        own = next((found[1] for _, line in block if (found := _ID.match(line))), "")
        all_are_texts = folder in {"words", "templates"}  # keys are names of texts there
        for table, key, number, line in _keyed(block):
            if all_are_texts or not _is_for_staff(table, key):
                yield Line(number, line, key, own)


def _is_for_staff(table: str, key: str) -> bool:
    return key in _STEERS or key.partition(".")[0] in _FOR_STAFF or table.rpartition(".")[2] in _TABLES_FOR_STAFF


def _blocks(lines: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Number the lines, and the tables of arrays that they stand in."""
    block = 0
    for number, line in enumerate(lines, start=1):
        block += line.lstrip().startswith("[[")
        yield block, number, line


def _keyed(block: Sequence[tuple[int, str]]) -> Iterator[tuple[str, str, int, str]]:
    """Give each line with its table, its key and its number, without comments; of a long text each line has the key."""
    table, key, closing = "", "", ""
    for number, line in block:
        if closing:
            closing = "" if closing in line else closing
        elif head := _HEAD.fullmatch(line):
            table, key = head[1], ""
            continue
        else:
            begun = _KEY.match(line)
            key = begun[1] if begun else key
            closing = next((each for each in ('"""', "'''") if line.count(each) % 2), "")
            if not closing and (told := _TO_COMMENT.match(line)):
                yield table, key, number, told[0]
                continue
        yield table, key, number, line
