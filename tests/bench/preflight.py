"""
What a pre-flight costs: processor seconds for so many personalised recipients, each with facts, all of them rendered.

Run: `python -m tests.bench.preflight [--recipients 100000]`. The goal is 30 s of processor time for 100,000.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import resource
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert

from bot.newsletters import SHIPPED
from bot.preflight import preflight
from domain.company import Company
from domain.customers import Consent, KnownFact, Purpose, Reach
from domain.faults import FaultList
from domain.newsletters import Sending, SendingState
from scheduler.newsletter_files import read_newsletter
from scheduler.rendering import Rendering
from store.consents import give_consents
from store.database import Database, store_url
from store.facts import set_facts
from store.tables import customers
from store.upgrade import upgrade
from templates.words import SHIPPED as SHIPPED_WORDS
from templates.words import Words

GOAL_S = 30.0  # of processor time for 100,000 recipients
TOWNS = ("Helsinki", "Turku", "Tampere", "Oulu", None)
COMPANY = Company(name="Aurora")


async def main(count: int) -> None:
    """Fill a store with readers of the shipped spring letter, check it for all of them, and print what it took."""
    content = {path.name: path.read_text(encoding="utf-8") for path in SHIPPED.glob("spring.*.j2")}
    newsletter = read_newsletter("spring", content, COMPANY.languages, FaultList(), commands={"question": "question"})
    assert newsletter is not None
    now = dt.datetime.now(dt.UTC)
    sending = Sending(1, "spring", newsletter.digest, SendingState.DRAFT, now, audience=newsletter.audience)
    with tempfile.TemporaryDirectory() as folder:
        url = store_url(f"sqlite:///{Path(folder) / 'bench.db'}")
        await upgrade(url)
        database = Database(url)
        await _fill(database, count, now)
        rendering = Rendering(COMPANY, Words.load([SHIPPED_WORDS], COMPANY.languages))
        watched = asyncio.create_task(_watch(waits := [0.0]))
        began, spent = time.perf_counter(), time.process_time()
        report = await preflight(database, COMPANY, rendering, newsletter, sending, now, content=content)
        seconds, processor = time.perf_counter() - began, time.process_time() - spent
        watched.cancel()
        await database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    per_100_000 = processor / report.checked * 100_000
    print(
        f"{report.checked} of {count} checked in {seconds:.1f} s ({processor:.1f} s of the processor), "
        f"{report.failures} fail, longest text {report.longest.units}, {memory:.0f} MB, "
        f"longest work in one go {1000 * max(waits):.0f} ms"
    )
    print(
        f"100,000 recipients: {per_100_000:.1f} s, goal {GOAL_S:.0f} s: {'met' if per_100_000 < GOAL_S else 'NOT MET'}"
    )


async def _watch(waits: list[float]) -> None:
    """Note how much is worked in one go before a task has its turn that wants one every millisecond."""
    while True:
        asked = time.thread_time()
        await asyncio.sleep(0.001)
        waits.append(time.thread_time() - asked)


async def _fill(database: Database, count: int, now: dt.datetime) -> None:
    """Put in customers with their consent and two facts each, in three languages and five towns."""
    for start in range(0, count, 10_000):
        ids = range(start + 1, min(start + 10_000, count) + 1)
        rows = [
            {
                "id": i,
                "number": str(100_000 + i),
                "chat_id": 10_000_000 + i,
                "name": f"Maija <{i}> Mäkelä",
                "language": COMPANY.languages[i % 3],
                "town": TOWNS[i % 5],
                "reach": Reach.REACHABLE.value,
                "created_at": now,
            }
            for i in ids
        ]
        async with database.write() as tx:
            await tx.execute(insert(customers), rows)
            consent = Consent(Purpose.MARKETING, given=True, text_version="bench", source="bench", at=now)
            await give_consents(tx, [(i, consent) for i in ids])
            facts = [(i, KnownFact("interests", "offers" if i % 2 else "plants", "bench", now)) for i in ids]
            facts += [(i, KnownFact("size", i % 40, "bench", now)) for i in ids]
            for part in range(0, len(facts), 1000):
                await set_facts(tx, facts[part : part + 1000])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    asyncio.run(main(parser.parse_args().recipients))
