"""The console's addresses: healthy or not at one look, numbers for Prometheus, and a sentence for a taken port."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.console.health import Health
from bot.console.server import ConsoleServer
from bot.playground.clock import PlayClock
from store import inbox
from store.customers import add_customers
from store.database import Database

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)


class Served:
    """A running console and what it is told."""

    def __init__(self, server: ConsoleServer, troubles: dict[str, str]) -> None:
        self.server = server
        self.troubles = troubles

    async def get(self, path: str) -> tuple[int, str]:
        """Fetch an address; its status and body."""
        async with aiohttp.ClientSession() as session, session.get(self.server.url + path) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def served(sqlite_database: Database) -> AsyncIterator[Served]:
    """A console on a free port."""
    troubles: dict[str, str] = {}
    app = web.Application()
    Health(sqlite_database, PlayClock(NOW, frozen=True), lambda: troubles).add_to(app)
    server = ConsoleServer(app, "127.0.0.1", 0)
    await server.start()
    yield Served(server, troubles)
    await server.stop()


async def test_healthy_program_says_ok(served: Served) -> None:
    """A load balancer needs one status."""
    status, body = await served.get("/healthz")
    assert (status, '"status": "ok"' in body) == (200, True)


async def test_trouble_is_a_503_with_its_reason(served: Served) -> None:
    """Whoever is woken at night sees at once which part fails."""
    served.troubles["newsletters"] = "KeyError"
    status, body = await served.get("/healthz")
    assert status == 503
    assert '"newsletters": "KeyError"' in body


async def test_metrics_count_what_waits(served: Served, sqlite_database: Database) -> None:
    """Numbers only, in the form that Prometheus reads."""
    async with sqlite_database.write() as tx:
        await inbox.keep(tx, [(1, "{}"), (2, "{}")], NOW)
        await add_customers(tx, [{"name": "Ann Secret", "created_at": NOW}])
    status, body = await served.get("/metrics")
    assert status == 200
    assert "\nvuoro_inbox 2\n" in body
    assert "\nvuoro_customers 1\n" in body
    assert 'vuoro_outbox{lane="bulk"} 0' in body
    assert "\nvuoro_store_up 1\n" in body
    assert "Ann" not in body
    for line in body.splitlines():
        assert line.startswith("#") or len(line.rsplit(" ", 1)) == 2


async def test_taken_port_is_a_sentence(served: Served) -> None:
    """The remedy stands beside the reason."""
    port = int(served.server.url.rsplit(":", 1)[1])
    second = ConsoleServer(web.Application(), "127.0.0.1", port)
    with pytest.raises(OSError, match=rf"127.0.0.1:{port} cannot be listened on .* choose another address"):
        await second.start()
