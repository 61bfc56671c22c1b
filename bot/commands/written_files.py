"""Files that are written whole or not at all, and CSV cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from bot.commands.frame import Refused

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def refuse_taken(file: Path, force: bool) -> None:
    """Raise Refused when *file* is a folder, or is there and is not to be replaced."""
    if file.is_dir():
        raise Refused(f"{file}: is a folder; give a file's name")
    if file.exists() and not force:
        raise Refused(f"{file}: is there already; give another name, or --force")


@contextlib.contextmanager
def replacing_path(file: Path) -> Iterator[Path]:
    """Give an empty file beside *file* that only its owner may read, and put it in its place once it is whole."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[TextIO]:
    """Like `replacing_path`, opened for text."""
    with replacing_path(file) as part, part.open("w", encoding="utf-8", newline="") as target:
        yield target


def csv_cell(value: Any, is_free: bool) -> str | int | float:
    """Write a value as the import reads it: yes and no, ISO 8601 times in UTC, several tags separated by semicolons."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dt.date():
            return value.isoformat()
        case int() | float():
            return value
        case list() if all(isinstance(each, str) for each in value):
            text = ";".join(value)
        case list() | dict():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return f"'{text}" if is_free and text.startswith(_FORMULA) else text
