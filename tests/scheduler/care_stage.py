"""Care plans over a real store, as one process that can be killed at any transaction and started again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import select

from bot.care_files import read_care
from domain.care import CarePlan, CareRun, CareState
from domain.company import Company, CourtesyRules
from domain.faults import FaultList
from domain.loyalty import Loyalty
from domain.newsletters import Sending
from domain.staff import Role, StaffMember
from scheduler.care import Care
from scheduler.care_notices import Workload
from scheduler.newsletter_files import NewsletterFiles
from scheduler.ticker import Ticker
from store import outbox
from store.care import CareOutcome, record_outcomes
from store.database import Tx, store_url
from store.staff import add_member
from store.tables_care import care_runs, plan_actions
from templates.words import SHIPPED, Words
from tests.scheduler.stage import MortalDatabase

LANGUAGES = ("en", "fi")
START = dt.datetime(2027, 3, 1, 6, tzinfo=dt.UTC)
HEAD = 'title.en = "Care"\naudience = \'town = "Turku"\'\n'


class CareRemembered:
    """Keeps what staff would have been told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dt.datetime, int]] = []
        self.told: list[tuple[str, dt.datetime, int]] = []
        self.digests: list[tuple[int, int, int, int]] = []
        self.warned: list[tuple[int, dict[int | None, int]]] = []
        self.waiting: list[tuple[str, int]] = []
        self.reminded: list[tuple[str, dt.datetime]] = []
        self.unapproved: list[str] = []

    async def ask_late(self, tx: Tx, run: CareRun, count: int, now: dt.datetime) -> None:
        """Remember."""
        self.asked.append((run.action, run.due_at, count))

    async def tell_late(self, tx: Tx, run: CareRun, count: int, now: dt.datetime) -> None:
        """Remember."""
        self.told.append((run.action, run.due_at, count))

    async def ask_approval(self, tx: Tx, run: CareRun, sending: Sending, now: dt.datetime) -> None:
        """Remember."""
        self.waiting.append((run.action, sending.id))

    async def remind_approval(
        self, tx: Tx, run: CareRun, sending: Sending, until: dt.datetime, now: dt.datetime
    ) -> None:
        """Remember until when it waits."""
        self.reminded.append((run.action, until))

    async def tell_unapproved(self, tx: Tx, run: CareRun, now: dt.datetime) -> None:
        """Remember."""
        self.unapproved.append(run.action)

    async def digest(self, tx: Tx, member: StaffMember, work: Workload, now: dt.datetime) -> None:
        """Remember to whom, how many named, how many more, how many late."""
        self.digests.append((member.id, len(work.tasks), work.more, work.late))

    async def overdue(self, tx: Tx, member: StaffMember, late: Mapping[int | None, int], now: dt.datetime) -> None:
        """Remember."""
        self.warned.append((member.id, dict(late)))


class CareStage:
    """One process after another over the same store; *plan* is the text of the one plan."""

    def __init__(self, url: str, folder: Path, plan: str) -> None:
        self.url = url
        self.folder = folder
        self.write(plan)
        self.company = Company(
            languages=LANGUAGES,
            timezone="Europe/Helsinki",
            courtesy=CourtesyRules(quiet_from=dt.time(0), quiet_to=dt.time(0)),
        )
        self.words = Words.load([SHIPPED], LANGUAGES)
        self.notices = CareRemembered()
        self.arrived: list[int] = []
        self.step = 3
        self.start()

    def start(self) -> None:
        """Start a process."""
        self.database = MortalDatabase(store_url(self.url))
        self.care = Care(
            self.database,
            self.company,
            self.words,
            self.loyalty,
            NewsletterFiles({}),
            self.notices,
            step=self.step,
        )
        self.ticker = Ticker(self.database, [self.care])

    def write(self, plan: str) -> None:
        """Put the plan's file there and read it."""
        faults = FaultList()
        (self.folder / "care").mkdir(exist_ok=True)
        (self.folder / "care" / "plan.toml").write_text(HEAD + plan)
        self.plans: tuple[CarePlan, ...] = read_care(self.folder, LANGUAGES, "EUR", faults)
        assert not faults.faults, [str(fault) for fault in faults.faults]
        self.loyalty = Loyalty(care=self.plans)

    async def restart(self) -> None:
        """Start the next process after a death."""
        await self.database.close()
        self.start()

    async def change(self, plan: str) -> None:
        """Go on with another file."""
        self.write(plan)
        await self.restart()

    async def staff(self, *members: tuple[int, Role]) -> None:
        """Let those work here."""
        async with self.database.write() as tx:
            for each, role in members:
                await add_member(tx, each, f"Staff {each}", role, START)

    async def deliver(self, now: dt.datetime, state: CareState = CareState.SENT) -> None:
        """Send what is due, as the pump does (its own kills are tested elsewhere), in one transaction."""
        fuse, self.database.fuse = self.database.fuse, None
        async with self.database.write() as tx:
            rows = await outbox.claim(tx, now, owner="test", limit=100)
            await outbox.settle(tx, done=[row.id for row in rows])
            told = [CareOutcome(int(row.ref.removeprefix("care:")), state, "", None, now) for row in rows]
            await record_outcomes(tx, told)
        self.arrived += [row.customer_id for row in rows if row.customer_id is not None]
        self.database.fuse = fuse

    async def rows(self) -> list[tuple[str, int, str, str]]:
        """Return (action, customer, state, reason) of everything that is logged."""
        wanted = (
            select(care_runs.c.action, plan_actions.c.customer_id, plan_actions.c.state, plan_actions.c.reason)
            .join(care_runs, care_runs.c.id == plan_actions.c.run_id)
            .order_by(care_runs.c.due_at, plan_actions.c.customer_id)
        )
        async with self.database.read() as tx:
            return [tuple(row) for row in (await tx.execute(wanted)).all()]

    async def runs(self) -> Sequence[tuple[str, str, str]]:
        """Return (action, local day and time, state) of every run."""
        wanted = select(care_runs.c.action, care_runs.c.due_at, care_runs.c.state).order_by(care_runs.c.due_at)
        async with self.database.read() as tx:
            found = (await tx.execute(wanted)).all()
        return [(row.action, f"{row.due_at.astimezone(self.company.zone):%m-%d %H:%M}", row.state) for row in found]
