"""Slots on the company's holidays: as on any day, on the next day that is none, or left out and told."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo

import pytest
from sqlalchemy import select

from domain.faults import Faults
from scheduler.notices import Holiday
from store import schedules
from store.tables import sendings
from tests.scheduler.stage import SPRING, START, Killed, Stage

ZONE = zoneinfo.ZoneInfo("Europe/Helsinki")
CHRISTMAS = frozenset(dt.date(2027, 12, day) for day in (24, 25, 26))
BEGIN = dt.datetime(2027, 12, 20, 12, tzinfo=ZONE)
_HOURS = frozenset({0, 9, 10, 11, 12, 23})  # around the letters' own times, and where a day begins and ends


async def _live(stage: Stage, cron: str, on_holiday: str) -> list[dt.datetime]:
    """Live through Christmas with a kill at each first moment; return when the one customer got her letters."""
    assert START < BEGIN
    front = f'schedule = "{cron}"\non_holiday = "{on_holiday}"\ntimezone = "Europe/Helsinki"\n'
    stage.write("spring.en.j2", SPRING.replace("title", f"{front}title", 1))
    stage.company = dataclasses.replace(stage.company, holidays=CHRISTMAS)
    await stage.close()
    stage.start()
    await stage.put_customers(1)
    await stage.ticker.tick(BEGIN)
    got: list[dt.datetime] = []
    now = BEGIN
    while now < dt.datetime(2027, 12, 30, tzinfo=ZONE):
        if now.astimezone(ZONE).hour not in _HOURS:
            now += dt.timedelta(hours=1)
            continue
        stage.database.fuse = 1 if len(got) % 2 else None
        try:
            await stage.run(now)
        except Killed:
            await stage.restart()
            await stage.run(now)
        stage.database.fuse = None
        got += [now] * (len(stage.arrived) - len(got))
        now += dt.timedelta(hours=1)
    return [at.astimezone(ZONE) for at in got]


@pytest.mark.parametrize(
    ("on_holiday", "days"), [("send", [23, 24, 25, 26, 27]), ("next day", [23, 27]), ("skip", [23, 27])]
)
async def test_daily_letter_at_christmas(stage: Stage, on_holiday: str, days: list[int]) -> None:
    """Each slot is handled once; what moves to a day that has a slot of its own goes once there; all moves are told."""
    got = await _live(stage, "0 10 23-27 12 *", on_holiday)
    assert [(at.day, at.hour) for at in got] == [(day, 10) for day in days]
    moved = {one.due_at.astimezone(ZONE).day for one in stage.notices.told if isinstance(one, Holiday)}
    assert moved == (set() if on_holiday == "send" else {24, 25, 26})
    async with stage.database.read() as tx:
        ((schedule, _),) = [one for one in await schedules.enabled(tx) if one[0].kind == "newsletter"]
        handled = [slot.due_at.astimezone(ZONE).day for slot in await schedules.slots_of(tx, schedule.id, BEGIN)]
    assert handled == [23, 24, 25, 26, 27]


async def test_yearly_letter_moves_behind_the_holidays(stage: Stage) -> None:
    """Where the next days are holidays, too, it goes on the first that is none, at the same time, once."""
    got = await _live(stage, "30 9 24 12 *", "next day")
    assert [(at.day, at.hour) for at in got] == [(27, 10)]  # _live looks at full hours
    (told,) = {one.goes_at for one in stage.notices.told if isinstance(one, Holiday)}
    assert told == dt.datetime(2027, 12, 27, 9, 30, tzinfo=ZONE)
    async with stage.database.read() as tx:
        assert [row.state for row in await tx.execute(select(sendings.c.state))] == ["finished"]


async def test_without_a_schedule_there_is_no_holiday(stage: Stage) -> None:
    """A key that would do nothing is named as a fault by the reading of the file."""
    stage.write("spring.en.j2", SPRING.replace("title", 'on_holiday = "skip"\ntitle', 1))
    await stage.close()
    with pytest.raises(Faults, match="on_holiday: has no schedule to belong to"):
        stage.start()
