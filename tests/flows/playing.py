"""Playing a transcript in one of its modes, and what every mode promises."""

from __future__ import annotations

from pathlib import Path

from bot.transcript import Contents, Played, PlayMode, load_transcript, play, state_differences
from tests.playground.honesty import check_requests


class Theatre:
    """
    Plays transcripts of one test process: each folder's content is read once, each plain run is made once.

    *template* is a store file with the schema.
    """

    def __init__(self, template: Path) -> None:
        self.contents = Contents()
        self._template = template
        self._plain_runs: dict[Path, Played] = {}

    async def plays_as_written(self, file: Path, mode: PlayMode) -> None:
        """
        Assert that people see exactly what *file* says, and that the store ends in the state of the plain run.

        Telegram, as aiogram reads it, must understand all that the plain run asked of it.
        """
        transcript = load_transcript(file)
        content = self.contents.of(transcript, file.parent)
        if file not in self._plain_runs:
            self._plain_runs[file] = await play(
                transcript, PlayMode.PLAIN, beside=file.parent, content=content, template=self._template, watches=True
            )
        plain = self._plain_runs[file]
        assert plain.report == ""
        if mode is PlayMode.PLAIN:
            assert plain.requests
            check_requests(plain.requests)
            return
        played = await play(transcript, mode, beside=file.parent, content=content, template=self._template)
        assert played.report == ""
        assert state_differences(plain, played) == ""
