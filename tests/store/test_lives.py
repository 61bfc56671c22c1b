"""Lives: what happened to customers beside their purchases, the same by range and by list, on both databases."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from sqlalchemy import insert, select, update

from domain.customers import Consent, KnownFact, Purpose, Reach
from domain.lives import Life
from domain.purchases import Purchase
from domain.signals import Signal, SignalKind
from store.consents import give_consents
from store.customers import add_customers
from store.database import Database, Tx
from store.facts import set_facts
from store.ids import new_id
from store.lives import load_lives
from store.purchases import add_purchases
from store.signals import raise_signals
from store.tables import case_events, cases, customers, memberships, runs

ZONE = zoneinfo.ZoneInfo("Europe/Helsinki")
AT = dt.datetime(2027, 6, 1, 3, tzinfo=ZONE)
BEFORE = dt.datetime(2027, 3, 1, 22, 30, tzinfo=dt.UTC)  # the next day in Helsinki
DAY = dt.date(2027, 3, 2)


async def people(tx: Tx, count: int) -> list[int]:
    """Put in so many customers and return their ids."""
    await add_customers(tx, [{"name": f"No {number}", "created_at": BEFORE} for number in range(count)])
    return list(await tx.scalars(select(customers.c.id).order_by(customers.c.id)))


async def case(tx: Tx, customer_id: int, kind: str, state: str, *moves: str) -> None:
    """Put in a case that has gone through *moves*."""
    values: dict[str, Any] = {"customer_id": customer_id, "kind": kind, "state": state, "category": "delivery"}
    values |= {"priority": "normal", "opened_at": BEFORE, "resolved_at": BEFORE if moves else None}
    number = (await tx.execute(insert(cases).values(values).returning(cases.c.id))).scalar_one()
    for move in moves:
        await tx.execute(insert(case_events).values(id=new_id(), case_id=number, at=BEFORE, move=move))


async def test_life_of_whom_nothing_is_known_is_empty(database: Database) -> None:
    """Only the day on which she was put in is told, in the company's zone; unknown ids are missing."""
    async with database.write() as tx:
        ann, bea = await people(tx, 2)
        assert await load_lives(tx, [ann, bea, 999], AT) == {ann: Life(ann, DAY), bea: Life(bea, DAY)}
        assert await load_lives(tx, [], AT) == {}


async def test_life_tells_what_she_said_and_what_was_agreed(database: Database) -> None:
    """The newest answer counts, a current No to profiling objects, an agreement makes a partner."""
    async with database.write() as tx:
        ann, bea = await people(tx, 2)
        row: dict[str, Any] = {"met_at": BEFORE, "last_in_at": BEFORE, "reach": "reachable", "owner_id": 7}
        await tx.execute(update(customers).where(customers.c.id == ann).values(row))
        for value in (3, 9):
            await set_facts(tx, [(ann, KnownFact("nps", value, "dialogue:nps", BEFORE))])
        await set_facts(tx, [(ann, KnownFact("cost_to_serve", 40.5, "staff:7", BEFORE))])
        await set_facts(tx, [(bea, KnownFact("partner", True, "staff:7", BEFORE))])
        yes, no = ((purpose, given) for purpose, given in ((Purpose.MARKETING, True), (Purpose.PROFILING, False)))
        await give_consents(tx, [(ann, Consent(*each, "1", "staff", BEFORE)) for each in (yes, no)])
        for name, since, until in (("club:wine", BEFORE, None), ("partner", BEFORE, BEFORE)):
            await tx.execute(insert(memberships).values(customer_id=ann, name=name, since=since, until=until))
        run = {"customer_id": ann, "script_id": "welcome", "script_digest": "", "state": "done", "focus": 1}
        await tx.execute(insert(runs).values(id=new_id(), started_at=BEFORE, started_by="her", ended_at=BEFORE, **run))
        lives = await load_lives(tx, [ann, bea], AT)
    assert lives[ann] == Life(
        ann, DAY, met_on=DAY, last_in_on=DAY, owner_id=7, reach=Reach.REACHABLE, nps=9, nps_on=DAY,
        memberships=("club:wine",), takes_newsletters=True, objects_to_profiling=True, welcomed_on=DAY,
        cost_to_serve=40.5,
    )  # fmt: skip
    assert lives[bea].is_partner


async def test_life_tells_what_went_wrong(database: Database) -> None:
    """A refusal that stands counts even after its case was closed; one that was taken back does not."""
    async with database.write() as tx:
        ann, bea, eve = await people(tx, 3)
        await case(tx, ann, "complaint", "new")
        await case(tx, ann, "question", "open")
        await case(tx, bea, "complaint", "closed", "decline")
        await case(tx, eve, "complaint", "closed", "decline", "reopen", "resolve")
        later = AT + dt.timedelta(days=1)
        for at, kind in ((BEFORE, SignalKind.MUTE), (AT, SignalKind.BLOCK), (later, SignalKind.ABANDONED_SURVEY)):
            await raise_signals(tx, [Signal(eve, kind, at)])
        lives = await load_lives(tx, [ann, bea, eve], AT)
    assert (lives[ann].open_cases, lives[ann].has_open_complaint, lives[ann].declined_on) == (2, True, None)
    assert (lives[bea].open_cases, lives[bea].declined_on) == (0, DAY)
    assert (lives[eve].declined_on, lives[eve].signal, lives[eve].signal_on) == (None, "block", AT.date())


async def test_referral_counts_when_the_friend_really_joined(database: Database) -> None:
    """Met the bot or bought; who sent herself, or a friend who only stands in a list, counts nothing."""
    async with database.write() as tx:
        ann, bea, eve, fay = await people(tx, 4)
        for friend, sender in ((bea, ann), (eve, ann), (fay, ann), (ann, ann)):
            await set_facts(tx, [(friend, KnownFact("referred_by", sender, "start", BEFORE))])
        await tx.execute(update(customers).where(customers.c.id.in_([ann, bea])).values(met_at=BEFORE))
        await add_purchases(tx, [(eve, Purchase("R1", BEFORE, 100, "EUR"))])
        lives = await load_lives(tx, [ann, bea], AT)
    assert (lives[ann].referrals, lives[bea].referrals) == (2, 0)


async def test_scattered_ids_give_the_same_as_a_range(database: Database) -> None:
    """How the ids are bound changes nothing."""
    async with database.write() as tx:
        ids = await people(tx, 12)
        for number in ids[::5]:
            await set_facts(tx, [(number, KnownFact("nps", number % 10, "x", BEFORE))])
        whole = await load_lives(tx, ids, AT)
        some = await load_lives(tx, ids[::5], AT)
    assert some == {number: whole[number] for number in ids[::5]}
