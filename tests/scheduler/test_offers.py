"""Offers as due work: batches that end the same after any death, and an offer after a purchase, once and in time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from bot.campaign_files import load_campaigns
from dialogues import offers_kept
from dialogues.offers_kept import offers_now
from domain.customers import Consent, Purpose
from domain.faults import FaultList
from domain.loyalty import Loyalty
from domain.offers import Basis, Offer, OfferKind, OfferRules, TillRules
from domain.purchases import Purchase
from scheduler.offer_sending import AGAIN, OfferSending
from scheduler.offers import Offers
from scheduler.till_offers import FRESH, TillOffers
from store.consents import give_consents
from store.database import Tx
from store.offers import batch_at_work, each_offer, keep_offers, kept_favourites, last_new, next_unsent, offers_of
from store.purchases import add_purchases
from store.settings import put_setting
from store.tables import coupons, customers, holds, offers, outbox
from tests.scheduler.stage import LANGUAGES, START, Killed, Stage

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
PRODUCTS = ("ale", "bun", "cod", "dip", "egg", "fig", "gum", "ham", "ice")


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A started process over an empty store, on each database in turn."""
    made = Stage(database_url, tmp_path)
    made.start()
    await made.put_customers(8)
    yield made
    await made.close()


def loyalty(**rules: object) -> Loyalty:
    """The shipped campaigns with those rules of offers."""
    faults = FaultList()
    made = Loyalty(campaigns=load_campaigns(None, LANGUAGES, "EUR", faults), offers=OfferRules(**rules))  # type: ignore[arg-type] # keywords
    faults.raise_if_any()
    return made


async def buy(tx: Tx, who: int, receipt: str, at: dt.datetime, products: str) -> None:
    lines = [
        Purchase(receipt, at, 500, "EUR", each, each.title(), "food", Decimal(1), "main") for each in products.split()
    ]
    await add_purchases(tx, [(who, line) for line in lines])


async def history(stage: Stage) -> None:
    """Everybody buys some of nine products on two days; the first two the same."""
    async with stage.database.write() as tx:
        for who in range(1, 8):
            first = 0 if who < 3 else who - 2
            hers = " ".join(PRODUCTS[(first + step) % 9] for step in range(5))
            for ago in (20, 3):
                await buy(tx, who, f"r{who}-{ago}", START - ago * DAY, hers)


async def whole_batch(stage: Stage, offering: Loyalty, *, fuse: int | None = None) -> None:
    """Tick until the batch is done; a process that dies is followed by the next."""
    job = Offers(stage.database, stage.company, offering)
    stage.database.fuse = fuse
    for _ in range(50):
        try:
            await job.tick(START)
        except Killed:
            await stage.restart()
            job = Offers(stage.database, stage.company, offering)
        async with stage.database.read() as tx:
            batch = await batch_at_work(tx)
        if batch is not None and batch.is_done:
            return
    raise AssertionError("the batch does not end")


async def test_a_batch_is_chosen_for_everybody_and_the_same_after_any_death(stage: Stage) -> None:
    """Six different each, twins the same; killed at each boundary of a transaction in turn it ends in the same."""
    await history(stage)
    await whole_batch(stage, loyalty())
    async with stage.database.read() as tx:
        expected = await each_offer(tx, "2027-03", 0, 100)
        assert (await kept_favourites(tx)).sizes[""] == 7
    assert [who for who, *_ in expected] == list(range(1, 9))
    by_customer = {who: offers for who, _, _, offers in expected}
    assert all(len({each.product for each in offers}) == 6 for offers in by_customer.values())
    assert by_customer[1] == by_customer[2]
    assert {each.basis for each in by_customer[8]} == {Basis.POPULAR}
    for fuse in (2, 5):
        await _forget(stage)
        await whole_batch(stage, loyalty(), fuse=fuse)
        async with stage.database.read() as tx:
            assert await each_offer(tx, "2027-03", 0, 100) == expected


async def _forget(stage: Stage) -> None:
    async with stage.database.write() as tx:
        await tx.execute(delete(offers))
        await put_setting(tx, "offers.batch", None)


async def test_offers_asked_for_are_kept_until_the_next_batch(stage: Stage) -> None:
    """Chosen at once in a small shop, the same when asked again; the new ones are kept in mind; objectors get one."""
    await history(stage)
    rules = OfferRules()
    async with stage.database.write() as tx:
        batch, first = await offers_now(tx, 1, rules, stage.company, START)
        await buy(tx, 1, "more", START, "ice ham gum")
        assert (batch, first) == await offers_now(tx, 1, rules, stage.company, START + HOUR)
        new = frozenset(each.product for each in first if each.kind is OfferKind.NEW)
        assert await last_new(tx, [1], "2027-04") == {1: new}
        assert await last_new(tx, [1], batch) == {}
        _, personal = await offers_now(tx, 4, rules, stage.company, START)
        assert Basis.OFTEN in {each.basis for each in personal}
        for who in (3, 4):
            await give_consents(tx, [(who, Consent(Purpose.PROFILING, False, "1", "test", START))])
        assert await offers_of(tx, 4, batch) == ()
        _, third = await offers_now(tx, 3, rules, stage.company, START)
        _, fourth = await offers_now(tx, 4, rules, stage.company, START)
        assert third == fourth
        assert {each.basis for each in third} == {Basis.EVERYBODY}
        await tx.execute(update(customers).where(customers.c.id == 5).values(not_served_at=START))
        assert (await offers_now(tx, 5, rules, stage.company, START))[1] == ()


async def _objects(stage: Stage, who: int, minutes: int, *, given: bool = False) -> None:
    at = START + dt.timedelta(minutes=minutes)
    async with stage.database.write() as tx:
        await give_consents(tx, [(who, Consent(Purpose.PROFILING, given, "1", "test", at))])


async def test_who_takes_an_objection_back_has_her_own_again_in_a_large_shop_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What she uses, by her own purchases, and two that she never bought, by what the batch has kept of all."""
    monkeypatch.setattr(offers_kept, "LIVE_LINES", 0)
    await history(stage)
    await whole_batch(stage, loyalty())
    await _objects(stage, 1, 1)
    await _objects(stage, 1, 2, given=True)
    async with stage.database.write() as tx:
        batch, six = await offers_now(tx, 1, OfferRules(), stage.company, START + HOUR)
    assert batch == "2027-03"
    assert [each.kind for each in six] == [OfferKind.OFTEN] * 4 + [OfferKind.NEW] * 2
    bought = {PRODUCTS[step] for step in range(5)}
    assert {each.product for each in six[:4]} < bought
    assert not {each.product for each in six[4:]} & bought


async def test_objecting_and_taking_it_back_gives_no_second_offer_in_a_week(stage: Stage) -> None:
    """The first one's coupon counts, though what it rested on was deleted; nobody who objects is kept a six."""
    await history(stage)
    job = await _till(stage, loyalty())
    for place, who in enumerate((1, 1)):
        async with stage.database.write() as tx:
            await buy(tx, who, f"T-{place}", START, "ale ice")
        await job.tick(START)
        await _objects(stage, who, 2 * place + 1)
        await _objects(stage, who, 2 * place + 2, given=True)
    assert [who for who, _ in await _sent(stage)] == [1]
    async with stage.database.write() as tx:
        await keep_offers(tx, {2: [Offer(1, OfferKind.NEW, "ice", evidence={"basis": "popular"})]}, "2027-03", START)
        assert await next_unsent(tx, "2027-03", "six", 0, 9) == [2]
        await give_consents(tx, [(2, Consent(Purpose.PROFILING, False, "1", "test", START))])
        await keep_offers(tx, {2: [Offer(1, OfferKind.NEW, "ice", evidence={"basis": "popular"})]}, "2027-03", START)
        assert await next_unsent(tx, "2027-03", "six", 0, 9) == []


async def _till(stage: Stage, offering: Loyalty) -> TillOffers:
    job = TillOffers(stage.database, stage.company, stage.words, offering)
    await job.tick(START)
    return job


async def _sent(stage: Stage) -> list[tuple[int, str]]:
    async with stage.database.read() as tx:
        rows = await tx.execute(select(outbox.c.customer_id, outbox.c.ref).order_by(outbox.c.customer_id))
        return [(row[0], row[1]) for row in rows]


async def test_an_offer_follows_a_purchase_once_and_within_its_week(stage: Stage) -> None:
    """One message with a coupon from tomorrow on; not for the receipt again, nor for the next one of that week."""
    await history(stage)
    job = await _till(stage, loyalty())
    async with stage.database.write() as tx:
        await buy(tx, 1, "T-1", START, "ale ice")
        await buy(tx, 2, "T-2", START - FRESH - HOUR, "ale")  # came in too late
    await job.tick(START)
    await job.tick(START + dt.timedelta(seconds=1))
    again = TillOffers(stage.database, stage.company, stage.words, loyalty())
    await again.tick(START)
    assert [who for who, _ in await _sent(stage)] == [1]
    async with stage.database.read() as tx:
        given = (await tx.execute(select(coupons))).one()
    assert (given.kind, given.product) == ("till", "bun")
    assert given.valid_from == dt.datetime(2027, 3, 3, tzinfo=stage.company.zone)
    async with stage.database.write() as tx:
        await buy(tx, 1, "T-3", START + DAY, "cod")
    await job.tick(START + DAY)
    assert len(await _sent(stage)) == 1
    async with stage.database.write() as tx:
        await buy(tx, 1, "T-4", START + 8 * DAY, "cod")
    await job.tick(START + 8 * DAY)
    assert len(await _sent(stage)) == 2


async def test_nothing_is_offered_without_a_coupon_that_can_be_used(stage: Stage) -> None:
    """On the campaign's last day a coupon from tomorrow on would never be good."""
    await history(stage)
    offering = loyalty()
    offering.campaigns = tuple(dataclasses.replace(each, until=START.date()) for each in offering.campaigns)
    job = await _till(stage, offering)
    async with stage.database.write() as tx:
        await buy(tx, 1, "T-1", START, "ale ice")
    await job.tick(START)
    assert await _sent(stage) == []
    async with stage.database.read() as tx:
        assert (await tx.execute(select(coupons))).all() == []


async def test_no_offer_follows_for_who_did_not_agree_or_objects(stage: Stage) -> None:
    """Without consent to advertising a hold is kept, and no coupon given; an objection to profiling ends it before."""
    await history(stage)
    job = await _till(stage, loyalty())
    async with stage.database.write() as tx:
        await give_consents(
            tx,
            [
                (1, Consent(Purpose.MARKETING, False, "2", "test", START)),
                (2, Consent(Purpose.PROFILING, False, "1", "test", START)),
            ],
        )
        await buy(tx, 1, "T-1", START, "ice")
        await buy(tx, 2, "T-2", START, "ice")
    await job.tick(START)
    assert await _sent(stage) == []
    async with stage.database.read() as tx:
        assert (await tx.execute(select(coupons))).all() == []
        kept = (await tx.execute(select(holds.c.customer_id, holds.c.reason))).all()
    assert [tuple(row) for row in kept] == [(1, "no_consent")]


async def test_the_six_are_brought_once_where_the_file_says_so(stage: Stage) -> None:
    """After its hour, to who has not seen them herself; a second look, or another process, brings none again."""
    await history(stage)
    offering = loyalty(send=True, send_at=dt.time(9), till=TillRules(most=0))
    await whole_batch(stage, offering)
    async with stage.database.write() as tx:
        await give_consents(tx, [(2, Consent(Purpose.MARKETING, False, "2", "test", START))])
        assert await next_unsent(tx, "2027-03", "six", 0, 100) == list(range(1, 9))
    for _ in range(2):
        await OfferSending(stage.database, stage.company, stage.words, offering).tick(START)
    assert [who for who, _ in await _sent(stage)] == [1, 3, 4, 5, 6, 7, 8]
    async with stage.database.read() as tx:
        assert len((await tx.execute(select(coupons).where(coupons.c.customer_id == 1))).all()) == 6
        assert await next_unsent(tx, "2027-03", "six", 0, 100) == [2]
        assert len(await offers_of(tx, 2, "2027-03")) == 6
    morning = dt.datetime.combine(START.astimezone(stage.company.zone).date(), dt.time(9), stage.company.zone)
    job = OfferSending(stage.database, stage.company, stage.words, offering)
    for at, following in (
        (START, START + AGAIN),
        (morning + dt.timedelta(hours=20), morning + dt.timedelta(hours=24)),
        (morning + dt.timedelta(hours=24), morning + dt.timedelta(hours=25)),
    ):
        await job.tick(at)
        async with stage.database.read() as tx:
            assert await job.next_due(tx, at) == following  # never a moment that is over: there is nothing to do then
    twice = OfferSending(stage.database, stage.company, stage.words, loyalty(send=True, send_at=dt.time(3, 45)))
    zone, autumn = stage.company.zone, dt.datetime(2027, 10, 31, 3, 15, tzinfo=dt.UTC)
    at = autumn.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)  # an hour goes by again there
    await twice.tick(at)
    async with stage.database.read() as tx:
        assert await twice.next_due(tx, at) == at + dt.timedelta(minutes=30)
