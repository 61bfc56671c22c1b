"""
A company's scheduler over a real store, as one process that can be killed at any transaction and started again.

Only Telegram is played: `deliver` claims, calls and records as the pump does.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert

from dialogues.conductor import Conductor
from dialogues.library import Library
from domain.company import Company, CourtesyRules
from domain.messages import Waiting
from domain.newsletters import RecipientState
from scheduler.feeding import Feeder
from scheduler.newsletter_files import NewsletterFiles
from scheduler.newsletters import Newsletters
from scheduler.notices import Notice
from scheduler.plans import SurveyPlan
from scheduler.reminders import Reminders
from scheduler.rendering import Rendering
from scheduler.surveys import Surveys
from scheduler.ticker import Ticker
from scheduler.upkeep import Upkeep
from store import outbox, recipients
from store.database import Database, Tx, store_url
from store.recipients import RecipientOutcome
from store.tables import customers
from templates.words import SHIPPED, Words
from tests.dialogues.conductor_stand import NPS, RememberedStaffLine
from tests.store.sending_rows import put_consents

LANGUAGES = ("en", "fi")
START = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
SPRING = """+++
title = "Spring"
exclude = 'town = "Turku"'
+++
Hello {{ name }}!
"""
SPRING_FI = "Hei {{ name }}!"


class Killed(BaseException):
    """The process is gone, as after kill -9: nothing may catch this."""


class MortalDatabase(Database):
    """A store whose process dies at the boundary of a transaction when its fuse has burnt down."""

    fuse: int | None = None
    before_write: Callable[[], Awaitable[None]] | None = None
    """What another machine does, once, between what this one reads and what it writes."""

    def _burn(self) -> None:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse <= 0:
                self.fuse = None
                raise Killed

    @contextlib.asynccontextmanager
    async def write(self, *, quick: bool = False) -> AsyncIterator[Tx]:
        """As always, but death may come before the beginning, before the commit, and after it."""
        if self.before_write is not None:
            others, self.before_write = self.before_write, None
            await others()
        self._burn()
        async with super().write(quick=quick) as tx:
            yield tx
            self._burn()
        self._burn()


class RememberedNotices:
    """Keeps what staff would have been told."""

    def __init__(self) -> None:
        self.told: list[Notice] = []

    async def tell(self, tx: Tx, notice: Notice, now: dt.datetime) -> None:
        """Remember."""
        self.told.append(notice)


class Stage:
    """One process after another over the same store and folder."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder / "newsletters"
        self.folder.mkdir()
        self.write("spring.en.j2", SPRING)
        self.write("spring.fi.j2", SPRING_FI)
        scripts = folder / "scripts"
        scripts.mkdir()
        (scripts / "nps.toml").write_text(NPS)
        self.scripts = scripts
        self.company = Company(
            name="Test", languages=LANGUAGES, courtesy=CourtesyRules(quiet_from=dt.time(0), quiet_to=dt.time(0))
        )
        self.plans: tuple[SurveyPlan, ...] = ()
        self.words = Words.load([SHIPPED], LANGUAGES)
        self.library = Library.load([scripts], LANGUAGES)
        self.notices = RememberedNotices()
        self.arrived: list[Waiting] = []
        self.ahead, self.size, self.step = 400, 200, 20_000
        self.deaths = 0
        self.now = START

    def write(self, name: str, text: str) -> None:
        """Write a newsletter's file."""
        (self.folder / name).write_text(text)

    def start(self) -> None:
        """Start a process."""
        self.database = MortalDatabase(store_url(self.url))
        if self.database.is_sqlite:  # only the process dies here, not the machine: no need to wait for the disk
            event.listen(self.database.engine.sync_engine, "connect", _do_not_sync)
        self.files = NewsletterFiles.load([self.folder], LANGUAGES)
        self.rendering = Rendering(self.company, self.words)
        feeder = Feeder(self.database, self.company, self.rendering, ahead=self.ahead, size=self.size)
        conductor = Conductor(self.company, self.library, self.words, RememberedStaffLine())
        self.newsletters = Newsletters(self.database, self.company, self.files, feeder, self.notices, step=self.step)
        self.surveys = Surveys(self.database, self.company, conductor, self.notices, self.plans, step=self.step)
        jobs = (self.newsletters, self.surveys, Reminders(self.database, conductor), Upkeep(self.database))
        self.ticker = Ticker(self.database, jobs)

    async def restart(self) -> None:
        """Start the next process after a death; it finds the intents of the dead one, whose outcome is unknown."""
        self.deaths += 1
        await self.database.close()
        self.start()
        async with self.database.write() as tx:
            left = await outbox.recover(tx, f"process {self.deaths}")
            await outbox.settle(tx, done=[row.id for row in left])
            outcomes = [_outcome(row, RecipientState.UNKNOWN, self.now) for row in left if row.newsletter_id]
            await recipients.record(tx, outcomes)

    async def close(self) -> None:
        """End the process in an orderly way."""
        await self.database.close()

    async def deliver(self, now: dt.datetime, limit: int = 100) -> int:
        """Send what is due, as the pump does: intents, calls, outcomes. Returns how many calls there were."""
        async with self.database.write() as tx:
            rows = await outbox.claim(tx, now, owner=f"process {self.deaths}", limit=limit)
        self.arrived += rows
        if not rows:
            return 0
        async with self.database.write() as tx:
            await outbox.settle(tx, done=[row.id for row in rows])
            await recipients.record(tx, [_outcome(row, RecipientState.SENT, now) for row in rows if row.newsletter_id])
        return len(rows)

    async def claim(self, tx: Tx, now: dt.datetime) -> list[Waiting]:
        """Take what is due out of the outbox, as if the calls were over, without recording any outcome."""
        rows = await outbox.claim(tx, now, owner="test", limit=100)
        await outbox.settle(tx, done=[row.id for row in rows])
        return rows

    async def run(self, now: dt.datetime, rounds: int = 100) -> None:
        """Tick and deliver until nothing more happens at *now*."""
        self.now = now
        await self.ticker.tick(now)
        for _ in range(rounds):
            delivered = await self.deliver(now)
            await self.ticker.tick(now)
            if not delivered:
                return

    async def put_customers(self, count: int, **values: object) -> None:
        """Put in customers 1 to *count*, reachable, who agreed to everything."""
        async with self.database.write() as tx:
            await tx.execute(
                insert(customers),
                [
                    {
                        "id": i,
                        "chat_id": 1000 + i,
                        "name": f"Ann {i}",
                        "reach": "reachable",
                        "language": "fi" if i % 3 == 0 else "en",
                        "created_at": START,
                        **values,
                    }
                    for i in range(1, count + 1)
                ],
            )
            for purpose in ("marketing", "surveys"):
                await put_consents(tx, range(1, count + 1), purpose)


def _do_not_sync(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _outcome(row: Waiting, state: RecipientState, now: dt.datetime) -> RecipientOutcome:
    assert row.newsletter_id is not None
    assert row.customer_id is not None
    return RecipientOutcome(row.newsletter_id, row.customer_id, state, message_id=row.id % 1000, at=now)
