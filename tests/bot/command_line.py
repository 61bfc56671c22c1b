"""Runs `vuoro ...` inside the test process, at a moment that the test sets, and gives back what it left and wrote."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.command_line import main
from bot.commands import frame

NOW = dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC)  # a Wednesday, when it is day in all of Europe


@dataclass(slots=True)
class StandingClock:
    """The clock of commands: it stands until a test sets it, so that what a test promises holds at every hour."""

    at: dt.datetime = NOW

    def now(self) -> dt.datetime:
        """Return the moment that the test set."""
        return self.at


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)


Run = Callable[..., Result]


def runner(capsys: pytest.CaptureFixture[str], clock: StandingClock | None = None) -> Run:
    """Make a function that runs one command line; commands read *clock*, or one that stands at `NOW`."""
    clock = clock or StandingClock()

    def run(*args: object) -> Result:
        capsys.readouterr()
        code: object = 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(frame, "clock", clock)
            try:
                main([str(arg) for arg in args])
            except SystemExit as ended:
                code = ended.code
        captured = capsys.readouterr()
        return Result(code if isinstance(code, int) else 1, captured.out, captured.err)

    return run
