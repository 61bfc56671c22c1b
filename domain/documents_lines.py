"""
Where each key, table and list element of a TOML text stands; `tomllib` gives the values but not their lines.

The scan is lenient, since only `tomllib` judges a text; of a broken one it tells what was left open.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Keys and list indices (from 0) that lead from the top of a document to a value."""

_TOKEN = re.compile(
    r"""
      (?P<space> [ \t\r]+ | \#[^\n]* )
    | (?P<newline> \n )
    | (?P<string> \"\"\"(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5} | '''(?:[^']|'{1,2}(?!'))*'{3,5}
                | "(?!"")(?:[^"\\\n]|\\[^\n])*" | '(?!'')[^'\n]*' )
    | (?P<endless> (?:\"\"\"|''')[\s\S]* )
    | (?P<mark> [\[\]{},=.] )
    | (?P<bare> [^\s\[\]{},=.\#"']+ )
    | (?P<other> . )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """A list or text that begins on *line* and is not closed before the end of what was scanned."""

    what: str
    line: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines (from 1) of a text: of keys, headers and elements, and of where the content of a string begins."""

    keys: Mapping[Path, int]
    contents: Mapping[Path, int]
    left_open: LeftOpen | None
    headers: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


@functools.lru_cache(maxsize=256)
def scan_lines(text: str) -> Lines:
    """Find the line of every key path in *text*; never raises, whatever the text. A text is scanned once."""
    scan = _Scan(_tokens(text))
    scan.run()
    return Lines(scan.keys, scan.contents, scan.left_open, frozenset(scan.headers))


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind != "space":
            tokens.append(_Token(kind, match[0], line))
        line += match[0].count("\n")
    tokens.append(_Token("end", "", line))
    return tokens


class _Scan:
    """One walk over the tokens; every branch moves on by at least one token, so it ends."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._elements: dict[Path, int] = {}
        self.keys: dict[Path, int] = {}
        self.contents: dict[Path, int] = {}
        self.headers: set[int] = set()
        self.left_open: LeftOpen | None = None

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _step(self) -> None:
        if self._now.kind != "end":
            self._at += 1

    def run(self) -> None:
        table: Path = ()
        while self._now.kind != "end":
            if self._now.kind == "newline":
                self._step()
                continue
            if self._now.text == "[":
                table = self._header()
            else:
                self._pair(table)
            while self._now.kind not in {"newline", "end"}:
                self._skip_text()

    def _header(self) -> Path:
        line = self._now.line
        self.headers.add(line)
        self._step()
        is_element = self._now.text == "["
        if is_element:
            self._step()
        path: Path = ()
        parts = self._key()
        for part in parts[:-1]:
            path = self._newest((*path, part))
            self.keys.setdefault(path, line)
        path = (*path, *parts[-1:])
        self.keys.setdefault(path, line)
        if is_element:
            self._elements[path] = self._elements.get(path, -1) + 1
        path = self._newest(path)
        self.keys.setdefault(path, line)
        return path

    def _newest(self, path: Path) -> Path:
        return (*path, self._elements[path]) if path in self._elements else path

    def _key(self) -> list[str]:
        parts: list[str] = []
        while self._now.kind in {"bare", "string"}:
            parts.append(_unquoted(self._now))
            self._step()
            if self._now.text != ".":
                break
            self._step()
        return parts

    def _pair(self, table: Path) -> None:
        line = self._now.line
        path = table
        parts = self._key()
        for part in parts:
            path = (*path, part)
            self.keys.setdefault(path, line)
        if parts and self._now.text == "=":
            self._step()
            self._value(path)

    def _value(self, path: Path) -> None:
        if self._now.text == "[":
            self._list(path)
        elif self._now.text == "{":
            self._inline_table(path)
        elif self._now.kind == "string":
            starts_below = self._now.text[:4] in {'"""\n', "'''\n"}
            self.contents[path] = self._now.line + starts_below
            self._step()
        while self._now.kind not in {"newline", "end"} and self._now.text not in {",", "]", "}"}:
            self._skip_text()

    def _list(self, path: Path) -> None:
        opened = LeftOpen("list", self._now.line)
        self._step()
        index = 0
        while self._now.text != "]":
            if self._now.kind == "end":
                self.left_open = self.left_open or opened
                return
            if self._now.kind == "newline" or self._now.text in {",", "}"}:
                self._step()
                continue
            self.keys.setdefault((*path, index), self._now.line)
            self._value((*path, index))
            index += 1
        self._step()

    def _inline_table(self, path: Path) -> None:
        self._step()
        while self._now.text != "}" and self._now.kind not in {"newline", "end"}:
            if self._now.kind in {"bare", "string"}:
                self._pair(path)
            else:
                self._skip_text()
        if self._now.text == "}":
            self._step()

    def _skip_text(self) -> None:
        if self._now.kind == "endless":
            self.left_open = self.left_open or LeftOpen("text", self._now.line)
        self._step()


def _unquoted(token: _Token) -> str:
    if token.kind == "bare":
        return token.text
    try:
        return str(tomllib.loads(f"key = {token.text}")["key"])
    except tomllib.TOMLDecodeError:
        return token.text[1:-1]
