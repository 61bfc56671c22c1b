"""Retention: what is older than its time goes, and nothing else."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from sqlalchemy import select

from bot.config import Retention
from bot.retention import RetentionJob
from domain.durations import Duration, Unit
from domain.holds import Hold
from domain.offers import Offer, OfferKind
from store import retention
from store.audit import acts, note_act
from store.coupons import issue
from store.customers import add_customers
from store.database import Database
from store.holds import keep_holds
from store.offers import keep_offers
from store.picks import Product, open_pick
from store.tables import coupons, customers, holds, offers, picks
from tests.store.coupon_scene import new

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
ZONE = zoneinfo.ZoneInfo("Europe/Helsinki")


async def _fill(database: Database) -> None:
    async with database.write() as tx:
        await add_customers(tx, [{"name": "Ann", "created_at": NOW}])
        ann = await tx.scalar(select(customers.c.id))
        assert ann is not None
        for days in (800, 300, 1):
            at = NOW - dt.timedelta(days=days)
            await note_act(tx, 7, f"case.take.{days}", "case:1", at)
            await keep_holds(tx, [(ann, "survey", Hold.QUIET_HOURS, "")], at)


async def test_each_kind_is_kept_as_long_as_the_config_says(database: Database) -> None:
    """Holds for a year, the audit log for ever: only the oldest hold goes."""
    await _fill(database)
    await RetentionJob(database, Retention(Duration(1, Unit.YEARS), None), ZONE).tick(NOW)
    async with database.read() as tx:
        assert len(await acts(tx)) == 3
        assert len((await tx.execute(select(holds.c.id))).all()) == 2


async def test_old_offers_go_part_by_part_and_none_with_a_good_coupon(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batches of the last two months stay, however short a time the config says; coupons stay in any case."""
    monkeypatch.setattr(retention, "_PEOPLE", 2)
    chosen = [Offer(1, OfferKind.OFTEN, "tea", evidence={"basis": "often"})]
    async with database.write() as tx:
        await add_customers(tx, [{"name": name, "created_at": NOW} for name in "abcde"])
        ids = sorted(await tx.scalars(select(customers.c.id)))
        for who in ids:
            for batch, days in (("old", 800), ("2027-01", 61), ("2027-03", 1)):
                await keep_offers(tx, {who: chosen}, batch, NOW - dt.timedelta(days=days))
        until = NOW + dt.timedelta(days=1)
        good = [new(ids[0], batch="old", valid_until=until), new(ids[1], batch="old", valid_until=NOW)]
        await issue(tx, good, NOW - dt.timedelta(days=800))
        for days in (800, 61):
            at = NOW - dt.timedelta(days=days)
            await open_pick(tx, ids[0], "Main", f"{at:%F}", [Product("tea", "Tea")], at)
    await RetentionJob(database, Retention(offers=Duration(1, Unit.DAYS)), ZONE).tick(NOW)
    async with database.read() as tx:
        left = {(row.customer_id, row.batch) for row in await tx.execute(select(offers))}
        assert len((await tx.execute(select(coupons.c.id))).all()) == 2
        assert list(await tx.scalars(select(picks.c.opened_at))) == [NOW - dt.timedelta(days=61)]
    assert left == {(ids[0], "old"), *((who, batch) for who in ids for batch in ("2027-01", "2027-03"))}


async def test_it_is_done_once_a_day(database: Database) -> None:
    """A tick a second costs nothing."""
    job = RetentionJob(database, Retention(None, Duration(100, Unit.DAYS)), ZONE)
    await job.tick(NOW)
    await _fill(database)
    await job.tick(NOW + dt.timedelta(hours=23))
    async with database.read() as tx:
        assert len(await acts(tx)) == 3
        assert await job.next_due(tx, NOW) == NOW + dt.timedelta(days=1)
    await job.tick(NOW + dt.timedelta(hours=24))
    async with database.read() as tx:
        assert [act for _, _, act, _ in await acts(tx)] == ["case.take.1"]
