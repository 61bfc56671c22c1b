"""Points of purchases: each receipt gives what the formula says, whatever order its lines come in, and once only."""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select

from domain.company import Company
from domain.durations import Duration, Unit
from domain.loyalty import Loyalty
from domain.points import Base, PointsRules, Rounding
from domain.points_account import Balance, EntryKind
from domain.programmes import Programme
from domain.purchases import Purchase
from scheduler.points import Points
from store.customers import add_customers
from store.database import Database
from store.memberships import join
from store.points import balance_of, earn, reverse, spend, statement
from store.points_formulas import formulas
from store.points_purchases import reckoned
from store.purchases import add_purchases
from store.stale import mark_stale
from store.tables import customers, holds, outbox, points_due, points_lots, purchases
from templates.words import SHIPPED, Words

ZONE = zoneinfo.ZoneInfo("Europe/Helsinki")
NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
RULES = PointsRules(
    times=(("coffee", 2),),
    pending=Duration(14, Unit.DAYS),
    lifetime=Duration(2, Unit.MONTHS),
    warn_before=Duration(20, Unit.DAYS),
)
COMPANY = Company(languages=("en", "fi", "cs"))


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.load([SHIPPED], COMPANY.languages, zone=COMPANY.timezone)


def _loyalty(rules: PointsRules) -> Loyalty:
    return Loyalty(programmes=(Programme("plus", published=True, title={"en": "Plus"}, points=rules),))


async def _members(database: Database, *names: str, since: dt.datetime = NOW - DAY) -> list[int]:
    async with database.write() as tx:
        rows = [
            {"name": name, "created_at": since, "chat_id": 100 + place, "reach": "reachable", "language": "en"}
            for place, name in enumerate(names)
        ]
        await add_customers(tx, rows)
        ids = sorted(await tx.scalars(select(customers.c.id)))
        for each in ids:
            await join(tx, each, "programme:plus", since, "chat")
    return ids


async def _buy(database: Database, who: int, *lines: Purchase) -> None:
    async with database.write() as tx:
        await add_purchases(tx, [(who, line) for line in lines])


def _line(receipt: str, amount: int, at: dt.datetime = NOW, group: str = "", product: str = "") -> Purchase:
    return Purchase(receipt, at, amount, "EUR", product, group=group, store="main")


async def _tick(job: Points, now: dt.datetime) -> None:
    await job.prepare(now)
    await job.tick(now)


async def test_lines_that_come_in_pieces_give_the_points_of_the_whole_receipt(database: Database, words: Words) -> None:
    """Half euros of two reports come together; a report that is repeated and another tick change nothing."""
    ann, bea = await _members(database, "Ann", "Bea")
    job = Points(database, COMPANY, words, _loyalty(RULES))
    await _buy(database, ann, _line("77", 450, group="coffee"), _line("1", 9900, NOW - 2 * DAY))
    await _tick(job, NOW)
    await _buy(database, ann, _line("77", 790))
    await _buy(database, bea, _line("77", 500))
    for _ in range(2):
        await _tick(job, NOW)
    async with database.read() as tx:
        hers = await balance_of(tx, ann, "plus", NOW)
        assert (hers.usable, hers.pending) == (0, 12 + 4)
        assert (await balance_of(tx, bea, "plus", NOW + 14 * DAY)).usable == 5
        assert await tx.scalar(select(func.count()).select_from(points_lots)) == 2  # what was before joining gives none
        assert await job.next_due(tx, NOW) == dt.datetime(2027, 4, 12, 21, tzinfo=dt.UTC)


async def test_a_return_takes_back_what_its_purchase_gave_even_when_it_was_spent(
    database: Database, words: Words
) -> None:
    """Under a number of its own, too; what was spent is owed."""
    (ann,) = await _members(database, "Ann")
    job = Points(database, COMPANY, words, _loyalty(PointsRules(times=(("coffee", 2),))))
    await _buy(database, ann, _line("77", 450, group="coffee", product="beans"), _line("77", 790))
    await _tick(job, NOW)
    async with database.write() as tx:
        await spend(tx, ann, "plus", 10, now=NOW)
    await _buy(database, ann, _line("99", -450, NOW + DAY, "coffee", "beans"))
    await _tick(job, NOW + DAY)
    async with database.read() as tx:
        assert await balance_of(tx, ann, "plus", NOW + DAY) == Balance(owed=3)
        assert [each.points for each in await statement(tx, ann, "plus")] == [-9, -10, 16]


async def test_points_that_pay_what_she_owed_are_not_promised_to_be_used(database: Database, words: Words) -> None:
    """She is told how many of a purchase's points are left for her, and from when."""
    (ann,) = await _members(database, "Ann")
    rules = PointsRules(pending=Duration(14, Unit.DAYS), tell=True)
    job = Points(database, COMPANY, words, _loyalty(rules))
    async with database.write() as tx:
        await earn(tx, ann, "plus", 30, source="dialogue", ref="1", now=NOW)
        await spend(tx, ann, "plus", 30, now=NOW)
        await reverse(tx, ann, "plus", source="dialogue", ref="1", now=NOW)
    for receipt, amount in (("77", 2900), ("78", 1100), ("79", 100)):
        await _buy(database, ann, _line(receipt, amount))
        await _tick(job, NOW)
    async with database.read() as tx:
        sent = [row.payload["text"] for row in await tx.execute(select(outbox).order_by(outbox.c.id))]
    told = [text.partition("! ")[2].partition(". You")[0] for text in sent]
    assert told == [
        "It gives you <b>29</b> points in Plus, and all of them make up for points that you owed",
        "It gives you <b>11</b> points in Plus: 1 makes up for points that you owed, 10 can be used from 16 Mar",
        "It gives you <b>1</b> point in Plus, to be used from 16 Mar",
    ]


async def test_an_import_that_is_undone_takes_back_what_it_gave(database: Database, words: Words) -> None:
    """Receipts that are there no more are nobody's points."""
    (ann,) = await _members(database, "Ann")
    job = Points(database, COMPANY, words, _loyalty(PointsRules()))
    await _buy(database, ann, _line("77", 1240), _line("78", 300))
    await _tick(job, NOW)
    async with database.write() as tx:
        await tx.execute(delete(purchases).where(purchases.c.receipt == "77"))
        await mark_stale(tx, [ann], NOW)
    await _tick(job, NOW)
    async with database.read() as tx:
        assert await balance_of(tx, ann, "plus", NOW) == Balance(usable=3)
        assert await tx.scalar(select(func.count()).select_from(points_due)) == 0


async def test_a_changed_formula_counts_from_its_day(database: Database, words: Words) -> None:
    """A late line of an old receipt is reckoned as it was promised then."""
    (ann,) = await _members(database, "Ann")
    await _tick(Points(database, COMPANY, words, _loyalty(PointsRules())), NOW)
    await _buy(database, ann, _line("77", 1000, NOW))
    later = NOW + DAY
    job = Points(database, COMPANY, words, _loyalty(PointsRules(points=3)))
    await _tick(job, later)
    await _buy(database, ann, _line("77", 500, NOW), _line("78", 100, later))
    await _tick(job, later)
    async with database.read() as tx:
        assert (await balance_of(tx, ann, "plus", later)).usable == 15 + 3


async def test_members_of_a_programme_that_is_new_to_points_get_theirs(database: Database, words: Words) -> None:
    """From joining on, without buying anything more."""
    (ann,) = await _members(database, "Ann")
    await _buy(database, ann, _line("77", 1000, NOW))
    bare = Loyalty(programmes=(Programme("plus", published=True),))
    await _tick(Points(database, COMPANY, words, bare), NOW)
    await _tick(Points(database, COMPANY, words, _loyalty(PointsRules())), NOW)
    async with database.read() as tx:
        assert (await balance_of(tx, ann, "plus", NOW)).usable == 10


async def test_one_message_warns_of_all_that_goes_within_a_month_and_then_it_goes(
    database: Database, words: Words
) -> None:
    """Many lots, one message; who has been told is not told again, and what expires leaves an entry."""
    (ann,) = await _members(database, "Ann")
    job = Points(database, COMPANY, words, _loyalty(RULES))
    await _buy(database, ann, *(_line(str(n), 1000, NOW + n * DAY) for n in range(5)))
    await _tick(job, NOW + 5 * DAY)
    warned_at = dt.datetime(2027, 4, 13, 9, tzinfo=dt.UTC)
    for at in (warned_at - DAY, warned_at, warned_at + DAY, warned_at + 10 * DAY):
        await _tick(job, at)
    async with database.read() as tx:
        sent = (await tx.execute(select(outbox.c.kind, outbox.c.payload))).all()
        assert [kind for kind, _ in sent] == ["loyalty"]
    gone_at = dt.datetime(2027, 5, 2, 21, tzinfo=dt.UTC)
    await _tick(job, gone_at - dt.timedelta(seconds=1))
    async with database.read() as tx:
        assert (await balance_of(tx, ann, "plus", gone_at - dt.timedelta(seconds=1))).usable == 50
        assert await job.next_due(tx, gone_at) == gone_at
    await _tick(job, gone_at)
    await _tick(job, gone_at)
    async with database.read() as tx:
        newest = (await statement(tx, ann, "plus"))[0]
        assert (newest.kind, newest.points) == (EntryKind.EXPIRE, -10)
        assert (await balance_of(tx, ann, "plus", gone_at)).usable == 40


async def test_a_warning_waits_for_the_morning(database: Database, words: Words) -> None:
    """In quiet hours nothing goes out, the hold is kept once, and after them she is told."""
    (ann,) = await _members(database, "Ann")
    job = Points(database, COMPANY, words, _loyalty(RULES))
    await _buy(database, ann, _line("77", 1000))
    night = dt.datetime(2027, 4, 13, 1, tzinfo=dt.UTC)
    await _tick(job, night)
    await _tick(job, night + dt.timedelta(minutes=1))
    async with database.read() as tx:
        assert len((await tx.execute(select(holds.c.id))).all()) == 1
        morning = await job.next_due(tx, night)
        assert morning is not None
        assert morning > night
    await _tick(job, morning)
    async with database.read() as tx:
        assert len((await tx.execute(select(outbox.c.id))).all()) == 1


@pytest.mark.parametrize(("goes", "told_at"), [(37, 31), (20, 8)])
async def test_points_that_come_after_a_warning_and_go_early_are_warned_of(
    database: Database, words: Words, goes: int, told_at: int
) -> None:
    """A month after that warning; at once where they would be gone by then. Without it none goes."""
    (ann,) = await _members(database, "Ann")
    job = Points(database, COMPANY, words, _loyalty(RULES))
    await _buy(database, ann, _line("77", 1000))
    warned = dt.datetime(2027, 4, 13, 10, tzinfo=dt.UTC)
    await _tick(job, warned)
    async with database.write() as tx:
        came = warned + 7 * DAY
        await earn(tx, ann, "plus", 5, source="gift", ref="g", now=came, expires_at=warned + goes * DAY)
    for day in range(8, goes):
        await _tick(job, warned + day * DAY)
        async with database.read() as tx:
            sent = len((await tx.execute(select(outbox.c.id))).all())
        assert sent == (1 if day < told_at else 2)


async def test_purchases_of_the_day_of_joining_count_as_the_formula_says(database: Database, words: Words) -> None:
    """Also what she bought an hour before she joined, or what a till tells by its day; the day before is too early."""
    (ann,) = await _members(database, "Ann", since=NOW)
    midnight = dt.datetime(2027, 3, 1, 22, tzinfo=dt.UTC)
    await _buy(database, ann, _line("1", 100, midnight), _line("2", 1000, midnight - dt.timedelta(seconds=1)))
    await _tick(Points(database, COMPANY, words, _loyalty(PointsRules())), NOW)
    async with database.read() as tx:
        assert (await balance_of(tx, ann, "plus", NOW)).usable == 1


async def test_members_of_a_programme_without_points_are_not_looked_at_for_ever(
    database: Database, words: Words
) -> None:
    """What is due is done with, also where there is nothing to reckon."""
    await _members(database, "Ann")
    job = Points(database, COMPANY, words, Loyalty(programmes=(Programme("plus", published=True),)))
    await _tick(job, NOW)
    async with database.read() as tx:
        assert await job.next_due(tx, NOW) is None


@pytest.mark.parametrize("seed", range(3))
async def test_what_members_are_shown_is_the_printed_formula_to_the_point(
    database: Database, words: Words, seed: int
) -> None:
    """Of drawn receipts in pieces, with returns on their own numbers and others, each shown sum is what she has."""
    rng = random.Random(seed)
    rules = PointsRules(
        rng.choice((1, 5)),
        rng.choice((Decimal(1), Decimal("2.5"))),
        rng.choice(tuple(Base)),
        rng.choice(tuple(Rounding)),
        times=(("coffee", 2), ("tobacco", 0)),
    )
    (ann,) = await _members(database, "Ann")
    job = Points(database, COMPANY, words, _loyalty(rules))
    await job.prepare(NOW)
    groups = ("", "coffee", "tobacco", "bread")
    for day in range(12):
        lines = []
        for _ in range(rng.randrange(1, 5)):
            group = rng.choice(groups)
            amount = rng.randrange(1, 4000) * rng.choice((1, 1, 1, -1))
            lines.append(_line(str(rng.randrange(6)), amount, NOW + day * DAY, group, f"p-{group}"))
        await _buy(database, ann, *lines)
        await job.tick(NOW + day * DAY)
    async with database.read() as tx:
        shown = await reckoned(tx, ann, "plus", await formulas(tx), "EUR", limit=100)
        balance = await balance_of(tx, ann, "plus", NOW + 12 * DAY)
    assert shown
    assert all(each.given == each.earned.points for each in shown)
    assert sum(each.earned.points for each in shown) == balance.usable - balance.owed
