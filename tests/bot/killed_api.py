"""A process of its own that serves the HTTP interface and dies in the middle of a request, after its second batch."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys

from aiohttp import web

import bot.imports_running
from bot.console.api import Api
from bot.console.server import ConsoleServer
from bot.playground.clock import PlayClock
from domain.company import Company
from domain.imports import Taken
from store.database import Database, Tx, store_url
from store.imports import count_batch

_batches = 0


async def _dying(tx: Tx, import_id: int, taken: Taken, read: int) -> None:
    global _batches  # noqa: PLW0603 - the life of this process is one request
    _batches += 1
    if _batches > 2:
        os.kill(os.getpid(), signal.SIGKILL)
    await count_batch(tx, import_id, taken, read)


async def main(url: str, key: str) -> None:
    """Serve until killed; the address is the first line of standard output."""
    vars(bot.imports_running)["count_batch"] = _dying
    app = web.Application()
    clock = PlayClock(dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC), frozen=True)
    Api(Database(store_url(url)), clock, Company(), key).add_to(app)
    server = ConsoleServer(app, "127.0.0.1", 0)
    await server.start()
    print(server.url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
