"""Requirement T4: each kind of fact is kept as long as the config says; words go in parts, and the sums stay."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from sqlalchemy import func, insert, select, update

from bot.config import Retention
from bot.retention import RetentionJob
from domain.durations import Duration, Unit
from store import retention
from store.database import Database
from store.tables import (
    answers,
    cases,
    contacts,
    facts,
    import_changes,
    imports,
    moves,
    purchases,
    runs,
    stale_customers,
)
from tests.store.merging_rows import KEPT, NOW, fill

LATER = NOW + dt.timedelta(days=1000)
YEAR = Duration(1, Unit.YEARS)


async def test_words_go_part_by_part_and_nothing_young_is_passed_over(database: Database) -> None:
    """What took place stays counted; a case that is open keeps its words; a second time changes nothing."""
    async with database.write() as tx:
        await fill(tx)
        count = await tx.scalar(select(func.count()).select_from(contacts))
        ids = list(await tx.scalars(select(contacts.c.id).order_by(contacts.c.id)))
        await tx.execute(update(contacts).values(text="words", at=NOW, case_id=None))
        await tx.execute(update(contacts).where(contacts.c.id == ids[1]).values(at=LATER))
        case = await tx.scalar(select(cases.c.id).limit(1))
        await tx.execute(update(cases).values(state="open"))
        await tx.execute(update(contacts).where(contacts.c.id == ids[2]).values(case_id=case))
    for _ in range(3):
        async with database.write() as tx:
            await retention.purge_words(tx, NOW + dt.timedelta(days=1), limit=3)
    async with database.read() as tx:
        rows = (await tx.execute(select(contacts.c.id, contacts.c.text).order_by(contacts.c.id))).all()
        assert len(rows) == count
        assert [row.text for row in rows[:3]] == ["", "words", "words"]
    async with database.write() as tx:  # the young one has become old
        await retention.purge_words(tx, LATER + dt.timedelta(days=1), limit=100)
    async with database.read() as tx:
        left = list(await tx.scalars(select(contacts.c.id).where(contacts.c.text != "")))
        assert left == [ids[2]]


async def test_each_kind_goes_after_its_time_and_scores_stay(database: Database) -> None:
    """Verbatims, facts by a pattern of their names, moves, purchases and what imports changed."""
    async with database.write() as tx:
        await fill(tx)
        run = KEPT * 10
        said = {"run_id": run, "version": 1, "at": NOW, "skipped": False, "closed": True, "reopened": False}
        rows = [("score", 9, ""), ("why", "too dear", "too dear"), ("where", "shop", "in the shop")]
        for place, (question, value, text) in enumerate(rows):
            await tx.execute(insert(answers).values(id=place + 1, question=question, value=value, text=text, **said))
        await tx.execute(update(facts).values(name="shoe_size", at=NOW, current=False))
        await tx.execute(update(facts).where(facts.c.customer_id == KEPT).values(name="town"))
        await tx.execute(
            insert(imports).values(kind="customers", source="a", state="done", started_at=NOW, ended_at=NOW)
        )
        await tx.execute(update(import_changes).values(import_id=1))
        await tx.execute(update(moves).values(day=NOW.date()))
        await tx.execute(update(purchases).values(at=NOW))
        await tx.execute(stale_customers.delete())
        await tx.execute(update(cases).values(state="closed"))
        await tx.execute(update(runs).values(state="done"))
    kept = Retention(
        holds=None,
        audit=None,
        answers=YEAR,
        moves=YEAR,
        purchases=YEAR,
        imports=YEAR,
        facts={"shoe_*": YEAR},
    )
    job = RetentionJob(database, kept, zoneinfo.ZoneInfo("Europe/Helsinki"))
    await job.tick(NOW + dt.timedelta(days=300))
    async with database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(purchases))
    await job.tick(NOW + dt.timedelta(days=400))
    async with database.read() as tx:
        found = (await tx.execute(select(answers.c.value, answers.c.text).order_by(answers.c.id))).all()
        assert [tuple(row) for row in found] == [(9, ""), (None, ""), ("shop", "")]
        assert set(await tx.scalars(select(facts.c.name))) == {"town"}
        for table in (moves, purchases, import_changes):
            assert await tx.scalar(select(func.count()).select_from(table)) == 0, table.name
        assert KEPT in set(await tx.scalars(select(stale_customers.c.customer_id)))
