"""A scene for tests of what staff are told about cases: a store, staff, customers, and what waits for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import delete, insert, select

from bot.case_notices import CaseNotices
from bot.forum import Forum
from bot.staff_labels import Labels
from dialogues.cases import HERSELF, Mover, move_case, open_case_for
from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.cases import Actor, Case, CaseKind, Move, Priority
from domain.company import Company
from domain.dialogues import OpenCase
from domain.staff import Role
from scheduler.case_clocks import CaseClocks
from store.cases import case_by_id
from store.database import Database
from store.outbox_payload import read_message
from store.staff import add_member
from store.tables import customers, outbox
from templates.words import SHIPPED, Words

LANGUAGES = ("en", "fi", "cs")
OLGA, PETE, QUINN, MAIJA = 61, 62, 63, 64
NAMES = {OLGA: "Olga", PETE: "Pete", QUINN: "Quinn", MAIJA: "Maija"}
STAFF: Mapping[int, Role] = {OLGA: Role.AGENT, PETE: Role.AGENT, QUINN: Role.MANAGER}
GROUP = -1001


@cache
def words() -> Words:
    """Return the shipped texts."""
    return Words.load([SHIPPED], LANGUAGES, zone=Company().timezone)


@cache
def library() -> Library:
    """Return the shipped dialogues, whose options name the categories."""
    return Library.load([SCRIPTS], LANGUAGES)


def moment(text: str, company: Company | None = None) -> dt.datetime:
    """Return a local time of the company as an instant."""
    zone = (company or Company()).zone
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.UTC)


@dataclass(slots=True)
class CaseScene:
    """What a test needs: short ways to let people act at a time, to let a job tick, and to read what staff are told."""

    database: Database
    company: Company
    group: int | None = None

    @property
    def notices(self) -> CaseNotices:
        """Return the way to staff."""
        labels = Labels(words(), library())
        return CaseNotices(self.company, words(), labels, Forum(self.company, words(), labels, self.group))

    @property
    def clocks(self) -> CaseClocks:
        """Return the job as a process has it."""
        return CaseClocks(self.database, self.company, self.notices.forum, self.notices)

    def at(self, text: str) -> dt.datetime:
        """Return a local time of the company as an instant."""
        return moment(text, self.company)

    async def people(self, count: int = 2, staff: Mapping[int, Role] = STAFF) -> None:
        """Put in so many customers (1, 2, ...) and the staff; Maija is only there where named."""
        met = moment("2027-01-01 12:00")
        rows = [
            {"id": n, "chat_id": 500 + n, "name": f"Ann {n}", "language": "en", "reach": "reachable", "created_at": met}
            for n in range(1, count + 1)
        ]
        async with self.database.write() as tx:
            await tx.execute(insert(customers), rows)
            for who, role in staff.items():
                await add_member(tx, who, NAMES[who], role, met, language="en")

    async def opens(
        self, who: int, at: str, *, category: str = "delivery", priority: Priority = Priority.NORMAL
    ) -> Case:
        """Let a customer open a case."""
        opening = OpenCase(CaseKind.COMPLAINT, category, priority)
        async with self.database.write() as tx:
            return await open_case_for(tx, self.company, who, opening, self.at(at))

    async def moves(self, case: Case, move: Move, at: str, *, by: int | None = OLGA) -> Case:
        """Let a member make a move, or the customer (*by* None)."""
        mover = HERSELF if by is None else Mover(Actor.AGENT, by, NAMES[by])
        async with self.database.write() as tx:
            moved = await move_case(tx, self.company, case, move, mover, now=self.at(at))
        assert isinstance(moved, Case), moved
        return moved

    async def case(self, number: int) -> Case:
        """Return a case as it stands."""
        async with self.database.read() as tx:
            found = await case_by_id(tx, number)
        assert found is not None
        return found

    async def told(self) -> list[tuple[int, str, list[str]]]:
        """Return what waits for staff (chat, text, data of the buttons), in order, and take it away."""
        async with self.database.write() as tx:
            rows = (await tx.execute(select(outbox).order_by(outbox.c.id))).all()
            await tx.execute(delete(outbox))
        messages = [(row.chat_id, read_message(row.payload)) for row in rows]
        return [
            (chat, message.text, [button.tap for row in message.keyboard for button in row])
            for chat, message in messages
        ]
