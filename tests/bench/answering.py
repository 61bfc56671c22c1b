"""
Processor time that one customer message costs when she answers the questions of a dialogue.

    python -m tests.bench.answering --runs 1000 --runs 1000000 --messages 600

Each message is handled alone: its inbox row is read, translated, heard by staff's desk and the conductor, and all that
follows from it is committed. What is printed as `answer` is the process's time (all threads, system calls included)
for just that; `road` is one message from being stored by the intake to its replies being sent to a stub of Telegram in
another process and recorded, pump and HTTP client included. Printed last: the ratio of p50 between the stores.

A busy neighbour makes the same work cost more processor time: `yardstick_ms`, a fixed piece of plain Python measured
between the messages, tells how fast the machine was.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.assembly import Parts, assemble
from bot.config import Config
from bot.content import load_content
from bot.pacing import Pace
from bot.pump import PumpSettings
from bot.telegram_api import TelegramApi
from dialogues.choices import choice_ids
from dialogues.engine import Control
from dialogues.taps import choice_tap, control_tap
from domain.clock import WallClock
from domain.company import Company
from domain.dialogues import QuestionKind, Run
from store import inbox
from store.database import Database, store_url
from store.runs import open_runs
from store.upgrade import upgrade
from tests.bench.answered_store import CHATS_FROM, fill
from tests.bench.stand import percentile
from tests.bench.two_cores import stub

SCRIPT = "bench"
LANGUAGES = ("fi", "en", "cs")
SURVEY = """
id = "bench"
version = 1
survey = true
start = { command = "bench" }
remind = ["20h"]
expire = "5d"
title = { fi = "Kysely", en = "Survey", cs = "Dotazník" }
[[ask]]
id = "score"
kind = "scale 0-10"
fact = "nps"
say = { fi = "Suosittelisitko?", en = "Would you recommend us?", cs = "Doporučili byste nás?" }
[[ask]]
id = "why"
kind = "text"
only_if = "score <= 8"
say = { fi = "Miksi?", en = "Why?", cs = "Proč?" }
[[ask]]
id = "best"
kind = "text"
only_if = "score >= 9"
say = { fi = "Mikä on parasta?", en = "What is best?", cs = "Co je nejlepší?" }
[[ask]]
id = "colour"
kind = "choice"
fact = "colour"
options = [
  { id = "red", fi = "Punainen", en = "Red", cs = "Červená" },
  { id = "green", fi = "Vihreä", en = "Green", cs = "Zelená" },
]
say = { fi = "Mikä väri?", en = "Which colour?", cs = "Jaká barva?" }
[[ask]]
id = "again"
kind = "yes/no"
say = { fi = "Tuletko uudestaan?", en = "Will you come again?", cs = "Přijdete znovu?" }
[[ask]]
id = "people"
kind = "number"
only_if = "again = yes"
say = { fi = "Montako teitä on?", en = "How many are you?", cs = "Kolik vás je?" }
[[ask]]
id = "else"
kind = "text"
skip = true
say = { fi = "Vielä jotain?", en = "Anything else?", cs = "Ještě něco?" }
[[done]]
say = { fi = "Kiitos!", en = "Thank you!", cs = "Děkujeme!" }
"""
_BUTTONS = frozenset({QuestionKind.SCALE, QuestionKind.CHOICE, QuestionKind.YES_NO})
_SAID = {"people": "4", "why": "It came a day late, and the box was wet.", "best": "All of you are kind."}
_SLOT_S = 0.02

Handle = Callable[[dict[str, Any]], Awaitable[tuple[float, int]]]


@dataclass(slots=True)
class Figures:
    """Processor milliseconds of each message, and the statements that each took."""

    spent_ms: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    yardstick_ms: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Return what is printed."""
        shares = {f"p{share}_ms": round(percentile(self.spent_ms, share / 100), 3) for share in (50, 90, 99)}
        counted = {"statements": round(sum(self.statements) / len(self.statements), 1)} if self.statements else {}
        machine = {"yardstick_ms": round(percentile(self.yardstick_ms, 0.5), 3)}
        return {"messages": len(self.spent_ms), **shares, **counted, **machine}


@dataclass(slots=True)
class Bench:
    """One store, the program's parts on it, and the customers who answer."""

    database: Database
    parts: Parts
    rng: random.Random
    count: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def counts(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """Keep a statement that is about to be carried out."""
        self.count.append(statement)

    async def arrives(self, body: dict[str, Any]) -> None:
        """Store an update as the intake does."""
        number = next(self.numbers)
        row = (number, json.dumps({"update_id": number, **body}))
        async with self.database.write() as tx:
            await inbox.keep(tx, [row], WallClock().now())

    async def answer(self, customer: int) -> dict[str, Any] | None:
        """Return what she does now: presses a button, types, skips; None when her dialogue is over."""
        async with self.database.read() as tx:
            runs = (await open_runs(tx, [customer])).get(customer, [])
        run = next((run for run in runs if run.script_id == SCRIPT), None)
        return None if run is None else self._said(customer, run)

    def _said(self, customer: int, run: Run) -> dict[str, Any]:
        script = self.parts.room.library.get(SCRIPT)
        question = script.question(run.asked) if script is not None else None
        assert question is not None
        if question.kind in _BUTTONS:
            index = self.rng.randrange(len(choice_ids(question, LANGUAGES)))
            return tap(customer, choice_tap(run.id, run.asking, index), next(self.numbers))
        if question.skip:
            return tap(customer, control_tap(run.id, run.asking, Control.SKIP), next(self.numbers))
        return message(customer, _SAID[question.id], next(self.numbers))


def yardstick() -> float:
    """Return the processor seconds of a fixed piece of work."""
    began = time.process_time()
    _ = {number: str(number) for number in range(5_000)}
    return time.process_time() - began


def message(customer: int, text: str, number: int) -> dict[str, Any]:
    """Return the update of a typed message."""
    return {"message": {"from": _sender(customer), **_placed(customer, text, number)}}


def tap(customer: int, data: str, number: int) -> dict[str, Any]:
    """Return the update of a pressed button."""
    question = {"from": {"id": 1, "is_bot": True, "first_name": "Bench"}, **_placed(customer, "Which?", number)}
    return {
        "callback_query": {
            "id": str(number),
            "from": _sender(customer),
            "message": question,
            "chat_instance": "1",
            "data": data,
        }
    }


def _sender(customer: int) -> dict[str, Any]:
    name = f"Customer {customer}"
    return {"id": CHATS_FROM + customer, "is_bot": False, "first_name": name, "language_code": "en"}


def _placed(customer: int, text: str, number: int) -> dict[str, Any]:
    chat = {"id": CHATS_FROM + customer, "type": "private", "first_name": f"Customer {customer}"}
    return {"message_id": 50_000_000 + number, "date": int(time.time()), "chat": chat, "text": text}


async def one_by_one(
    bench: Bench, customers: list[int], messages: int, handle: Callable[[dict[str, Any]], Any]
) -> Figures:
    """Let customers go through the dialogue one after the other, until *messages* answers have been measured."""
    figures = Figures()
    for customer in itertools.cycle(customers):
        await bench.arrives(message(customer, "/bench", next(bench.numbers)))
        await bench.parts.conduct.work()
        while (said := await bench.answer(customer)) is not None:
            spent, statements = await handle(said)
            figures.spent_ms.append(spent * 1000)
            figures.statements.append(statements)
            figures.yardstick_ms.append(yardstick() * 1000)
            if len(figures.spent_ms) >= messages:
                return figures
    return figures


async def measure(runs: int, messages: int, seed: int, url: str | None, show: bool) -> dict[str, Any]:
    """Make the store and measure both ways; return what is printed."""
    with tempfile.TemporaryDirectory(prefix="vuoro-bench-") as folder:
        async with prepared(Path(folder), runs, seed, url) as (bench, many):
            some = sorted(bench.rng.sample(range(1, many + 1), min(many, 150)))
            bench.rng.shuffle(some)

            async def handled(said: dict[str, Any]) -> tuple[float, int]:
                await bench.arrives(said)
                bench.count.clear()
                began = time.process_time()
                await bench.parts.conduct.work()
                return time.process_time() - began, len(bench.count)

            async def carried(said: dict[str, Any]) -> tuple[float, int]:
                bench.count.clear()
                began = time.process_time()
                await bench.arrives(said)
                await bench.parts.conduct.work()
                await asyncio.sleep(_SLOT_S)
                while not await bench.parts.pump.is_idle():
                    await asyncio.sleep(_SLOT_S / 4)
                return time.process_time() - began, len(bench.count)

            counting = bench.database.engine.sync_engine, "before_cursor_execute", bench.counts
            event.listen(*counting)
            first = await one_by_one(bench, some, 40, handled)  # not timed: the first messages find nothing compiled
            if show:
                print("\n".join(bench.count))
            event.remove(*counting)
            answered = await one_by_one(bench, some, messages, handled)
            answered.statements = first.statements
            running = asyncio.create_task(bench.parts.pump.run())
            while not await bench.parts.pump.is_idle():
                await asyncio.sleep(0.1)
            road = await one_by_one(bench, some, min(messages, 200), carried)
            await bench.parts.pump.stop()
            await running
            road.statements.clear()
            return {"runs": runs, "customers": many, "answer": answered.summary(), "road": road.summary()}


@contextlib.asynccontextmanager
async def prepared(folder: Path, runs: int, seed: int, url: str | None) -> AsyncIterator[tuple[Bench, int]]:
    """Give the program's parts on a store with *runs* runs, and how many customers it has."""
    (folder / "content" / "dialogues").mkdir(parents=True)
    (folder / "content" / "dialogues" / f"{SCRIPT}.toml").write_text(SURVEY, encoding="utf-8")
    where = store_url(url or f"sqlite:///{folder / 'bench.db'}")
    began = time.perf_counter()
    await upgrade(where)
    filling = Database(where)
    many = await fill(filling, runs, seed)
    await filling.close()
    print(f"{runs} runs stored in {time.perf_counter() - began:.1f} s", file=sys.stderr)
    async with stub() as telegram:
        database = Database(where)
        config = Config(folder=folder, company=Company(languages=LANGUAGES), content=folder / "content")
        api = TelegramApi("1:bench", telegram)
        try:
            parts = assemble(
                config,
                load_content(config),
                database,
                api,
                WallClock(),
                pump=PumpSettings(pace=Pace.unlimited()),
                pictures=folder,
                say=print,
                wake=lambda: None,
            )
            yield Bench(database, parts, random.Random(seed)), many
        finally:
            await api.close()
            await database.close()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, action="append", help="stored runs; once for each store (1000, 1000000)")
    parser.add_argument("--messages", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", help="postgresql://… of an empty database, for a single --runs")
    parser.add_argument("--show", action="store_true", help="print the statements of the last message")
    wanted = parser.parse_args()
    sizes = wanted.runs or [1_000, 1_000_000]
    if wanted.store and len(sizes) > 1:
        parser.error("--store holds one size: give --runs once")
    results = [asyncio.run(measure(runs, wanted.messages, wanted.seed, wanted.store, wanted.show)) for runs in sizes]
    for result in results:
        print(json.dumps(result))
    smallest, largest = results[0]["answer"]["p50_ms"], results[-1]["answer"]["p50_ms"]
    print(
        f"p50 {largest} ms with {sizes[-1]} runs against {smallest} ms with {sizes[0]}: {largest / smallest:.2f} times"
    )


if __name__ == "__main__":
    main()
