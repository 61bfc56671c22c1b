"""Picking in a store: how many she is asked for is how many she can have."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert

from domain.campaigns import Campaign
from domain.coupons import CouponKind, Limits, Redeemed
from domain.messages import Act, Waiting
from domain.pick_tokens import pick_token
from store.coupons import issue, own_coupons
from store.coupons_key import coupons_key
from store.coupons_redeeming import redeem
from store.customers import customers_by_chat
from store.database import Database
from store.ids import new_id
from store.tables import purchases
from tests.dialogues.conductor_stand import START, Stand

PICK = Campaign("pick", CouponKind.PICK, {"percent": 10}, title={"en": "Pick five"}, days=1)


@pytest.fixture
async def stand(sqlite_database: Database, tmp_path: Path) -> Stand:
    """Return a conductor over a store in which Ann has bought three products."""
    stand = Stand(sqlite_database, tmp_path)
    await stand.says("/help")
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        for product in ("tea", "jam", "milk"):
            line = {"id": new_id(), "customer_id": who, "receipt": "1", "at": START, "product": product}
            more = {"amount_minor": 300, "currency": "EUR", "quantity": Decimal(1), "store": "Main"}
            await tx.execute(insert(purchases).values(**line, **more))
    return stand


async def _scans(stand: Stand, campaign: Campaign) -> list[Waiting]:
    stand.conductor.running.loyalty.campaigns = (campaign,)
    async with stand.database.write() as tx:
        token = pick_token(await coupons_key(tx), "Main")
    return await stand.says(f"/start {token}")


async def _taps(stand: Stand, row: Waiting, label: str, act: Act = Act.EDIT) -> Waiting:
    """Tap a button, and return what becomes of the list, or the word in passing."""
    before = len(stand.sent)
    await stand.taps(row, label)
    return next(row for row in stand.sent[before:] if row.act is act)


async def test_fewer_products_than_may_be_chosen_ask_for_as_many_as_there_are(stand: Stand) -> None:
    """Who has chosen all of a short list is not asked whether that is all."""
    (listed,) = await _scans(stand, PICK)
    assert "Choose 3 products; they are yours today with 10 % off." in listed.message.text
    for label in ("☐ jam", "☐ milk", "☐ tea"):
        edited = await _taps(stand, listed, label)
    assert "Chosen: 3 of 3" in edited.message.text
    taken = await _taps(stand, edited, "✓ Take these (3 of 3)")
    assert taken.message.text.startswith("You have picked in Main")


async def test_who_may_have_one_more_is_told_so_before_she_chooses(stand: Stand) -> None:
    """Nothing that she has chosen is left out in silence; with none left there is no list."""
    capped = dataclasses.replace(PICK, limits=Limits(per_customer=2), days=2)
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [7]))[7].id
        await issue(
            tx, [capped.coupon(who, START, stand.conductor.running.company.zone, batch="pick:East:2027-03-02")], START
        )
    (listed,) = await _scans(stand, capped)
    assert "Choose 1 product; it is yours with 10 % off. You have had the others of these coupons already." in (
        listed.message.text
    )
    first = await _taps(stand, listed, "☐ jam")
    full = await _taps(stand, listed, "☐ tea", Act.TOAST)
    assert full.message.text == "You have chosen 1 already. Take one away first."
    taken = await _taps(stand, first, "✓ Take these (1 of 1)")
    assert taken.message.text.startswith("You have picked in Main")
    async with stand.database.write() as tx:
        (coupon,) = [each for each in await own_coupons(tx, who) if each.store == "Main"]
        assert isinstance(await redeem(tx, coupon.code, 77, "Main", START), Redeemed)
    (used,) = await _scans(stand, capped)
    assert used.message.text == "You have picked here today, and your coupons are used."
    for campaign, more in (
        (PICK, " There is a new list tomorrow."),
        (dataclasses.replace(PICK, until=START.date()), ""),
    ):
        (used,) = await _scans(stand, campaign)
        assert used.message.text == f"You have picked here today, and your coupons are used.{more}"
    stand.conductor.running.loyalty.campaigns = (capped,)
    async with stand.database.write() as tx:
        token = pick_token(await coupons_key(tx), "West")
    (none,) = await stand.says(f"/start {token}")
    assert none.message.text.startswith("You have had all the coupons of this kind")
