"""Trouble that lasts: said once to people in a plain sentence, logged once as an event, and said to be over once."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

Say = Callable[[str], None]


def say_to_stderr(sentence: str) -> None:
    """Write one line for the people who started the program."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


class Trouble:
    """What keeps one part of the program from working; at most one thing at a time."""

    def __init__(self, log: logging.Logger, say: Say = say_to_stderr) -> None:
        self._log = log
        self._say = say
        self.event = ""

    def begins(self, event: str, sentence: str, **fields: object) -> None:
        """Tell of trouble, unless it was the last thing told."""
        if event != self.event:
            self.event = event
            self._log.error(event, extra=fields)
            self._say(sentence)

    def is_over(self, event: str, sentence: str) -> None:
        """Tell that it goes on, when there was trouble."""
        if self.event:
            self.event = ""
            self._log.info(event)
            self._say(sentence)
