"""What follows from a move beside the state: who looks at a declined case again, and who hears that nobody can."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

from sqlalchemy import select

from dialogues.case_moves import CaseMoves
from dialogues.cases import HERSELF, THE_CLOCK, Mover, Particulars, open_case_for
from dialogues.library import Library
from domain.cases import Actor, Case, CaseKind, Move
from domain.company import Company
from domain.customers import Customer
from domain.dialogues import OpenCase
from domain.incoming import Sender
from domain.staff import Role
from store.customers import customers_by_chat, meet
from store.database import Database, Tx
from store.staff import add_member, set_reachable
from store.tables import outbox
from templates.words import SHIPPED, Words
from tests.dialogues.conductor_stand import RememberedStaffLine

LANGUAGES = ("en", "fi", "cs")
COMPANY = Company(languages=LANGUAGES)
NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
ANN, OLGA, MAX, ADA, IDA = 7, 61, 62, 63, 64


@cache
def moves() -> CaseMoves:
    """Return the moves with the shipped texts."""
    words = Words.load([SHIPPED], LANGUAGES)
    return CaseMoves(COMPANY, words, Library.load([], LANGUAGES), RememberedStaffLine())


async def declined(tx: Tx, by: int, *, language: str = "en") -> tuple[Case, Customer]:
    """Put in a case of Ann's that a member of staff has declined."""
    await meet(tx, {ANN: Sender(ANN, "Ann", language=language)}, NOW)
    ann = (await customers_by_chat(tx, [ANN]))[ANN]
    case = await open_case_for(tx, COMPANY, ann.id, OpenCase(CaseKind.COMPLAINT, "delivery"), NOW)
    moved = await moves().make(tx, case, ann, Move.DECLINE, Mover(Actor.MANAGER, by), now=NOW)
    assert isinstance(moved, Case)
    return moved, ann


async def told(tx: Tx, chat: int) -> list[str]:
    """Return what waits for a chat, the newest last."""
    rows = await tx.scalars(select(outbox.c.payload).where(outbox.c.chat_id == chat).order_by(outbox.c.id))
    return [payload["text"] for payload in rows]


async def test_she_reads_who_looks_at_a_declined_case_again(sqlite_database: Database) -> None:
    """Another manager, by name; the admins are left in peace."""
    async with sqlite_database.write() as tx:
        await add_member(tx, OLGA, "Olga", Role.MANAGER, NOW)
        await add_member(tx, MAX, "Max", Role.MANAGER, NOW)
        case, ann = await declined(tx, OLGA)
        moved = await moves().make(tx, case, ann, Move.REOPEN, HERSELF, now=NOW)
        assert isinstance(moved, Case)
        assert moved.owner_id == MAX
        reopened = (await told(tx, ANN))[-1]
        assert await told(tx, OLGA) == []
    assert reopened == f"Case No {case.id} is open again. Max, who has not decided on it before, will look at it."


async def test_declined_case_that_closed_by_itself_is_looked_at_by_another_too(sqlite_database: Database) -> None:
    """The promise under the closing holds for as long as she can come back."""
    async with sqlite_database.write() as tx:
        await add_member(tx, OLGA, "Olga", Role.MANAGER, NOW)
        await add_member(tx, MAX, "Max", Role.MANAGER, NOW)
        case, ann = await declined(tx, OLGA)
        over = NOW + COMPANY.cases.settle
        closed = await moves().make(tx, case, ann, Move.EXPIRE, THE_CLOCK, now=over)
        assert isinstance(closed, Case)
        assert "another person will look at it" in (await told(tx, ANN))[-1]
        moved = await moves().make(tx, closed, ann, Move.REOPEN, HERSELF, now=over)
        assert isinstance(moved, Case)
        assert moved.owner_id == MAX
        assert "Max, who has not decided on it before" in (await told(tx, ANN))[-1]


async def test_admins_hear_when_there_is_nobody_else_to_look(sqlite_database: Database) -> None:
    """She is not promised a person whom there is not; each admin who can be reached reads it in her language."""
    async with sqlite_database.write() as tx:
        await add_member(tx, OLGA, "Olga", Role.AGENT, NOW)
        await add_member(tx, ADA, "Ada", Role.ADMIN, NOW, language="fi")
        case, ann = await declined(tx, ADA)
        moved = await moves().make(tx, case, ann, Move.REOPEN, HERSELF, now=NOW)
        assert isinstance(moved, Case)
        assert (await told(tx, ANN))[-1] == f"Case No {case.id} is open again. We will be back to you soon."
        (to_ada,) = await told(tx, ADA)
        assert await told(tx, OLGA) == []
    assert to_ada.startswith(f"Nro {case.id} hylättiin")


async def test_admin_who_cannot_be_reached_is_not_written_to(sqlite_database: Database) -> None:
    """No row waits for somebody who never started the bot."""
    async with sqlite_database.write() as tx:
        await add_member(tx, ADA, "Ada", Role.ADMIN, NOW)
        await set_reachable(tx, ADA, False)
        case, ann = await declined(tx, ADA)
        await moves().make(tx, case, ann, Move.REOPEN, HERSELF, now=NOW)
        assert await told(tx, ADA) == []


async def test_staff_who_reopen_a_declined_case_ask_for_nobody_else(sqlite_database: Database) -> None:
    """The case stays where it was: it is their own decision to look again."""
    async with sqlite_database.write() as tx:
        await add_member(tx, ADA, "Ada", Role.ADMIN, NOW)
        await add_member(tx, IDA, "Ida", Role.MANAGER, NOW)
        case, ann = await declined(tx, IDA)
        moved = await moves().make(tx, case, ann, Move.REOPEN, Mover(Actor.MANAGER, IDA), now=NOW)
        assert isinstance(moved, Case)
        assert moved.owner_id == case.owner_id
        assert await told(tx, ADA) == []


async def test_customer_without_a_chat_is_told_nothing_and_the_move_is_made(sqlite_database: Database) -> None:
    """A case that was written down for somebody who never met the bot lives the same life."""
    async with sqlite_database.write() as tx:
        case, ann = await declined(tx, ADA)
        moved = await moves().make(
            tx, case, replace(ann, chat_id=None), Move.REOPEN, Mover(Actor.AGENT, OLGA, "Olga"), now=NOW
        )
        assert isinstance(moved, Case)
        assert len(await told(tx, ANN)) == 1


async def test_long_words_of_a_decision_come_before_its_sentence(sqlite_database: Database) -> None:
    """Together they would be too long for Telegram, and she would hear nothing; the buttons stand with our own."""
    async with sqlite_database.write() as tx:
        await meet(tx, {ANN: Sender(ANN, "Ann", language="en")}, NOW)
        ann = (await customers_by_chat(tx, [ANN]))[ANN]
        case = await open_case_for(tx, COMPANY, ann.id, OpenCase(CaseKind.COMPLAINT, "delivery"), NOW)
        by, reason = Mover(Actor.AGENT, OLGA), "a < b " * 680
        await moves().make(tx, case, ann, Move.DECLINE, by, now=NOW, particulars=Particulars(text=reason))
        rows = list(await tx.scalars(select(outbox.c.payload).where(outbox.c.chat_id == ANN).order_by(outbox.c.id)))
        assert [row["text"][:5] for row in rows] == ["a < b", "Case "]
        assert "html" not in rows[0]
        assert "keyboard" in rows[1]
