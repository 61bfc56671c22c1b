"""The morning's list: on opening days, what is pressing and no more, to whom it concerns, once a day."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import pytest

from domain.case_rules import CaseRules
from domain.cases import Move
from domain.company import Company
from scheduler.case_digest import CaseDigest
from store.database import Database, store_url
from store.staff import set_reachable
from tests.bot.case_scene import LANGUAGES, OLGA, PETE, QUINN, CaseScene
from tests.scheduler.stage import Killed, MortalDatabase

COMPANY = Company(name="Aurora", languages=LANGUAGES, holidays=frozenset({dt.date(2027, 3, 26)}))  # Good Friday
FRIDAY, MONDAY, TUESDAY, THURSDAY = "2027-02-26", "2027-03-01", "2027-03-02", "2027-03-04"


def job(scene: CaseScene) -> CaseDigest:
    """Return the job as a process has it."""
    return CaseDigest(scene.database, scene.company, scene.notices)


async def scene_on(database: Database, count: int = 6) -> CaseScene:
    """Return a scene with its people."""
    scene = CaseScene(database, COMPANY)
    await scene.people(count)
    return scene


async def test_each_reads_her_own_and_nobodys_and_a_manager_all_that_are_late(database: Database) -> None:
    """The most pressing first: late, due today, nobody's, waiting for long; what is due later is left out."""
    scene = await scene_on(database)
    waiting = await scene.opens(1, f"{MONDAY} 09:00")
    await scene.moves(waiting, Move.REPLY, f"{MONDAY} 09:30")
    late = await scene.opens(2, "2027-03-03 10:00")
    await scene.moves(late, Move.TAKE, "2027-03-03 10:05")
    today = await scene.opens(3, "2027-03-03 15:00")
    await scene.moves(today, Move.TAKE, "2027-03-03 15:05", by=PETE)
    nobodys = await scene.opens(4, "2027-03-03 16:00")
    later = await scene.opens(5, "2027-03-03 16:30")
    later = await scene.moves(later, Move.REPLY, "2027-03-03 16:40")
    await scene.moves(later, Move.CUSTOMER_WRITES, "2027-03-03 16:50", by=None)
    await job(scene).tick(scene.at(f"{THURSDAY} 09:40"))
    told = {who: (text, taps) for who, text, taps in await scene.told()}
    text, taps = told[OLGA]
    assert text.splitlines() == [
        "<b>Today: 4 cases</b>",
        f"⏰ <b>No {late.id}</b> · Delivery · Ann 2 · late since Wed 3 Mar 14:00",
        f"⏱ <b>No {nobodys.id}</b> · Delivery · Ann 4 · First answer by 12:00",
        f"⏱ <b>No {later.id}</b> · Delivery · Ann 5 · Answer by 16:50",
        f"💤 <b>No {waiting.id}</b> · Delivery · Ann 1 · waits for the customer since Mon 1 Mar",
    ]
    shown = [late, nobodys, later, waiting]
    assert taps == [*(f"s.{case.id}.show" for case in shown), "s.list"]
    assert told[PETE][0].splitlines()[1].endswith("Ann 3 · First answer by 11:00")
    assert [len(told[who][0].splitlines()) - 1 for who in (PETE, QUINN)] == [2, 2]
    assert told[QUINN][0].splitlines()[1].endswith("late since Wed 3 Mar 14:00 · Olga")


async def test_nothing_pressing_is_nothing_said(sqlite_database: Database) -> None:
    """A list without lines would teach staff to skip it."""
    scene = await scene_on(sqlite_database)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    await scene.moves(case, Move.REPLY, f"{MONDAY} 11:00")
    await job(scene).tick(scene.at(f"{TUESDAY} 08:45"))
    assert await scene.told() == []


async def test_list_is_at_most_ten_lines(sqlite_database: Database) -> None:
    """Its title, the eight most pressing, and how many more there are; nine cases have a line each."""
    scene = await scene_on(sqlite_database, 14)
    for who in range(1, 10):
        await scene.opens(who, f"{MONDAY} 10:00")
    await job(scene).tick(scene.at(f"{TUESDAY} 08:45"))
    nine = (await scene.told())[0][1]
    assert len(nine.splitlines()) == 10
    assert "more" not in nine
    for who in range(10, 15):
        await scene.opens(who, f"{MONDAY} 10:00")
    await job(scene).tick(scene.at("2027-03-03 08:45"))
    (_, text, taps), *_ = await scene.told()
    assert len(text.splitlines()) == 10
    assert text.splitlines()[0] == "<b>Today: 14 cases</b>"
    assert text.endswith("… and 6 more: /cases")
    assert len(taps) == 9


@pytest.mark.parametrize(
    ("at", "comes"),
    [
        (f"{TUESDAY} 08:44", False),
        (f"{TUESDAY} 08:45", True),
        (f"{TUESDAY} 12:44", True),  # after an outage, as long as it is still morning
        (f"{TUESDAY} 12:45", False),
        ("2027-03-06 08:45", False),  # a Saturday
        ("2027-03-26 08:45", False),  # Good Friday
        ("2027-03-30 08:45", True),  # after the change of the clock
    ],
)
async def test_list_comes_on_the_mornings_of_opening_days(sqlite_database: Database, at: str, comes: bool) -> None:
    """Not at the weekend, not on a holiday, and by the wall clock."""
    scene = await scene_on(sqlite_database)
    await scene.opens(1, f"{FRIDAY} 10:00")
    await job(scene).tick(scene.at(at))
    assert bool(await scene.told()) is comes


async def test_next_list_is_foreseen_over_weekend_and_holiday(sqlite_database: Database) -> None:
    """So the scheduler wakes at the minute."""
    scene = await scene_on(sqlite_database)
    await job(scene).tick(scene.at("2027-03-25 08:45"))
    async with scene.database.read() as tx:
        assert await job(scene).next_due(tx, scene.at("2027-03-25 09:00")) == scene.at("2027-03-29 08:45")
    scene.company = dataclasses.replace(COMPANY, cases=CaseRules(digest=None))
    async with scene.database.read() as tx:
        assert await job(scene).next_due(tx, scene.at("2027-03-25 09:00")) is None
    await job(scene).tick(scene.at("2027-03-29 08:45"))
    assert await scene.told() == []


async def test_list_comes_once_a_day_whenever_the_process_dies(sqlite_url: str) -> None:
    """Killed at every boundary of a transaction, and started again; who cannot be reached gets none."""
    database = MortalDatabase(store_url(sqlite_url))
    scene = CaseScene(database, COMPANY)
    await scene.people()
    await scene.opens(1, f"{MONDAY} 10:00")
    async with database.write() as tx:
        await set_reachable(tx, PETE, reachable=False)
    for fuse in (1, 2, 3, 1, 2, 3):
        database.fuse = fuse
        try:
            await job(scene).tick(scene.at(f"{TUESDAY} 08:50"))
        except Killed:
            continue
    database.fuse = None
    await job(scene).tick(scene.at(f"{TUESDAY} 08:55"))
    assert [who for who, _, _ in await scene.told()] == [OLGA, QUINN]
    await job(scene).tick(scene.at("2027-03-03 08:45"))
    assert [who for who, _, _ in await scene.told()] == [OLGA, QUINN]
    await database.close()


async def test_two_processes_send_one_list(database: Database, database_url: str) -> None:
    """On PostgreSQL two machines tick at the same moment."""
    scene = await scene_on(database)
    await scene.opens(1, f"{MONDAY} 10:00")
    second = Database(store_url(database_url))
    now = scene.at(f"{TUESDAY} 08:45")
    try:
        other = dataclasses.replace(scene, database=second)
        await asyncio.gather(job(scene).tick(now), job(other).tick(now), job(scene).tick(now))
    finally:
        await second.close()
    assert [who for who, _, _ in await scene.told()] == [OLGA, PETE, QUINN]
