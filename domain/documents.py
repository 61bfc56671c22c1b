"""
Reading what staff write in TOML (config, dialogues, plans, front matter): all mistakes at once, each with its line.

A `Table` is asked for its keys by kind of value; what does not fit, is missing or was never asked for becomes a fault.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar, overload

from domain.documents_lines import Path, scan_lines
from domain.documents_syntax import syntax_faults
from domain.documents_values import Kind, MisfitError, shown
from domain.faults import FaultList, did_you_mean

T = TypeVar("T")
D = TypeVar("D")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Override:
    """A value from outside the document (an environment variable): its raw text, and where it comes from."""

    raw: str
    where: str


class _Raw(str):
    """An override's text: taken as it is where a text is wanted, read as a TOML value elsewhere."""

    __slots__ = ()


@dataclass(slots=True)
class _Source:
    """What all tables of one document share."""

    where: str
    faults: FaultList
    first_line: int
    keys: Mapping[Path, int]
    contents: Mapping[Path, int]
    overridden: Mapping[Path, str]
    known: dict[Path, set[str]] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    misspelt: list[tuple[Table, str | None, str, MisfitError]] = field(default_factory=list)


def read_document(
    text: str | bytes,
    where: str,
    faults: FaultList,
    *,
    first_line: int = 1,
    overrides: Mapping[tuple[str, ...], Override] | None = None,
) -> Table | None:
    """
    Read a TOML text and give its top table, or None when it is no TOML; every mistake goes to *faults*.

    *first_line* is the line of *where* on which the text begins (front matter). Numbers with a point are exact
    (`Decimal`). Ask the table for all its keys, then call its `finish()`, then `faults.raise_if_any()`.
    """
    if isinstance(text, bytes):
        raw = text
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + first_line
            faults.add(where, line, None, "has a byte that is no UTF-8", "save the file as UTF-8")
            return None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    broken = syntax_faults(text, where, first_line=first_line)
    if broken:
        faults.extend(broken)
        return None
    values = tomllib.loads(text, parse_float=Decimal)
    for path, override in (overrides or {}).items():
        _set(values, path, _Raw(override.raw))
    overridden: dict[Path, str] = {path: override.where for path, override in (overrides or {}).items()}
    lines = scan_lines(text)
    return Table(_Source(where, faults, first_line, lines.keys, lines.contents, overridden), (), values, "")


def _set(values: dict[str, object], path: tuple[str, ...], raw: str) -> None:
    for part in path[:-1]:
        inner = values.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = values[part] = {}
        values = inner
    values[path[-1]] = raw


def _parsed(value: object) -> object:
    if not isinstance(value, _Raw):
        return value
    try:
        return tomllib.loads(f"value = {value}", parse_float=Decimal)["value"]
    except tomllib.TOMLDecodeError:
        return str(value)


class Table:
    """
    One table of a document, read key by key.

    A getter never raises over the document's content: it notes a fault and gives the default or the kind's stand-in,
    so that one reading finds all mistakes.
    """

    def __init__(
        self, source: _Source, path: Path, values: dict[str, object], name: str, *, silent: bool = False
    ) -> None:
        self._source = source
        self._path = path
        self._values = values
        self._name = name
        self._silent = silent
        self._known = source.known.setdefault(path, set())
        source.tables.append(self)

    def __contains__(self, key: str) -> bool:
        self._known.add(key)
        return key in self._values

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the document gives here, in its order; looking does not count as asking for them."""
        return tuple(self._values)

    @property
    def where(self) -> str:
        """The file's name, as faults show it."""
        return self._source.where

    @property
    def name(self) -> str:
        """The table's dotted name, as faults show it; empty for the top table."""
        return self._name

    @overload
    def get(self, key: str, kind: Kind[T]) -> T: ...
    @overload
    def get(self, key: str, kind: Kind[T], default: D) -> T | D: ...
    def get(self, key: str, kind: Kind[T], default: object = _MISSING) -> object:
        """Give the value of *key*; without a default the key must be there."""
        self._known.add(key)
        if key not in self._values:
            if default is not _MISSING:
                return default
            self.missing(key, key, "is missing", f"add {key} = {kind.example} ({kind.wanted})")
            return kind.stand_in
        value = self._values[key]
        try:
            return self._read(value, kind)
        except MisfitError as misfit:
            for each in (misfit, *misfit.more):
                place = key if each.index is None else f"{key}[{each.index + 1}]"
                self._note((key,) if each.index is None else (key, each.index), place, each)
            return kind.stand_in if default is _MISSING else default

    def _read(self, value: object, kind: Kind[T]) -> T:
        if isinstance(value, _Raw):
            try:
                return kind.read(str(value))
            except MisfitError:
                return kind.read(_parsed(value))
        return kind.read(value)

    def mapping(self, kind: Kind[T]) -> dict[str, T]:
        """Give all keys of this table with values of *kind*: a table whose keys are free (languages, facts)."""
        return {key: self.get(key, kind) for key in self._values}

    def table(self, key: str) -> Table:
        """Give the table at *key*, which must be there; in a missing one nothing further is complained about."""
        if key not in self._values:
            self._known.add(key)
            self.fault(key, "is missing", f"add a table [{self._full(key)}]")
            return Table(self._source, (*self._path, key), {}, self._full(key), silent=True)
        return self.section(key)

    def section(self, key: str) -> Table:
        """Give the table at *key*; one that is left out reads as an empty one."""
        self._known.add(key)
        value = _parsed(self._values.get(key, {}))
        fits = isinstance(value, dict)
        if not fits:
            remedy = f"write {key} = {{ ... }}, or [{self._full(key)}] with its keys below"
            self.fault(key, f"{shown(value)} is not a table", remedy)
        values = value if isinstance(value, dict) else {}
        return Table(self._source, (*self._path, key), values, self._full(key), silent=self._silent or not fits)

    def maybe_table(self, key: str) -> Table | None:
        """Give the table at *key*, or None where it is left out."""
        return self.section(key) if key in self else None

    def tables(self, key: str) -> tuple[Table, ...]:
        """Give the tables of the list at *key* (`[[key]]`), in order; empty where it is left out."""
        self._known.add(key)
        value = _parsed(self._values.get(key, []))
        if not isinstance(value, list):
            self.fault(
                key, f"{shown(value)} is not a list of tables", f"write [[{self._full(key)}]] before each of them"
            )
            return ()
        found: list[Table] = []
        for index, values in enumerate(value):
            path = (*self._path, key, index)
            if isinstance(values, dict):
                name = values.get("id")
                label = name if isinstance(name, str) and name else str(index + 1)
                found.append(Table(self._source, path, values, f"{self._full(key)}[{label}]", silent=self._silent))
            else:
                misfit = MisfitError(f"{shown(values)} is not a table", "write { ... } with its keys in the braces")
                self._note((key, index), f"{key}[{index + 1}]", misfit)
        return tuple(found)

    def line(self, key: str | None = None) -> int | None:
        """Give the line of *key*, or of the table itself; None where it is not in the document."""
        path = self._path if key is None else (*self._path, key)
        return self._line(path)

    def content_line(self, key: str) -> int | None:
        """Give the line on which the text at *key* begins: below the quotation marks of a long one."""
        found = self._source.contents.get((*self._path, key))
        return self.line(key) if found is None else found + self._source.first_line - 1

    def fault(self, key: str | None, problem: str, remedy: str, *, content_line: int | None = None) -> None:
        """
        Note a fault at *key* of this table (or at the table): for what only the caller can judge.

        *content_line* (from 1) points into a text of several lines.
        """
        self._note((key,) if key else (), key, MisfitError(problem, remedy, line=content_line or 1))

    def missing(self, wanted: str, key: str | None, problem: str, remedy: str) -> None:
        """
        Note a fault at *key* (or at the table) because the key *wanted* is not there.

        Where it seems to be there misspelt, only the misspelt one is blamed, when `finish` has made sure.
        """
        others = [each for each in self._values if each not in self._known]
        folded = {each.casefold(): each for each in others}
        near = difflib.get_close_matches(wanted.casefold(), list(folded), n=1, cutoff=0.6)
        misfit = MisfitError(problem, remedy)
        if near:
            self._source.misspelt.append((self, key, folded[near[0]], misfit))
        else:
            self._note((key,) if key else (), key, misfit)

    def finish(self) -> None:
        """Note each key that nobody asked for, in this document's tables; call it on the top table, at the end."""
        for table, key, near, misfit in self._source.misspelt:
            if near in table._known:
                table._note((key,) if key else (), key, misfit)
        for table in self._source.tables:
            table._refuse_unknown()

    def _refuse_unknown(self) -> None:
        if self._silent:
            return
        known = sorted(self._known)
        for key, value in self._values.items():
            if key not in self._known:
                what = "table" if isinstance(value, dict) or _is_tables(value) else "key"
                others = f"remove it (known here: {', '.join(known)})" if known else "remove it"
                remedy = self._elsewhere(key) or did_you_mean(key, known, otherwise=others)
                self.fault(key, f"unknown {what}", remedy)

    def _header(self) -> str:
        """Give the line that begins this table."""
        name = ".".join(part for part in self._path if isinstance(part, str))
        return f"[[{name}]]" if self._path and isinstance(self._path[-1], int) else f"[{name}]"

    def _elsewhere(self, key: str) -> str:
        """Say where *key* belongs if a table around this one, or one within it, has such a key."""
        for length in range(len(self._path) - 1, -1, -1):
            if length and isinstance(self._path[length - 1], str) and isinstance(self._path[length], int):
                continue  # the list that this table is an element of
            if key in self._source.known.get(self._path[:length], ()):
                outer = next((t._name for t in self._source.tables if t._path == self._path[:length]), "")
                if not outer:
                    return "it belongs to the head of the file: move it up, above the first table"
                return f"it belongs to {outer}: move it above {self._header()}"
        for table in self._source.tables:
            inner = table._path[len(self._path) :]
            if table._path[: len(self._path)] == self._path and len(inner) == 1 and key in table._known:
                return f"it belongs to {inner[0]}: write {inner[0]} = {{ {key} = ... }}"
        return ""

    def _note(self, inner: Path, key: str | None, misfit: MisfitError) -> None:
        if self._silent:
            return
        path = (*self._path, *inner)
        source = self._source
        where = next(
            (source.overridden[path[:n]] for n in range(len(path), 0, -1) if path[:n] in source.overridden), None
        )
        line = None if where else self._line(path)
        if line is not None and path in source.contents and (misfit.line > 1):
            line = source.contents[path] + source.first_line - 1 + misfit.line - 1
        full = self._full(key) if key else self._name or None
        source.faults.add(where or source.where, line, full, misfit.problem, misfit.remedy)

    def _line(self, path: Path) -> int | None:
        """Give the line of the longest part of *path* that the document has; its first line for the top."""
        for length in range(len(path), 0, -1):
            found = self._source.keys.get(path[:length])
            if found is not None:
                return found + self._source.first_line - 1
        return self._source.first_line

    def _full(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
