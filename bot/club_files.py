"""Club files: `clubs/NAME.toml`, shipped and the company's own, which win; each is one club."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import templates
from bot.campaign_files import LANGUAGE_CODE
from domain.clubs import LONGEST_NAME, OLDEST, Club
from domain.documents import Table, read_document
from domain.documents_values import FLAG, LANGUAGE, integer, text
from domain.faults import FaultList

SHIPPED = Path(templates.__file__).parent / "clubs"
_FILE = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
_TITLE = text(most=40)
_ABOUT = text(most=500)
_TERMS = text(most=2000)
_VERSION = text(most=20)
_AGE = integer(0, OLDEST)
_DECIDES = 16
"""From this age everybody in the Union may agree to such a service without a guardian; the countries say 13 to 16."""


def load_clubs(content: Path | None, languages: Sequence[str], faults: FaultList) -> tuple[Club, ...]:
    """
    Read the shipped clubs and those of the *content* folder, which win, by name; note every fault.

    With `off = true` a file stands for no club. With a fault there are no clubs at all.
    """
    folders = [SHIPPED] if content is None else [SHIPPED, content / "clubs"]
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    before = len(faults)
    found: list[Club] = []
    for name, path in sorted(files.items()):
        where = f"{path.parent.name}/{path.name}"
        if _FILE.fullmatch(name) is None:
            faults.add(
                where, None, None, "is no name of a club's file", f"use a to z, 0 to 9, - and _, at most {LONGEST_NAME}"
            )
        top = read_document(path.read_bytes(), where, faults)
        if top is None:
            continue
        off = top.get("off", FLAG, False)
        if not off or len(top.keys) > 1:
            club = _read(name, top, () if path.parent == SHIPPED else languages)
            found += [] if off else [club]
        top.finish()
    return tuple(found) if len(faults) == before else ()


def _read(name: str, top: Table, languages: Sequence[str]) -> Club:
    age = top.section("age")
    low, high = age.get("from", _AGE, None), age.get("until", _AGE, None)
    if low is not None and high is not None and high < low:
        age.fault("until", f"{high} is below {low}", "let it be the greatest age that a member may have")
    under = top.get("guardian_under", integer(1, 18), None)
    if under is None and "age" in top and (low is None or low < _DECIDES):
        problem = f"members may be younger than {_DECIDES}, and nothing says whose guardian must agree"
        top.missing("guardian_under", "age", problem, "add guardian_under = 13 (Finland), or what your law says")
    return Club(
        name=name,
        title=_texts(top, "title", _TITLE, languages),
        about=_texts(top, "about", _ABOUT, languages),
        terms=_texts(top, "terms", _TERMS, languages),
        terms_version=top.get("version", _VERSION, "1"),
        from_age=low,
        until_age=high,
        guardian_under=under,
    )


def _texts(top: Table, key: str, kind: Any, languages: Sequence[str]) -> dict[str, str]:
    table = top.table(key)
    for each in table.keys:
        if LANGUAGE_CODE.fullmatch(each) is None:
            table.fault(each, "is no language", f"write a language code, such as {LANGUAGE.example}")
    found: dict[str, str] = table.mapping(kind)
    if languages and languages[0] not in found:
        remedy = f'add {key}.{languages[0]} = "..."'
        top.fault(key, f"has no text in the company's first language, {languages[0]}", remedy)
    return found
