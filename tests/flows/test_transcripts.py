"""Every transcript, in every mode: as written, with a kill after every line, with every update delivered twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Config
from bot.content import Content, load_content
from bot.transcript import PlayMode, load_transcript, play, state_differences, transcripts_in
from bot.transcript_stage import LANGUAGES
from domain.company import Company

FOLDER = Path(__file__).parents[1] / "transcripts"
FILES = transcripts_in([FOLDER])
DIALOGUES = ("welcome", "nps", "csat", "feedback", "complaint", "question", "preferences")
SITUATIONS = frozenset(
    {
        "happy-path",
        "cancellation",
        "correction",
        "skip",
        "invalid-input",
        "digression",
        "silence",
        "language-change",
    }
)


@pytest.fixture(scope="module")
def content() -> Content:
    """The shipped dialogues and texts, read once."""
    return load_content(Config(folder=Path(), company=Company(languages=LANGUAGES)))


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(FOLDER)) for file in FILES])
async def test_transcript_plays_as_written(file: Path, content: Content, sqlite_template: Path) -> None:
    """
    People see exactly what the file says, and the store ends in the state of the plain run, whatever happens between.
    """
    transcript = load_transcript(file)
    plain, *others = [
        await play(transcript, mode, beside=file.parent, content=content, template=sqlite_template) for mode in PlayMode
    ]
    assert [played.report for played in (plain, *others)] == ["", "", ""]
    assert [state_differences(plain, other) for other in others] == ["", ""]


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_shipped_dialogue_has_its_eight_situations(dialogue: str) -> None:
    """Happy path, cancellation, correction, skip, invalid input, digression, silence and language change."""
    assert {file.stem for file in (FOLDER / dialogue).glob("*.chat")} >= SITUATIONS
