"""
Lemmas for the running program: a short-lived process opens the dictionaries, and what it said is remembered here.

The program itself never opens them: they take hundreds of megabytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Collection
from pathlib import Path

import insight
from insight.lemmas import MODULE, can_lemmatize
from insight.themes import Lemmas

_ROOM = Path(insight.__file__).parent.parent
_PATIENCE_S = 120.0
_MOST_KEPT = 50_000


class NoLemmas(Exception):  # noqa: N818 - a state of the machine, not a mistake of the caller
    """The process that makes lemmas did not do its work; *str* says in a few words how it ended."""


class Lemmatizer:
    """
    Gives the dictionary forms of words, asking a process of its own for those that are new. One asks at a time.

    *known* (by language) may be shared by several, so that a word is asked for once.
    """

    def __init__(self, known: dict[str, dict[str, str]] | None = None) -> None:
        self._known = {} if known is None else known
        self._busy = asyncio.Lock()
        self.started = 0
        """How many processes were needed so far."""

    @property
    def is_there(self) -> bool:
        """Whether the dictionaries are installed (extra "insight")."""
        return can_lemmatize("en")

    async def lemmas(self, language: str, words: Collection[str]) -> Lemmas:
        """
        Return the lemma of each of *words* in *language*; in a language without dictionary words stand for themselves.

        Raises NoLemmas when the process fails.
        """
        if not can_lemmatize(language):
            return {}
        async with self._busy:
            known = self._known.setdefault(language, {})
            new = sorted({word for word in words if word not in known and "\n" not in word})
            if len(known) + len(new) > _MOST_KEPT:
                known.clear()
                new = sorted(set(words))
            if new:
                known.update(zip(new, await self._asked(language, new), strict=True))
            return {word: known[word] for word in words if word in known}

    async def _asked(self, language: str, words: list[str]) -> list[str]:
        self.started += 1
        path = os.pathsep.join(filter(None, (str(_ROOM), os.environ.get("PYTHONPATH", ""))))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            MODULE,
            language,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is for us; this process we end ourselves
            env={**os.environ, "PYTHONPATH": path},
        )
        try:
            async with asyncio.timeout(_PATIENCE_S):
                out, _ = await process.communicate("\n".join(words).encode())
        except TimeoutError:
            raise NoLemmas("took too long") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        lemmas = out.decode().split("\n")[:-1]
        if process.returncode or len(lemmas) != len(words):
            raise NoLemmas(f"ended with {process.returncode}")
        return lemmas
