"""What the benches share: a playground, a prepared store, and `vuoro run` as a process that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.playground.limits import Limits
from bot.playground.people import Person
from bot.playground.playground import Playground
from domain.customers import Consent, Purpose, Reach
from store.consents import give_consents
from store.customers import add_customers, customers_by_chat
from store.database import Database, store_url
from store.upgrade import upgrade

CONFIG = """
[company]
name = "Bench"
languages = ["en"]
[telegram]
token = "{token}"
api_url = "{url}"
bulk_per_second = {rate}
[staff]
admins = [{admin}]
[store]
url = "sqlite:///bench.db"
[content]
folder = "content"
[newsletters]
approval = "none"
[courtesy]
per_week = 50
least_gap = "0h"
quiet_from = "00:00"
quiet_to = "00:00"
[console]
listen = "127.0.0.1:{port}"
"""
NEWS = """+++
audience = ""
unknown = "never twice"
+++
Hello {{ name }}, spring is here.
"""
ADMIN = 4_000_000


@dataclass(slots=True)
class Stand:
    """One bench: a folder with config and store, the playground, and the bot's process."""

    folder: Path
    playground: Playground
    process: asyncio.subprocess.Process | None = None
    log: Any = None
    starts: int = 0
    readers: list[Person] = field(default_factory=list)

    @property
    def config(self) -> Path:
        """The config file."""
        return self.folder / "vuoro.toml"

    async def prepare(self, *, readers: int, rate: int, console_port: int = 0) -> None:
        """Write the config and a store with *readers* customers who take newsletters."""
        (self.folder / "content" / "newsletters").mkdir(parents=True)
        (self.folder / "content" / "newsletters" / "bench.en.j2").write_text(NEWS)
        text = CONFIG.format(
            token=self.playground.token,
            url=self.playground.url,
            rate=rate,
            admin=ADMIN,
            port=console_port or free_port(),
        )
        self.config.write_text(text)
        admin = self.playground.add_person("Admin", user_id=ADMIN)
        admin.started = True
        for number in range(readers):
            person = self.playground.add_person(f"Reader {number}", user_id=5_000_000 + number)
            person.started = True
            self.readers.append(person)
        url = store_url("sqlite:///bench.db", self.folder)
        await upgrade(url)
        database = Database(url)
        now = dt.datetime.now(dt.UTC)
        for start in range(0, readers, 10_000):
            some = self.readers[start : start + 10_000]
            async with database.write() as tx:
                rows = [
                    {
                        "chat_id": person.id,
                        "name": person.first_name,
                        "language": "en",
                        "reach": Reach.REACHABLE.value,
                        "met_at": now,
                        "created_at": now,
                    }
                    for person in some
                ]
                await add_customers(tx, rows)
                for part in range(0, len(some), 500):
                    known = await customers_by_chat(tx, [person.id for person in some[part : part + 500]])
                    consent = Consent(Purpose.MARKETING, given=True, text_version="bench", source="bench", at=now)
                    await give_consents(tx, [(customer.id, consent) for customer in known.values()])
        await database.close()

    async def start(self) -> None:
        """Start `vuoro run`."""
        self.log = self.log or (self.folder / "run.log").open("ab")
        program = Path(sys.executable).with_name("vuoro")
        self.process = await asyncio.create_subprocess_exec(
            program, "run", "--config", self.config, stdout=self.log, stderr=self.log
        )
        self.starts += 1

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """Ask it to stop."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    async def command(self, *words: str) -> str:
        """Run another `vuoro` command on the same store and return what it prints."""
        program = Path(sys.executable).with_name("vuoro")
        process = await asyncio.create_subprocess_exec(
            program,
            *words,
            "--config",
            str(self.config),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"vuoro {' '.join(words)}: {output.decode()}")
        return output.decode()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the store from outside."""
        connection = sqlite3.connect(f"file:{self.folder / 'bench.db'}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def count(self, sql: str) -> int:
        """Ask the store for one number."""
        return int(self.rows(sql)[0][0])

    async def settle(self, seconds: float) -> bool:
        """Wait until nothing is left to do; False when that takes longer than *seconds*."""
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.5)
            if not self.playground.idle:
                continue
            waiting = self.count("SELECT count(*) FROM inbox WHERE state = 'new'")
            leaving = self.count("SELECT count(*) FROM outbox WHERE state <> 'asked'")
            queued = self.count("SELECT count(*) FROM recipients WHERE state IN ('queued', 'outbox')")
            if not waiting and not leaving and not queued:
                return True
        return False


@contextlib.asynccontextmanager
async def stand(folder: Path, limits: Limits | None = None, **options: Any) -> AsyncIterator[Stand]:
    """Run a playground and take care that the bot's process ends."""
    async with Playground(limits=limits or Limits.none(), **options) as playground:
        one = Stand(folder, playground)
        try:
            yield one
        finally:
            await one.stop()
            if one.log is not None:
                one.log.close()


def free_port() -> int:
    """Return a port that nobody uses."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of *values*; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
