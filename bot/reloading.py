"""
Changed content files are taken into use while the program runs: all of them together, or, when any is faulty, none.

Runs that are open keep the version they began with; new ones use the new one. Nothing is restarted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bot.config import Config
from bot.content import Content, load_content
from bot.trouble import Say
from domain.faults import Fault, Faults

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
_UNFINISHED = (".new", ".swp", ".tmp", "~")  # what editors and we ourselves write before the real file

Fingerprint = frozenset[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Refused:
    """Changed files that are not taken into use, with all their faults; what was there before goes on."""

    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        told = "\n".join(str(fault) for fault in self.faults)
        return f"content: the changed files are not in use, what was there before goes on:\n{told}"


class Reloading:
    """
    Keeps *content* as the files of the config's content folder are.

    *taken* is called after a change was taken into use, *refused* once for each change that is faulty.
    """

    def __init__(
        self,
        config: Config,
        content: Content,
        say: Say,
        taken: Callable[[], Awaitable[None]],
        refused: Callable[[Refused], Awaitable[None]],
        *,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._config = config
        self._content = content
        self._say = say
        self._taken = taken
        self._refused = refused
        self._look_every_s = look_every_s
        self._seen = fingerprint(config.content)
        self._in_trouble = False
        self._asked = asyncio.Event()
        self._busy = asyncio.Lock()

    def ask(self) -> None:
        """Let `run` read everything at once, changed or not (SIGHUP)."""
        self._asked.set()

    async def run(self) -> None:
        """Look every little while; a folder that is just being written is read when it has come to rest."""
        while True:
            asked = await self._wait()
            if asked:
                await self.read()
            else:
                await self.look()

    async def _wait(self) -> bool:
        try:
            async with asyncio.timeout(self._look_every_s):
                await self._asked.wait()
        except TimeoutError:
            return False
        self._asked.clear()
        return True

    async def look(self) -> None:
        """Read the files if they have changed since they were last read and are not changing any more."""
        now = await asyncio.to_thread(fingerprint, self._config.content)
        if now == self._seen:
            return
        while True:
            await asyncio.sleep(self._look_every_s / 4)
            before, now = now, await asyncio.to_thread(fingerprint, self._config.content)
            if before == now:
                break
        if now != self._seen:
            await self.read()

    async def read(self) -> Refused | None:
        """Read everything now, and take it into use when it is sound; return why not when it is not."""
        async with self._busy:
            self._seen = await asyncio.to_thread(fingerprint, self._config.content)
            try:
                fresh = await asyncio.to_thread(load_content, self._config)
            except Faults as found:
                refused = Refused(found.faults)
                log.warning("content.refused", extra={"faults": len(found.faults)})
                self._say(str(refused))
                self._in_trouble = True
                await self._refused(refused)
                return refused
            except OSError as error:  # a file went away while it was read: the next look sees what has become of it
                log.warning("content.not_read", extra={"problem": type(error).__name__})
                self._seen = frozenset()
                return None
            self._content.take(fresh)
            log.info("content.taken")
            if self._in_trouble:
                self._say("content: the changed files are in use now")
                self._in_trouble = False
            await self._taken()
            return None


def fingerprint(folder: Path | None) -> Fingerprint:
    """Return name, time and size of each file below *folder*; hidden and half-written ones are left out."""
    found = set()
    for path in folder.rglob("*") if folder is not None and folder.is_dir() else ():
        if path.name.startswith(".") or path.name.endswith(_UNFINISHED):
            continue
        with contextlib.suppress(OSError):  # it has gone since
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                found.add((str(path), status.st_mtime_ns, status.st_size))
    return frozenset(found)
