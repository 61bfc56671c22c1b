"""A running pump between a real store and a server that answers as told."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import insert, select

from bot.outcomes import Hooks
from bot.pacing import Pace
from bot.pump import Pump, PumpSettings
from bot.telegram_api import TelegramApi
from bot.telegram_request import AiohttpRequest
from domain.company import Company, CourtesyRules
from domain.contacts import Contact
from domain.messages import Act, Lane, Message, OnUnknown, Waiting
from store import outbox, tallies
from store.contacts import timeline
from store.database import Database
from store.ids import new_id
from store.tables import customers, recipients, sendings
from store.tables import outbox as outbox_table
from tests.bot.telegram_stub import PATIENCE_S, TOKEN, TelegramStub

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
POLITE = Company(courtesy=CourtesyRules(per_week=9, least_gap=dt.timedelta(0), quiet_from=dt.time(21)))


class HandClock:
    """A clock that stands until the test moves it."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> dt.datetime:
        """Return the moment that the test set."""
        return self.at


class PumpScene:
    """What a test of the pump needs: customers 1 to 9 (chat = id), rows, and a look at what became of them."""

    def __init__(self, database: Database, stub: TelegramStub) -> None:
        self.database, self.stub = database, stub
        self.clock = HandClock()
        self.said: list[str] = []
        self.broken: list[tuple[int, str]] = []
        self.asked: list[int] = []

    async def prepare(self, people: int = 9) -> None:
        """Put in customers and a running sending with all of them as recipients."""
        async with self.database.write() as tx:
            await tx.execute(
                insert(customers),
                [{"id": i, "chat_id": i, "reach": "reachable", "created_at": NOW} for i in range(1, people + 1)],
            )
            await tx.execute(
                insert(sendings).values(
                    id=5, name="news", digest="d", content={}, state="running", created_at=NOW, frozen=True,
                    on_unknown="never_twice",
                )
            )  # fmt: skip
            await tx.execute(
                insert(recipients),
                [{"sending_id": 5, "customer_id": i, "state": "outbox"} for i in range(1, people + 1)],
            )
            await tallies.add(tx, {(5, "outbox", ""): people})

    def row(self, customer: int, text: str = "hello", **more: Any) -> Waiting:
        """Make a reply to a customer."""
        made = Waiting(new_id(), Act.SEND, customer, Lane.REPLY, "reply", Message(text), NOW, NOW, customer_id=customer)
        return dataclasses.replace(made, **more)

    def bulk(self, customer: int, text: str = "news", **more: Any) -> Waiting:
        """Make a copy of the newsletter; the customers of this scene have not agreed to it, so it is not proactive."""
        some = {"lane": Lane.BULK, "kind": "newsletter", "newsletter_id": 5, "on_unknown": OnUnknown.NEVER_TWICE}
        return self.row(customer, text, **{**some, **more})

    def fails(self, times: int, answer: Any, method: str = "sendMessage") -> None:
        """Let the next calls of *method* fail, and later ones succeed."""
        left = [times]

        def reply(params: dict[str, Any]) -> Any:
            left[0] -= 1
            if left[0] >= 0:
                return answer(params) if callable(answer) else answer
            return self.stub.message(params)

        self.stub.answers[method] = reply

    async def put(self, *rows: Waiting) -> None:
        """Store rows."""
        async with self.database.write() as tx:
            await outbox.put(tx, rows)

    async def claimed_by_dead(self, *rows: Waiting) -> None:
        """Store rows that a killed process had on their way."""
        await self.put(*rows)
        async with self.database.write() as tx:
            await outbox.claim(tx, NOW, owner="dead", limit=len(rows))

    async def contacts(self, customer: int) -> list[Contact]:
        """Return a customer's timeline, the oldest first."""
        async with self.database.read() as tx:
            return (await timeline(tx, customer, limit=100))[::-1]

    async def states(self, customer: int) -> list[str]:
        """Return what became of each message to a customer."""
        return [contact.state.value for contact in await self.contacts(customer)]

    async def recipient(self, customer: int) -> tuple[str, str]:
        """Return (state, reason) in the ledger."""
        async with self.database.read() as tx:
            query = select(recipients.c.state, recipients.c.reason).where(recipients.c.customer_id == customer)
            state, reason = (await tx.execute(query)).one()
            return state, reason

    async def reach(self, customer: int) -> str:
        """Return whether she can be reached."""
        async with self.database.read() as tx:
            return str(await tx.scalar(select(customers.c.reach).where(customers.c.id == customer)))

    async def left(self) -> int:
        """Return how many rows the outbox holds."""
        async with self.database.read() as tx:
            return len((await tx.execute(select(outbox_table.c.id))).all())

    async def _sending_broken(self, tx: Any, sending: int, raw: str, _now: dt.datetime) -> None:
        self.broken.append((sending, raw))
        await outbox.withdraw_newsletter(tx, sending)

    async def _ask_staff(self, _tx: Any, row: Waiting, _raw: str, _now: dt.datetime) -> None:
        self.asked.append(row.id)

    @asynccontextmanager
    async def pump(
        self, pace: Pace | None = None, *, at_once: int = 100, request: AiohttpRequest | None = None, poll: float = 0.05
    ) -> AsyncIterator[Pump]:
        """Run a pump until the block ends, then stop it in order; *request* is what its calls go through."""
        api = TelegramApi(TOKEN, self.stub.url, request)
        settings = PumpSettings(
            pace or Pace.unlimited(), at_once=at_once, first_wait=0.02, longest_wait=0.04, poll=poll, most_tries=4
        )
        pump = Pump(
            self.database, api, self.clock, POLITE, settings, hooks=Hooks(self._sending_broken, self._ask_staff),
            say=self.said.append,
        )  # fmt: skip
        running = asyncio.create_task(pump.run())
        try:
            yield pump
            await pump.stop()
            await asyncio.wait_for(running, PATIENCE_S)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await api.close()

    async def until(self, true: Callable[[], Awaitable[bool] | bool], seconds: float = PATIENCE_S) -> None:
        """Wait for something to become true."""
        async with asyncio.timeout(seconds):
            while True:
                answer = true()
                if answer if isinstance(answer, bool) else await answer:
                    return
                await asyncio.sleep(0.005)

    async def settle(self, *rows: Waiting, pace: Pace | None = None) -> None:
        """Store rows and run a pump until nothing more is due."""
        await self.put(*rows)
        async with self.pump(pace) as pump:
            await self.until(pump.is_idle)
