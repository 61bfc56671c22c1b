"""Referrals: who came by whose link, what counts, and that rings do not."""

from __future__ import annotations

import datetime as dt

from domain.lives import REFERRED_BY
from domain.purchases import Purchase
from domain.referrals import Counts, Referral, ReferralState
from store.database import Database
from store.facts import known_facts
from store.memberships import join, leave
from store.purchases import add_purchases
from store.referrals import (
    begin_referral,
    brought_by,
    code_of,
    counted_in_year,
    counting,
    is_same_person,
    is_upstream,
    move_referral,
    refuse_late,
    unthanked,
    whose_code,
)
from tests.store.sending_rows import put_customers

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def _began(referred: int, by: int, at: dt.datetime = NOW) -> Referral:
    return Referral(referred, by, at, ReferralState.STARTED)


async def test_link_has_one_code_and_who_has_come_by_one_does_not_come_by_another(database: Database) -> None:
    """The first link stands, whatever is opened later; codes that nobody has name nobody."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3])
        code = await code_of(tx, 1, NOW)
        assert await code_of(tx, 1, NOW + DAY) == code
        assert (await whose_code(tx, code), await whose_code(tx, "NOBODYHERE")) == (1, None)
        assert await begin_referral(tx, _began(3, 1))
        assert not await begin_referral(tx, _began(3, 2))
        assert (await brought_by(tx, 1), await brought_by(tx, 2)) == ((1, 0), (0, 0))


async def test_ring_is_seen_however_long_it_is(database: Database) -> None:
    """1 brought 2, 2 brought 3, 3 brought 4: none of them can be brought by one who came after."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3, 4, 5])
        for referred in (2, 3, 4):
            await begin_referral(tx, _began(referred, referred - 1))
        assert [await is_upstream(tx, 1, of) for of in (2, 3, 4)] == [True, True, True]
        assert not await is_upstream(tx, 4, 1)
        assert not await is_upstream(tx, 5, 4)


async def test_purchase_after_the_link_counts_once_and_is_a_fact_of_hers(database: Database) -> None:
    """One before it does not, nor does a return; whoever counts it second finds that it has moved."""
    lines = [(2, -DAY, 500), (3, DAY, -500), (4, DAY, 500)]
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3, 4])
        for who, after, minor in lines:
            await begin_referral(tx, _began(who, 1))
            bought = Purchase(f"r{who}", NOW + after, minor, "EUR", product="bread")
            await add_purchases(tx, [(who, bought)])
        (found,) = await counting(tx, Counts.PURCHASE, 10)
        assert found.referred_id == 4
        assert await move_referral(tx, found, ReferralState.JOINED, NOW + 2 * DAY)
        assert not await move_referral(tx, found, ReferralState.JOINED, NOW + 2 * DAY)
        facts = (await known_facts(tx, [4]))[4]
        assert [(fact.name, fact.value) for fact in facts] == [(REFERRED_BY, 1)]
        assert [each.referred_id for each in await unthanked(tx, 10)] == [4]
        assert await counted_in_year(tx, 1, NOW + 300 * DAY) == 1
        assert await counted_in_year(tx, 1, NOW + 400 * DAY) == 0
        assert await refuse_late(tx, NOW + DAY, Counts.PURCHASE) == 2


async def test_joining_counts_while_she_is_a_member(database: Database) -> None:
    """A programme or a club; who has left again has not come."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3, 4], phone="+358 40 1")
        for who in (2, 3, 4):
            await begin_referral(tx, _began(who, 1))
        await join(tx, 2, "club:wine", NOW, "chat")
        await join(tx, 3, "programme:plus", NOW, "chat")
        await leave(tx, 3, "programme:plus", NOW + DAY)
        assert [each.referred_id for each in await counting(tx, Counts.JOINING, 10)] == [2]
        assert await is_same_person(tx, 1, 2)
