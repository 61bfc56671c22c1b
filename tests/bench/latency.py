"""
How soon a customer is answered while a newsletter to very many waits, at Telegram's own pace and limits.

    python -m tests.bench.latency --readers 100000 --seconds 60
    python -m tests.bench.latency --complaints

Measured at Telegram's side: from the moment when a customer's update is there to the call that answers it. With
*--complaints* recipients of the newsletter complain, step by step as people do, until each has a case number; the last
answer is the acknowledgement, whose goal is 1 s (p99).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.playground.limits import Limits
from bot.playground.people import Person
from tests.bench.stand import ADMIN, Stand, percentile, stand

GOAL_S = 1.0
_TOO_LONG_S = 30.0
_THINKS_S = (1.5, 5.0)  # between an answer and the next step; who is faster waits for Telegram's limit of her chat
_STORY: tuple[tuple[Callable[[Person], object], str], ...] = (
    (lambda person: person.sends("/complaint"), "What went wrong?"),
    (lambda person: person.taps("Delivery"), "Order number?"),
    (lambda person: person.taps("Skip"), "Tell us what happened."),
    (lambda person: person.sends("The box was wet"), "Got it."),
    (lambda person: person.taps("Done"), "What would put it right"),
    (lambda person: person.taps("Refund"), "Registered as No "),
)
"""What somebody does who complains, and the words of the answer."""


@dataclass
class Waits:
    """Seconds: for each step of the complaints, and for their acknowledgements, which are the last steps."""

    steps: list[float] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)


async def answered(person: Person, act: Callable[[Person], object], words: str = "") -> float:
    """Let her do *act* and return the seconds until an answer with *words* stands in her chat."""
    before = len(person.chat.messages)
    began = time.perf_counter()
    act(person)
    while not any(message.from_bot and words in message.text for message in person.chat.messages[before:]):
        if time.perf_counter() - began > _TOO_LONG_S:
            return _TOO_LONG_S
        await asyncio.sleep(0.002)
    return time.perf_counter() - began


async def complains(person: Person, thinks: Callable[[], float], waits: Waits) -> None:
    """Let her complain until she has a number."""
    for act, words in _STORY:
        took = await answered(person, act, words)
        waits.steps.append(took)
        if took >= _TOO_LONG_S:
            break
        await asyncio.sleep(thinks())
    waits.acknowledged.append(took)


@contextlib.asynccontextmanager
async def newsletter_under_way(readers: int) -> AsyncIterator[Stand]:
    """Run the program with a newsletter that has begun to go to *readers*, at the free pace."""
    with tempfile.TemporaryDirectory() as folder:
        async with stand(Path(folder), Limits.telegram()) as one:
            await one.prepare(readers=readers, rate=30)
            await one.start()
            await asyncio.sleep(4)
            await one.command("newsletter", "start", "bench", "--as", str(ADMIN))
            while one.playground.counts.messages_from_bot < 60:
                await asyncio.sleep(0.1)
            yield one


async def complain(readers: int, seconds: float, per_second: float, seed: int) -> bool:
    """Let *per_second* recipients begin to complain each second; print the waits, and whether the goal is met."""
    rng, waits = random.Random(seed), Waits()
    async with newsletter_under_way(readers) as one:
        news, began = one.playground.counts.messages_from_bot, time.perf_counter()
        stories: list[asyncio.Task[None]] = []
        for person in rng.sample(one.readers, min(int(seconds * per_second), readers)):
            thinks = partial(random.Random(rng.random()).uniform, *_THINKS_S)
            stories.append(asyncio.create_task(complains(person, thinks, waits)))
            await asyncio.sleep(rng.expovariate(per_second))
        await asyncio.gather(*stories)
        rate = (one.playground.counts.messages_from_bot - news) / (time.perf_counter() - began)
        queued = one.count("SELECT count(*) FROM recipients WHERE state = 'queued'")
    for name, times in (("acknowledgements", waits.acknowledged), ("all answers", waits.steps)):
        p50, p99, most = (1000 * at for at in (percentile(times, 0.5), percentile(times, 0.99), max(times)))
        print(f"{len(times)} {name}: p50 {p50:.0f} ms, p99 {p99:.0f} ms, at most {most:.0f} ms")
    print(f"{rate:.1f} messages a second in all; {queued} of {readers} recipients still waited at the end")
    is_met = bool(queued) and percentile(waits.acknowledged, 0.99) <= GOAL_S
    print(f"acknowledged within {GOAL_S:g} s (p99) under a running newsletter: {'met' if is_met else 'NOT MET'}")
    return is_met


async def measure(readers: int, seconds: float, per_second: float, seed: int) -> dict[str, float]:
    """Return the percentiles of the waiting times of strangers, and what the stand-in counted."""
    rng = random.Random(seed)
    async with newsletter_under_way(readers) as one:
        people = [one.playground.add_person(f"Talker {n}", user_id=6_000_000 + n) for n in range(400)]
        news = one.playground.counts.messages_from_bot
        began = time.perf_counter()
        waits: list[asyncio.Task[float]] = []
        texts = ("Where is my parcel?", "/help", "/complaint", "/rate")
        for person in people[: int(seconds * per_second)]:
            says = partial(Person.sends, text=rng.choice(texts))
            waits.append(asyncio.create_task(answered(person, says)))
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
    parser.add_argument("--per-second", type=float, help="who write, 3; or who begin to complain, 1")
    parser.add_argument("--complaints", action="store_true", help="measure how soon complaints are acknowledged")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    if wanted.complaints:
        is_met = asyncio.run(complain(wanted.readers, wanted.seconds, wanted.per_second or 1, wanted.seed))
        raise SystemExit(not is_met)
    found = asyncio.run(measure(wanted.readers, wanted.seconds, wanted.per_second or 3, wanted.seed))
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
