"""The eighteen actions, found in what the store shows: each once, whenever and however often it is looked for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import insert, update

from domain.company import Company
from domain.customers import KnownFact
from domain.lifecycle import Action
from domain.purchases import Purchase
from scheduler.lifecycle import Lifecycle
from store.customers import customer_by_id
from store.database import Database, Tx, store_url
from store.facts import set_facts
from store.ids import new_id
from store.lifecycle import actions_of, end_relationship
from store.purchases import add_purchases
from store.tables import cases, contacts, customers, pictures, runs, sendings
from tests.scheduler.stage import Killed, MortalDatabase
from tests.store.test_lives import people

NOW = dt.datetime(2027, 6, 1, 10, tzinfo=dt.UTC)
COMPANY = Company()


def before(days: float) -> dt.datetime:
    """The moment so many days before `NOW`."""
    return NOW - dt.timedelta(days=days)


async def contact(tx: Tx, customer_id: int, days: float, kind: str, **more: Any) -> None:
    """Put a contact of ours on the timeline."""
    row = {"channel": "telegram", "direction": "out", "state": "sent", "text": "", "proactive": True, **more}
    await tx.execute(insert(contacts).values(id=new_id(), customer_id=customer_id, at=before(days), kind=kind, **row))


async def buys(tx: Tx, customer_id: int, days: float, euros: int, group: str = "food") -> None:
    """Put in a receipt of one line."""
    at = before(days)
    await add_purchases(tx, [(customer_id, Purchase(f"R{days}", at, euros * 100, "EUR", group=group))])


async def found(database: Database, customer_id: int, job: Lifecycle | None = None) -> list[tuple[Action, str]]:
    """Look for actions and return hers with their refs, in the order of time."""
    await (job or Lifecycle(database, COMPANY, chunk=3)).find(NOW)
    async with database.read() as tx:
        return [(each.action, each.ref) for each in await actions_of(tx, customer_id)]


async def sending(tx: Tx, number: int, topic: str) -> None:
    """Put in a newsletter that was sent."""
    row: dict[str, Any] = {"name": "news", "digest": "d", "content": {}, "state": "finished", "topic": topic}
    await tx.execute(insert(sendings).values(id=number, created_at=NOW, frozen=True, on_unknown="never_twice", **row))


async def test_prospect_is_led_qualified_and_made_an_offer(database: Database) -> None:
    """What we do before the first purchase; the second look finds nothing more."""
    async with database.write() as tx:
        (ann,) = await people(tx, 1)
        await sending(tx, 5, "offers")
        await contact(tx, ann, 9, "staff_reply", staff_id=7)
        await set_facts(tx, [(ann, KnownFact("household", "two", "dialogue:fact.household", before(8)))])
        await contact(tx, ann, 7, "newsletter", newsletter_id=5)
        await contact(tx, ann, 6, "newsletter", newsletter_id=5)
        await contact(tx, ann, 5, "newsletter", newsletter_id=5, state="failed")
    expected = [
        (Action.LEAD_HANDLING, ""), (Action.QUALIFICATION, ""),
        (Action.FIRST_OFFER, ""), (Action.TARGET_ACQUISITION, "month:2027-05"),
    ]  # fmt: skip
    assert await found(database, ann) == expected
    assert await found(database, ann) == expected


async def test_start_is_the_contract_the_welcome_the_owner_and_the_first_news(database: Database) -> None:
    """What belongs to a new customer; a score of hers says whether she is content."""
    async with database.write() as tx:
        (ann,) = await people(tx, 1)
        await sending(tx, 5, "")
        await buys(tx, ann, 20, 10)
        run = {"customer_id": ann, "script_id": "welcome", "script_digest": "", "state": "done", "focus": 1}
        await tx.execute(
            insert(runs).values(id=new_id(), started_at=before(19), started_by="her", ended_at=before(18), **run)
        )
        await contact(tx, ann, 10, "newsletter", newsletter_id=5)
        await set_facts(tx, [(ann, KnownFact("nps", 9, "dialogue:nps", before(5)))])
        await tx.execute(update(customers).where(customers.c.id == ann).values(owner_id=7))
    actions = [action for action, _ in await found(database, ann)]
    assert actions == [Action.OWNER, Action.CONTRACT, Action.WELCOME, Action.INFORMATION, Action.SATISFACTION]


async def test_deepening_sells_more_and_dearer_and_hears_complaints(database: Database) -> None:
    """A new group after the first purchase, a dearer receipt after an offer, a fact that was corrected."""
    async with database.write() as tx:
        (ann,) = await people(tx, 1)
        await sending(tx, 5, "offers")
        for days in (60, 50, 40):
            await buys(tx, ann, days, 10)
        await contact(tx, ann, 30, "newsletter", newsletter_id=5)
        await buys(tx, ann, 20, 12, "tools")
        await buys(tx, ann, 10, 30)
        for days, value in ((9, "one"), (8, "two")):
            await set_facts(tx, [(ann, KnownFact("household", value, "staff:7", before(days)))])
        row = {"customer_id": ann, "kind": "complaint", "category": "delivery", "state": "new", "priority": "normal"}
        await tx.execute(insert(cases).values(opened_at=before(7), **row))
    actions = await found(database, ann)
    assert [action for action, _ in actions] == [
        Action.CONTRACT, Action.OFFER, Action.CROSS_SELL, Action.UPSELL, Action.DATA_UPKEEP, Action.COMPLAINT,
    ]  # fmt: skip
    assert [ref for action, ref in actions if action is Action.CROSS_SELL] == ["group:tools"]


async def test_who_falls_silent_is_reached_and_won_back(database: Database) -> None:
    """The contact counts once for the episode, the purchase after it wins her back."""
    async with database.write() as tx:
        (ann,) = await people(tx, 1)
        for days in (110, 100, 90):
            await buys(tx, ann, days, 10)
        since = before(50).date()
        await tx.execute(insert(pictures).values(customer_id=ann, day=since, stage="preventing_end", stage_since=since))
        for days in (40, 30):
            await contact(tx, ann, days, "words", channel="phone", staff_id=7)
        await buys(tx, ann, 20, 10)
    episode = f"since:{since}"
    actions = await found(database, ann)
    assert actions[:-1] == [
        (Action.CONTRACT, ""), (Action.ACTIVATE, episode), (Action.PREVENT_PASSIVATION, episode)
    ]  # fmt: skip
    assert actions[-1][0] is Action.WIN_BACK


async def test_history_that_is_imported_is_no_action(database: Database) -> None:
    """What happened long ago is not what the company does now; nor is an imported fact work on a customer."""
    async with database.write() as tx:
        (ann,) = await people(tx, 1)
        await buys(tx, ann, 400, 10)
        await buys(tx, ann, 300, 10, "tools")
        await set_facts(tx, [(ann, KnownFact("household", "two", "import:customers", before(1)))])
    assert await found(database, ann) == [(Action.CONTRACT, "")]


async def test_purchase_after_the_goodbye_is_a_return(database: Database) -> None:
    """The goodbye is over; one that only now comes in from before it changes nothing."""
    async with database.write() as tx:
        ann, bea = await people(tx, 2)
        for customer_id, days in ((ann, 9), (bea, 11)):
            await end_relationship(tx, customer_id, before(10))
            await buys(tx, customer_id, days, 10)
    await found(database, ann)
    async with database.read() as tx:
        known = [await customer_by_id(tx, customer_id) for customer_id in (ann, bea)]
    assert [each is not None and each.ended_at is None for each in known] == [True, False]


async def test_what_is_new_after_a_round_is_found_by_the_next(database: Database) -> None:
    """A job that went on and one that was started anew find the same."""
    job = Lifecycle(database, COMPANY, chunk=2)
    async with database.write() as tx:
        (ann,) = await people(tx, 1)
        await buys(tx, ann, 9, 10)
    assert await found(database, ann, job) == [(Action.CONTRACT, "")]
    assert await found(database, ann, job) == [(Action.CONTRACT, "")]
    async with database.write() as tx:
        for days, group in ((8, "a"), (7, "b"), (6, "c"), (5, "d")):
            await buys(tx, ann, days, 10, group)
    expected = [(Action.CONTRACT, ""), *((Action.CROSS_SELL, f"group:{group}") for group in "abcd")]
    assert await found(database, ann, job) == expected
    assert await found(database, ann) == expected


async def test_killed_anywhere_it_finds_the_same_in_the_end(sqlite_url: str) -> None:
    """Whatever had been kept counts once; what had not is found by the next process."""
    database = MortalDatabase(store_url(sqlite_url))
    async with database.write() as tx:
        (ann,) = await people(tx, 1)
        await sending(tx, 5, "offers")
        for days in (50, 40, 30):
            await contact(tx, ann, days + 1, "newsletter", newsletter_id=5)
            await buys(tx, ann, days, 10, f"group {days}")
            await set_facts(tx, [(ann, KnownFact("household", days, "staff:7", before(days)))])
    for fuse in range(1, 40):
        database.fuse = fuse
        try:
            await Lifecycle(database, COMPANY, chunk=1).find(NOW)
        except Killed:
            continue
        database.fuse = None
        break
    actions = [action for action, _ in await found(database, ann)]
    assert sorted(actions) == sorted(
        [Action.TARGET_ACQUISITION, Action.FIRST_OFFER, Action.CONTRACT, *[Action.OFFER, Action.CROSS_SELL] * 2]
        + [Action.DATA_UPKEEP] * 2
    )
    await database.close()


async def test_long_round_goes_on_tick_by_tick(sqlite_database: Database) -> None:
    """Other jobs have their turn in between; as long as there is more, the next tick is due at once."""
    async with sqlite_database.write() as tx:
        (ann,) = await people(tx, 1)
        for days in range(1, 13):
            await buys(tx, ann, days, 10, f"group {days}")
    job = Lifecycle(sqlite_database, COMPANY, chunk=2)
    ticks = 0
    while ticks == 0 or await _is_due(sqlite_database, job):
        await job.tick(NOW)
        ticks += 1
    assert ticks == 2
    async with sqlite_database.read() as tx:
        assert len(await actions_of(tx, ann)) == 12


async def _is_due(database: Database, job: Lifecycle) -> bool:
    async with database.read() as tx:
        return await job.next_due(tx, NOW) == NOW
