"""Coupons of chosen offers, when a customer ends to be profiled and begins again: never more than one set of six."""

from __future__ import annotations

import datetime as dt

from domain.coupons import CouponKind, CouponState, Redeemed, Refused, TryOutcome
from domain.customers import Consent, Purpose
from store.consents import give_consents
from store.coupons import coupons_of, own_coupons
from store.coupons_chosen import given_in_batch
from store.coupons_redeeming import redeem, take_back
from store.database import Database
from tests.store.coupon_scene import CAPPED, NOW, give, new, people

SIX = [new(place=place) for place in range(1, 7)]
ALL = [new(place=place, batch="2027-03-all") for place in range(1, 7)]


async def _says(database: Database, given: bool, minutes: int) -> None:
    async with database.write() as tx:
        at = NOW + dt.timedelta(minutes=minutes)
        await give_consents(tx, [(1, Consent(Purpose.PROFILING, given, "profiling/1", "mydata", at))])


async def _open(database: Database) -> list[tuple[str, int]]:
    async with database.read() as tx:
        return [(each.batch, each.place) for each in await coupons_of(tx, 1, NOW)]


async def _redeemed(database: Database, code: str) -> Redeemed | Refused:
    async with database.write() as tx:
        return await redeem(tx, code, 77, "main", NOW, limits={"spring": CAPPED})


async def test_a_no_and_a_yes_leave_one_set_and_what_was_used_counts(database: Database) -> None:
    """Her own six go with the no, everybody's with the yes; somebody else's, and other coupons of hers, stay."""
    await people(database)
    hers = await give(database, *SIX)
    till, other = await give(database, new(campaign="till", kind=CouponKind.TILL, batch="till:1"), new(customer=2))
    assert isinstance(await _redeemed(database, hers[0].code), Redeemed)
    await _says(database, False, 1)
    assert await _open(database) == [("till:1", 1)]
    refused = await _redeemed(database, hers[1].code)
    assert isinstance(refused, Refused)
    assert refused.reason is TryOutcome.REVOKED
    async with database.read() as tx:
        assert [each.id for each in (await given_in_batch(tx, 1, "spring", "2027-03-all"))[1]] == [hers[0].id]
        assert [each.id for each in await coupons_of(tx, 2, NOW)] == [other.id]
    await give(database, *ALL[1:])
    await _says(database, True, 2)
    assert await _open(database) == [("till:1", 1)]
    again = await give(database, *SIX)
    assert again[0].id == hers[0].id
    assert again[0].state is CouponState.REDEEMED
    assert await _open(database) == [*(("2027-03", place) for place in range(2, 7)), ("till:1", 1)]
    assert not {each.code for each in again[1:]} & {each.code for each in hers}
    async with database.read() as tx:
        assert till.id in {each.id for each in await own_coupons(tx, 1) if each.state is CouponState.OPEN}


async def test_use_that_is_taken_back_after_a_change_of_mind_still_counts(database: Database) -> None:
    """What is good again takes its place up in the other set: with it she has six, and not seven."""
    await people(database)
    await _says(database, False, 1)
    everybodys = await give(database, *ALL)
    assert isinstance(await _redeemed(database, everybodys[2].code), Redeemed)
    await _says(database, True, 2)
    async with database.write() as tx:
        assert await take_back(tx, everybodys[2].id, 77, NOW) is not None
        _, counted = await given_in_batch(tx, 1, "spring", "2027-03")
    assert [(each.id, each.state) for each in counted] == [(everybodys[2].id, CouponState.OPEN)]
    await give(database, *(each for each in SIX if each.place != counted[0].place))
    assert len(await _open(database)) == 6
    await _says(database, False, 3)
    assert await _open(database) == [("2027-03-all", 3)]
