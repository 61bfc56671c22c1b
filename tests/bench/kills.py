"""
Kill the bot (−9) at random moments while customers write and a newsletter runs, then hold the books against Telegram's.

    python -m tests.bench.kills --kills 100 --updates 2000 --readers 2000

Exit status 1 when an update was lost or applied twice, a newsletter came twice, or the books do not add up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bot.playground.people import Person
from tests.bench.stand import Stand, stand

WORDS = ("/complaint", "It came late", "123456", "/cancel", "/feedback", "All was fine", "/help", "Hello?", "/question")
IN_FLIGHT = 32


async def talk(people: list[Person], updates: int, over_s: float, rng: random.Random) -> int:
    """Let *people* send *updates* messages, spread over *over_s* seconds; return how many were sent."""
    for _ in range(updates):
        rng.choice(people).sends(rng.choice(WORDS))
        await asyncio.sleep(over_s / updates)
    return updates


async def cut(one: Stand, kills: int, rng: random.Random) -> None:
    """Kill and restart *kills* times, each at a random moment of the work."""
    for number in range(kills):
        await asyncio.sleep(rng.uniform(0.8, 2.2))
        await one.kill()
        await one.start()
        if number % 10 == 9:
            print(f"  {number + 1} kills", file=sys.stderr)


async def measure(kills: int, updates: int, readers: int, talkers: int, seed: int) -> dict[str, int]:
    """Run it all and return the books."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        async with stand(Path(folder)) as one:
            await one.prepare(readers=readers, rate=30)
            people = [one.playground.add_person(f"Talker {n}", user_id=6_000_000 + n) for n in range(talkers)]
            await one.start()
            await asyncio.sleep(3)
            await one.command("newsletter", "start", "bench", "--as", "4000000")
            _, sent = await asyncio.gather(cut(one, kills, rng), talk(people, updates, kills * 1.4, rng))
            settled = await one.settle(600)
            await one.stop()
            return {"kills": kills, "settled": int(settled), "updates": sent, **books(one, people)}


def books(one: Stand, people: list[Person]) -> dict[str, int]:
    """Hold the store against what Telegram's side saw."""
    heard = Counter(
        row
        for row in one.rows(
            "SELECT k.chat_id, c.message_id FROM contacts c JOIN customers k ON k.id = c.customer_id"
            " WHERE c.direction = 'in'"
        )
    )
    written = {(person.id, m.message_id) for person in people for m in person.chat.messages if not m.from_bot}
    news = [sum("spring is here" in (m.text or "") for m in p.chat.messages if m.from_bot) for p in one.readers]
    at_telegram = sum(sum(m.from_bot for m in person.chat.messages) for person in (*people, *one.readers))
    states = dict(one.rows("SELECT state, count(*) FROM recipients GROUP BY state"))
    sent = one.count("SELECT count(*) FROM contacts WHERE direction = 'out' AND state = 'sent'")
    unknown = one.count("SELECT count(*) FROM contacts WHERE direction = 'out' AND state = 'unknown'")
    return {
        "lost": len(written - heard.keys()),
        "applied_twice": sum(count > 1 for count in heard.values()),
        "parked": one.count("SELECT count(*) FROM inbox WHERE state = 'parked'"),
        "newsletters": sum(news),
        "newsletters_twice": sum(count > 1 for count in news),
        "recipients_sent": int(states.get("sent", 0)),
        "recipients_unknown": int(states.get("unknown", 0)),
        "recipients_open": int(states.get("queued", 0)) + int(states.get("outbox", 0)),
        "messages_at_telegram": at_telegram,
        "contacts_sent": sent,
        "contacts_unknown": unknown,
        "starts": one.starts,
    }


def verdict(counts: dict[str, int]) -> list[str]:
    """Name each promise that was broken."""
    broken = [name for name in ("lost", "applied_twice", "newsletters_twice", "recipients_open") if counts[name]]
    if not counts["settled"]:
        broken.append("not settled")
    if (
        not counts["contacts_sent"]
        <= counts["messages_at_telegram"]
        <= counts["contacts_sent"] + counts["contacts_unknown"]
    ):
        broken.append("contacts are not the messages at Telegram's side")
    if counts["contacts_unknown"] > IN_FLIGHT * counts["kills"]:
        broken.append("more unknown than were in flight")
    return broken


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--updates", type=int, default=2000)
    parser.add_argument("--readers", type=int, default=2000)
    parser.add_argument("--talkers", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    began = time.monotonic()
    counts = asyncio.run(measure(wanted.kills, wanted.updates, wanted.readers, wanted.talkers, wanted.seed))
    print(json.dumps({**counts, "seconds": round(time.monotonic() - began)}, indent=1))
    broken = verdict(counts)
    print("all promises held" if not broken else f"broken: {', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
