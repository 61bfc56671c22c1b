"""Clocks of cases that fall due: who is warned, who is told of broken promises, each once, and when nothing is said."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import pytest
from sqlalchemy import delete

from bot.staff_group import TOPIC
from domain.case_clocks import CaseClock
from domain.case_rules import CaseRules, ClockRule
from domain.cases import Case, CaseState, Move, Priority
from domain.company import Company, Hours
from domain.staff import Role
from store.case_clocks import clocks_of
from store.database import Database, store_url
from store.staff import add_member, remove_member, set_reachable
from store.tables import case_clocks
from tests.bot.case_scene import GROUP, LANGUAGES, OLGA, PETE, QUINN, CaseScene
from tests.scheduler.stage import Killed, MortalDatabase

COMPANY = Company(name="Aurora", languages=LANGUAGES)  # Monday to Friday 9 to 17 in Helsinki
MONDAY = "2027-03-01"


async def scene_on(database: Database, *, company: Company = COMPANY, group: int | None = None) -> CaseScene:
    """Return a scene with its people."""
    scene = CaseScene(database, company, group)
    await scene.people()
    return scene


async def clocks(scene: CaseScene, case: Case) -> list[CaseClock]:
    """Return a case's clocks."""
    async with scene.database.read() as tx:
        return (await clocks_of(tx, [case.id]))[case.id]


async def test_owner_is_warned_when_three_quarters_are_used_up(database: Database) -> None:
    """Four hours from ten: she reads at one what is due at two, once, with a button to the case."""
    scene = await scene_on(database)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    await scene.moves(case, Move.TAKE, f"{MONDAY} 10:10")
    await scene.clocks.tick(scene.at(f"{MONDAY} 12:59"))
    assert await scene.told() == []
    await scene.clocks.tick(scene.at(f"{MONDAY} 13:00"))
    await scene.clocks.tick(scene.at(f"{MONDAY} 13:10"))
    ((who, text, taps),) = await scene.told()
    assert who == OLGA
    assert text == f"⏱ <b>No {case.id}</b> · Delivery · Ann 1\nFirst answer due at 14:00"
    assert taps == [f"s.{case.id}.show"]


@pytest.mark.parametrize(
    ("group", "desks", "warned"),
    [
        (None, {}, [OLGA, PETE, QUINN]),
        (None, {"delivery": (PETE, 99)}, [PETE]),
        (GROUP, {"delivery": (PETE,)}, [TOPIC]),
    ],
)
async def test_nobodys_case_is_told_to_those_who_may_take_it(
    sqlite_database: Database, group: int | None, desks: dict[str, tuple[int, ...]], warned: list[int]
) -> None:
    """In the customer's topic; without a forum to the category's desk, and without a desk to everybody."""
    company = dataclasses.replace(COMPANY, cases=CaseRules(desks=desks))
    scene = await scene_on(sqlite_database, company=company, group=group)
    await scene.opens(1, f"{MONDAY} 10:00")
    await scene.clocks.tick(scene.at(f"{MONDAY} 13:00"))
    assert [who for who, _, _ in await scene.told()] == warned


async def test_case_of_somebody_unreachable_is_told_like_nobodys(sqlite_database: Database) -> None:
    """A warning that cannot reach its owner must reach somebody."""
    scene = await scene_on(sqlite_database)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    await scene.moves(case, Move.TAKE, f"{MONDAY} 10:10")
    async with scene.database.write() as tx:
        await set_reachable(tx, OLGA, reachable=False)
    await scene.clocks.tick(scene.at(f"{MONDAY} 13:00"))
    assert [who for who, _, _ in await scene.told()] == [PETE, QUINN]


async def test_broken_promise_reaches_managers_and_owner_and_makes_the_case_pressing(database: Database) -> None:
    """Once each, a minute after it was due; nobody is warned of what is late already."""
    scene = await scene_on(database)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    await scene.moves(case, Move.TAKE, f"{MONDAY} 10:10")
    await scene.clocks.tick(scene.at(f"{MONDAY} 14:00"))
    await scene.told()
    await scene.clocks.tick(scene.at(f"{MONDAY} 14:01"))
    await scene.clocks.tick(scene.at(f"{MONDAY} 15:00"))
    told = await scene.told()
    line = f"⏰ <b>No {case.id}</b> · Delivery · Ann 1\nFirst answer late since 14:00"
    assert [(who, text) for who, text, _ in told] == [
        (OLGA, f"{line}\nIt is of high priority now."),
        (QUINN, f"{line} · Olga\nIt is of high priority now."),
    ]
    assert (await scene.case(case.id)).priority is Priority.HIGH
    first = (await clocks(scene, case))[0]
    assert (first.late_at, first.stopped_at) == (scene.at(f"{MONDAY} 14:01"), None)


async def test_promise_that_is_due_this_moment_is_not_broken_yet_and_is_no_work(sqlite_database: Database) -> None:
    """A clock that stands still, as in a rehearsal, comes to the next moment; then it is late, once."""
    scene = await scene_on(sqlite_database)
    await scene.opens(1, f"{MONDAY} 10:00")
    due = scene.at(f"{MONDAY} 14:00")
    for at in (due, due + dt.timedelta(minutes=1)):
        await scene.clocks.tick(at)
        async with scene.database.read() as tx:
            following = await scene.clocks.next_due(tx, at)
        assert following is not None
        assert following > at
    assert any("late" in text for _, text, _ in await scene.told())


async def test_manager_who_owns_the_case_is_told_once(sqlite_database: Database) -> None:
    """Nobody reads the same twice."""
    scene = await scene_on(sqlite_database)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    await scene.moves(case, Move.TAKE, f"{MONDAY} 10:10", by=QUINN)
    await scene.clocks.tick(scene.at(f"{MONDAY} 14:01"))
    assert [who for who, _, _ in await scene.told()] == [QUINN]


@pytest.mark.parametrize(("group", "told"), [(None, [OLGA, PETE]), (GROUP, [TOPIC])])
async def test_where_no_manager_can_be_reached_a_broken_promise_still_reaches_somebody(
    sqlite_database: Database, group: int | None, told: list[int]
) -> None:
    """In the customer's topic, or whoever can be written to."""
    scene = await scene_on(sqlite_database, group=group)
    async with scene.database.write() as tx:
        await set_reachable(tx, QUINN, reachable=False)
    await scene.opens(1, f"{MONDAY} 10:00")
    await scene.clocks.tick(scene.at(f"{MONDAY} 14:01"))
    assert [who for who, _, _ in await scene.told()] == told


async def test_many_that_are_late_at_once_are_one_message(sqlite_database: Database) -> None:
    """After an outage a manager reads one list of at most eight, and where the rest is."""
    scene = CaseScene(sqlite_database, COMPANY)
    await scene.people(12)
    for who in range(1, 13):
        await scene.opens(who, f"{MONDAY} 10:00")
    await scene.clocks.tick(scene.at("2027-03-02 10:00"))
    ((who, text, taps),) = await scene.told()
    assert who == QUINN
    assert text.count("First answer late since Mon 1 Mar 14:00") == 8
    assert text.endswith("… and 4 more: /cases\nThey are of high priority now.")
    assert len(taps) == 8


async def test_nobody_is_bothered_while_the_customer_is_awaited_or_after_the_end(sqlite_database: Database) -> None:
    """A reply lets the resolution rest, a decision stops it; on an answer nothing is due."""
    scene = await scene_on(sqlite_database)
    waiting, done = await scene.opens(1, f"{MONDAY} 10:00"), await scene.opens(2, f"{MONDAY} 10:00")
    await scene.moves(waiting, Move.REPLY, f"{MONDAY} 11:00")
    await scene.moves(done, Move.RESOLVE, f"{MONDAY} 11:00")
    await scene.clocks.tick(scene.at("2027-06-01 12:00"))
    assert await scene.told() == []
    async with scene.database.read() as tx:
        assert await scene.clocks.next_due(tx, scene.at("2027-06-01 12:00")) is None


async def test_her_answer_wakes_the_clocks_and_staff_are_warned_of_the_next(sqlite_database: Database) -> None:
    """Eight hours from her word on Tuesday at ten: Wednesday at ten; the warning comes after six of them."""
    scene = await scene_on(sqlite_database)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    case = await scene.moves(case, Move.REPLY, f"{MONDAY} 11:00")
    await scene.moves(case, Move.CUSTOMER_WRITES, "2027-03-02 10:00", by=None)
    async with scene.database.read() as tx:
        assert await scene.clocks.next_due(tx, scene.at("2027-03-02 10:00")) == scene.at("2027-03-02 16:00")
    await scene.clocks.tick(scene.at("2027-03-02 16:00"))
    ((who, text, _),) = await scene.told()
    assert (who, text.partition("\n")[2]) == (OLGA, "Answer due Wed 3 Mar at 10:00")


async def test_clock_without_a_resolution_never_asks_for_one(sqlite_database: Database) -> None:
    """What has no promise has no clock."""
    rules = CaseRules(clocks=(ClockRule(resolution=None),))
    scene = await scene_on(sqlite_database, company=dataclasses.replace(COMPANY, cases=rules))
    case = await scene.opens(1, f"{MONDAY} 10:00")
    assert [clock.clock for clock in await clocks(scene, case)] == ["first_answer"]


async def test_late_over_a_night_shift_and_in_a_company_without_hours(sqlite_database: Database) -> None:
    """Four hours from 23:00 on a Monday: 19:00 where a night ends at two and begins at six, 03:00 where none does."""
    bar = dataclasses.replace(COMPANY, hours=tuple(Hours(day, dt.time(18), dt.time(2)) for day in range(7)))
    scene = await scene_on(sqlite_database, company=bar)
    at_night = await scene.opens(1, f"{MONDAY} 23:00")
    scene.company = dataclasses.replace(COMPANY, hours=())
    always = await scene.opens(2, f"{MONDAY} 23:00")
    assert at_night.first_answer_due == scene.at("2027-03-02 19:00")
    assert always.first_answer_due == scene.at("2027-03-02 03:00")


async def test_each_notice_goes_exactly_once_whenever_the_process_dies(sqlite_url: str) -> None:
    """Killed at every boundary of a transaction and started again: one warning and one word of lateness a case."""
    database = MortalDatabase(store_url(sqlite_url))
    scene = CaseScene(database, COMPANY)
    await scene.people(3)
    cases = [await scene.opens(who, f"{MONDAY} 10:00") for who in (1, 2, 3)]
    for case in cases:
        await scene.moves(case, Move.TAKE, f"{MONDAY} 10:10", by=QUINN)
    deaths = 0
    for at in (f"{MONDAY} 13:30", f"{MONDAY} 14:30"):
        for fuse in range(1, 10):
            database.fuse = fuse
            try:
                await scene.clocks.tick(scene.at(at))
            except Killed:
                deaths += 1
        database.fuse = None
        await scene.clocks.tick(scene.at(at))
        ((who, _, taps),) = await scene.told()
        assert who == QUINN
        assert taps == [f"s.{case.id}.show" for case in cases]
    await database.close()
    assert deaths > 6


async def test_two_processes_tell_everybody_once(database: Database, database_url: str) -> None:
    """On PostgreSQL two machines tick at the same moment."""
    scene = CaseScene(database, COMPANY)
    await scene.people(6)
    numbers = [(await scene.opens(who, f"{MONDAY} 10:00")).id for who in range(1, 7)]
    second = Database(store_url(database_url))
    now = scene.at(f"{MONDAY} 14:01")
    try:
        other = dataclasses.replace(scene, database=second)
        await asyncio.gather(scene.clocks.tick(now), other.clocks.tick(now), scene.clocks.tick(now))
        await scene.clocks.tick(now)
    finally:
        await second.close()
    told = await scene.told()
    assert sorted(tap for _, _, taps in told for tap in taps) == [f"s.{number}.show" for number in numbers]


async def test_removed_owner_is_not_written_to(sqlite_database: Database) -> None:
    """She is no longer staff: the others hear of it."""
    scene = await scene_on(sqlite_database)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    await scene.moves(case, Move.TAKE, f"{MONDAY} 10:10")
    async with scene.database.write() as tx:
        await remove_member(tx, OLGA, scene.at(f"{MONDAY} 11:00"))
        await add_member(tx, PETE, "Pete", Role.MANAGER, scene.at(f"{MONDAY} 11:00"), language="fi")
    await scene.clocks.tick(scene.at(f"{MONDAY} 14:01"))
    told = {who: text for who, text, _ in await scene.told()}
    assert set(told) == {PETE, QUINN}
    assert told[PETE].startswith(f"⏰ <b>Nro {case.id}</b> · Toimitus · Ann 1\nEnsimmäinen vastaus on myöhässä")


async def test_open_cases_from_before_there_were_clocks_get_theirs(sqlite_database: Database) -> None:
    """Their first answer stays due when it was, the resolution begins with the new version; once is enough."""
    scene = await scene_on(sqlite_database)
    fresh, answered = await scene.opens(1, f"{MONDAY} 10:00"), await scene.opens(2, f"{MONDAY} 10:00")
    answered = await scene.moves(answered, Move.REPLY, f"{MONDAY} 11:00")
    assert answered.state is CaseState.WAITING_CUSTOMER
    async with scene.database.write() as tx:
        await tx.execute(delete(case_clocks))
    for _ in range(2):
        await scene.clocks.prepare(scene.at("2027-03-02 10:00"))
    first, resolution = await clocks(scene, fresh)
    assert (first.started_at, first.due_at) == (scene.at(f"{MONDAY} 10:00"), scene.at(f"{MONDAY} 14:00"))
    assert resolution.due_at == scene.at("2027-03-09 10:00")
    past, resting = await clocks(scene, answered)
    assert (past.stopped_at, past.was_missed(scene.at("2027-06-01 12:00"))) == (scene.at(f"{MONDAY} 11:00"), False)
    assert resting.rests


async def test_two_processes_that_start_at_once_give_an_old_case_its_clocks_once(database: Database) -> None:
    """On PostgreSQL both find the case without any; who comes second sees what the first has done."""
    scene = await scene_on(database)
    case = await scene.opens(1, f"{MONDAY} 10:00")
    async with scene.database.write() as tx:
        await tx.execute(delete(case_clocks))
    await asyncio.gather(*(scene.clocks.prepare(scene.at("2027-03-02 10:00")) for _ in range(4)))
    assert len(await clocks(scene, case)) == 2
