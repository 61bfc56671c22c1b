"""A slot of a schedule is handled once, and a changed schedule owes nothing from before."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from domain.schedules import Schedule, Slot, SlotState
from store import schedules
from store.database import Database, Tx
from tests.store.sending_rows import NOW

HOUR = dt.timedelta(hours=1)


async def keep(tx: Tx, now: dt.datetime = NOW, **changes: Any) -> Schedule:
    """Keep the schedule that these tests use."""
    values: dict[str, Any] = {
        "cron": "0 9 * * 1",
        "timezone": "Europe/Helsinki",
        "late": dt.timedelta(hours=6),
        "audience": "visits(12m) >= 1",
    }
    return await schedules.keep(tx, "newsletter", "weekly", now=now, **values | changes)


async def test_a_kept_schedule_comes_back_as_it_was_given(database: Database) -> None:
    """What was kept is what is read, with its handled instant at its beginning."""
    async with database.write() as tx:
        kept = await keep(tx)
    async with database.read() as tx:
        assert await schedules.enabled(tx) == [(kept, NOW)]
    assert (kept.late_s, kept.since, kept.audience) == (21600, NOW, "visits(12m) >= 1")


async def test_the_same_schedule_kept_again_goes_on_from_where_it_was(database: Database) -> None:
    """A restart reads the files again: nothing begins anew, another audience counts at once."""
    async with database.write() as tx:
        first = await keep(tx)
        again = await keep(tx, NOW + HOUR, audience="")
    assert (again.id, again.since, again.audience) == (first.id, NOW, "")


async def test_another_cron_line_begins_now(database: Database) -> None:
    """A changed time owes no slot of the past."""
    async with database.write() as tx:
        await keep(tx)
        assert (await keep(tx, NOW + HOUR, cron="0 8 * * *")).since == NOW + HOUR


async def test_a_schedule_whose_file_is_gone_rests_and_begins_anew_when_it_is_back(database: Database) -> None:
    """Slots of the time without a file are not made up for."""
    async with database.write() as tx:
        await keep(tx)
        await schedules.disable_others(tx, "newsletter", ["another"])
        assert await schedules.enabled(tx) == []
        await schedules.disable_others(tx, "survey", [])
        assert (await keep(tx, NOW + HOUR)).since == NOW + HOUR


async def test_a_slot_is_claimed_once(database: Database) -> None:
    """The second claim of the same slot is refused, and the schedule's handled instant moves to it."""
    async with database.write() as tx:
        kept = await keep(tx)
        slot = Slot(kept.id, NOW + HOUR, SlotState.STARTED, NOW + 2 * HOUR)
        assert await schedules.claim(tx, slot)
    async with database.write() as tx:
        assert not await schedules.claim(tx, Slot(kept.id, NOW + HOUR, SlotState.REPORTED_LATE, NOW + 3 * HOUR))
        assert await schedules.slots_of(tx, kept.id, NOW) == [slot]
        assert await schedules.enabled(tx) == [(kept, NOW + HOUR)]


async def test_of_many_claims_at_once_one_wins(database: Database) -> None:
    """Two machines that tick at the same moment start one sending."""
    async with database.write() as tx:
        kept = await keep(tx)

    async def try_it() -> bool:
        async with database.write() as tx:
            return await schedules.claim(tx, Slot(kept.id, NOW, SlotState.STARTED, NOW))

    assert sorted(await asyncio.gather(*(try_it() for _ in range(6)))) == [False] * 5 + [True]
