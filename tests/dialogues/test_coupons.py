"""Coupons in the conversation: shown with their codes, and friendly words for who scans one without being staff."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from domain.coupons import Coupon, coupon_token, shown_code
from domain.drawing_names import read_qr
from store.coupons import issue
from store.coupons_key import coupons_key
from store.coupons_redeeming import redeem, revoke
from store.customers import customers_by_chat
from store.database import Database
from tests.dialogues.conductor_stand import START, Stand
from tests.store.coupon_scene import new


@pytest.fixture
def stand(sqlite_database: Database, tmp_path: Path) -> Stand:
    """Return a conductor over an empty store."""
    return Stand(sqlite_database, tmp_path)


async def _given(stand: Stand, chat: int, count: int, **more: object) -> list[Coupon]:
    """Let somebody say hello, and give her coupons."""
    await stand.says("/help", chat)
    async with stand.database.write() as tx:
        who = (await customers_by_chat(tx, [chat]))[chat].id
        wanted = [dataclasses.replace(new(who, place, valid_from=START), **more) for place in range(1, count + 1)]  # type: ignore[arg-type]
        return await issue(tx, wanted, START)


async def test_several_come_as_one_album_each_with_its_code(stand: Stand) -> None:
    """What the picture opens and what stands below it belong to the same coupon; without any she is told so."""
    assert (await stand.says("/coupons"))[0].message.text.startswith("You have no coupons just now.")
    coupons = await _given(stand, 7, 6, benefit={"percent": 20}, product_name="coffee <dark>")
    stand.conductor.running.loyalty.username = "shop_bot"
    (row,) = await stand.says("/coupons")
    async with stand.database.write() as tx:
        key = await coupons_key(tx)
    for media, coupon in zip(row.message.media, coupons, strict=True):
        link, below = read_qr(media.path)
        assert link == f"https://t.me/shop_bot?start={coupon_token(key, coupon.code)}"
        assert below == shown_code(coupon.code)
        assert media.caption == f"20 % off: coffee <dark>\nGood until 9 March\n\nCode {below}"


async def test_single_one_has_its_words_as_markup(stand: Stand) -> None:
    """Foreign signs in a product's name stay what they are."""
    (coupon,) = await _given(stand, 7, 1, product_name="coffee <dark>", store="Main")
    (row,) = await stand.says("/coupons")
    assert row.message.html
    assert "€2.00 off: coffee &lt;dark&gt;\nGood until 9 March at Main" in row.message.text
    assert len(row.message.media) == 1
    assert shown_code(coupon.code) in row.message.text


async def test_who_scans_a_coupon_without_being_staff_gets_friendly_words(stand: Stand) -> None:
    """Her own, another's, a used one, one that is over, and one that nobody has signed."""
    (hers, used, over), (anothers,) = await _given(stand, 7, 3), await _given(stand, 8, 1)
    async with stand.database.write() as tx:
        key = await coupons_key(tx)
        await redeem(tx, used.code, 77, "main", START)
        await revoke(tx, over.id)
    said = {}
    for name, code in (("hers", hers), ("used", used), ("over", over), ("another's", anothers)):
        (row,) = await stand.says(f"/start {coupon_token(key, code.code)}")
        said[name] = row.message.text
    forged = coupon_token(b"another key", hers.code)
    (row,) = await stand.says(f"/start {forged}")
    assert said["hers"].startswith("This is your coupon: €2.00 off. Show the code at the till")
    assert said["used"] == "This coupon of yours was used on 2 March."
    assert said["over"] == "This coupon of yours is not good any more."
    assert (
        said["another's"]
        == row.message.text
        == ("This is a coupon for the till: staff redeem it there with their own phone.")
    )
    async with stand.database.read() as tx:
        assert hers.code not in {text for _, text in await stand.timeline()}
