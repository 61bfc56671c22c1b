"""A sending at the same local time everywhere: who gets it when, who not at all, and how long it rests meanwhile."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import select, update

from domain.company import CourtesyRules
from domain.newsletters import Account, SendingState
from store import outbox, recipients, sendings
from store.tables import customers
from store.tables import outbox as outbox_table
from tests.scheduler.stage import SPRING, START, Stage
from tests.scheduler.test_newsletters import look, start

HELSINKI, NEW_YORK, TOKYO = "Europe/Helsinki", "America/New_York", "Asia/Tokyo"
ZONES = (HELSINKI, TOKYO, NEW_YORK)
HOUR = dt.timedelta(hours=1)
SIX = START.replace(hour=4)  # in Helsinki: seven hours later it is past ten in Tokyo, and not yet in New York
S = SendingState


async def stand(stage: Stage, front: str = 'local_time = "10:00"\nlate = "2h"') -> None:
    """Six customers, two in each zone; nothing at night."""
    stage.write("spring.en.j2", SPRING.replace("title", f"{front}\ntitle"))
    stage.company = dataclasses.replace(stage.company, courtesy=CourtesyRules(per_week=99, least_gap=dt.timedelta(0)))
    await stage.close()
    stage.start()
    await stage.put_customers(6)
    async with stage.database.write() as tx:
        for number, zone in enumerate(ZONES * 2, start=1):
            await tx.execute(update(customers).where(customers.c.id == number).values(timezone=zone))


async def live(stage: Stage, sending_id: int, now: dt.datetime, until: dt.datetime) -> dict[int, dt.datetime]:
    """Tick whenever something is due; return when each customer got it."""
    got: dict[int, dt.datetime] = {}
    while now <= until and not (await look(stage, sending_id))[0].state.is_over:
        await stage.run(now)
        for row in stage.arrived:
            got.setdefault(row.customer_id or 0, now)
        due = await stage.ticker.next_due(now)
        now = max(due or until + HOUR, now + dt.timedelta(seconds=1))
    return got


async def begin(stage: Stage, at: dt.datetime) -> int:
    """Start a sending then."""
    sending_id = await start(stage, state=S.DRAFT)
    async with stage.database.write() as tx:
        await sendings.move(tx, sending_id, S.RUNNING, at)
    return sending_id


async def test_everybody_gets_it_at_ten_where_she_lives(stage: Stage) -> None:
    """In Helsinki and New York today, in Tokyo, where ten is long past, tomorrow; between these it rests."""
    await stand(stage)
    sending_id = await begin(stage, SIX)
    got = await live(stage, sending_id, SIX, SIX + 72 * HOUR)
    day = START.replace(hour=0)
    helsinki, new_york, tokyo = day + 8 * HOUR, day + 15 * HOUR, day + 25 * HOUR
    assert got == {1: helsinki, 4: helsinki, 2: tokyo, 5: tokyo, 3: new_york, 6: new_york}
    assert (await look(stage, sending_id))[1] == Account(sent=6)


async def test_while_all_of_it_rests_nothing_is_rendered_and_nothing_ticks(stage: Stage) -> None:
    """The next work is the first moment in any zone, not that of the first customer's."""
    await stand(stage)
    sending_id = await begin(stage, SIX)
    await stage.ticker.tick(SIX)
    async with stage.database.read() as tx:
        assert await recipients.count_in_outbox(tx, sending_id) == 0
        assert await stage.newsletters.next_due(tx, SIX) == START.replace(hour=8)
    await stage.run(START.replace(hour=8))
    async with stage.database.read() as tx:
        assert await stage.newsletters.next_due(tx, START.replace(hour=8, minute=1)) == START.replace(hour=15)


async def test_what_an_outage_made_too_late_where_she_lives_is_skipped(stage: Stage) -> None:
    """Down from before ten until after New York's allowance: those of Tokyo still get it, in their morning."""
    await stand(stage)
    sending_id = await begin(stage, SIX)
    await stage.ticker.tick(SIX)
    back = START.replace(hour=18)
    got = await live(stage, sending_id, back, back + 48 * HOUR)
    assert set(got) == {2, 5}
    assert (await look(stage, sending_id))[1] == Account(sent=2, skipped={"too_late": 4})


async def test_what_is_held_at_the_call_beyond_its_time_is_skipped(stage: Stage) -> None:
    """One held for an hour gets it then, one held for a day does not get it at a wrong time."""
    await stand(stage)
    sending_id = await begin(stage, SIX)
    ten = START.replace(hour=8)
    await stage.ticker.tick(ten)
    async with stage.database.write() as tx:
        for who, hours in ((1, 1), (4, 24)):
            held = update(outbox_table).where(outbox_table.c.customer_id == who)
            await tx.execute(held.values(not_before=ten + hours * HOUR, reason="least_gap"))
    got = await live(stage, sending_id, ten, ten + 48 * HOUR)
    assert got[1] == ten + HOUR
    assert 4 not in got
    assert (await look(stage, sending_id))[1] == Account(sent=5, skipped={"too_late": 1})


async def test_what_waits_for_the_pump_carries_its_deadline(stage: Stage) -> None:
    """So a pump that is held up for hours sends nothing at a wrong time; where there is none there is no deadline."""
    await stand(stage)
    await begin(stage, SIX)
    await stage.ticker.tick(START.replace(hour=8))
    async with stage.database.read() as tx:
        found = (await tx.execute(select(outbox_table.c.customer_id, outbox_table.c.not_after))).all()
    assert [tuple(row) for row in sorted(found)] == [(who, START.replace(hour=10)) for who in (1, 4)]


async def test_staff_who_let_it_go_on_give_everybody_a_new_day(stage: Stage) -> None:
    """Paused over the time and resumed in the evening: nobody is too late, ten comes again."""
    await stand(stage)
    sending_id = await begin(stage, SIX)
    evening = START.replace(hour=19)
    async with stage.database.write() as tx:
        await sendings.move(tx, sending_id, S.PAUSED, SIX)
        await sendings.move(tx, sending_id, S.RUNNING, evening)
    await live(stage, sending_id, evening, evening + 72 * HOUR)
    assert (await look(stage, sending_id))[1] == Account(sent=6)


async def test_nobody_waits_for_those_who_sleep(stage: Stage) -> None:
    """Without a local time, at Helsinki's midnight: New York at once, the others in their mornings, by zone."""
    await stand(stage, "")
    midnight = START.replace(hour=22)
    sending_id = await begin(stage, midnight)
    got = await live(stage, sending_id, midnight, midnight + 24 * HOUR)
    tokyo, helsinki = START.replace(hour=23), START.replace(day=3, hour=6)
    assert got == {3: midnight, 6: midnight, 2: tokyo, 5: tokyo, 1: helsinki, 4: helsinki}


async def test_a_pause_ends_the_rest_of_those_who_wait(stage: Stage) -> None:
    """What comes to wait again after the pause is taken back a second later, not at the end of the rest."""
    await stand(stage, "")
    sending_id = await begin(stage, START)
    await stage.ticker.tick(START)
    async with stage.database.write() as tx:
        claimed = await outbox.claim(tx, START, owner="test", limit=9)
        await sendings.move(tx, sending_id, S.PAUSED, START)
    await stage.ticker.tick(START)
    async with stage.database.write() as tx:
        await outbox.settle(tx, again=[outbox.Again(row.id, START, 0) for row in claimed])
    assert await stage.ticker.next_due(START) == START + dt.timedelta(seconds=1)
    await stage.run(START + dt.timedelta(seconds=1))
    assert stage.arrived == []
    assert await stage.ticker.next_due(START + dt.timedelta(seconds=1)) is None
