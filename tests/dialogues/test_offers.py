"""Offers in the chat: what she is told of her coupons is true, whatever became of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from bot.campaign_files import load_campaigns
from domain.coupons import CouponState, shown_code
from domain.faults import FaultList
from domain.purchases import Purchase
from store.coupons import own_coupons
from store.coupons_redeeming import redeem, revoke, take_back
from store.customers import customers_by_chat
from store.database import Database
from store.purchases import add_purchases
from tests.dialogues.conductor_stand import START, Stand


@pytest.fixture
async def stand(sqlite_database: Database, tmp_path: Path) -> Stand:
    """Return a conductor with the shipped campaigns; Ann has two receipts, of tea and of jam."""
    stand = Stand(sqlite_database, tmp_path)
    campaigns = load_campaigns(None, ("en", "fi"), "EUR", FaultList())
    stand.conductor.running.loyalty.campaigns = campaigns
    await stand.says("/help")
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        for number, product in ((1, "tea"), (2, "jam")):
            at = START - dt.timedelta(days=9 * number)
            line = Purchase(str(number), at, 300, "EUR", product, product.title(), "", Decimal(1), "Main")
            await add_purchases(tx, [(who, line)])
    return stand


async def _from_receipt(stand: Stand, place: int) -> str:
    """Tap "Offers from this" below a receipt of her list, and return the first thing that she is told."""
    (listed,) = await stand.says("/history")
    before = len(stand.sent)
    await stand.taps(listed, listed.message.keyboard[0][place].label)
    receipt = next(row for row in stand.sent[before:] if row.message.keyboard)
    offered, *_ = await stand.taps(receipt, receipt.message.keyboard[0][0].label)
    return offered.message.text


async def test_receipt_without_coupons_does_not_use_up_the_offers_of_her_week(stand: Stand) -> None:
    """While the campaign has ended nothing is offered, and she is not told that she had it; then she has her one."""
    loyalty = stand.conductor.running.loyalty
    running = loyalty.campaigns
    over = START.date() - dt.timedelta(days=1)
    loyalty.campaigns = tuple(dataclasses.replace(each, until=over) for each in running)
    none = "There is nothing from this receipt that we could offer you just now."
    assert [await _from_receipt(stand, place) for place in (0, 1, 1)] == [none] * 3
    loyalty.campaigns = running
    assert "Jam" in await _from_receipt(stand, 1)
    assert (await _from_receipt(stand, 0)).startswith("You have had your offers of this week.")
    assert "Jam" in await _from_receipt(stand, 1)


async def test_withdrawn_coupon_of_the_six_is_not_shown_as_good(stand: Stand) -> None:
    """Its code would be refused at the till; the others come again, and with none left she is told so."""
    await stand.says("/offers")
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        first, second = await own_coupons(tx, who)
        assert await revoke(tx, first.id)
    (_, shown) = await stand.says("/offers")
    assert [media.name.partition(".")[0] for media in shown.message.media] == [shown_code(second.code)]
    async with stand.database.write() as tx:
        assert await revoke(tx, second.id)
    (_, told) = await stand.says("/offers")
    assert told.message.text.startswith("None of these coupons is good any more.")


async def test_coupon_that_is_good_again_stands_for_an_offer(stand: Stand) -> None:
    """She used it while she objected to profiling; with it she has as many as ever, and no product twice."""
    await stand.says("/profiling")
    await stand.taps(stand.sent[-1], "Don’t profile me")
    await stand.says("/offers")
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        first, _ = await own_coupons(tx, who)
        await redeem(tx, first.code, 77, "Main", START)
    await stand.says("/profiling")
    await stand.taps(stand.sent[-1], "You may again")
    async with stand.database.write() as tx:
        assert await take_back(tx, first.id, 77, START) is not None
    (listed, shown) = await stand.says("/offers")
    async with stand.database.read() as tx:
        good = [each for each in await own_coupons(tx, who) if each.state is CouponState.OPEN]
    assert {media.name.partition(".")[0] for media in shown.message.media} == {shown_code(each.code) for each in good}
    assert first.id in {each.id for each in good}
    assert sorted(each.product for each in good) == ["jam", "tea"]
    assert all(name in listed.message.text for name in ("Jam", "Tea"))
