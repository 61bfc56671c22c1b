"""
The example dialogues: each folder of `docs/examples` is checked as `vuoro check` does, and its transcripts are played.

An example needs no Python: a folder with `dialogues/`, `.chat` files and a `README.md` is found here by itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Config
from bot.content import load_content
from bot.transcript import PlayMode, load_transcript
from bot.transcript_script import LANGUAGES
from domain.company import Company
from tests.flows.playing import Theatre

FOLDER = Path(__file__).parents[2] / "docs" / "examples"
EXAMPLES = sorted(path for path in FOLDER.glob("*") if path.is_dir())
FILES = sorted(FOLDER.glob("*/*.chat"))


@pytest.fixture(scope="module")
def theatre(sqlite_template: Path) -> Theatre:
    """Where the transcripts of the examples are played."""
    return Theatre(sqlite_template)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_is_sound_in_every_language(example: Path) -> None:
    """`vuoro check` finds nothing, its dialogues are beside the shipped ones, and its README introduces it."""
    company = Company(languages=LANGUAGES)
    shipped = {script.id for script in load_content(Config(folder=Path(), company=company)).library.all()}
    content = load_content(Config(folder=Path(), company=company, content=example))
    own = {path.stem for path in (example / "dialogues").glob("*.toml") if "." not in path.stem}
    assert own
    assert {script.id for script in content.library.all()} == own | shipped
    assert (example / "README.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_has_transcripts_that_use_it(example: Path) -> None:
    """At least four stories, in more than one language, each played with the example's own content."""
    transcripts = [load_transcript(file) for file in sorted(example.glob("*.chat"))]
    assert len(transcripts) >= 4
    assert {transcript.content for transcript in transcripts} == {"."}
    spoken = {actor.language for each in transcripts for actor in each.actors.values() if actor.role is None}
    assert len(spoken) > 1


@pytest.mark.parametrize("mode", PlayMode)  # the outermost varies fastest: the modes of a file follow each other
@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(FOLDER)) for file in FILES])
async def test_transcript_of_an_example_plays_as_written(file: Path, mode: PlayMode, theatre: Theatre) -> None:
    """People see exactly what the file says, and the store ends in the same state, whatever happens between."""
    await theatre.plays_as_written(file, mode)
