"""Coupons in the store: given once, redeemed once by whoever is first, and never beyond what a campaign may cost."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from domain.coupons import CouponState, Limits, NewCoupon, Redeemed, Refused, TryOutcome, coupon_token
from store.campaigns import renew_stops
from store.coupons import coupons_of, find_coupon, issue, own_coupons
from store.coupons_key import coupons_key
from store.coupons_redeeming import reason_against, redeem, revoke, take_back
from store.coupons_staff import add_store, stores_added
from store.database import Database, store_url
from store.tables import coupons, customers
from tests.store.coupon_scene import CAPPED, NOW, count_of, give, new, people, tries

OLGA, PEKKA = 77, 78


async def _redeemed(database: Database, code: str, staff: int, store: str = "main") -> Redeemed | Refused:
    async with database.write() as tx:
        return await redeem(tx, code, staff, store, NOW, limits={"spring": CAPPED})


async def test_same_coupons_come_back_when_they_are_given_again(database: Database) -> None:
    """A job that begins anew after a kill, or two of them at once, give nobody a second set."""
    await people(database)
    wanted = [new(who, place) for who in (1, 2) for place in range(1, 7)]
    first, second = await asyncio.gather(give(database, *wanted), give(database, *wanted))
    assert [(each.customer_id, each.place) for each in first] == [(each.customer_id, each.place) for each in wanted]
    assert [each.code for each in first] == [each.code for each in second]
    assert (await count_of(database)).issued == 12


async def test_two_at_once_redeem_it_once_and_the_other_hears_when_and_where(database: Database) -> None:
    """Of two tills with the same coupon in the same second one takes it."""
    await people(database)
    (coupon,) = await give(database, new())
    results = await asyncio.gather(
        *(_redeemed(database, coupon.code, staff, store) for staff, store in ((OLGA, "main"), (PEKKA, "east")) * 3)
    )
    done = [each for each in results if isinstance(each, Redeemed) and not each.again]
    assert len(done) == 1
    winner = done[0].coupon
    for each in results:
        if isinstance(each, Refused):
            assert each.reason is TryOutcome.TWICE
            assert each.coupon is not None
            assert (each.coupon.redeemed_at, each.coupon.redeemed_store) == (NOW, winner.redeemed_store)
        else:
            assert each.coupon.redeemed_by == winner.redeemed_by
    kept = Counter(outcome for outcome, _, _ in await tries(database))
    assert kept == {"redeemed": 1, "twice": 3}
    count = await count_of(database)
    assert (count.redeemed, count.spent) == (1, 200)


async def test_two_processes_redeem_it_once(database_url: str) -> None:
    """Each with connections of its own, as the program and a command beside it are."""
    first, second = Database(store_url(database_url)), Database(store_url(database_url))
    await people(first)
    given_ = await give(first, *(new(who) for who in range(1, 7)))
    results = await asyncio.gather(
        *(
            _redeemed(database, coupon.code, staff)
            for coupon in given_
            for database, staff in ((first, OLGA), (second, PEKKA))
        )
    )
    assert sum(isinstance(each, Redeemed) for each in results) == 5  # a thousand cents of budget, two hundred each
    assert Counter(each.reason for each in results if isinstance(each, Refused)) == {
        TryOutcome.TWICE: 5,
        TryOutcome.OVER_BUDGET: 2,
    }
    assert (await count_of(first)).spent == 1000
    await first.close()
    await second.close()


async def test_repeated_tap_of_the_same_hand_changes_nothing(sqlite_database: Database) -> None:
    """Telegram delivers a tap again; later on the same hand hears that it was used."""
    await people(sqlite_database)
    (coupon,) = await give(sqlite_database, new())
    assert await _redeemed(sqlite_database, coupon.code, OLGA) == Redeemed(
        dataclasses.replace(
            coupon,
            state=CouponState.REDEEMED,
            redeemed_at=NOW,
            redeemed_by=OLGA,
            redeemed_store="main",
            redeemed_cost=200,
        )
    )
    again = await _redeemed(sqlite_database, coupon.code, OLGA)
    assert isinstance(again, Redeemed)
    assert again.again
    assert len(await tries(sqlite_database)) == 1
    async with sqlite_database.write() as tx:
        later = await redeem(tx, coupon.code, OLGA, "main", NOW + dt.timedelta(minutes=3))
    assert isinstance(later, Refused)
    assert later.reason is TryOutcome.TWICE


@pytest.mark.parametrize(
    ("changed", "at", "store", "reason"),
    [
        ({"store": "east"}, NOW, "main", TryOutcome.WRONG_STORE),
        ({"store": "east"}, NOW, "", TryOutcome.WRONG_STORE),
        ({}, NOW + dt.timedelta(days=7), "main", TryOutcome.EXPIRED),
        ({}, NOW - dt.timedelta(seconds=1), "main", TryOutcome.NOT_YET),
        ({"cost": 1001, "benefit": {"amount": 1001}}, NOW, "main", TryOutcome.OVER_BUDGET),
        ({"benefit": {"percent": 50}}, NOW, "main", TryOutcome.OVER_BUDGET),
        ({"campaign": "one-each", "place": 2}, NOW, "main", TryOutcome.PER_CUSTOMER),
        ({"campaign": "only-east"}, NOW, "main", TryOutcome.WRONG_STORE),
    ],
)
async def test_each_refusal_has_its_own_reason_and_is_kept(
    sqlite_database: Database, changed: dict[str, object], at: dt.datetime, store: str, reason: TryOutcome
) -> None:
    """Staff can say at the till why not; nothing is used up."""
    await people(sqlite_database)
    (coupon,) = await give(sqlite_database, new(**changed))  # type: ignore[arg-type]  # what the cases vary
    limits = {"spring": CAPPED, "one-each": Limits(per_customer=1)}
    async with sqlite_database.write() as tx:
        if coupon.campaign == "one-each":
            (before,) = await issue(tx, [new(campaign="one-each")], NOW)
            await redeem(tx, before.code, OLGA, "main", NOW)
        refused = await redeem(
            tx, coupon.code, PEKKA, store, at, limits=limits, stores={"only-east": ("East",)}, purchase=2200
        )
        stores = ("East",) if coupon.campaign == "only-east" else ()
        looked = await reason_against(tx, coupon, store, limits.get(coupon.campaign, Limits()), stores, at)
    assert isinstance(refused, Refused)
    assert refused.reason is reason
    assert looked is (None if "percent" in coupon.benefit else reason)  # of a percentage only the till knows the cost
    assert (await tries(sqlite_database))[-1] == (reason.value, PEKKA, store)
    async with sqlite_database.read() as tx:
        assert (await own_coupons(tx, 1))[0].state is CouponState.OPEN


async def test_revoked_one_and_one_of_somebody_not_served_are_refused(sqlite_database: Database) -> None:
    """A coupon that was taken from her, and one of whom staff have put on the list."""
    await people(sqlite_database)
    first, second = await give(sqlite_database, new(1), new(2))
    async with sqlite_database.write() as tx:
        assert await revoke(tx, first.id)
        assert not await revoke(tx, first.id)
        await tx.execute(update(customers).where(customers.c.id == 2).values(not_served_at=NOW))
        found = [await redeem(tx, each.code, OLGA, "main", NOW) for each in (first, second)]
    assert [each.reason for each in found if isinstance(each, Refused)] == [TryOutcome.REVOKED, TryOutcome.NOT_SERVED]


async def test_withdrawn_and_used_at_once_it_is_one_of_them(database: Database) -> None:
    """Who is told that it is withdrawn can rely on it, also when a till reads it at the same moment."""
    await people(database)
    for coupon in await give(database, *(new(1, place) for place in (1, 2, 3, 4))):

        async def withdrawn(coupon_id: int = coupon.id) -> bool:
            async with database.write() as tx:
                return await revoke(tx, coupon_id)

        used, taken = await asyncio.gather(_redeemed(database, coupon.code, OLGA), withdrawn())
        assert isinstance(used, Redeemed) is not taken
        async with database.read() as tx:
            found = await find_coupon(tx, coupon.code)
        assert not isinstance(found, Refused)
        assert found.state is (CouponState.REVOKED if taken else CouponState.REDEEMED)


async def test_forged_token_is_refused_and_kept_without_its_text(sqlite_database: Database) -> None:
    """Only what we signed is ours: neither another's code, nor one sign changed, nor another key opens anything."""
    await people(sqlite_database)
    first, second = await give(sqlite_database, new(1), new(2))
    async with sqlite_database.write() as tx:
        key = await coupons_key(tx)
        token, other = coupon_token(key, first.code), coupon_token(key, second.code)
        assert await find_coupon(tx, token) == first
        swapped = token.replace(first.code, second.code)
        changed = token[:-1] + ("A" if token[-1] != "A" else "B")
        strange = coupon_token(b"another key", first.code)
        for forged in (swapped, changed, strange, f"c-{first.code}", other[:-4]):
            assert await redeem(tx, forged, OLGA, "main", NOW) == Refused(TryOutcome.FORGED)
        for unknown in ("", "K7MQX-3XPDR", first.code[::-1], "hello"):
            assert await redeem(tx, unknown, OLGA, "main", NOW) == Refused(TryOutcome.UNKNOWN)
    assert len(token) <= 64
    assert await tries(sqlite_database) == [("forged", OLGA, "main")] * 5 + [("unknown", OLGA, "main")] * 4


async def test_campaign_at_its_budget_gives_no_new_ones_and_goes_on_when_it_is_raised(database: Database) -> None:
    """What was given before comes back as it is; who has none gets none."""
    await people(database)
    caps = Limits(budget=200)
    (held,) = await give(database, new(1, limits=caps))
    async with database.write() as tx:
        await redeem(tx, held.code, OLGA, "main", NOW, limits={"spring": caps})
    assert [each.code for each in await give(database, new(1, limits=caps), new(2, limits=caps))] == [held.code]
    assert (await count_of(database)).stopped_at == NOW
    async with database.write() as tx:
        await renew_stops(tx, {"spring": Limits(budget=201), "never-begun": Limits(budget=1)}, NOW)
    assert (await count_of(database)).stopped_at is None
    assert len(await give(database, new(2, limits=Limits(budget=201)))) == 1


async def test_customer_has_no_more_than_she_may(sqlite_database: Database) -> None:
    """Of two a customer, the third is not given until one has expired unused."""
    await people(sqlite_database)
    caps = Limits(per_customer=2)
    wanted = [new(1, place, limits=caps) for place in (1, 2, 3)]
    assert [each.place for each in await give(sqlite_database, *wanted)] == [1, 2]
    later = NOW + dt.timedelta(days=8)
    third = dataclasses.replace(wanted[2], valid_until=later + dt.timedelta(days=1))
    assert [each.place for each in await give(sqlite_database, third, now=later)] == [3]


async def test_honoured_coupons_are_good_beyond_the_budget(sqlite_database: Database) -> None:
    """Where the company says that it honours what it has given, the counters show what that cost."""
    await people(sqlite_database)
    caps = Limits(budget=300, honour=True)
    held = await give(sqlite_database, *(new(who, limits=caps) for who in (1, 2, 3)))
    async with sqlite_database.write() as tx:
        done = [await redeem(tx, each.code, OLGA, "main", NOW, limits={"spring": caps}) for each in held]
    assert all(isinstance(each, Redeemed) for each in done)
    assert (await count_of(sqlite_database)).spent == 600
    assert await give(sqlite_database, new(4, limits=caps)) == []


async def test_mistake_is_taken_back_within_a_day_and_gives_the_money_back(database: Database) -> None:
    """The customer can use it again; a day later what is done is done."""
    await people(database)
    (coupon,) = await give(database, new())
    await _redeemed(database, coupon.code, OLGA)
    async with database.write() as tx:
        assert await take_back(tx, coupon.id, PEKKA, NOW + dt.timedelta(days=1, seconds=1)) is None
        assert await take_back(tx, coupon.id, PEKKA, NOW + dt.timedelta(hours=1)) == coupon
        assert await take_back(tx, coupon.id, PEKKA, NOW + dt.timedelta(hours=1)) is None
        assert [each.code for each in await coupons_of(tx, 1, NOW)] == [coupon.code]
    count = await count_of(database)
    assert (count.redeemed, count.spent, count.stopped_at) == (0, 0, None)
    assert isinstance(await _redeemed(database, coupon.code, OLGA), Redeemed)


costs = st.lists(st.integers(0, 400), min_size=1, max_size=12)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(costs=costs, budget=st.integers(1, 1500), redemptions=st.integers(1, 8))
async def test_caps_are_never_exceeded_however_many_tills_work_at_once(
    database: Database, costs: list[int], budget: int, redemptions: int
) -> None:
    """Spent and redeemed equal the sum of what was taken, and stay within the campaign's limits."""
    caps = Limits(budget=budget, redemptions=redemptions)
    async with database.write() as tx:
        await tx.execute(coupons.delete())
        await tx.execute(customers.delete())
    await people(database)
    name = f"c{new_name()}"
    wanted: list[NewCoupon] = [
        new(1 + place % 9, place, campaign=name, cost=cost, benefit={"amount": cost}, limits=caps)
        for place, cost in enumerate(costs, start=1)
    ]
    held = await give(database, *wanted)

    async def at_a_till(code: str, staff: int) -> Redeemed | Refused:
        async with database.write() as tx:
            return await redeem(tx, code, staff, "main", NOW, limits={name: caps})

    results = await asyncio.gather(*(at_a_till(each.code, staff) for each in held for staff in (OLGA, PEKKA)))
    taken = {each.coupon.id: each.coupon.redeemed_cost or 0 for each in results if isinstance(each, Redeemed)}
    count = await count_of(database, name)
    assert (count.redeemed, count.spent) == (len(taken), sum(taken.values()))
    assert count.spent <= budget
    assert count.redeemed <= redemptions


_names = iter(range(1_000_000))


def new_name() -> int:
    """Return a number that no example had before."""
    return next(_names)


async def test_two_managers_who_add_stores_at_once_lose_none(database: Database) -> None:
    """Each store that was made known stays known, in both kinds of store."""

    async def add(store: str) -> None:
        async with database.write() as tx:
            await add_store(tx, store)

    await asyncio.gather(*(add(store) for store in ("West", "East", "West", "Kiosk")))
    async with database.read() as tx:
        assert await stores_added(tx) == ["East", "Kiosk", "West"]
