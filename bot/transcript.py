"""
Transcripts: whole conversations as text, played against the real program and the stand-in Telegram.

Each can be played plainly, with a kill after every line, and with every update delivered twice; whatever happens, the
store must end in the same state.
"""

from __future__ import annotations

import enum
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.config import Config
from bot.content import Content, load_content
from bot.playground.requests import Request
from bot.transcript_player import Difference, Player
from bot.transcript_reading import read_transcript
from bot.transcript_script import LANGUAGES, Transcript
from bot.transcript_stage import Stage, labels_of
from bot.transcript_state import differences, end_state
from domain.company import Company
from domain.faults import FaultList

# A store that lives for seconds needs no disk; where the system keeps files in memory, each commit costs nothing.
_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


class PlayMode(enum.StrEnum):
    """How a transcript is played."""

    PLAIN = "plain"
    KILL = "kill"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one run: what differs line by line, and the store's end state."""

    name: str
    mode: PlayMode
    differences: tuple[Difference, ...]
    state: tuple[str, ...]
    record: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()

    @property
    def report(self) -> str:
        """The differences as a diff with line numbers; empty when there are none."""
        lines: list[str] = []
        for each in self.differences:
            place = f"{self.name}:{each.line}" if each.line else f"{self.name}: at the end"
            lines.append(f"{place} ({self.mode})")
            lines += [f"  - {line}" for line in each.expected.splitlines()]
            lines += [f"  + {line}" for line in each.actual.splitlines()]
        return "\n".join(lines)


class Contents:
    """What the content folders that transcripts name hold beside the shipped dialogues, each read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[Path | None, tuple[str, ...]], Content] = {}

    def of(self, transcript: Transcript, beside: Path) -> Content:
        """Give what *transcript*, whose folder is *beside*, is played with; raises `Faults` with all its mistakes."""
        folder = (beside / transcript.content).resolve() if transcript.content else None
        key = (folder, transcript.topics)
        if key not in self._read:
            company = Company(languages=LANGUAGES, topics=labels_of(transcript.topics))
            self._read[key] = load_content(Config(folder=Path(), company=company, content=folder))
        return self._read[key]


def transcripts_in(paths: Sequence[Path]) -> list[Path]:
    """Return the `.chat` files among *paths* and below the folders among them, sorted."""
    found = {file for path in paths for file in (path.rglob("*.chat") if path.is_dir() else [path])}
    return sorted(found)


def load_transcript(file: Path) -> Transcript:
    """Read one `.chat` file; raises `Faults` with all its mistakes."""
    faults = FaultList()
    transcript = read_transcript(file.read_text(encoding="utf-8"), str(file), faults)
    faults.raise_if_any()
    assert transcript is not None
    return transcript


async def play(
    transcript: Transcript,
    mode: PlayMode,
    *,
    beside: Path,
    content: Content | None = None,
    template: Path | None = None,
    records: bool = False,
    watches: bool = False,
) -> Played:
    """
    Play a transcript once. *beside* is its folder, for its files; *content* (see `Contents`) spares the reading of it.

    *template* is a store file with the schema; without it the schema is made. With *records* nothing is compared, and
    the result's `record` is what came. With *watches* its `requests` are all that the program asked of Telegram.
    """
    with tempfile.TemporaryDirectory(prefix="vuoro-transcript-", dir=_IN_MEMORY) as folder:
        stage = Stage(transcript, Path(folder), beside=beside, content=content)
        stage.playground.faults.double_updates = mode is PlayMode.TWICE
        stage.playground.record = watches
        player = Player(stage, beside, kills=mode is PlayMode.KILL, records=records)
        try:
            await stage.open(template)
            await player.play()
            if stage.app is None:
                await stage.start_program()
                await stage.settle()
            state = await end_state(stage.running.database)
        finally:
            await stage.close()
    return Played(
        transcript.name,
        mode,
        tuple(player.differences),
        tuple(state),
        tuple(player.record),
        tuple(stage.playground.requests),
    )


def state_differences(plain: Played, other: Played) -> str:
    """Say how the end state of *other* differs from that of the plain run; empty when it does not."""
    found = differences(list(plain.state), list(other.state))
    if not found:
        return ""
    return "\n".join([f"{other.name}: the end state differs after {other.mode}", *(f"  {line}" for line in found)])
