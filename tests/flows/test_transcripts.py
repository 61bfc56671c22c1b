"""Every transcript, in every mode: as written, with a kill after every line, with every update delivered twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.transcript import PlayMode, transcripts_in
from tests.flows.playing import Theatre

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
def theatre(sqlite_template: Path) -> Theatre:
    """Where the transcripts of this module are played."""
    return Theatre(sqlite_template)


@pytest.mark.parametrize("mode", PlayMode)  # the outermost varies fastest: the modes of a file follow each other
@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(FOLDER)) for file in FILES])
async def test_transcript_plays_as_written(file: Path, mode: PlayMode, theatre: Theatre) -> None:
    """People see exactly what the file says, and the store ends in the same state, whatever happens between."""
    await theatre.plays_as_written(file, mode)


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_shipped_dialogue_has_its_eight_situations(dialogue: str) -> None:
    """Happy path, cancellation, correction, skip, invalid input, digression, silence and language change."""
    assert {file.stem for file in (FOLDER / dialogue).glob("*.chat")} >= SITUATIONS
