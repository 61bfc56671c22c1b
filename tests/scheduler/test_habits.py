"""What is remembered of habits changes nothing: a process that lives on finds what one that begins anew would find."""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo

from sqlalchemy import delete, insert, update

from domain.signals import Signal
from scheduler.habits import Habits
from store.database import Database
from store.ids import new_id
from store.stale import mark_stale
from store.tables import imports, merges, purchases
from tests.scheduler.verbatims import START
from tests.store.sending_rows import put_customers

ZONE = zoneinfo.ZoneInfo("Europe/Helsinki")
DAY = dt.timedelta(days=1)
SETTLED = dt.timedelta(0)
"""No line is made before another and comes after it."""
CUSTOMERS = range(1, 31)


async def looked(database: Database, habits: Habits, now: dt.datetime) -> list[Signal]:
    """Look at everybody in two ranges, as the job does."""
    found: list[Signal] = []
    for after, upto in ((0, 12), (12, None)):
        async with database.read() as tx:
            signals, chunk = await habits.silences(tx, after, upto, now)
        habits.keep(after, chunk)
        found += signals
    habits.end_round()
    return found


async def happen(database: Database, rng: random.Random, now: dt.datetime) -> None:
    """Let some buy, some lines be taken back by whoever brought them, and some move to another customer."""
    line, busy = purchases.c, rng.choice([0, 1, 1])
    async with database.write() as tx:
        for who in CUSTOMERS:
            if rng.random() < busy / (1 + who % 5):
                at = now - dt.timedelta(hours=rng.randrange(20)) + rng.choice([0, 0, 0, 2]) * DAY
                row = {"id": new_id(), "customer_id": who, "receipt": f"{who}.{at}", "at": at, "currency": "EUR"}
                await tx.execute(insert(purchases).values(**row, amount_minor=rng.choice([500, 500, -500])))
        if rng.random() < 0.4:
            await tx.execute(
                delete(purchases).where(line.customer_id == rng.choice(CUSTOMERS), line.at > now - 9 * DAY)
            )
            await tx.execute(insert(imports).values(kind="purchases", source="till", state="undone", started_at=now))
        if rng.random() < 0.4:
            one, other = rng.sample(CUSTOMERS, 2)
            await tx.execute(insert(merges).values(kept_id=other, gone_id=one, at=now, detail={}))
            await tx.execute(update(purchases).where(line.customer_id == one).values(customer_id=other))


async def test_process_that_remembers_finds_what_one_that_begins_anew_finds(database: Database) -> None:
    """Over two months of buying, returns, taking back and moving, each day; and each silence once."""
    rng, living = random.Random(5), Habits(ZONE, SETTLED)
    async with database.write() as tx:
        await put_customers(tx, list(CUSTOMERS))
    told: dict[tuple[int, str], Signal] = {}
    for day in range(60):
        now = START + day * DAY
        if day < 40:
            await happen(database, rng, now)
        anew = {(each.customer_id, each.ref): each for each in await looked(database, Habits(ZONE, SETTLED), now)}
        came = {(each.customer_id, each.ref): each for each in await looked(database, living, now)}
        assert all(anew[key] == each for key, each in came.items())
        told |= {key: each for key, each in came.items() if key not in told}
        assert anew.keys() <= told.keys()
    assert len(told) > 20


async def test_silence_is_found_on_its_day_and_once_by_a_process_that_lives_on(sqlite_database: Database) -> None:
    """Bought every ten days: on the eleventh day without, and not again."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1])
        for n in range(6):
            row = {"id": new_id(), "customer_id": 1, "receipt": f"r{n}", "at": START - n * 10 * DAY, "currency": "EUR"}
            await tx.execute(insert(purchases).values(**row, amount_minor=100))
    habits = Habits(ZONE, SETTLED)
    found = [await looked(sqlite_database, habits, START + day * DAY) for day in range(1, 15)]
    assert [len(each) for each in found] == [0] * 10 + [1] + [0] * 3


async def test_lines_that_were_corrected_at_the_same_moments_are_looked_at(database: Database) -> None:
    """A file whose returns were purchases: undone and brought in anew, as many lines at the same times as before."""
    habits, line = Habits(ZONE, SETTLED), purchases.c

    async def bring(amount: int) -> None:
        async with database.write() as tx:
            gone = await tx.execute(delete(purchases).where(line.customer_id == 1))
            if gone.rowcount:
                await mark_stale(tx, [1], START)
            for n in range(6):
                row = {"id": new_id(), "customer_id": 1, "receipt": f"r{n}", "at": START - n * 10 * DAY}
                await tx.execute(insert(purchases).values(**row, currency="EUR", amount_minor=amount))

    async with database.write() as tx:
        await put_customers(tx, [1])
    await bring(-100)
    assert await looked(database, habits, START + 5 * DAY) == []
    await bring(100)
    assert len(await looked(database, habits, START + 11 * DAY)) == 1


async def test_line_that_was_made_before_the_newest_and_came_after_it_is_looked_at(sqlite_database: Database) -> None:
    """A long import commits after a till's purchase whose id is greater; nothing else comes in for days."""
    earlier = [new_id() for _ in range(6)]
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1, 2])
        till = {
            "id": new_id(),
            "customer_id": 2,
            "receipt": "till",
            "at": START,
            "currency": "EUR",
            "amount_minor": 100,
        }
        await tx.execute(insert(purchases).values(**till))
    habits = Habits(ZONE, dt.timedelta(minutes=10))
    assert await looked(sqlite_database, habits, START + DAY) == []
    async with sqlite_database.write() as tx:
        for n, number in enumerate(earlier):
            row = {"id": number, "customer_id": 1, "receipt": f"r{n}", "at": START - n * 10 * DAY, "currency": "EUR"}
            await tx.execute(insert(purchases).values(**row, amount_minor=100))
    assert len(await looked(sqlite_database, habits, START + 11 * DAY)) == 1
