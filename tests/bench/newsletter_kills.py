"""
Kill the program (−9) at random points of small newsletters, and hold its ledger against what the server got.

    python -m tests.bench.newsletter_kills --kills 1000

The newsletters alternate between *never twice* and *never miss*. Each process is forked from a warm one, so that a
restart costs a blink. Exit status 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.config import Approval, Config, TelegramSettings
from bot.content import Content, load_content
from bot.pacing import Pace
from bot.pump import PumpSettings
from bot.wiring import App, RunSettings
from domain.company import Company, CourtesyRules
from domain.newsletters import Sending, SendingState
from store import sendings
from store.database import Database, store_url
from store.upgrade import upgrade
from tests.bench.kills_ledger import Ledger, count_rows, has_blocked
from tests.store.sending_rows import put_consents, put_customers

COMPANY = Company(languages=("en",), courtesy=CourtesyRules(quiet_from=dt.time(0), quiet_to=dt.time(0)))
PUMP = PumpSettings(pace=Pace.unlimited(), at_once=8, first_wait=0.02, longest_wait=0.1, poll=0.02)
_NEWS = (
    '+++\ncanary = 0\nunknown = "{policy}"\n'
    "limits = {{ failed = 100, blocked = 100, opted_out = 100 }}  # no run is stopped for what is done to it here\n"
    "+++\nHello!\n"
)
_MOST_KILLS_OF_A_RUN = 6  # a message is not tried for ever
_AHEAD, _SLICE = 10, 5  # small, so that kills fall between slices
_PATIENCE_S = 60.0


@dataclass
class Books:
    """What all runs together came to, and what was broken."""

    kills: int = 0
    runs: int = 0
    sent: int = 0
    unknown: int = 0
    twice_allowed: int = 0
    twice: int = 0
    missed: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Warm:
    """What every forked process finds ready."""

    folder: Path
    content: Content
    port: int
    readers: int


# The process that is killed ---------------------------------------------------------------------------------------


async def work(warm: Warm, token: str, store: Path, name: str) -> None:
    """Run the program until the newsletter is finished; begin it where no process before has."""
    config = Config(
        folder=warm.folder,
        company=COMPANY,
        telegram=TelegramSettings(token, f"http://127.0.0.1:{warm.port}"),
        store=f"sqlite:///{store}",
        newsletters=Approval.NONE,
    )
    settings = RunSettings(pump=PUMP, alarm=False, console=False, menus=False, upkeep=False, say=lambda _: None)
    app = App(config, content=warm.content, settings=settings)
    await app.start()
    async with app.database.write() as tx:
        if not await sendings.recent(tx):
            draft = await app.parts.newsletters.draft(tx, name, None, app.clock.now())
            assert isinstance(draft, Sending)
            await app.parts.newsletters.confirm(tx, draft.id, draft.version, 1, app.clock.now())
    feeder = app.parts.feeder
    feeder._ahead, feeder._size = _AHEAD, _SLICE
    refilling = asyncio.create_task(feeder.run(app.clock))
    while not refilling.done():
        await app.tick()
        async with app.database.read() as tx:
            (sending,) = await sendings.recent(tx)
        if sending.state is SendingState.FINISHED:
            return
        await asyncio.sleep(0.03)
    await refilling


def fork(warm: Warm, token: str, store: Path, name: str) -> int:
    """Start a process that works, and return its id."""
    pid = os.fork()
    if pid:
        return pid
    logging.disable(logging.CRITICAL)
    try:
        asyncio.run(asyncio.wait_for(work(warm, token, store, name), _PATIENCE_S))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def ended(pid: int, within: float) -> bool:
    """Wait for a process to end well by itself; False when it is still there after *within* seconds, and is killed."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            if status:
                raise RuntimeError("bench: a process failed by itself; its error is above")
            return True
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


# Runs -------------------------------------------------------------------------------------------------------------


def run(warm: Warm, books: Books, luck: random.Random, most: int, takes: float) -> float:
    """Send one newsletter, killed up to *most* times; return how long an undisturbed process took, 0 for none."""
    books.runs += 1
    name = ("news", "sure")[books.runs % 2]
    token = f"{books.runs}:kills-bench-{books.runs}"
    store = warm.folder / f"run{books.runs}.db"
    shutil.copyfile(warm.folder / "template.db", store)
    intents = kills = 0
    for _ in range(min(most, luck.randint(1, _MOST_KILLS_OF_A_RUN))):
        pid = fork(warm, token, store, name)
        if ended(pid, luck.uniform(0, takes)):
            break
        kills += 1
        left = count_rows(store, "SELECT count(*) FROM outbox WHERE state = 'intent' AND newsletter_id IS NOT NULL")
        intents += left
        if left > PUMP.at_once:
            books.wrong.append(f"{token}: {left} on their way at a kill")
    began = time.monotonic()
    pid = fork(warm, token, store, name)
    if not ended(pid, _PATIENCE_S):
        books.wrong.append(f"{token}: not finished after {_PATIENCE_S:.0f} s")
    lasted = time.monotonic() - began
    books.kills += kills
    _hold(warm, books, token, store, name, intents)
    for file in warm.folder.glob(f"{store.name}*"):
        file.unlink()
    return lasted if kills == 0 else 0.0


def _hold(warm: Warm, books: Books, token: str, store: Path, name: str, intents: int) -> None:
    """Hold the ledger of one run against what the server got."""
    with urllib.request.urlopen(f"http://127.0.0.1:{warm.port}/told/{token}", timeout=10) as answer:
        told = json.load(answer)
    arrived = Counter({int(chat) - 1000: count for chat, count in told["arrived"].items()})
    ledger, never_twice = Ledger.of(store), name == "news"
    twice = sum(count - 1 for count in arrived.values() if count > 1)
    if never_twice:
        books.twice += twice
    else:
        books.twice_allowed += twice
        books.missed += sum(not arrived[customer] and not has_blocked(customer) for customer in ledger.states)
    counts = Counter(ledger.states.values())
    books.sent += counts["sent"]
    books.unknown += counts["unknown"]
    faults = ledger.faults(warm.readers, arrived, intents + told["unanswered"], never_twice=never_twice)
    books.wrong += [f"{token} ({name}): {each}" for each in faults]


# The warm process --------------------------------------------------------------------------------------------------


async def _fill(path: Path, readers: int) -> None:
    url = store_url(f"sqlite:///{path}")
    await upgrade(url)
    database = Database(url)
    async with database.write() as tx:
        await put_customers(tx, range(1, readers + 1), language="en", name="Ann")
        await put_consents(tx, range(1, readers + 1))
    await database.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def measure(kills: int, readers: int, seed: int) -> Books:
    """Kill *kills* times and return the books."""
    luck, books = random.Random(seed), Books()
    stub = subprocess.Popen([sys.executable, "-m", "tests.bench.kills_stub", str(seed)], stdout=subprocess.PIPE)
    assert stub.stdout is not None
    port = int(stub.stdout.readline())
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            newsletters = folder / "content" / "newsletters"
            newsletters.mkdir(parents=True)
            for file, policy in (("news", "never twice"), ("sure", "never miss")):
                (newsletters / f"{file}.en.j2").write_text(_NEWS.format(policy=policy))
            content = load_content(Config(folder=folder, company=COMPANY, content=folder / "content"))
            asyncio.run(_fill(folder / "template.db", readers))
            warm = Warm(folder, content, port, readers)
            takes = run(warm, books, luck, 0, 0.0)
            while books.kills < kills:
                run(warm, books, luck, kills - books.kills, takes)
                if books.runs % 50 == 0:
                    print(f"  {books.kills} kills, {books.runs} newsletters", file=sys.stderr)
    finally:
        stub.kill()
        stub.wait()
    return books


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--readers", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    began = time.monotonic()
    books = measure(wanted.kills, wanted.readers, wanted.seed)
    print(
        f"{books.kills} kills in {books.runs} newsletters to {wanted.readers} ({time.monotonic() - began:.0f} s): "
        f"{books.sent} sent, {books.unknown} unknown; never twice: {books.twice} twice; never miss: {books.missed} "
        f"missed, {books.twice_allowed} twice; wrong ledgers: {len(books.wrong)}"
    )
    print("\n".join(books.wrong[:20]))
    broken = books.twice or books.missed or books.wrong
    print("broken" if broken else "all promises held")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
