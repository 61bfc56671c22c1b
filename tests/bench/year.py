"""
The simulated year: customers, staff and outages around the real program, and every promise held against what happened.

    python -m tests.bench.year --customers 1000 --days 365 --seed 1

Exit status 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.year.books import Books, read_books
from tests.year.calendar import BEGIN
from tests.year.play import IN_MEMORY, Year
from tests.year.promises import Broken
from tests.year.telegram_side import Begins, begun_with
from tests.year.verdict import broken_promises

_MOST_SHOWN = 40


async def measure(customers: int, days: int, seed: int, every: int) -> list[Broken]:
    """Play the year, print what happened, and return what was broken."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        year = Year(Path(folder), customers=customers, days=days, seed=seed, every=every)
        await year.open()
        began, worked = time.perf_counter(), time.process_time()
        try:
            await year.play()
            wall, processor = time.perf_counter() - began, time.process_time() - worked
            books = await read_books(year.app.database, BEGIN)
        finally:
            await year.close()
        _print(year, books, wall, processor)
        return broken_promises(year, books)


def _print(year: Year, books: Books, wall: float, processor: float) -> None:
    chats = [customer.person.chat.everything for customer in year.customers]
    begun = Counter(one.why for customer in year.customers for one in begun_with(year, customer))
    answered = sum(len(customer.notes.told) for customer in year.customers)
    waves = [wave for wave in books.waves if not wave.started_by.startswith("event:")]
    print(f"{year.count} customers, {year.days} days, seed {year.seed}")
    print(f"wall {wall:.0f} s, processor {processor:.0f} s")
    print(
        f"simulated customers a second: {year.count / wall:.1f} (customer days: {year.count * year.days / wall:,.0f})"
    )
    print(f"moments {year.moments}, ticks {year.ticks}, rounds {year.rounds}, starts of the program {year.starts}")
    print(f"outages: {', '.join(f'{one.kind} ({one.end - one.start})' for one in year.outages)}")
    written = sum(not message.from_bot for chat in chats for message in chat)
    said = sum(message.from_bot for chat in chats for message in chat)
    print(f"messages in {written:,}, out {said:,}; updates {year.playground.updates.made:,}")
    print(f"calls of the Bot API {year.playground.counts.requests:,}")
    print(f"waves {len(waves)}, after events {len(books.waves) - len(waves)}, runs {len(books.runs):,}")
    print(f"sendings {len(books.sendings)}, begun: {', '.join(f'{why} {begun[why]:,}' for why in Begins)}")
    print(f"small questions answered by a tap {answered:,}")
    held = books.holds_by_reason().most_common()
    print(f"held by reason: {', '.join(f'{reason} {count:,}' for reason, count in held)}")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="let people act on each so manyth day only")
    wanted = parser.parse_args()
    broken = asyncio.run(measure(wanted.customers, wanted.days, wanted.seed, wanted.every))
    for one in broken[:_MOST_SHOWN]:
        print(one)
    print("all promises held" if not broken else f"{len(broken)} promises broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
