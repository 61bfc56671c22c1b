"""Runs `vuoro ...` inside the test process and gives back its exit code and what it wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.command_line import main


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


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    """Make a function that runs one command line."""

    def run(*args: object) -> Result:
        capsys.readouterr()
        code: object = 0
        try:
            main([str(arg) for arg in args])
        except SystemExit as ended:
            code = ended.code
        captured = capsys.readouterr()
        return Result(code if isinstance(code, int) else 1, captured.out, captured.err)

    return run
