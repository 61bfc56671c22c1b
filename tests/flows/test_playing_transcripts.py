"""Playing transcripts: the example of the manual plays, and what differs or cannot be done is told with its line."""

from __future__ import annotations

import re
from pathlib import Path

from bot.transcript import Contents, Played, PlayMode, play
from bot.transcript_reading import read_transcript
from domain.faults import FaultList

MANUAL = Path(__file__).parents[2] / "docs" / "transcripts.md"


async def _played(text: str, template: Path, *, records: bool = False) -> Played:
    faults = FaultList()
    transcript = read_transcript(text, "x.chat", faults)
    faults.raise_if_any()
    assert transcript is not None
    content = Contents().of(transcript, Path())
    return await play(transcript, PlayMode.PLAIN, beside=Path(), content=content, template=template, records=records)


async def test_example_of_the_manual_plays(sqlite_template: Path) -> None:
    """What the manual shows is true."""
    example = re.search(r"^```\n(.*?)^```$", MANUAL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert example
    assert (await _played(example[1], sqlite_template)).report == ""


async def test_what_differs_and_what_cannot_be_done_is_told_with_its_line(sqlite_template: Path) -> None:
    """A mishap that cannot happen, a wrong file, a pin that is there, and who tapped nothing."""
    played = await _played(
        "lang en   at 2027-03-02 10:00   customer Ann met   customer Bo met   staff Olga\n"
        "== topic of Ann deleted\n"
        "== group upgraded\n"
        "== forum off\n"
        "== forum on\n"
        "Ann: /question\n"
        "bot: *\n"
        "Ann: (album a.jpg, b.jpg)\n"
        "bot: *\n"
        "Ann: [Done]\n"
        "bot: *No {n}.*\n"
        "staff pinned: nothing\n"
        "staff: (album of 3)\n"
        "Olga to Bo: Hello\n"
        "Olga to Ann: [Fly]\n"
        "toast to Olga: Flying\n"
        "== Olga removed\n"
        "== Olga removed\n",
        sqlite_template,
    )
    told = {each.line: each.actual.splitlines() for each in played.differences}
    assert told.pop(12)[0].startswith("No 1 · Question · Ann")
    assert told.pop(13)[1:] == ["(photo)", "(photo)"]
    assert told == {
        2: ["Ann has no topic"],
        3: ["group upgraded: the group is a supergroup"],
        14: ["Bo has no topic"],
        15: ["Olga has no button [Fly] there"],
        16: ["toast: (no button was tapped)"],
        18: ["Olga is no staff member"],
    }


async def test_what_comes_is_written_as_it_would_be_expected(sqlite_template: Path) -> None:
    """`--show` writes a file that plays: files and albums by their kinds, acts at once side by side."""
    acts = (
        "lang en   at 2027-03-02 10:00   customer Ann met   staff Olga",
        "Ann: /question",
        'Ann: (album a.jpg, b.jpg) "Two \\* lamps"',
        "Ann: [Done]",
        "Olga to Ann: (voice answer.ogg)",
        "& Olga to Ann: (location 60.17 24.94)",
    )
    shown = await _played("\n".join(acts), sqlite_template, records=True)
    written = "\n".join([acts[0], *shown.record])
    assert "bot: (voice)\nbot: (location)" in written
    assert "staff: (album of 2)" in written
    assert (await _played(written, sqlite_template)).report == ""
