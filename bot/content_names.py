"""Which names the files of a kind stand for: to judge what asks for them also while some cannot be read."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import templates


def written_names(
    kind: str, content: Path | None, which: Callable[[Mapping[str, Any]], bool] = lambda values: True
) -> frozenset[str]:
    """
    Name the files of a *kind* ("campaigns"), shipped and of the *content* folder, that are not taken away by `off`.

    *which* says of a file's values whether it counts; one that is no TOML always does.
    """
    folders = [Path(templates.__file__).parent / kind, *([] if content is None else [content / kind])]
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    return frozenset(name for name, path in files.items() if _counts(path, which))


def unread_names(kind: str, content: Path | None) -> frozenset[str]:
    """Name those of them that are no TOML, of which nothing more is known."""
    return written_names(kind, content, lambda values: False)


def _counts(path: Path, which: Callable[[Mapping[str, Any]], bool]) -> bool:
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except (ValueError, ArithmeticError, RecursionError):
        return True
    return values.get("off") is not True and which(values)
