"""The job of events: places go on to the next, held guests keep theirs for a time, and everybody is told once."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from domain.company import Company
from domain.events import Event, GuestState, KeptEvent
from domain.loyalty import Loyalty
from scheduler.event_guests import EventGuests
from store.database import Database
from store.event_attendance import counts_of, mark_attended
from store.events import accept, cancel_event, decline, event_named, guests
from store.outbox_payload import read_message
from store.purchases import add_purchases
from store.tables import customers, events, outbox
from templates.words import SHIPPED, Words
from tests.store.sending_rows import put_consents, put_customers
from tests.store.test_events import NOW, bought, evening

DAY = dt.timedelta(days=1)
COMPANY = Company(languages=("en", "fi", "cs"))


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.load([SHIPPED], COMPANY.languages, zone=COMPANY.timezone)


class Stage:
    """The job over a store with some regulars; the best is customer 1."""

    def __init__(self, database: Database, words: Words, event: Event) -> None:
        self.database = database
        self.loyalty = Loyalty(events=(event,))
        self.job = EventGuests(database, COMPANY, words, self.loyalty)

    async def tick(self, at: dt.datetime) -> list[GuestState]:
        """Tick, and return where the guests stand, by rank."""
        await self.job.tick(at)
        async with self.database.read() as tx:
            return [each.state for each in await guests(tx, (await self.kept()).id)]

    async def kept(self) -> KeptEvent:
        async with self.database.read() as tx:
            kept = await event_named(tx, "evening")
        assert kept is not None
        return kept

    async def sent(self) -> Counter[tuple[int, str]]:
        """Count what is on its way, by customer and what it is."""
        async with self.database.read() as tx:
            rows = (await tx.execute(select(outbox.c.customer_id, outbox.c.ref))).all()
        return Counter((row.customer_id, row.ref.rpartition(":")[2]) for row in rows)


async def _stage(database: Database, words: Words, count: int, **values: object) -> Stage:
    async with database.write() as tx:
        await put_customers(tx, range(1, count + 1), language="en")
        await put_consents(tx, range(1, count + 1))
        await add_purchases(tx, [(i, bought(90000 - i, f"r{i}")) for i in range(1, count + 1)])
    event = replace(evening(places=2, reserve=8), invite_from=NOW, **values)  # type: ignore[arg-type] # a test's shorthand
    return Stage(database, words, event)


async def test_place_that_is_not_answered_or_cannot_be_offered_goes_to_the_next(
    database: Database, words: Words
) -> None:
    """1 is muted and skipped, 2 accepts, 3 does not answer in time, 4 has left the bot: 5 is invited; each once."""
    stage = await _stage(database, words, 6)
    I, W, S, A, D = (GuestState(each) for each in ("invited", "waiting", "skipped", "accepted", "declined"))  # noqa: E741, N806 - states
    assert await stage.tick(NOW) == [I, I, W, W, W, W]
    async with database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(reach="blocked"))
        await accept(tx, (await _id(stage)), 2, NOW)
    assert await stage.tick(NOW + DAY) == [S, A, I, W, W, W]
    assert await stage.tick(NOW + 2 * DAY) == [S, A, I, W, W, W]
    async with database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 4).values(not_served_at=NOW))
    assert await stage.tick(NOW + 7 * DAY) == [S, A, D, S, I, W]
    assert await stage.tick(NOW + 7 * DAY) == [S, A, D, S, I, W]
    assert await stage.sent() == Counter((who, "invitation") for who in (1, 2, 3, 5))


async def test_held_guest_keeps_her_place_until_the_hold_is_over(database: Database, words: Words) -> None:
    """At night nobody is invited, and nobody else instead; in the morning the same two are."""
    stage = await _stage(database, words, 4)
    night = NOW.replace(hour=23)
    assert await stage.tick(night) == [GuestState.WAITING] * 4
    async with database.read() as tx:
        due = await stage.job.next_due(tx, night)
    assert due is not None
    assert due.astimezone(zoneinfo.ZoneInfo(COMPANY.timezone)).time() == COMPANY.courtesy.quiet_to
    assert (await stage.tick(due))[:3] == [GuestState.INVITED, GuestState.INVITED, GuestState.WAITING]


async def test_reminder_comes_once_and_who_was_not_marked_was_absent(database: Database, words: Words) -> None:
    """Who has accepted is reminded the day before; a day after the start the event is over."""
    stage = await _stage(database, words, 3)
    await stage.tick(NOW)
    event_id = await _id(stage)
    async with database.write() as tx:
        for who in (1, 2):
            await accept(tx, event_id, who, NOW)
    starts = (await stage.kept()).starts_at
    for _ in range(2):
        await stage.tick(starts - dt.timedelta(hours=20))
    assert (await stage.sent())[1, "reminder"] == (await stage.sent())[2, "reminder"] == 1
    async with database.write() as tx:
        await mark_attended(tx, await stage.kept(), 1, "Evening", starts)
    await stage.tick(starts + DAY)
    async with database.read() as tx:
        counts = await counts_of(tx, await stage.kept())
    assert (counts.attended, counts.absent, (await stage.kept()).state.value) == (1, 1, "held")


async def test_cancelled_event_is_told_to_those_who_count_on_it(database: Database, words: Words) -> None:
    """Once each; who has declined hears nothing, and nobody is invited any more."""
    stage = await _stage(database, words, 4)
    await stage.tick(NOW)
    event_id = await _id(stage)
    async with database.write() as tx:
        await accept(tx, event_id, 1, NOW)
        await decline(tx, event_id, 2, NOW)
    stage.loyalty.events = (replace(stage.loyalty.events[0], cancelled=True),)
    for _ in range(2):
        await stage.tick(NOW + 3 * DAY)
    assert await stage.sent() == Counter([(1, "invitation"), (2, "invitation"), (1, "cancelled")])
    async with database.read() as tx:
        assert await stage.job.next_due(tx, NOW + 3 * DAY) is None


async def test_other_time_or_place_is_told_once_to_those_who_count_on_it(database: Database, words: Words) -> None:
    """Whoever has a place or an open invitation, not who declined; whoever was reminded is reminded of the new day."""
    stage = await _stage(database, words, 4)
    stage.loyalty.events = (replace(stage.loyalty.events[0], places=3),)
    await stage.tick(NOW)
    event_id = await _id(stage)
    async with database.write() as tx:
        await accept(tx, event_id, 1, NOW)
        await decline(tx, event_id, 2, NOW)
    (event,) = stage.loyalty.events
    later = replace(event, starts=event.starts + DAY, place="Garden")
    stage.loyalty.events = (later,)
    night = (NOW + DAY).replace(hour=23)
    await stage.tick(night)
    async with database.read() as tx:
        due = await stage.job.next_due(tx, night)
    assert due is not None
    assert (await stage.sent())[1, "moved"] == 0
    again = EventGuests(database, COMPANY, words, stage.loyalty)  # as after a kill: what is to be told is in the store
    for hours in (0, 1, 48):
        await again.tick(due + hours * dt.timedelta(hours=1))
    told = await stage.sent()
    assert {who: told[who, "moved"] for who in (1, 2, 3, 4)} == {1: 1, 2: 0, 3: 1, 4: 0}
    async with database.read() as tx:
        payloads = (await tx.scalars(select(outbox.c.payload).where(outbox.c.ref == f"event:{event_id}:moved"))).all()
        assert all("Saturday 13 March at 12:00, Garden" in read_message(each).text for each in payloads)
    starts = (await stage.kept()).starts_at
    await again.tick(starts - dt.timedelta(hours=20))
    assert (await stage.sent())[1, "reminder"] == 1
    stage.loyalty.events = (replace(later, starts=later.starts + 9 * DAY),)
    await again.tick(starts - dt.timedelta(hours=3))
    await again.tick(starts + 8 * DAY + dt.timedelta(hours=1))
    told = await stage.sent()
    assert (told[1, "moved"], told[1, "reminder"]) == (2, 2)


async def test_change_of_places_or_of_what_was_before_is_told_to_nobody(database: Database, words: Words) -> None:
    """More places are no news to a guest, nor is a place that nothing was kept of, nor a time that is over."""
    stage = await _stage(database, words, 2)
    await stage.tick(NOW)
    async with database.write() as tx:
        await tx.execute(update(events).values(evidence={}))
    (event,) = stage.loyalty.events
    stage.loyalty.events = (replace(event, places=3, place="Garden"),)
    await stage.tick(NOW + DAY)
    stage.loyalty.events = (replace(stage.loyalty.events[0], starts=event.starts - DAY),)
    await stage.tick(event.starts)
    assert {key for _, key in await stage.sent()} == {"invitation"}
    assert (await stage.kept()).evidence["place"] == "Garden"


async def test_process_with_older_files_neither_takes_a_change_back_nor_tells_old_words(
    database: Database, words: Words
) -> None:
    """While one of two machines has the newer file already, guests are told once, and of the newer time."""
    older = await _stage(database, words, 2)
    await older.tick(NOW)
    (event,) = older.loyalty.events
    newer = EventGuests(database, COMPANY, words, Loyalty(events=(replace(event, starts=event.starts + DAY),)))
    await newer.tick((NOW + DAY).replace(hour=23))  # courtesy lets nobody be told yet
    for hours in range(12, 72, 6):
        for job in (older.job, newer):
            await job.tick(NOW + DAY + hours * dt.timedelta(hours=1))
    assert (await older.sent())[1, "moved"] == 1
    async with database.read() as tx:
        payloads = (await tx.scalars(select(outbox.c.payload).where(outbox.c.ref.like("%:moved")))).all()
        assert all("Saturday 13 March" in read_message(each).text for each in payloads)
        due = await older.job.next_due(tx, NOW + 2 * DAY)
    assert due is not None
    assert due > NOW + 2 * DAY


async def test_nobody_is_reminded_of_an_event_that_was_cancelled_meanwhile(database: Database, words: Words) -> None:
    """A manager cancels it after the job has looked at the event and before it tells the guests."""
    stage = await _stage(database, words, 1)
    await stage.tick(NOW)
    (event,), seen = stage.loyalty.events, await stage.kept()
    async with database.write() as tx:
        await accept(tx, seen.id, 1, NOW)
        await cancel_event(tx, event, seen.starts_at, NOW)
    tomorrow = seen.starts_at - dt.timedelta(hours=20)
    await stage.job._go_on(event, seen, tomorrow)
    await stage.tick(tomorrow)
    assert await stage.sent() == Counter([(1, "invitation"), (1, "cancelled")])


async def _id(stage: Stage) -> int:
    return (await stage.kept()).id
