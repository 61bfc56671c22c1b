"""
How fast a newsletter goes out, beside plain peers from the registry, in one run on one machine.

    python -m tests.bench.broadcast --messages 10000
    python -m tests.bench.broadcast --messages 2000 --only vuoro --only aiogram --delay 0.05

Each sender is a process of its own on one core, against a stub of Telegram in a process of its own on another. Vuoro is
the running program with its whole durable road: personal Jinja2 text, courtesy asked at the call, intent, call, result,
contact row, recipients' ledger and tallies in SQLite (WAL, synchronous=FULL). The peers render as personal a text by
plain Jinja2 and store nothing, except aiogram_broadcaster, which keeps its state by SQLAlchemy in SQLite and sends one
text to all. What the stub has taken is compared with what was to be sent. A busy neighbour makes every number worse;
the ratios are less moved by it than the rates.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.broadcast_senders import SENDERS
from tests.bench.broadcast_store import prepare
from tests.bench.two_cores import cores, stub, told_by

SLOW_S = 0.05


@dataclass(frozen=True, slots=True)
class Result:
    """What one sender did with answers that come after *delay* seconds."""

    name: str
    delay: float
    messages: int
    seconds: float
    processor: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def per_thousand(self) -> float:
        """Processor seconds per 1,000 messages."""
        return self.processor / self.messages * 1000


async def run(name: str, messages: int, delay: float) -> Result:
    """Run one sender against a stub of its own."""
    sender_core, stub_core = cores()
    with tempfile.TemporaryDirectory() as folder:
        if name == "vuoro":
            await prepare(Path(folder), messages)
        async with stub(delay, stub_core) as url:
            words = (name, url, str(messages), folder)
            told = await told_by(name, "tests.bench.broadcast_senders", *words, core=sender_core)
            taken = int(await asyncio.to_thread(_get, f"{url}/served"))
    if taken != messages:
        sys.exit(f"{name}: the stub took {taken} messages of {messages}; its numbers mean nothing")
    return Result(name, delay, messages, told["seconds"], told["processor"], told["peak_mb"])


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def goals(results: Sequence[Result]) -> list[tuple[str, float, float, bool]]:
    """Return (goal, what it asks for, what there is, met) of all goals that *results* tell of."""
    rates = {result.name: result.rate for result in results if result.delay == 0}
    at_once = next((result for result in results if result.name == "vuoro" and result.delay == 0), None)
    slow = next((result for result in results if result.name == "vuoro" and result.delay == SLOW_S), None)
    found: list[tuple[str, float, float, bool]] = []

    def at_least(goal: str, wanted: float, is_: float) -> None:
        found.append((goal, wanted, is_, is_ >= wanted))

    def at_most(goal: str, wanted: float, is_: float) -> None:
        found.append((goal, wanted, is_, is_ <= wanted))

    if at_once is not None:
        at_least("messages a second, no delay", 2500, at_once.rate)
        at_least("messages a second, no delay (aim)", 4000, at_once.rate)
        at_most("processor seconds per 1,000", 0.5, at_once.per_thousand)
        at_most("peak memory, MB", 150, at_once.peak_mb)
        for peer, times in (("ptb-limiter", 8.0), ("aiogram", 1.5), ("aiogram-broadcaster", 20.0)):
            if peer in rates:
                at_least(f"times the rate of {peer}", times, at_once.rate / rates[peer])
    if slow is not None:
        at_least("messages a second at 50 ms an answer", 1000, slow.rate)
    return found


async def main(names: Sequence[str], messages: int, delays: Sequence[float]) -> None:
    """Run the senders and print what each did, then the ratios and the goals."""
    if cores()[0] is None:
        print("one core only: sender and stub share it")
    results = []
    print(f"{'sender':22}{'delay':>7}{'messages':>10}{'a second':>10}{'cpu s/1,000':>13}{'peak MB':>9}")
    for delay in delays:
        for name in names:
            if delay and name != "vuoro" and len(delays) > 1:
                continue  # the goal with a delay is Vuoro's own
            one = await run(name, messages, delay)
            results.append(one)
            print(
                f"{name:22}{delay:>7g}{messages:>10}{one.rate:>10.0f}{one.per_thousand:>13.3f}{one.peak_mb:>9.0f}",
                flush=True,
            )
    ours = next((one for one in results if one.name == "vuoro"), None)
    for one in results:
        if ours is not None and one.name != "vuoro" and one.delay == ours.delay:
            print(f"vuoro / {one.name}: {ours.rate / one.rate:.2f}")
    for goal, wanted, is_, met in goals(results):
        print(f"{'met    ' if met else 'NOT MET'} {goal}: {is_:.3g} (goal {wanted:g})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--delay", type=float, action="append", help="seconds of an answer; default: 0, and 0.05")
    parser.add_argument("--only", action="append", choices=sorted(SENDERS), help="may be given several times")
    given = parser.parse_args()
    asyncio.run(main(given.only or list(SENDERS), given.messages, given.delay or [0.0, SLOW_S]))
