"""
How many customer messages a second one process takes in, answers and logs, beside a plain echo bot.

    python -m tests.bench.intake --customers 2000

Vuoro stores each message and each answer durably (SQLite on disk) before it acknowledges or sends; the echo bot is
python-telegram-bot's Application with its own PicklePersistence. Both talk to the same stand-in, one after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

from bot.playground.people import Person
from bot.playground.playground import Playground
from tests.bench.stand import resident_mb, stand

SAID = ("/rate", "9", "All of you are kind")
ECHO = """
    import sys
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, PicklePersistence, filters

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        context.user_data["said"] = context.user_data.get("said", 0) + 1
        await update.effective_message.reply_text(update.effective_message.text)

    app = Application.builder().token(sys.argv[1]).base_url(sys.argv[2] + "/bot").persistence(
        PicklePersistence(sys.argv[3])
    ).build()
    app.add_handler(MessageHandler(filters.ALL, echo))
    app.run_polling()
"""


async def converse(people: Sequence[Person], playground: Playground, patience_s: float) -> float:
    """Let everybody say her three things, each after the answer to the one before; return the seconds it took."""
    began = time.perf_counter()
    for round_, text in enumerate(SAID, 1):
        for person in people:
            person.sends(text)
        deadline = time.perf_counter() + patience_s
        while playground.counts.messages_from_bot < round_ * len(people):
            if time.perf_counter() > deadline:
                raise TimeoutError(f"round {round_}: {playground.counts.messages_from_bot} answers came")
            await asyncio.sleep(0.005)
    return time.perf_counter() - began


async def vuoro(customers: int, folder: Path) -> dict[str, float]:
    """Measure Vuoro."""
    async with stand(folder) as one:
        await one.prepare(readers=0, rate=100_000)
        people = [one.playground.add_person(f"Customer {n}", user_id=7_000_000 + n) for n in range(customers)]
        await one.start()
        assert one.process is not None
        await asyncio.sleep(4)
        before = cpu_s(one.process.pid)
        seconds = await converse(people, one.playground, 120)
        used, memory = cpu_s(one.process.pid) - before, resident_mb(one.process.pid)
        await one.settle(30)
        logged = one.count("SELECT count(*) FROM contacts")
        messages = len(SAID) * customers
        assert logged == 2 * messages, f"{logged} contacts for {messages} messages and as many answers"
        return figures(messages, seconds, used, memory)


async def echo(customers: int, folder: Path) -> dict[str, float]:
    """Measure the plain echo bot."""
    program = folder / "echo.py"
    program.write_text(textwrap.dedent(ECHO))
    async with stand(folder) as one:
        people = [one.playground.add_person(f"Customer {n}", user_id=7_000_000 + n) for n in range(customers)]
        one.process = await asyncio.create_subprocess_exec(
            sys.executable,
            program,
            one.playground.token,
            one.playground.url,
            folder / "echo.pickle",
            stderr=asyncio.subprocess.DEVNULL,
        )
        await asyncio.sleep(4)
        before = cpu_s(one.process.pid)
        seconds = await converse(people, one.playground, 300)
        return figures(len(SAID) * customers, seconds, cpu_s(one.process.pid) - before, resident_mb(one.process.pid))


def figures(messages: int, seconds: float, used: float, memory: float) -> dict[str, float]:
    """Return what the bench prints."""
    return {
        "messages": messages,
        "messages_per_s": round(messages / seconds, 1),
        "cpu_ms_per_message": round(1000 * used / messages, 3),
        "memory_mb": round(memory, 1),
    }


def cpu_s(pid: int) -> float:
    """Return the processor seconds that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=2000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        ours = asyncio.run(vuoro(wanted.customers, Path(first)))
        theirs = asyncio.run(echo(wanted.customers, Path(second)))
    ratio = round(ours["messages_per_s"] / theirs["messages_per_s"], 2)
    print(json.dumps({"vuoro": ours, "echo": theirs, "ratio": ratio}, indent=1))


if __name__ == "__main__":
    main()
