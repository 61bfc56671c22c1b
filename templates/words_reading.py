"""Reading the word files, and finding everything that is wrong in them before a customer does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from domain.documents import Table, read_document
from domain.documents_values import FLAG, TEXT, Kind, list_of
from domain.faults import FaultList, did_you_mean
from templates.markup import TEXT_LIMIT, parse
from templates.sandbox import NotRenderableError, flattened, names_in

_FILE = re.compile(r"([a-z][a-z0-9_]*)\.([a-z]{2,3}(?:-[a-z0-9]+)?)\.toml")
_RAW: Kind[object] = Kind("anything", "", None, lambda value: value)
LABEL_LIMIT = 40  # signs that a button shows on a narrow phone
TOAST_LIMIT = 200
COMMAND_LIMIT = 256


@dataclass(frozen=True, slots=True)
class Text:
    """One text in one language and where it is written."""

    source: str
    language: str
    where: str
    line: int | None

    def place(self, line: int = 1) -> str:
        """Give "file:line" of the text's *line* (from 1)."""
        return self.where if self.line is None else f"{self.where}:{self.line + line - 1}"


@dataclass(slots=True)
class Area:
    """
    What `AREA.toml` says of an area: which keys (with * as wildcard) are labels, toasts or command descriptions, and
    whether it is for *staff* only, so that a language may leave texts out.
    """

    labels: tuple[str, ...] = ()
    toasts: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    staff: bool = False
    used: set[str] = field(default_factory=set)

    def limit(self, key: str) -> int | None:
        """Give the most signs that the plain text *key* may have, or None where it is a message with markup."""
        name = key.split(".", maxsplit=1)[1]
        for patterns, limit in (
            (self.labels, LABEL_LIMIT),
            (self.toasts, TOAST_LIMIT),
            (self.commands, COMMAND_LIMIT),
        ):
            if any(fnmatchcase(name, pattern) for pattern in patterns):
                return limit
        return None


@dataclass(frozen=True, slots=True)
class WordFile:
    """A word file as it is: where faults say it is, its area, its *language* (none for AREA.toml), its bytes."""

    where: str
    area: str
    language: str | None
    raw: bytes


def files_of(folders: Sequence[Path], languages: Sequence[str]) -> Iterator[WordFile]:
    """Read the bytes of every word file of *languages*, and of what says of an area what it is."""
    for folder in folders:
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            where = f"{folder.name}/{path.name}"
            found = _FILE.fullmatch(path.name.lower())
            if found is None:
                yield WordFile(where, path.stem, None, path.read_bytes())
            elif found[2] in languages:
                yield WordFile(where, found[1], found[2], path.read_bytes())


def read_files(
    files: Iterable[WordFile], languages: Sequence[str], faults: FaultList
) -> tuple[dict[str, dict[str, Text]], dict[str, Area]]:
    """Read the files: key -> language -> text, and what is said of the areas."""
    texts: dict[str, dict[str, Text]] = {}
    areas: dict[str, Area] = {}
    for file in files:
        table = read_document(file.raw, file.where, faults)
        if table is None:
            continue
        if file.language is None:
            areas[file.area] = _read_area(table)
        else:
            areas.setdefault(file.area, Area())
            _collect(table, file.area, file.language, texts, faults)
    order = {language: place for place, language in enumerate(languages)}
    return {key: dict(sorted(by.items(), key=lambda item: order[item[0]])) for key, by in texts.items()}, areas


def _read_area(table: Table) -> Area:
    names = list_of(TEXT)
    area = Area(
        labels=table.get("labels", names, ()),
        toasts=table.get("toasts", names, ()),
        commands=table.get("commands", names, ()),
        staff=table.get("staff", FLAG, False),
    )
    table.finish()
    return area


def _collect(table: Table, prefix: str, language: str, texts: dict[str, dict[str, Text]], faults: FaultList) -> None:
    for name in table.keys:
        key = f"{prefix}.{name}"
        raw = table.get(name, _RAW)
        if isinstance(raw, dict):
            _collect(table.section(name), key, language, texts, faults)
            continue
        source = table.get(name, TEXT)
        texts.setdefault(key, {})[language] = Text(source, language, table.where, table.content_line(name))


def find_faults(
    texts: Mapping[str, Mapping[str, Text]],
    areas: Mapping[str, Area],
    languages: Sequence[str],
    faults: FaultList,
) -> None:
    """Note what is missing, does not compile, is no Telegram HTML, is too long, or asks for unknown values."""
    default = languages[0]
    for key, by_language in texts.items():
        area = areas[key.split(".", maxsplit=1)[0]]
        names: dict[str, frozenset[str]] = {}
        for language, text in by_language.items():
            try:
                names[language] = names_in(text.source)
            except NotRenderableError as error:
                line = None if text.line is None else text.line + error.line - 1
                faults.add(text.where, line, key, error.problem, error.remedy)
            _check_form(key, text, area.limit(key), faults)
        for language in languages:
            if language not in by_language and not area.staff:
                other = next(iter(by_language.values()))
                where = other.where.replace(f".{other.language}.", f".{language}.")
                faults.add(where, None, key, "is missing", f"translate it; {other.place()} has it")
        for language, found in names.items():
            for name in sorted(found - names.get(default, found)):
                text = by_language[language]
                known = names[default]
                rest = f"use only: {', '.join(sorted(known))}" if known else "this text has no values to fill in"
                problem = f'"{name}" is no value of this text in {default}'
                faults.add(text.where, text.line, key, problem, did_you_mean(name, known, otherwise=rest))


def _check_form(key: str, text: Text, limit: int | None, faults: FaultList) -> None:
    if limit is not None:
        shown = flattened(text.source)
        if len(shown) > limit:
            faults.add(text.where, text.line, key, f"has {len(shown)} signs, and {limit} are allowed", "shorten it")
        if "</" in shown:
            faults.add(text.where, text.line, key, "has markup where Telegram shows none", "remove the tags")
        return
    parsed = parse(flattened(text.source))
    for mistake in parsed.mistakes:
        line = None if text.line is None else text.line + mistake.line - 1
        faults.add(text.where, line, key, mistake.problem, mistake.remedy)
    if parsed.units > TEXT_LIMIT:
        faults.add(text.where, text.line, key, f"has {parsed.units} signs, and 4096 are allowed", "shorten it")
