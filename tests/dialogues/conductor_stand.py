"""A conductor over a real store, with a few small scripts and a staff line that only remembers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dialogues.conductor import Conductor
from dialogues.library import Library
from domain.cases import Case
from domain.company import Company
from domain.customers import Customer
from domain.incoming import Edited, Incoming, Membership, Place, Sender, Tap, Words
from domain.messages import Act, Waiting
from store import outbox
from store.database import Database, Tx
from store.tables import contacts
from templates.words import SHIPPED
from templates.words import Words as Texts

NPS = """
id = "nps"
version = 1
title.en = "Two questions"
title.fi = "Kaksi kysymystä"
survey = true
purpose = "surveys"
start = { command = "rate" }
remind = ["20h"]
expire = "5d"

[[ask]]
id = "score"
kind = "scale 0-10"
say.en = "How likely?"
say.fi = "Kuinka todennäköisesti?"
fact = "nps"

[[ask]]
id = "why"
kind = "text"
skip = true
only_if = "score <= 8"
say.en = "Why?"
say.fi = "Miksi?"

[[done]]
when = "score <= 6"
case = { kind = "follow-up", category = "detractor", priority = "high", summary = "{score}: {why}" }
say.en = "Your case is No {case}."
say.fi = "Asiasi on No {case}."

[[done]]
say.en = "Thank you."
say.fi = "Kiitos."
"""
COMPLAINT = """
id = "complaint"
version = 1
title.en = "Complaint"
title.fi = "Valitus"
start = { command = "complaint" }

[[ask]]
id = "what"
kind = "messages"
say.en = "What happened?"
say.fi = "Mitä tapahtui?"

[[done]]
case = { kind = "complaint", category = "other", summary = "{what}" }
say.en = "Registered as No {case}."
say.fi = "Kirjattu: No {case}."
"""
FEEDBACK = """
id = "feedback"
version = 1
title.en = "Feedback"
title.fi = "Palaute"
start = { command = "feedback" }
expire = "3d"

[[ask]]
id = "what"
kind = "messages"
say.en = "What is it?"
say.fi = "Mitä?"

[[done]]
case = { kind = "feedback", category = "feedback", summary = "{what}" }
say.en = "It is No {case}."
say.fi = "Se on No {case}."
"""
START = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)


@dataclasses.dataclass
class RememberedStaffLine:
    """Keeps what staff would have been told."""

    told: list[tuple[str, Any]] = dataclasses.field(default_factory=list)

    async def new_case(self, tx: Tx, case: Case, customer: Customer, now: dt.datetime) -> None:
        """Remember a new case."""
        self.told.append(("new_case", case))

    async def customer_wrote(
        self,
        tx: Tx,
        customer: Customer,
        words: Words,
        case: Case | None,
        now: dt.datetime,
        *,
        about: int | None = None,
    ) -> None:
        """Remember her words."""
        self.told.append(("wrote", words.text))

    async def customer_edited(
        self, tx: Tx, customer: Customer, edited: Edited, before: str, case: Case | None, now: dt.datetime
    ) -> None:
        """Remember both versions."""
        self.told.append(("edited", (before, edited.text)))

    async def words_kept(self, tx: Tx, customer: Customer, count: int, first: int, now: dt.datetime) -> None:
        """Remember how many."""
        self.told.append(("kept", count))

    async def case_changed(self, tx: Tx, case: Case, customer: Customer, text: str, now: dt.datetime) -> None:
        """Remember the case."""
        self.told.append(("changed", case))


class Stand:
    """Ann and the conductor, message by message."""

    def __init__(self, database: Database, folder: Path) -> None:
        scripts = folder / "scripts"
        scripts.mkdir()
        (scripts / "nps.toml").write_text(NPS)
        (scripts / "complaint.toml").write_text(COMPLAINT)
        (scripts / "feedback.toml").write_text(FEEDBACK)
        languages = ("en", "fi")
        self.database = database
        self.staff = RememberedStaffLine()
        self.conductor = Conductor(
            Company(name="Test", languages=languages),
            Library.load([scripts], languages),
            Texts.load([SHIPPED], languages),
            self.staff,
        )
        self.now = START
        self.numbers = itertools.count(1)
        self.sent: list[Waiting] = []

    async def hear(self, *incoming: Incoming) -> list[Waiting]:
        """Let the conductor hear these in one transaction; return the new rows of the outbox."""
        async with self.database.write() as tx:
            await self.conductor.handle(tx, incoming, self.now)
        return await self.fresh()

    async def fresh(self) -> list[Waiting]:
        """Return what was put in the outbox since the last look, as if it had been sent."""
        rows: list[Waiting] = []
        async with self.database.write() as tx:
            while claimed := await outbox.claim(tx, self.now, owner="test", limit=100):
                rows += claimed
                await outbox.settle(tx, done=[row.id for row in claimed])
        self.sent += rows
        return [row for row in sorted(rows, key=lambda row: row.id) if row.act is Act.SEND]

    async def says(self, text: str, chat: int = 7, **more: Any) -> list[Waiting]:
        """Let somebody write *text*."""
        return await self.hear(self.words(text, chat, **more))

    def words(self, text: str, chat: int = 7, **more: Any) -> Words:
        """Return a message."""
        number = next(self.numbers)
        sender = Sender(chat, f"Ann {chat}", language="en")
        return Words(number, sender, Place(chat, private=True), self.now, number, text, **more)

    async def taps(self, row: Waiting, label: str, chat: int = 7) -> list[Waiting]:
        """Tap a button of a message that was put in the outbox."""
        button = next(b for line in row.message.keyboard for b in line if b.label == label)
        return await self.hear(self.tap(button.tap, chat))

    def tap(self, data: str, chat: int = 7) -> Tap:
        """Return a tap."""
        number = next(self.numbers)
        return Tap(number, Sender(chat, "Ann"), Place(chat, private=True), self.now, f"cb{number}", data, 900)

    async def edits(self, message_id: int, text: str, chat: int = 7) -> list[Waiting]:
        """Edit an earlier message."""
        place = Place(chat, private=True)
        return await self.hear(Edited(next(self.numbers), Sender(chat, "Ann"), place, self.now, message_id, text))

    async def blocks(self, chat: int = 7) -> None:
        """Block the bot."""
        place = Place(chat, private=True)
        await self.hear(Membership(next(self.numbers), Sender(chat, "Ann"), place, self.now, present=False))

    async def timeline(self) -> list[tuple[str, str]]:
        """Return (kind, text) of every contact in order."""
        async with self.database.read() as tx:
            rows = await tx.execute(select(contacts.c.kind, contacts.c.text).order_by(contacts.c.id))
            return [(row.kind, row.text) for row in rows]
