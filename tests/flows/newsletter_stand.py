"""The whole program against the playground with a newsletter to send, and its books held against Telegram's side."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from bot.config import Approval, Config, ConsoleSettings, StaffSettings, TelegramSettings
from bot.config_values import Listen
from bot.content import Content, load_content
from bot.newsletters import Refusal
from bot.pacing import Pace
from bot.playground.limits import Limits
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.pump import PumpSettings
from bot.wiring import App, RunSettings
from domain.company import Company, CourtesyRules
from domain.newsletters import Account, RecipientState, Sending
from store import ledger, recipients, sendings
from store.tables import contacts, customers, outbox
from store.tables import recipients as recipients_table
from tests.flows.hurried_loop import LoopClock
from tests.store.sending_rows import put_consents, put_customers

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
COMPANY = Company(languages=("en",), courtesy=CourtesyRules(50, dt.timedelta(0), dt.time(0), dt.time(0)))
EDITOR, MANAGER, READERS_FROM = 900, 901, 1000
TEXT = "spring is here"
_NEWS = '+++\ncanary = 0\nunknown = "{policy}"\npaid_stars = {stars}\n+++\nHello {{{{ name }}}}, ' + TEXT + ".\n"


def write_newsletters(folder: Path) -> Path:
    """Write the content folder of these tests: *news* is never sent twice, *sure* never missed, *quick* may cost."""
    newsletters = folder / "content" / "newsletters"
    newsletters.mkdir(parents=True)
    for name, policy, stars in (("news", "never twice", 0), ("sure", "never miss", 0), ("quick", "never twice", 6)):
        (newsletters / f"{name}.en.j2").write_text(_NEWS.format(policy=policy, stars=stars))
    return folder / "content"


def load(folder: Path) -> Content:
    """Read what these tests say, once for a whole module."""
    return load_content(Config(folder=folder, company=COMPANY, content=write_newsletters(folder)))


@dataclass
class NewsletterStand:
    """Readers (customer n has chat 1000 + n), a playground, and the program that may die and start again."""

    store: str
    playground: Playground
    content: Content
    clock: LoopClock
    pump: PumpSettings
    group: int | None = None
    readers: list[Person] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    apps: list[App] = field(default_factory=list)

    @property
    def app(self) -> App:
        """The program that was started last."""
        return self.apps[-1]

    async def start(self) -> App:
        """Start the program: only `tick` wakes its scheduler."""
        config = Config(
            folder=Path(),
            company=COMPANY,
            telegram=TelegramSettings(self.playground.token, self.playground.url, paid_per_second=40),
            staff=StaffSettings((EDITOR, MANAGER), self.group),
            store=self.store,
            console=ConsoleSettings(Listen("127.0.0.1", 0)),
            newsletters=Approval.NONE,
        )
        settings = RunSettings(
            pump=self.pump, alarm=False, console=False, menus=False, upkeep=False, say=self.said.append
        )
        app = App(config, clock=self.clock, content=self.content, settings=settings)
        await app.start()
        self.apps.append(app)
        return app

    async def kill(self, app: App) -> None:
        """Let a program die as by a kill −9."""
        self.apps.remove(app)
        await app.kill()

    async def welcome(self, count: int) -> None:
        """Let so many readers have met the bot and agreed to newsletters."""
        first = len(self.readers) + 1
        ids = range(first, first + count)
        for number in ids:
            person = self.playground.add_person(f"Reader {number}", user_id=READERS_FROM + number)
            person.started = True
            self.readers.append(person)
        async with self.app.database.write() as tx:
            await put_customers(tx, ids, language="en", name="Ann")
            await put_consents(tx, ids)

    async def begin(self, name: str = "news") -> Sending:
        """Draft and start a newsletter; nothing goes before the next tick."""
        async with self.app.database.write() as tx:
            draft = await self.app.parts.newsletters.draft(tx, name, EDITOR, self.clock.now())
            assert isinstance(draft, Sending)
            running = await self.app.parts.newsletters.confirm(tx, draft.id, draft.version, EDITOR, self.clock.now())
        assert isinstance(running, Sending)
        return running

    async def confirm(self, sending_id: int, version: int) -> Sending | Refusal:
        """Say yes to a draft as *version*."""
        async with self.app.database.write() as tx:
            return await self.app.parts.newsletters.confirm(tx, sending_id, version, EDITOR, self.clock.now())

    async def look(self, sending_id: int) -> Sending:
        """Return a sending as it stands."""
        async with self.app.database.read() as tx:
            found = await sendings.get(tx, sending_id)
        assert found is not None
        return found

    async def act(
        self, name: str, sending_id: int, version: int | None = None, app: App | None = None
    ) -> Sending | Refusal:
        """Do what a button of staff does ("pause", "resume", "cancel"), by default one of the present version."""
        app = app or self.app
        version = (await self.look(sending_id)).version if version is None else version
        async with app.database.write() as tx:
            done: Sending | Refusal = await getattr(app.parts.newsletters, name)(
                tx, sending_id, version, self.clock.now()
            )
        return done

    async def run(self, sending_id: int, seconds: float = 900) -> Sending:
        """Tick, ever more seldom, until the sending moves no more and nothing is on its way; return it."""
        app, pause = self.app, 0.25
        async with asyncio.timeout(seconds):
            while True:
                await app.tick()
                await asyncio.sleep(pause)  # of the hurried loop
                pause = min(pause * 1.3, 10.0)
                sending = await self.look(sending_id)
                if not sending.state.is_sending and await app.parts.pump.is_idle():
                    return sending

    async def until(self, true: Callable[[], Awaitable[bool] | bool], seconds: float = 600) -> None:
        """Wait for something to become true, ticking meanwhile."""
        pause = 0.01
        async with asyncio.timeout(seconds):
            while True:
                answer = true()
                if answer if isinstance(answer, bool) else await answer:
                    return
                await self.app.tick()
                await asyncio.sleep(pause)
                pause = min(pause * 1.02, 1.0)

    # What there is to see ------------------------------------------------------------------------------------------

    def arrived(self, text: str = TEXT) -> Counter[int]:
        """Count, by customer, the newsletters that Telegram brought to her."""
        return Counter(
            person.id - READERS_FROM
            for person in self.readers
            for message in person.chat.messages
            if message.from_bot and text in message.text
        )

    def calls(self) -> list[int]:
        """Return to which readers messages were sent, arrived or not, in the order of their answers."""
        chats = [request.chat_id or 0 for request in self.playground.requests if request.method == "sendMessage"]
        return [chat - READERS_FROM for chat in chats if chat > READERS_FROM]

    async def account(self, sending_id: int) -> Account:
        """Return what the ledger says in sum."""
        async with self.app.database.read() as tx:
            return await recipients.account(tx, sending_id)

    async def fate(self, sending_id: int, customer: int) -> tuple[str, str]:
        """Return (state, reason) of one recipient."""
        async with self.app.database.read() as tx:
            table = recipients_table
            query = select(table.c.state, table.c.reason).where(
                table.c.sending_id == sending_id, table.c.customer_id == customer
            )
            state, reason = (await tx.execute(query)).one()
            return state, reason

    async def reach(self, customer: int) -> str:
        """Return whether she can be reached."""
        async with self.app.database.read() as tx:
            return str(await tx.scalar(select(customers.c.reach).where(customers.c.id == customer)))

    async def check_books(self, sending_id: int) -> None:
        """
        Assert that the account, the ledger, the timeline and Telegram's side tell the same.

        Every message that arrived is a line of the timeline that says sent or unknown, and the other way round.
        """
        arrived = self.arrived()
        async with self.app.database.read() as tx:
            account = await recipients.account(tx, sending_id)
            entries = await ledger.entries(tx, sending_id, limit=10_000)
            lines = (
                await tx.execute(
                    select(contacts.c.customer_id, contacts.c.state, func.count())
                    .where(contacts.c.newsletter_id == sending_id)
                    .group_by(contacts.c.customer_id, contacts.c.state)
                )
            ).all()
            waiting = {
                row.customer_id
                for row in await tx.execute(select(outbox.c.customer_id).where(outbox.c.newsletter_id == sending_id))
            }
        states = Counter(one.state for one in entries)
        assert account.snapshot == len(entries) == len(self.readers) - sum(account.excluded.values())
        assert account.sent == states[RecipientState.SENT]
        assert account.unknown == states[RecipientState.UNKNOWN]
        assert sum(account.failed.values()) == states[RecipientState.FAILED]
        assert sum(account.skipped.values()) == states[RecipientState.SKIPPED]
        assert waiting == {one.customer_id for one in entries if one.state is RecipientState.OUTBOX}
        told = {(customer, state): count for customer, state, count in lines}
        for one in entries:
            sent, unknown = told.get((one.customer_id, "sent"), 0), told.get((one.customer_id, "unknown"), 0)
            assert sent <= arrived[one.customer_id] <= sent + unknown, one
            assert (sent == 1) == (one.state is RecipientState.SENT), one


@contextlib.asynccontextmanager
async def stand(
    folder: Path,
    template: Path,
    content: Content,
    *,
    readers: int = 24,
    limits: Limits | None = None,
    pace: Pace | None = None,
    at_once: int = 4,
    store: str = "",
    group: bool = False,
    delay_s: float = 0.0,
) -> AsyncIterator[NewsletterStand]:
    """Run all of it, on SQLite unless a *store* is given; the program is stopped at the end."""
    if not store:
        shutil.copyfile(template, folder / "stand.db")
        store = f"sqlite:///{folder / 'stand.db'}"
    loop = asyncio.get_running_loop()
    async with Playground(
        limits=limits or Limits.none(), record=True, delay_s=delay_s, monotonic=loop.time
    ) as playground:
        staff = [playground.add_person(name, user_id=number) for name, number in (("Eve", EDITOR), ("Max", MANAGER))]
        for member in staff:
            member.started = True
        number = playground.add_group("Staff", members=staff).id if group else None
        pump = PumpSettings(pace=pace or Pace.unlimited(), at_once=at_once, first_wait=0.05, longest_wait=0.2)
        made = NewsletterStand(store, playground, content, LoopClock(NOW), pump, number)
        await made.start()
        try:
            await made.welcome(readers)
            yield made
        finally:
            playground.faults.clear()
            for app in made.apps:
                await app.stop()
