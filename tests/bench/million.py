"""
A newsletter to a million: how long until it is frozen and begins to go out, in how much memory, and how fast then.

    python -m tests.bench.million
    python -m tests.bench.million --customers 20000 --store postgresql://user@host/empty

The running program, with its whole durable road, goes against a stub of Telegram in a process of its own. The rate is
that of a sending to all customers, in two parts, and between them that of one to a hundredth of them, so that a machine
that grows slower or faster meanwhile moves both. The customers are the same each time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.config import Approval, Config, ConsoleSettings, TelegramSettings
from bot.config_values import Listen
from bot.pacing import Pace
from bot.pump import PumpSettings
from bot.wiring import App, RunSettings
from domain.messages import OnUnknown
from domain.newsletters import Account, Sending, SendingState
from store import recipients, sendings
from store.database import store_url
from store.ids import new_id
from tests.bench.broadcast_store import COMPANY, NEWS
from tests.bench.million_store import FEW, FEW_TOWN, make_store
from tests.bench.two_cores import cores, stub, told_by

_POLL_S = 0.02
_PATIENCE_S = 600.0


@dataclass(slots=True)
class Found:
    """What one run measured: seconds, MB, messages a second."""

    frozen_s: float = 0.0
    begun_s: float = 0.0
    account_ms: float = 0.0
    progress_ms: float = 0.0
    idle_mb: float = 0.0
    frozen_mb: float = 0.0
    peak_mb: float = 0.0
    many: list[float] = field(default_factory=list)
    few: list[float] = field(default_factory=list)


class Run:
    """The running program over a store that is made, and what is asked of it."""

    def __init__(self, app: App, part: int) -> None:
        self.app = app
        self.part = part
        self.found = Found(idle_mb=_resident_mb())

    async def measure(self) -> Found:
        """Send to all until a part has gone, then to the few, then to all again."""
        many, few = await self._put(""), await self._put(f'town = "{FEW_TOWN}"')
        await self._start(many)
        self.found.many.append(await self._rate(many))
        await self._progress(many)
        await self._halt(many)
        await self._go(few)
        self.found.few.append(await self._rate(few))
        await self._go(many)
        self.found.many.append(await self._rate(many))
        await self._halt(many)
        return self.found

    async def _put(self, audience: str) -> int:
        file = self.app.parts.newsletters.files.get("spring")
        assert file is not None
        now = self.app.clock.now()
        sending = Sending(new_id(), "spring", file.newsletter.digest, SendingState.DRAFT, now, audience=audience)
        async with self.app.database.write() as tx:
            await sendings.add(tx, sending, content=file.content, on_unknown=OnUnknown.NEVER_TWICE)
        return sending.id

    async def _start(self, sending_id: int) -> None:
        """Let it go for the first time, and wait until the first message has gone."""
        began = time.perf_counter()
        await self._go(sending_id)
        while not self.found.begun_s:
            sending, account = await self._look(sending_id)
            if sending.frozen and not self.found.frozen_s:
                self.found.frozen_s = time.perf_counter() - began
                self.found.frozen_mb = peak_mb()
            if account.sent:
                self.found.begun_s = time.perf_counter() - began
            await asyncio.sleep(_POLL_S)

    async def _rate(self, sending_id: int) -> float:
        """Return messages a second over the next part, without its first tenth."""
        _, before = await self._look(sending_id)
        first, last = before.sent + self.part // 10, before.sent + self.part
        began = await self._until(sending_id, lambda account: account.sent >= first)
        ended = await self._until(sending_id, lambda account: account.sent >= last)
        return (ended[1].sent - began[1].sent) / (ended[0] - began[0])

    async def _until(self, sending_id: int, done: Callable[[Account], bool]) -> tuple[float, Account]:
        patience = time.perf_counter() + _PATIENCE_S
        while True:
            sending, account = await self._look(sending_id)
            if done(account):
                return time.perf_counter(), account
            if sending.state is SendingState.STOPPED or time.perf_counter() > patience:
                sys.exit(f"million: the sending is {sending.state.value} {sending.reason} at {account}; see the log")
            await asyncio.sleep(_POLL_S)

    async def _progress(self, sending_id: int) -> None:
        """Measure how long the account takes, and what the progress card and the command line ask."""
        async with self.app.database.read() as tx:
            began = time.perf_counter()
            await recipients.account(tx, sending_id)
            self.found.account_ms = (time.perf_counter() - began) * 1000
            began = time.perf_counter()
            await self.app.parts.newsletters.progress(tx, sending_id, self.app.clock.now())
            self.found.progress_ms = (time.perf_counter() - began) * 1000

    async def _go(self, sending_id: int) -> None:
        async with self.app.database.write() as tx:
            await sendings.move(tx, sending_id, SendingState.RUNNING, self.app.clock.now())
        self.app.wake()

    async def _halt(self, sending_id: int) -> None:
        sending, _ = await self._look(sending_id)
        async with self.app.database.write() as tx:
            await self.app.parts.newsletters.pause(tx, sending_id, sending.version, self.app.clock.now())
        await self.app.settle()

    async def _look(self, sending_id: int) -> tuple[Sending, Account]:
        async with self.app.database.read() as tx:
            sending = await sendings.get(tx, sending_id)
            assert sending is not None
            return sending, await recipients.account(tx, sending_id)


@contextlib.asynccontextmanager
async def running(store: str, folder: Path, telegram: str) -> AsyncIterator[App]:
    """Run the program without a console, at any pace."""
    newsletters = folder / "content" / "newsletters"
    newsletters.mkdir(parents=True)
    (newsletters / "spring.en.j2").write_text(NEWS)
    config = Config(
        folder=folder,
        company=COMPANY,
        telegram=TelegramSettings("1:bench", telegram),
        store=store,
        content=folder / "content",
        console=ConsoleSettings(Listen("127.0.0.1", 0)),
        newsletters=Approval.NONE,
    )
    pump = PumpSettings(pace=Pace.unlimited())
    app = App(config, settings=RunSettings(pump=pump, console=False, menus=False, upkeep=False))
    await app.start()
    try:
        await app.settle()
        yield app
    finally:
        await app.stop()


async def send(store: str, folder: Path, telegram: str, part: int) -> None:
    """Be the sending process: run, measure, and print one JSON line."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    async with running(store, folder, telegram) as app:
        found = await Run(app, part).measure()
    found.peak_mb = peak_mb()
    print(json.dumps(asdict(found)), flush=True)


def _resident_mb() -> float:
    return _status("VmRSS:")


def peak_mb() -> float:
    """Return the most memory that this process has had resident, in MB (Linux)."""
    return _status("VmHWM:")


def _status(field_: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(field_)), 0.0)


async def main(customers: int, store: str | None, delay: float) -> None:
    """Make the store, run the sending process, and print what it found, the ratios and the goals."""
    part = customers // FEW
    sender_core, stub_core = cores()
    with tempfile.TemporaryDirectory() as name:
        url = store or f"sqlite:///{Path(name) / 'million.db'}"
        began = time.perf_counter()
        await make_store(store_url(url), customers)
        print(f"{customers} customers made in {time.perf_counter() - began:.1f} s", flush=True)
        async with stub(delay, stub_core) as telegram:
            words = ("--send", url, name, telegram, str(part))
            found = await told_by("the sender", "tests.bench.million", *words, core=sender_core)
    tell(Found(**found), customers)


def tell(found: Found, customers: int) -> None:
    """Print what was found, with the goals of a million."""
    many, few = sum(found.many) / len(found.many), sum(found.few) / len(found.few)
    parts = " and ".join(f"{rate:.0f}" for rate in found.many)
    print(f"audience frozen after {found.frozen_s:.2f} s, first message after {found.begun_s:.2f} s")
    print(f"account in {found.account_ms:.1f} ms, progress in {found.progress_ms:.1f} ms")
    print(f"memory: {found.idle_mb:.0f} MB idle, {found.frozen_mb:.0f} frozen, {found.peak_mb:.0f} at most")
    print(f"messages a second: {few:.0f} to {customers // FEW}, {parts} to {customers}, ratio {many / few:.2f}")
    for goal, is_met in (
        ("begun within 10 s", found.begun_s <= 10),
        ("under 200 MB", found.peak_mb < 200),
        ("rate within 10 %", many / few >= 0.9),
    ):
        print(f"{'met' if is_met else 'NOT MET':8}{goal}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A newsletter to a million.")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--store", help="URL of an empty store; a temporary SQLite file otherwise")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that the stub takes for an answer")
    parser.add_argument("--send", nargs=4, metavar=("STORE", "FOLDER", "TELEGRAM", "PART"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.send:
        asyncio.run(send(given.send[0], Path(given.send[1]), given.send[2], int(given.send[3])))
    else:
        asyncio.run(main(given.customers, given.store, given.delay))
