"""Every transcript, in every mode: as written, with a kill after every line, with every update delivered twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Config
from bot.content import Content, load_content
from bot.transcript import Played, PlayMode, load_transcript, play, state_differences, transcripts_in
from bot.transcript_stage import LANGUAGES
from domain.company import Company
from tests.playground.honesty import check_requests

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


@pytest.fixture(scope="module")
def plain_runs() -> dict[Path, Played]:
    """The plain runs that this process has made, which the other modes are compared with."""
    return {}


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(FOLDER)) for file in FILES])
@pytest.mark.parametrize("mode", PlayMode)  # the nearest varies fastest: the modes of a file follow each other
async def test_transcript_plays_as_written(
    file: Path, mode: PlayMode, content: Content, sqlite_template: Path, plain_runs: dict[Path, Played]
) -> None:
    """
    People see exactly what the file says, and the store ends in the state of the plain run, whatever happens between.

    Telegram, as aiogram reads it, understands all that the plain run asked of it.
    """
    transcript = load_transcript(file)
    if file not in plain_runs:
        plain_runs[file] = await play(
            transcript, PlayMode.PLAIN, beside=file.parent, content=content, template=sqlite_template, watches=True
        )
    plain = plain_runs[file]
    assert plain.report == ""
    if mode is PlayMode.PLAIN:
        assert plain.requests
        check_requests(plain.requests)
        return
    played = await play(transcript, mode, beside=file.parent, content=content, template=sqlite_template)
    assert played.report == ""
    assert state_differences(plain, played) == ""


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_shipped_dialogue_has_its_eight_situations(dialogue: str) -> None:
    """Happy path, cancellation, correction, skip, invalid input, digression, silence and language change."""
    assert {file.stem for file in (FOLDER / dialogue).glob("*.chat")} >= SITUATIONS
