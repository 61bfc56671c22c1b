"""What endings give is judged with the programmes and clubs that there are: nobody is promised what nothing gives."""

from __future__ import annotations

from pathlib import Path

from bot.content_endings import judge_endings
from dialogues.library import Library
from domain.faults import FaultList
from domain.loyalty import Loyalty
from domain.points import PointsRules
from domain.programmes import Programme, ProgrammeKind

PLUS = Programme("plus", published=True, points=PointsRules())
QUIET = Programme("quiet", kind=ProgrammeKind.SILENT, published=True)
HEAD = """
id = "wish"
version = 1
title.en = "A wish"
[[ask]]
id = "words"
kind = "text"
say.en = "What?"
[[done]]
"""


def _judged(folder: Path, ending: str, loyalty: Loyalty) -> list[str]:
    (folder / "wish.toml").write_text(f'{HEAD}{ending}\nsay.en = "Thanks"\n', encoding="utf-8")
    faults = FaultList()
    judge_endings(Library.load([folder], ("en",)), [folder], loyalty, ["wine"], faults)
    return [f"{fault.line}: {fault.key}: {fault.problem}; {fault.remedy}" for fault in faults.faults]


def test_what_there_is_may_be_given(tmp_path: Path) -> None:
    """A programme, a club, and points in the programme that has them."""
    loyalty = Loyalty(programmes=(PLUS, QUIET))
    assert _judged(tmp_path, 'join = "programme:plus"\npoints = 20\nprogramme = "plus"', loyalty) == []
    assert _judged(tmp_path, 'join = "club:wine"\npoints = 20', loyalty) == []


def test_what_there_is_not_is_named_with_its_line(tmp_path: Path) -> None:
    """Slips get a proposal; drafts and silent programmes are told apart; points need a programme that gives some."""
    loyalty = Loyalty(programmes=(PLUS, QUIET), programme_drafts=(Programme("next"),))
    (slip,) = _judged(tmp_path, 'join = "programme:pluss"', loyalty)
    assert slip.startswith('10: done[1].join: there is no programme "pluss"; did you mean ')
    assert "programme:plus" in slip
    (draft,) = _judged(tmp_path, 'join = "programme:next"', loyalty)
    assert "is a draft" in draft
    (quiet,) = _judged(tmp_path, 'join = "programme:quiet"', loyalty)
    assert "silent" in quiet
    (other,) = _judged(tmp_path, 'points = 20\nprogramme = "quiet"', loyalty)
    assert other.startswith('11: done[1].programme: "quiet" is no published programme with points')
    (none,) = _judged(tmp_path, "points = 20", Loyalty())
    assert none.startswith("10: done[1].points: no programme has points")
