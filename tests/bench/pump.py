"""
How fast the durable road out is: messages a second of the pump, every intent, result and contact row on disk.

Run: `python -m tests.bench.pump [messages] [delay of each answer in seconds]`.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from bot.pacing import Pace
from bot.pump import Pump, PumpSettings
from bot.telegram_api import TelegramApi
from domain.clock import WallClock
from domain.company import Company
from domain.messages import Act, Lane, Message, OnUnknown, Waiting
from store import outbox
from store.contacts import count_contacts
from store.customers import add_customers
from store.database import Database, store_url
from store.ids import new_id
from store.upgrade import upgrade
from tests.bench.two_cores import stub


async def main(messages: int, delay: float) -> None:
    """Fill an outbox, send it to a stub in a process of its own, and print the rate."""
    async with stub(delay) as telegram:
        await send(messages, telegram)


async def send(messages: int, telegram: str) -> None:
    """Send so many messages to the server at *telegram*, and print the rate."""
    with tempfile.TemporaryDirectory() as folder:
        url = store_url(f"sqlite:///{Path(folder) / 'bench.db'}")
        await upgrade(url)
        database = Database(url)
        await fill(database, messages)
        api = TelegramApi("1:bench", telegram)
        settings = PumpSettings(pace=Pace.unlimited())
        pump = Pump(database, api, WallClock(), Company(), settings)
        started, spent = time.perf_counter(), time.process_time()
        running = asyncio.create_task(pump.run())
        while not await pump.is_idle():
            await asyncio.sleep(0.2)
        seconds, processor = time.perf_counter() - started, time.process_time() - spent
        await pump.stop()
        await running
        await api.close()
        async with database.read() as tx:
            written = await count_contacts(tx)
        await database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{messages} messages in {seconds:.2f} s: {messages / seconds:.0f} a second, "
        f"{processor / messages * 1000:.2f} processor seconds per 1,000, {written} contacts, {memory:.0f} MB"
    )


async def fill(database: Database, messages: int) -> None:
    """Put in customers and a personal message for each."""
    now = WallClock().now()
    for start in range(1, messages + 1, 1000):
        ids = range(start, min(start + 1000, messages + 1))
        async with database.write() as tx:
            await add_customers(
                tx,
                [
                    {"id": i, "chat_id": i, "name": f"Customer {i}", "reach": "reachable", "created_at": now}
                    for i in ids
                ],
            )
            await outbox.put(tx, [_row(i, now) for i in ids])


def _row(customer: int, now: object) -> Waiting:
    text = f"Hello <b>Customer {customer}</b>, " + "our autumn offers are here, and one of them is for you. " * 6
    return Waiting(
        new_id(), Act.SEND, customer, Lane.BULK, "newsletter", Message(text, html=True), now, now,  # type: ignore[arg-type]
        customer_id=customer, on_unknown=OnUnknown.NEVER_TWICE,
    )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
    )
