"""The till: what a phone's camera reads off the customer's picture opens the coupon, for staff and for staff only."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot import staff_coupon_stores
from bot.playground.messages import Message
from domain.campaigns import Campaign
from domain.coupons import Coupon, CouponKind, CouponState, shown_code
from domain.purchases import Purchase
from domain.staff import Role
from store import coupons_staff
from store.coupons import issue, own_coupons
from store.purchases import add_purchases
from store.staff import add_member
from tests.bot.staff_scene import START, Scene, found_in, staff_scene
from tests.bot.test_qr_pictures import read_code
from tests.store.coupon_scene import new, tries


@pytest.fixture
async def scene(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """Ann with two coupons before her eyes; Olga (admin) and Pete (agent) work in their private chats."""
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        ann = await opened.customer()
        async with opened.app.database.write() as tx:
            wanted = [
                new(ann.id, place, valid_from=START, valid_until=START + dt.timedelta(days=7), product_name=name)
                for place, name in ((1, "tea"), (2, "coffee"))
            ]
            await issue(tx, wanted, START)
        opened.ann.sends("/coupons")
        await opened.settle()
        yield opened


def _pictures(scene: Scene) -> list[Message]:
    return [message for message in scene.ann.chat.from_bot if message.kind == "photo"]


def _scanned(scene: Scene, picture: Message) -> str:
    """Return the token that a camera reads off a picture in Ann's chat."""
    stored = scene.play.world.files.known(picture.data["photo"][-1]["file_id"])
    assert stored is not None
    (link,) = read_code(stored.data)
    return link.partition("?start=")[2]


async def _coupons(scene: Scene) -> list[Coupon]:
    ann = await scene.customer()
    async with scene.app.database.read() as tx:
        return await own_coupons(tx, ann.id)


async def test_camera_opens_the_coupon_and_two_members_redeem_it_once(scene: Scene) -> None:
    """Both have it open; both press; one is told that it is done, the other that it was used, and Ann hears it once."""
    tea, _ = _pictures(scene)
    token = _scanned(scene, tea)
    for member in (scene.olga, scene.pete):
        member.starts(token)
    await scene.settle()
    shown = [found_in(member.chat.live, "off: tea") for member in (scene.olga, scene.pete)]
    assert all("Ann" in message.text and "Smith" not in message.text for message in shown)
    scene.olga.taps("Redeem", message=shown[0])
    scene.olga.taps("Redeem", message=shown[0])
    scene.pete.taps("Redeem", message=shown[1])
    await scene.settle()
    assert found_in(scene.olga.chat.live, "✓ Redeemed").message_id == shown[0].message_id
    assert "Used already on 2 Mar at 10:00" in found_in(scene.pete.chat.live, "✗").text
    told = [message.text for message in scene.ann.chat.from_bot if message.text.startswith("Used today")]
    assert told == ["Used today: €2.00 off: tea. Thank you!"]
    after = _pictures(scene)
    assert "✓ Used on 2 March at 10:00." in after[0].text
    assert "Used" not in after[1].text
    assert [outcome for outcome, _, _ in await tries(scene.app.database)] == ["redeemed", "twice"]


async def test_code_that_nobody_signed_opens_nothing_and_is_kept_as_a_try(scene: Scene) -> None:
    """One sign changed in the link; the right code typed below it still works."""
    _, coffee = _pictures(scene)
    token = _scanned(scene, coffee)
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    scene.pete.starts(forged)
    await scene.settle()
    assert "the code is forged or damaged" in scene.told(scene.pete)[-1]
    code = shown_code((await _coupons(scene))[1].code)
    assert code in coffee.text
    scene.pete.sends(f"/redeem {code.lower()}")
    await scene.settle()
    assert "coffee" in scene.told(scene.pete)[-1]
    assert await tries(scene.app.database) == [("forged", scene.pete.id, "")]


async def test_who_is_not_staff_redeems_nothing(scene: Scene) -> None:
    """Ann, and a neighbour who has photographed her picture, are told what it is for."""
    tea, _ = _pictures(scene)
    token = _scanned(scene, tea)
    bo = scene.play.add_person("Bo")
    bo.starts()
    await scene.settle()
    bo.starts(token)
    scene.ann.starts(token)
    await scene.settle()
    assert scene.told(bo)[-1].startswith("This is a coupon for the till")
    assert scene.told(scene.ann)[-1].startswith("This is your coupon")
    before = await _coupons(scene)
    bo.sends(f"/redeem {shown_code(before[0].code)}")
    await scene.settle()
    assert await _coupons(scene) == before
    assert dataclasses.asdict(before[0])["state"] == "open"


async def test_store_can_be_said_and_a_code_for_picking_be_made_and_read(scene: Scene) -> None:
    """What hangs in the store opens the bot with that store's token."""
    scene.pete.sends("/store  Kävelykatu 3")
    scene.pete.sends("/pick kävelykatu 3")
    scene.pete.sends("/pick " + "x" * 60)
    await scene.settle()
    assert "You work at Kävelykatu 3" in scene.told(scene.pete)[-3]
    (picture,) = [message for message in scene.pete.chat.from_bot if message.kind == "photo"]
    stored = scene.play.world.files.known(picture.data["photo"][-1]["file_id"])
    assert stored is not None
    (link,) = read_code(stored.data)
    assert link in picture.text
    scene.ann.starts(link.partition("?start=")[2])
    await scene.settle()
    assert scene.told(scene.ann)[-1].startswith("There is nothing on your list yet")
    assert "the name is too long" in scene.told(scene.pete)[-1]


async def test_name_that_no_till_and_no_file_knows_is_refused_with_the_likest_first(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip makes no store: coupons of the real one would be refused there. A manager makes a new one known."""
    here = Campaign("here", CouponKind.NEWSLETTER, {"percent": 10}, stores=("Annex", "Kävelykatu 3"))
    monkeypatch.setattr(scene.app.parts.room.loyalty, "campaigns", (here,))
    for said in ("/store kavelykatu 3", "/pick kavelykatu 3", "/store + West"):
        scene.pete.sends(said)
    await scene.settle()
    refused = found_in(scene.pete.chat.live, "“kavelykatu 3”. These there are: Kävelykatu 3, Annex. Press")
    assert [told[:40] for told in scene.told(scene.pete)[-2:]] == [
        "I know of no store “kavelykatu 3”. These",
        "I know of no store “West”. These there a",
    ]
    scene.pete.taps("Kävelykatu 3", message=refused)
    for said in ("/store + West", "/store +", "/pick +"):
        scene.olga.sends(said)
    await scene.settle()
    scene.pete.sends("/store west")
    await scene.settle()
    assert [told[:16] for told in scene.told(scene.olga)[-3:]] == [
        "You work at West",
        "Write /store and",
        "Write /pick and ",
    ]
    assert "You work at Kävelykatu 3" in refused.text
    assert "You work at West" in scene.told(scene.pete)[-1]


async def test_who_is_no_manager_any_more_takes_nothing_back(scene: Scene) -> None:
    """Between the button and the reason that she types her rank may have changed; an agent is told who may."""
    (coupon, _) = await _coupons(scene)
    scene.olga.sends(f"/redeem {shown_code(coupon.code)}")
    await scene.settle()
    scene.olga.taps("Redeem")
    await scene.settle()
    scene.olga.taps("Take back…")
    await scene.settle()
    async with scene.app.database.write() as tx:
        await add_member(tx, scene.olga.id, "", Role.AGENT, START)
    scene.olga.sends("a slip")
    await scene.settle()
    assert scene.told(scene.olga)[-1] == "Managers take back what was redeemed."
    assert (await _coupons(scene))[0].state is CouponState.REDEEMED


async def test_how_campaigns_go_is_told_of_all_of_them_in_as_many_messages_as_that_takes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company with many campaigns hears of each; one message would be too long for Telegram and never arrive."""
    loyalty = scene.app.parts.room.loyalty
    many = [
        Campaign(f"campaign-{number:02}", CouponKind.NEWSLETTER, {"percent": 10}, title={"en": "A long name " * 4})
        for number in range(60)
    ]
    monkeypatch.setattr(loyalty, "campaigns", (*loyalty.campaigns, *many))
    scene.olga.sends("/campaigns")
    await scene.settle()
    told = "\n".join(scene.told(scene.olga))
    assert all(each.name in told for each in many)


async def test_stores_of_few_purchases_and_those_that_a_manager_adds_are_known(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another store's many lines hide no small one; who adds a second store, or works elsewhere, loses no first."""
    monkeypatch.setattr(coupons_staff, "_LOOKED_BACK", 1)
    ann = await scene.customer()
    async with scene.app.database.write() as tx:
        for receipt, store in ((1, "Kiosk"), (2, "Main"), (3, "Main")):
            line = Purchase(str(receipt), START, 500, "EUR", "tea", "Tea", "", Decimal(1), store)
            await add_purchases(tx, [(ann.id, line)])
    scene.pete.sends("/store kiosc")
    await scene.settle()
    refused = found_in(scene.pete.chat.live, "I know of no store “kiosc”. These there are: Kiosk, Main.")
    scene.pete.taps("Kiosk", message=refused)
    for said in ("/store +West", "/store +East", "/store kiosk"):
        scene.olga.sends(said)
    await scene.settle()
    assert "You work at Kiosk" in refused.text
    assert "You work at Kiosk" in scene.told(scene.olga)[-1]
    scene.pete.sends("/store west")
    monkeypatch.setattr(staff_coupon_stores, "_MOST", 1)
    scene.pete.sends("/store")
    await scene.settle()
    assert "You work at West" in scene.told(scene.pete)[-2]
    assert scene.told(scene.pete)[-1].endswith("There are 3 more: write /store and the name.")
