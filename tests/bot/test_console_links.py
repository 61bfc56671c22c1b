"""Following a newsletter's link: led on at once, counted once, and a sentence where there is nothing to lead to."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import insert, select, update

from bot.console.links import LinkPages, is_machine
from bot.console.server import ConsoleServer
from bot.playground.clock import PlayClock
from domain.company import Company
from domain.newsletters import SendingState
from scheduler.links import Followed, Links
from store.database import Database
from store.link_key import link_key
from store.tables import clicks, recipients, sendings
from templates.words import SHIPPED, Words
from tests.scheduler.test_links import CONTENT, TARGETS
from tests.store.sending_rows import put_customers, put_sending

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


class Served:
    """A console with the links of one sending, of which customer 1 is a recipient."""

    def __init__(self, database: Database, links: Links, server: ConsoleServer, clock: PlayClock, sending: int) -> None:
        self.database = database
        self.links = links
        self.server = server
        self.clock = clock
        self.sending = sending

    async def follow(self, number: int = 0, method: str = "GET", agent: str = PHONE, who: int = 1) -> tuple[int, str]:
        """Open the address of link *number*; the status and where it leads."""
        token = self.links.token(Followed(self.sending, who, number))
        return await self.open(token, method, agent)

    async def open(self, token: str, method: str = "GET", agent: str = PHONE) -> tuple[int, str]:
        """Open an address; the status, and where it leads or what it says."""
        address = f"{self.server.url}/r/{token}"
        headers = {"User-Agent": agent}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, address, allow_redirects=False, headers=headers) as answer,
        ):
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def clicks(self) -> list[tuple[int, str, str]]:
        """Return (customer, kind, target) of every click."""
        async with self.database.read() as tx:
            rows = await tx.execute(select(clicks.c.customer_id, clicks.c.kind, clicks.c.target).order_by(clicks.c.at))
            return [tuple(row) for row in rows]


@pytest.fixture
async def served(sqlite_database: Database) -> AsyncIterator[Served]:
    """A console on a free port."""
    clock = PlayClock(NOW, frozen=True)
    async with sqlite_database.write() as tx:
        sending_id = await put_sending(tx, SendingState.RUNNING)
        await tx.execute(update(sendings).values(content=CONTENT))
        await put_customers(tx, [1, 2])
        await tx.execute(insert(recipients).values(sending_id=sending_id, customer_id=1, state="sent"))
        links = Links("https://vuoro.example", await link_key(tx))
    words = Words.load([SHIPPED], ("en", "fi"))
    app = web.Application()
    LinkPages(sqlite_database, clock, links, words, Company(name="Co & <Co>", languages=("en", "fi"))).add_to(app)
    server = ConsoleServer(app, "127.0.0.1", 0)
    await server.start()
    yield Served(sqlite_database, links, server, clock, sending_id)
    await server.stop()


async def test_link_leads_on_and_counts_once_a_minute(served: Served) -> None:
    """A double tap is one click; another link, or the same one later, is another."""
    assert await served.follow(0) == (302, TARGETS[0])
    assert await served.follow(0) == (302, TARGETS[0])
    assert await served.follow(3) == (302, TARGETS[3])
    served.clock.advance(dt.timedelta(minutes=1))
    await served.follow(0)
    assert sorted(await served.clicks()) == [(1, "link", "0"), (1, "link", "0"), (1, "link", "3")]


@pytest.mark.parametrize(
    ("method", "agent"),
    [("HEAD", PHONE), ("GET", "TelegramBot (like TwitterBot)"), ("GET", "facebookexternalhit/1.1"), ("GET", "")],
)
async def test_program_that_looks_ahead_is_led_on_and_not_counted(served: Served, method: str, agent: str) -> None:
    """A preview is made before anybody has read anything."""
    assert await served.follow(0, method, agent) == (302, TARGETS[0])
    assert await served.clicks() == []


async def test_somebody_who_did_not_get_it_is_led_on_and_not_counted(served: Served) -> None:
    """A preview to staff has the same links."""
    assert await served.follow(0, who=2) == (302, TARGETS[0])
    assert await served.clicks() == []


@pytest.mark.parametrize("token", ["abc", "%F0%9F%8E%81", "..%2f..%2fetc", "https:%2f%2fevil.example"])
async def test_address_that_we_did_not_make_gets_a_friendly_page(served: Served, token: str) -> None:
    """It leads nowhere: there is no open redirect."""
    status, page = await served.open(token)
    assert status == 404
    assert "This link does not lead anywhere any more" in page
    assert "<h1>Co &amp; &lt;Co&gt;</h1>" in page


async def test_link_of_a_sending_that_is_gone_gets_the_page(served: Served) -> None:
    """Signed, but there is nothing behind it: a number too high, or a sending that was never there."""
    assert (await served.follow(9))[0] == 404
    served.sending = 5
    assert (await served.follow(0))[0] == 404


async def test_link_leads_on_while_the_store_is_busy(served: Served) -> None:
    """Another writer has the store for longer than anybody would wait; the click arrives when it lets go."""
    await served.follow(1)
    async with served.database.write():
        assert await served.follow(0) == (302, TARGETS[0])
        assert len(await served.clicks()) == 1
    while len(await served.clicks()) < 2:
        async with served.database.write():
            pass


async def test_key_is_made_once(database: Database) -> None:
    """Every process signs alike."""
    async with database.write() as tx:
        first = await link_key(tx)
    async with database.write() as tx:
        assert await link_key(tx) == first
    assert len(first) == 32


def test_prefetch_of_a_browser_is_a_machine_s() -> None:
    """The browser says that nobody has tapped yet."""
    assert is_machine({"User-Agent": PHONE, "Sec-Purpose": "prefetch;prerender"})
    assert not is_machine({"User-Agent": PHONE})
