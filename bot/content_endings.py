"""What endings of dialogues give: each programme and club that they name must be one that customers can be in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from dialogues.library import Library
from domain.clubs import CLUB
from domain.documents import Table, read_document
from domain.faults import FaultList, did_you_mean
from domain.loyalty import Loyalty


def judge_endings(
    library: Library, folders: Sequence[Path], loyalty: Loyalty, clubs: Iterable[str], faults: FaultList
) -> None:
    """
    Note each ending that lets somebody in where nothing is, or gives points where there are none.

    *folders* are those that the library was read from.
    """
    with_points = [each.name for each in loyalty.open_programmes if each.points is not None]
    known = [*(each.membership for each in loyalty.open_programmes), *(f"{CLUB}{name}" for name in clubs)]
    for script in library.all():
        if not any(ending.join or ending.points for ending in script.endings):
            continue
        path = next(path for folder in reversed(folders) if (path := folder / f"{script.id}.toml").exists())
        top = read_document(path.read_bytes(), f"{path.parent.name}/{path.name}", FaultList())
        for table, ending in zip(top.tables("done") if top is not None else (), script.endings, strict=False):
            if ending.join and ending.join not in known:
                _unknown(table, "join", ending.join, known, _about(ending.join, loyalty), faults)
            if ending.programme and ending.programme not in with_points:
                problem = f'"{ending.programme}" is no published programme with points'
                _unknown(table, "programme", ending.programme, with_points, problem, faults)
            elif ending.points and not with_points:
                remedy = "publish a programme with a section [points], or take points out"
                faults.add(table.where, table.line("points"), f"{table.name}.points", "no programme has points", remedy)


def _about(join: str, loyalty: Loyalty) -> str:
    kind, _, name = join.partition(":")
    if any(each.name == name and kind == "programme" for each in loyalty.programme_drafts):
        return f'the programme "{name}" is a draft, which nobody can join'
    if any(each.name == name and kind == "programme" for each in loyalty.programmes):
        return f'"{name}" is a silent programme, which nobody joins'
    return f'there is no {kind} "{name}"'


def _unknown(table: Table, key: str, given: str, known: Collection[str], problem: str, faults: FaultList) -> None:
    there_are = f"there are {', '.join(known)}" if known else "there are none yet"
    remedy = did_you_mean(given, known, otherwise=f"{there_are}; write one of them, or take {key} out")
    faults.add(table.where, table.line(key), f"{table.name}.{key}", problem, remedy)
