"""
Theme files: `themes/*.toml`, shipped and the company's own, in which staff list the words that tell a theme.

They are words, one list per language, so they live with the other texts. A theme of a later folder replaces the one of
its id, or adds one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from domain.documents import Table, read_document
from domain.documents_values import NAME, Kind, MisfitError, shown, text
from domain.faults import FaultList
from domain.themes import Theme

T = TypeVar("T")

SHIPPED = Path(__file__).parent / "themes"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
_WORD = re.compile(r"\*?[^\W\d_]+(?:['’-][^\W\d_]+)*\*?")
_MOST = 64


def load_themes(folders: Sequence[Path]) -> tuple[Theme, ...]:
    """Read the themes of *folders*, the last word on each id winning; raises `Faults` with all faults at once."""
    faults = FaultList()
    found: dict[str, Theme] = {}
    for folder in folders:
        seen: dict[str, str] = {}
        for path in sorted(folder.glob("*.toml")):
            where = f"{folder.name}/{path.name}"
            table = read_document(path.read_bytes(), where, faults)
            if table is None:
                continue
            for one in table.tables("theme"):
                theme = _read(one)
                if theme.id in seen:
                    one.fault(
                        "id", f'"{theme.id}" is in {seen[theme.id]} already', "give it another id, or join the two"
                    )
                seen[theme.id] = where
                found[theme.id] = theme
            table.finish()
    faults.raise_if_any()
    return tuple(found.values())


def _read(table: Table) -> Theme:
    name = table.get("id", NAME)
    if len(name) > _MOST:
        table.fault("id", f"has {len(name)} signs, and {_MOST} are allowed", "shorten it")
    names = _by_language(table.table("name"), text(most=_MOST))
    words = _by_language(table.table("words"), WORDS)
    return Theme(name, names, words)


def _by_language(table: Table, kind: Kind[T]) -> Mapping[str, T]:
    for key in table.keys:
        if _LANGUAGE.fullmatch(key) is None:
            table.fault(key, "is no language", 'write a language code, such as "fi"')
    if not table.keys:
        table.fault(None, "has no language", 'write at least one, such as "en"')
    return table.mapping(kind)


def _read_words(value: object) -> tuple[str, ...]:
    if not isinstance(value, str) or not value.strip():
        raise MisfitError(f"{shown(value)} is no list of words", 'write them with commas: "delivery, parcel, late*"')
    words = [" ".join(entry.split()) for entry in re.split(r"[,\n]", value)]
    for entry in words:
        if entry and not all(_WORD.fullmatch(part) for part in entry.split()):
            line = next((n for n, row in enumerate(value.split("\n"), start=1) if entry.split()[0] in row), 1)
            raise MisfitError(
                f"{shown(entry)} is no word", "use letters only, and * at the beginning or the end", line=line
            )
        if len(entry.split()) > 1 and "*" in entry:
            raise MisfitError(f"{shown(entry)} has a star beside other words", "use stars in single words only")
    return tuple(dict.fromkeys(entry for entry in words if entry))


WORDS: Kind[tuple[str, ...]] = Kind("words with commas between them", '"delivery, parcel"', (), _read_words)
