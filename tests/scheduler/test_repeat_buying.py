"""Repeat buying in the night's work: learnt from the store, kept, and learnt anew when that is due."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from domain.customers import Consent, Purpose
from domain.purchases import Purchase
from insight.histories import day_number
from insight.repeat_buying_kept import Method
from scheduler.repeat_buying import kept, purchase_days_of_all, repeat_buying
from store.baskets import purchase_moments
from store.consents import give_consents
from store.customers import add_customers
from store.database import Database
from store.pictures import put_pictures
from store.purchases import add_purchases

ZONE = ZoneInfo("Europe/Helsinki")
AT = dt.datetime(2027, 3, 1, 3, tzinfo=ZONE)
WEEKS = 104


def shopping(rng: random.Random) -> list[dt.date]:
    """Draw the purchase days of one customer of BG/NBD, who first came in the first half of the time."""
    day = rng.uniform(0, WEEKS / 2)
    rate, leaves = rng.gammavariate(0.8, 1 / 6), rng.betavariate(0.8, 2.5)
    days = [day]
    while rng.random() >= leaves or len(days) == 1:
        day += rng.expovariate(max(rate, 1e-9))
        if day >= WEEKS:
            break
        days.append(day)
    first = AT.date() - dt.timedelta(weeks=WEEKS)
    return sorted({first + dt.timedelta(days=int(each * 7)) for each in days})


async def fill(database: Database, n: int, *, first: int = 1) -> dict[int, list[dt.date]]:
    """Store *n* customers with their purchases and pictures, and one who never bought."""
    rng = random.Random(6)
    days = {number: shopping(rng) for number in range(first, first + n)}
    noon = dt.time(12, tzinfo=ZONE)
    rows = [
        (whose, Purchase(f"R{whose}-{day}", dt.datetime.combine(day, noon), 100, "EUR", "p", "P", "g", Decimal(1)))
        for whose, all_days in days.items()
        for day in all_days
    ]
    async with database.write() as tx:
        await add_customers(tx, [{"id": each, "name": "", "created_at": AT} for each in (*days, first + n)])
        await add_purchases(tx, rows)
        await put_pictures(
            tx,
            {
                "customer_id": [*days, first + n],
                "day": [AT.date()] * (n + 1),
                "first_on": [*(each[0] for each in days.values()), None],
                "last_on": [*(each[-1] for each in days.values()), None],
                "purchase_days": [*(len(each) for each in days.values()), 0],
            },
        )
    return days


async def test_learnt_from_the_store_and_kept(database: Database) -> None:
    """The model that made the purchases is found, holds in the back-test, and stays as it was kept."""
    days = await fill(database, 600)
    steps: list[tuple[int, int]] = []
    told = await repeat_buying(database, AT, progress=lambda done, total: steps.append((done, total)))
    assert told.method is Method.MODEL, told.refusal
    assert told.test is not None
    assert told.split == AT.date() - dt.timedelta(days=1 + 34 * 7)
    after = sum(told.split < day < AT.date() for all_days in days.values() for day in all_days
                if all_days[0] <= told.split)  # fmt: skip
    assert told.test.happened == after
    assert steps[-1] == (told.test.n, told.test.n)
    async with database.read() as tx:
        assert await kept(tx) == told
    assert await repeat_buying(database, AT + dt.timedelta(days=29)) == told
    later = await repeat_buying(database, AT + dt.timedelta(days=30))
    assert later.day == AT.date() + dt.timedelta(days=30)
    again = await repeat_buying(database, AT + dt.timedelta(days=31), anew=True)
    assert again.day == AT.date() + dt.timedelta(days=31)


async def test_what_is_said_follows_days_without_purchases(sqlite_database: Database) -> None:
    """Who was frequent and has been silent for long is less likely alive than who came lately."""
    await fill(sqlite_database, 400)
    told = await repeat_buying(sqlite_database, AT)
    start = day_number(AT.date()) - 700
    estimates = told.estimates([start, start, start], [start + 680, start + 300, start], [20, 20, 1], AT.date())
    assert estimates.alive[0] > 0.5 > estimates.alive[1]
    assert np.isnan(estimates.alive[2])
    assert estimates.expected[0] > estimates.expected[1]


async def test_who_objects_to_profiling_teaches_nothing(database: Database) -> None:
    """A no that stands takes her out; a yes, silence, or a no to something else does not."""
    await fill(database, 5)
    said = ((1, Purpose.PROFILING, False), (2, Purpose.PROFILING, True), (3, Purpose.MARKETING, False))
    async with database.write() as tx:
        await give_consents(tx, [(whose, Consent(purpose, given, "1", "test", AT)) for whose, purpose, given in said])
    assert (await purchase_days_of_all(database)).customers.tolist() == [2, 3, 4, 5]


async def test_moments_leave_out_returns_and_what_is_later(database: Database) -> None:
    """A moment is one, however many lines it has."""
    line = Purchase("R1", AT, 100, "EUR", "p", "P", "g", Decimal(1))
    hour = dt.timedelta(hours=1)
    rows = [
        (2, line),
        (2, line),
        (1, line),
        (2, Purchase("R2", AT + hour, -100, "EUR")),
        (2, Purchase("R3", AT + 2 * hour, 1, "EUR")),
    ]
    async with database.write() as tx:
        await add_customers(tx, [{"id": each, "name": "", "created_at": AT} for each in (1, 2)])
        await add_purchases(tx, rows)
        told = await purchase_moments(tx, [1, 2, 9], AT + 2 * hour)
    assert told == ([1, 2], ["2027-03-01 01:00:00.000000"] * 2)


async def test_an_empty_store_says_that_it_is_too_short(sqlite_database: Database) -> None:
    """Nobody speaks, and the reason is kept."""
    told = await repeat_buying(sqlite_database, AT)
    assert (told.method, told.n) == (Method.NONE, 0)
    assert told.refusal is not None
    assert "26 weeks" in told.refusal.sentence


@pytest.mark.parametrize(("before", "now", "anew"), [(100, 190, False), (100, 260, True)])
async def test_learnt_before_a_month_is_over_where_many_came(
    sqlite_database: Database, before: int, now: int, anew: bool
) -> None:
    """After a large import it does not wait for the month."""
    await fill(sqlite_database, before)
    first = await repeat_buying(sqlite_database, AT)
    everybody = await purchase_days_of_all(sqlite_database)
    more = type(everybody)(
        np.arange(now), np.resize(everybody.first, now), np.resize(everybody.last, now), np.resize(everybody.days, now)
    )
    told = await repeat_buying(sqlite_database, AT + dt.timedelta(days=1), everybody=more)
    assert (told.day != first.day) is anew
