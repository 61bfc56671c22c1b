"""Referrals that come true: both thanked once, whatever holds one of them back; who was no new customer counts not."""

from __future__ import annotations

import asyncio
import datetime as dt

from sqlalchemy import select, update

from domain.company import Company
from domain.loyalty import Loyalty
from domain.points import PointsRules
from domain.programmes import Programme
from domain.purchases import Purchase
from domain.referrals import Counts, Referral, ReferralRules, ReferralState, Refusal, Thanks
from scheduler.referrals import Referrals
from store.customers import add_customers
from store.database import Database
from store.memberships import CHOSEN, join
from store.points import balance_of
from store.purchases import add_purchases
from store.referrals import begin_referral, referral_of
from store.tables import customers, outbox, referrals
from templates.words import SHIPPED, Words

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
COMPANY = Company(languages=("en", "fi"), timezone="UTC")
WORDS = Words.load([SHIPPED], COMPANY.languages)
CLUB = Programme("club", published=True, title={"en": "Club"}, points=PointsRules())
RULES = ReferralRules(on=True, per_year=2, thanks=Thanks(100, "club"), welcome=Thanks(20, "club"))


def job(database: Database, rules: ReferralRules = RULES) -> Referrals:
    return Referrals(database, COMPANY, WORDS, Loyalty(programmes=(CLUB,), referrals=rules))


async def put(database: Database, *referred: int, **values: object) -> None:
    """1 refers each of *referred*, a day ago; all are members, and those have bought today."""
    began = NOW - DAY
    usual = {"reach": "reachable", "met_at": began, "created_at": began, "timezone": "UTC"}
    async with database.write() as tx:
        await add_customers(tx, [{"id": each, "chat_id": 1000 + each, **usual, **values} for each in (1, *referred)])
        for each in (1, *referred):
            await join(tx, each, "programme:club", began, "chat")
        for each in referred:
            await begin_referral(tx, Referral(each, 1, began, ReferralState.STARTED))
            await add_purchases(tx, [(each, Purchase(f"r{each}", NOW, 500, "EUR", product="bread"))])


async def told(database: Database) -> list[tuple[int | None, str, dt.datetime]]:
    async with database.read() as tx:
        rows = (await tx.execute(select(outbox).order_by(outbox.c.customer_id, outbox.c.ref))).all()
    return [(row.customer_id, row.ref, row.not_before) for row in rows]


async def refusal(database: Database, who: int) -> str:
    async with database.read() as tx:
        found = await referral_of(tx, who)
    assert found is not None
    return found.reason


async def test_two_processes_thank_each_of_both_once(database: Database) -> None:
    """Counted and thanked side by side, and again an hour later: one message and the points once for each."""
    await put(database, 2)
    await asyncio.gather(job(database).tick(NOW), job(database).tick(NOW))
    await job(database).tick(NOW + dt.timedelta(hours=1))
    assert [each[:2] for each in await told(database)] == [(1, "referral:2:thanks"), (2, "referral:2:came")]
    async with database.read() as tx:
        assert [(await balance_of(tx, who, "club", NOW)).usable for who in (1, 2)] == [100, 20]


async def test_who_waits_for_the_morning_does_not_keep_the_other_from_thanks(database: Database) -> None:
    """Each is told when her own night is over; nobody is told twice, and a restart loses nothing."""
    await put(database, 2)
    async with database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(timezone="Pacific/Auckland"))
    await job(database).tick(NOW)
    await job(database).tick(NOW)
    (referrer, _, later), (referred, _, at_once) = await told(database)
    assert (referrer, referred, at_once, later > NOW) == (1, 2, NOW, True)


async def test_who_turns_out_to_be_no_new_customer_does_not_count(database: Database) -> None:
    """She bought before the link, has the referrer's telephone, or has brought the referrer: seen when it counts."""
    await put(database, 2, 3, 4, 5)
    async with database.write() as tx:
        await add_purchases(tx, [(2, Purchase("old", NOW - 30 * DAY, 500, "EUR", product="bread"))])
        await tx.execute(update(customers).where(customers.c.id.in_([1, 3])).values(phone="+358401"))
        await begin_referral(tx, Referral(1, 4, NOW - 2 * DAY, ReferralState.THANKED))
        await tx.execute(update(referrals).where(referrals.c.referred_id == 5).values(customer_id=5))
    await job(database).tick(NOW)
    found = [await refusal(database, who) for who in (2, 3, 4, 5)]
    assert found == [each.value for each in (Refusal.KNOWN, Refusal.SAME_PERSON, Refusal.RING, Refusal.SELF)]
    assert await told(database) == []


async def test_no_more_count_than_the_year_allows(database: Database) -> None:
    """Three at once where two may: the third is refused, by whichever process."""
    await put(database, 2, 3, 4)
    await asyncio.gather(job(database).tick(NOW), job(database).tick(NOW))
    assert [await refusal(database, who) for who in (2, 3, 4)] == ["", "", Refusal.TOO_MANY.value]


async def test_being_chosen_by_a_silent_programme_is_no_joining(database: Database) -> None:
    """Nobody joined anything: it does not count, and nobody hears of it; nor what she joined before the link."""
    await put(database, 2)
    async with database.write() as tx:
        await tx.execute(update(referrals).values(at=NOW - dt.timedelta(hours=2)))
        await join(tx, 2, "programme:hush", NOW, CHOSEN)
    rules = ReferralRules(on=True, counts=Counts.JOINING, thanks=Thanks(100, "club"))
    await job(database, rules).tick(NOW)
    assert await told(database) == []
    async with database.write() as tx:
        await join(tx, 2, "club:wine", NOW, "chat")
    await job(database, rules).tick(NOW)
    assert [each[0] for each in await told(database)] == [1]
