"""Lists to pick from: what she buys comes first, a sixth is refused, and confirming twice gives the same coupons."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert

from domain.coupons import CouponKind
from domain.customers import Consent, Purpose
from domain.pick_tokens import pick_token, store_of_token
from store.consents import give_consents
from store.coupons import issue
from store.database import Database, Tx
from store.ids import new_id
from store.picks import Pick, Product, choose, confirm, find_pick, lock_pick, open_pick, pick_list
from store.tables import purchases
from tests.store.coupon_scene import NOW, new, people

OFFERED = tuple(Product(f"p{number}", f"Product {number}") for number in range(8))


def _line(who: int, product: str, days: int, store: str = "Main", amount: int = 300, **more: Any) -> dict[str, Any]:
    at = NOW - dt.timedelta(days=days)
    line = {"id": new_id(), "customer_id": who, "receipt": f"{who}.{days}", "at": at, "product": product}
    return {**line, "amount_minor": amount, "currency": "EUR", "quantity": Decimal(1), "store": store, **more}


async def _bought(database: Database, *lines: dict[str, Any]) -> None:
    async with database.write() as tx:
        for line in lines:
            await tx.execute(insert(purchases).values(**line))


async def test_own_products_come_first_by_how_often_and_how_lately(database: Database) -> None:
    """Then what most customers buy in that store, then elsewhere; what she brought back is none of hers."""
    await people(database)
    await _bought(
        database,
        *(_line(1, "weekly", days) for days in (7, 14, 21)),
        _line(1, "once", 1),
        *(_line(1, "long-ago", days) for days in (300, 310, 320, 330)),
        *(_line(1, "too-long-ago", days) for days in (366, 400, 401, 402)),
        _line(1, "returned", 3),
        _line(1, "returned", 2, amount=-300),
        *(_line(who, "liked-here", 5) for who in (2, 3, 4)),
        *(_line(2, "liked-by-one", days) for days in (1, 2, 3, 4)),
        *(_line(who, "liked-there", 5, store="East") for who in (2, 3, 4, 5)),
    )
    async with database.read() as tx:
        listed = [each.product for each in await pick_list(tx, 1, "main", 20, NOW)]
        short = [each.product for each in await pick_list(tx, 1, "main", 2, NOW)]
        plain = [each.product for each in await pick_list(tx, 1, "main", 3, NOW, personal=False)]
        same = [each.product for each in await pick_list(tx, 5, "main", 3, NOW, personal=False)]
        only = [each.product for each in await pick_list(tx, 1, "main", 9, NOW, only=["once", "liked-there"])]
        allowed = await pick_list(tx, 1, "main", 9, NOW, allowed=lambda product, _: product == "weekly")
    assert listed[:3] == ["weekly", "once", "long-ago"]
    assert listed[3:] == ["liked-here", "liked-by-one", "returned", "too-long-ago", "liked-there"]
    assert short == listed[:2]
    assert plain == same == ["liked-here", "liked-by-one", "long-ago"]
    assert only == ["once", "liked-there"]
    assert [each.product for each in allowed] == ["weekly"]


async def test_two_devices_open_one_list(database: Database) -> None:
    """What was offered first stays, whatever the second would offer."""
    await people(database)

    async def opened(offered: tuple[Product, ...]) -> Pick:
        async with database.write() as tx:
            return await open_pick(tx, 1, "Main", "2027-03-02", offered, NOW)

    first, second = await asyncio.gather(opened(OFFERED), opened(OFFERED[::-1]))
    assert first == second


async def test_open_list_is_forgotten_when_she_objects_to_profiling_or_takes_it_back(database: Database) -> None:
    """The next list is made by what holds then; what she has taken is hers, and nobody else's list is touched."""
    await people(database)
    async with database.write() as tx:
        for who, store in ((1, "Main"), (1, "East"), (2, "Main")):
            pick = await open_pick(tx, who, store, "2027-03-02", OFFERED, NOW)
            if store == "East":
                await confirm(tx, pick, NOW)
        await give_consents(tx, [(1, Consent(Purpose.PROFILING, False, "1", "test", NOW))])
        assert await find_pick(tx, 1, "Main", "2027-03-02") is None
        assert await find_pick(tx, 1, "East", "2027-03-02") is not None
        assert await find_pick(tx, 2, "Main", "2027-03-02") is not None
        await open_pick(tx, 1, "Main", "2027-03-02", OFFERED[:2], NOW)
        await give_consents(tx, [(1, Consent(Purpose.PROFILING, True, "1", "test", NOW + dt.timedelta(minutes=1)))])
        assert await find_pick(tx, 1, "Main", "2027-03-02") is None


async def test_sixth_is_refused_also_when_taps_come_at_once(database: Database) -> None:
    """Of eight taps on eight products at the same moment five are taken."""
    await people(database)
    async with database.write() as tx:
        pick = await open_pick(tx, 1, "Main", "2027-03-02", OFFERED, NOW)

    async def tapped(place: int) -> bool:
        async with database.write() as tx:
            locked = await lock_pick(tx, pick.id, 1)
            assert locked is not None
            return await choose(tx, locked, place, chosen=True, most=5) is not None

    taken = await asyncio.gather(*(tapped(place) for place in range(8)))
    assert sum(taken) == 5
    async with database.write() as tx:
        after = await lock_pick(tx, pick.id, 1)
        assert after is not None
        assert list(after.chosen) == [place for place, took in enumerate(taken) if took]
        assert await choose(tx, after, after.chosen[0], chosen=True, most=5) == after
        fewer = await choose(tx, after, after.chosen[0], chosen=False, most=5)
        assert fewer is not None
        assert fewer.chosen == after.chosen[1:]
        assert await lock_pick(tx, pick.id, 2) is None


async def test_confirming_twice_at_once_gives_the_same_five(database: Database) -> None:
    """Two devices, or a tap that comes twice: one is told that it was the first, both have the same coupons."""
    await people(database)
    async with database.write() as tx:
        pick = await open_pick(tx, 1, "Main", "2027-03-02", OFFERED, NOW)
        for place in (0, 2, 4, 5, 7):
            chosen = await choose(tx, pick, place, chosen=True, most=5)
            assert chosen is not None
            pick = chosen
    wanted = [
        new(1, place, kind=CouponKind.PICK, batch="pick:Main:2027-03-02", product=each.product, store="Main")
        for place, each in enumerate(pick.products, start=1)
    ]

    async def confirmed(tx: Tx) -> tuple[bool, list[str]]:
        locked = await lock_pick(tx, pick.id, 1)
        assert locked is not None
        codes = [each.code for each in await issue(tx, wanted, NOW)]
        return await confirm(tx, locked, NOW), codes

    async def once() -> tuple[bool, list[str]]:
        async with database.write() as tx:
            return await confirmed(tx)

    (first, mine), (second, other) = await asyncio.gather(once(), once())
    assert {first, second} == {True, False}
    assert mine == other
    assert len(set(mine)) == 5


@pytest.mark.parametrize("store", ["Main", "Kävelykatu 3, Oulu", "č" * 17, "x"])
def test_stores_code_opens_only_what_we_signed(store: str) -> None:
    """Whoever makes up a store gets nothing; nor is there a code that a link could not carry."""
    key = b"k" * 32
    token = pick_token(key, store)
    assert len(token) <= 64
    rest = token.removeprefix("p-")
    assert store_of_token(key, rest) == store
    assert store_of_token(b"x" * 32, rest) is None
    assert store_of_token(key, "A" + rest) is None
    assert store_of_token(key, "") is None
    with pytest.raises(ValueError, match="too long"):
        pick_token(key, "x" * 50)
