"""
How soon a customer is answered while a newsletter to very many waits, at Telegram's own pace and limits.

    python -m tests.bench.latency --readers 100000 --seconds 60
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from pathlib import Path

from bot.playground.limits import Limits
from bot.playground.people import Person
from tests.bench.stand import ADMIN, percentile, stand


async def answered(person: Person, text: str) -> float:
    """Say *text* and return the seconds until the answer stands in her chat."""
    before = len(person.chat.messages)
    began = time.perf_counter()
    person.sends(text)
    while not any(message.from_bot for message in person.chat.messages[before:]):
        if time.perf_counter() - began > 30:
            return 30.0
        await asyncio.sleep(0.002)
    return time.perf_counter() - began


async def measure(readers: int, seconds: float, per_second: float, seed: int) -> dict[str, float]:
    """Return the percentiles of the waiting times, and what the stand-in counted."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        async with stand(Path(folder), Limits.telegram()) as one:
            await one.prepare(readers=readers, rate=30)
            people = [one.playground.add_person(f"Talker {n}", user_id=6_000_000 + n) for n in range(400)]
            await one.start()
            await asyncio.sleep(4)
            await one.command("newsletter", "start", "bench", "--as", str(ADMIN))
            while one.playground.counts.messages_from_bot < 60:
                await asyncio.sleep(0.1)
            news = one.playground.counts.messages_from_bot
            began = time.perf_counter()
            waits: list[asyncio.Task[float]] = []
            texts = ("Where is my parcel?", "/help", "/complaint", "/rate")
            for person in people[: int(seconds * per_second)]:
                waits.append(asyncio.create_task(answered(person, rng.choice(texts))))
                await asyncio.sleep(rng.expovariate(per_second))
            times = await asyncio.gather(*waits)
            took = time.perf_counter() - began
            counts = one.playground.counts
            return {
                "answers": len(times),
                "p50_ms": round(1000 * percentile(times, 0.5), 1),
                "p99_ms": round(1000 * percentile(times, 0.99), 1),
                "max_ms": round(1000 * max(times), 1),
                "messages_per_s": round((counts.messages_from_bot - news) / took, 1),
                "max_in_any_second": counts.max_in_any_second,
                "refused_429": one.playground.counts.errors,
            }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--per-second", type=float, default=3)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    print(json.dumps(asyncio.run(measure(wanted.readers, wanted.seconds, wanted.per_second, wanted.seed)), indent=1))


if __name__ == "__main__":
    main()
