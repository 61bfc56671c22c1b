"""Care plans: everybody of the audience is logged once, through kills, outages and the clock's changes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.customer_owner import give_owner
from domain.care import CareState, RunState
from domain.staff import Role
from store import care, care_tasks
from store.care_costs import care_counts
from store.customers import customers_by_id
from store.holds import count_holds
from store.staff import remove_member
from store.tables import customers
from tests.scheduler.care_stage import START, CareStage
from tests.scheduler.stage import Killed
from tests.store.sending_rows import put_customers

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
CALL = """
[[action]]
id = "call"
title.en = "Call"
channel = "phone"
kind = "task"
when = "first Tuesday of March"
"""
HELLO = """
[[action]]
id = "hello"
title.en = "Hello"
kind = "message"
text.en = "Hello {{ name }}"
when = "2 March"
"""
DUE = dt.datetime(2027, 3, 2, 7, tzinfo=dt.UTC)  # 9:00 in Helsinki


async def people(stage: CareStage, count: int = 7) -> None:
    """Put customers 1 to *count* into Turku, and one elsewhere."""
    async with stage.database.write() as tx:
        await put_customers(tx, range(1, count + 1), town="Turku", name="Ann")
        await put_customers(tx, [99], town="Oulu")


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """A store of the kind that is asked for."""
    return str(request.getfixturevalue(request.param))


both = pytest.mark.parametrize("url", ["sqlite_url", "postgresql_url"], indirect=True)


@both
async def test_each_of_n_is_logged_and_written_to_once_whatever_is_killed(url: str, tmp_path: Path) -> None:
    """P1: N in = N logged; a kill at each transaction boundary in turn loses nobody and doubles nobody."""
    stage = CareStage(url, tmp_path, CALL + HELLO)
    await people(stage)
    await stage.staff((7, Role.MANAGER))
    await stage.ticker.tick(START)
    deaths = 0
    for fuse in range(1, 60, 2):
        stage.database.fuse = fuse
        try:
            await stage.ticker.tick(DUE)
            await stage.deliver(DUE)
            await stage.ticker.tick(DUE)
        except Killed:
            deaths += 1
            await stage.restart()
        else:
            break
    stage.database.fuse = None
    assert deaths > 5
    await stage.ticker.tick(DUE)
    await stage.deliver(DUE)
    await stage.ticker.tick(DUE)
    assert Counter(await stage.rows()) == Counter(
        [("call", who, "task", "") for who in range(1, 8)] + [("hello", who, "sent", "") for who in range(1, 8)]
    )
    assert sorted(stage.arrived) == list(range(1, 8))
    assert [state for _, _, state in await stage.runs()] == ["done", "done"]
    await stage.database.close()


@both
async def test_conditional_action_asks_its_rule_on_the_day_and_keeps_what_it_measured(url: str, tmp_path: Path) -> None:
    """Skipped with the reason where the rule does not hold or is unknown, and each with the trace of its rule."""
    stage = CareStage(url, tmp_path, HELLO + "only_if = 'language = \"en\"'\n")
    await people(stage, 3)
    await stage.ticker.tick(START)
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(language="en"))
        await tx.execute(update(customers).where(customers.c.id == 2).values(language="fi"))
    await stage.ticker.tick(DUE)
    assert await stage.rows() == [
        ("hello", 1, "outbox", ""),
        ("hello", 2, "skipped", "condition"),
        ("hello", 3, "skipped", "condition"),
    ]
    async with stage.database.read() as tx:
        notes = [row.note for who in (1, 2) for row, _ in await care.own_care(tx, who)]
    assert notes == ['language: "en" = "en" yes', 'language: "fi" = "en" no']
    await stage.database.close()


async def test_held_message_is_tried_again_and_given_up_after_its_late_policy(sqlite_url: str, tmp_path: Path) -> None:
    """Courtesy holds for a while; what cannot go within the days that the plan allows is skipped with that reason."""
    stage = CareStage(sqlite_url, tmp_path, HELLO + HELLO.replace("hello", "again").replace("2 March", "3 March"))
    await people(stage, 2)
    await stage.ticker.tick(START)
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 2).values(reach="blocked"))
    quiet = stage.company.courtesy
    object.__setattr__(quiet, "quiet_from", dt.time(8))
    object.__setattr__(quiet, "quiet_to", dt.time(12))
    await stage.ticker.tick(DUE)
    assert await stage.rows() == [("hello", 1, "held", "quiet_hours"), ("hello", 2, "skipped", "left_bot")]
    async with stage.database.read() as tx:
        assert await stage.care.next_due(tx, DUE) == DUE + 3 * HOUR
    await stage.ticker.tick(DUE + 3 * HOUR)
    await stage.deliver(DUE + 3 * HOUR)
    assert (await stage.rows())[0] == ("hello", 1, "sent", "")
    await stage.ticker.tick(DUE + 8 * DAY)
    assert [run[2] for run in await stage.runs()] == ["done", "late"]
    await stage.database.close()


async def test_whom_telegram_cannot_reach_is_called_where_the_plan_says_so(sqlite_url: str, tmp_path: Path) -> None:
    """`else = "task"` makes a call of it, for the owner of the customer: a task, and nothing that was held back."""
    stage = CareStage(sqlite_url, tmp_path, HELLO + 'else = "task"\n')
    await people(stage, 3)
    await stage.staff((7, Role.MANAGER), (9, Role.AGENT))
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(reach="never_met", owner_id=9))
        await tx.execute(update(customers).where(customers.c.id == 2).values(ended_at=START))
    await stage.ticker.tick(START)
    await stage.ticker.tick(DUE)
    assert await stage.rows() == [
        ("hello", 1, "task", "call"),
        ("hello", 2, "skipped", "ended"),
        ("hello", 3, "outbox", ""),
    ]
    async with stage.database.read() as tx:
        (task,) = await care_tasks.tasks(tx, owner_id=9)
        (count,) = await care_counts(tx, START, DUE + DAY)
        held = await count_holds(tx, START, DUE + DAY)
    assert task.row.channel.value == "phone"
    assert (sum(count.states.values()), count.tasks) == (3, 1)
    assert held == {}
    await stage.database.close()


async def test_slots_of_an_outage_are_made_up_for_asked_about_or_left_out(sqlite_url: str, tmp_path: Path) -> None:
    """The newest goes where it is not too late; what does not go is told once, and staff may let it go after all."""
    stage = CareStage(sqlite_url, tmp_path, CALL.replace("first Tuesday of March", "2 of every month"))
    await people(stage, 2)
    await stage.ticker.tick(START)
    late = dt.datetime(2027, 6, 30, tzinfo=dt.UTC)
    await stage.ticker.tick(late)
    await stage.ticker.tick(late)
    assert stage.notices.asked == [("call", dt.datetime(2027, 6, 2, 6, tzinfo=dt.UTC), 4)]
    assert await stage.rows() == []
    async with stage.database.write() as tx:
        (run,) = await care.runs_in(tx, RunState.LATE)
        assert await care.start_late(tx, run, late)
        assert not await care.start_late(tx, run, late)
    await stage.ticker.tick(late)
    assert [row[1:3] for row in await stage.rows()] == [(1, "task"), (2, "task")]
    await stage.ticker.tick(dt.datetime(2027, 7, 4, tzinfo=dt.UTC))  # two days late is within five
    assert [run[1] for run in await stage.runs()] == ["06-02 09:00", "07-02 09:00"]
    await stage.database.close()


async def test_lead_brings_tasks_before_their_day_and_each_day_once(sqlite_url: str, tmp_path: Path) -> None:
    """A plan that is switched on within the lead begins at once; a longer lead later makes no second run."""
    stage = CareStage(sqlite_url, tmp_path, CALL + 'lead = "10d"\n')
    await people(stage, 1)
    await stage.ticker.tick(DUE - 12 * DAY)
    async with stage.database.read() as tx:
        assert await stage.care.next_due(tx, DUE - 12 * DAY) == DUE - 10 * DAY
    assert await stage.runs() == []
    await stage.ticker.tick(DUE - 9 * DAY)
    await stage.ticker.tick(DUE + HOUR)
    assert await stage.runs() == [("call", "03-02 09:00", "done")]
    assert await stage.rows() == [("call", 1, "task", "")]
    await stage.database.close()


async def test_day_that_is_added_before_one_whose_lead_has_begun_comes_too(sqlite_url: str, tmp_path: Path) -> None:
    """The later day is not begun again; an added day that is over already is not made up for."""
    later = CALL.replace('"first Tuesday of March"', '"2 April"') + 'lead = "60d"\n'
    stage = CareStage(sqlite_url, tmp_path, later)
    await people(stage, 1)
    for at in (START, START + HOUR):
        await stage.ticker.tick(at)
    assert [run[1] for run in await stage.runs()] == ["04-02 09:00"]
    await stage.change(later.replace('"2 April"', '["27 February", "15 March, April", "2 April"]'))
    for at in (START + 2 * HOUR, START + 3 * HOUR):
        await stage.ticker.tick(at)
    days = ["03-15 09:00", "04-02 09:00", "04-15 09:00"]
    assert [run[1] for run in await stage.runs()] == days
    await stage.database.close()


async def test_day_that_is_added_to_many_comes_too(sqlite_url: str, tmp_path: Path) -> None:
    """However long the list of days is, and though the lead of a later one has begun."""
    days = [f"{day} {month}" for month in ("April", "May", "June") for day in (2, 9, 16, 23)]
    listed = CALL.replace('"first Tuesday of March"', "[" + ", ".join(f'"{day}"' for day in days) + "]")
    stage = CareStage(sqlite_url, tmp_path, listed + 'lead = "60d"\n')
    await people(stage, 1)
    for at in (START, START + 3 * DAY):
        await stage.ticker.tick(at)
    begun = len(await stage.runs())
    assert begun > 1
    await stage.change(listed.replace('"23 June"', '"23 June", "15 March"') + 'lead = "60d"\n')
    await stage.ticker.tick(START + 3 * DAY + HOUR)
    runs = await stage.runs()
    assert (len(runs), runs[0][1]) == (begun + 1, "03-15 09:00")
    await stage.database.close()


@pytest.mark.parametrize("lead", ["0d", "10d"])
async def test_other_hour_makes_no_second_run_of_a_day_that_has_begun(
    sqlite_url: str, tmp_path: Path, lead: str
) -> None:
    """Neither a later hour of the day of today's run nor an earlier one; the next year's day has the new hour."""
    stage = CareStage(sqlite_url, tmp_path, CALL + f'lead = "{lead}"\n')
    await people(stage, 1)
    for at in (DUE - 9 * DAY, DUE):
        await stage.ticker.tick(at)
    for hour in ("11:00", "08:00", "23:30"):
        await stage.change(CALL + f'lead = "{lead}"\nat = "{hour}"\n')
        for at in (DUE + HOUR, DUE + DAY):
            await stage.ticker.tick(at)
        assert await stage.runs() == [("call", "03-02 09:00", "done")]
    await stage.ticker.tick(dt.datetime(2028, 3, 8, tzinfo=dt.UTC))
    assert [run[1] for run in await stage.runs()] == ["03-02 09:00", "03-07 23:30"]
    await stage.database.close()


@both
async def test_two_machines_with_other_hours_begin_a_day_once(url: str, tmp_path: Path) -> None:
    """Both have looked what is due before either began it: the second finds the day begun, and keeps its later days."""
    days = CALL.replace('"first Tuesday of March"', '["2 March", "9 March"]') + 'lead = "10d"\n'
    one = CareStage(url, tmp_path, days)
    other = CareStage(url, tmp_path, days + 'at = "10:00"\n')
    await people(one, 2)
    looked = START - 8 * DAY
    for stage in (one, other):
        await stage.care.prepare(looked)

    async def meanwhile() -> None:
        await other.care.tick(looked)

    one.database.before_write = meanwhile
    await one.care.tick(looked)
    assert await one.runs() == [("call", "03-02 10:00", "done")]
    for stage in (one, other):
        await stage.care.tick(looked + 7 * DAY)
    assert await one.runs() == [("call", "03-02 10:00", "done"), ("call", "03-09 09:00", "done")]
    for stage in (one, other):
        await stage.database.close()


async def test_cron_line_that_changes_comes_no_more_often_on_a_day_than_it_says(
    sqlite_url: str, tmp_path: Path
) -> None:
    """What ran in the morning stands for the new line's first hour; the second one is its own."""
    line = CALL.replace('when = "first Tuesday of March"', 'cron = "0 9,15 2 3 *"')
    stage = CareStage(sqlite_url, tmp_path, line)
    await people(stage, 1)
    for at in (START, DUE):
        await stage.ticker.tick(at)
    await stage.change(line.replace("9,15", "11,16"))
    for hours in range(12):
        await stage.ticker.tick(DUE + hours * HOUR)
    assert [run[1] for run in await stage.runs()] == ["03-02 09:00", "03-02 16:00"]
    await stage.database.close()


@both
async def test_open_tasks_go_along_when_a_customer_gets_another_owner(url: str, tmp_path: Path) -> None:
    """The new owner reads of them the next morning; none is left with the old one, or with a stand-in."""
    stage = CareStage(url, tmp_path, CALL)
    await people(stage, 2)
    await stage.staff((7, Role.MANAGER), (9, Role.AGENT), (11, Role.AGENT))
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(owner_id=9))
    for at in (START, DUE):
        await stage.ticker.tick(at)
    assert sorted(stage.notices.digests) == [(7, 1, 0, 0), (9, 1, 0, 0)]
    expected = {11: {7: 1, 11: 1}, None: {7: 2}}
    for owner, owners in expected.items():
        async with stage.database.write() as tx:
            customer = (await customers_by_id(tx, [1]))[1]
            await give_owner(tx, customer, owner, 7, DUE + HOUR)
            assert await care_tasks.owners_with_tasks(tx) == owners
        if owner is not None:
            stage.notices.digests.clear()
            await stage.ticker.tick(DUE + DAY)
            assert (11, 1, 0, 1) in stage.notices.digests
    await stage.database.close()


@pytest.mark.parametrize(
    ("at", "day", "local"),
    [("03:30", "28 March", "03-28 04:00"), ("03:30", "31 October", "10-31 03:30")],
)
async def test_times_that_the_clock_skips_or_repeats_come_once(
    sqlite_url: str, tmp_path: Path, at: str, day: str, local: str
) -> None:
    """On the days on which Helsinki changes its clocks."""
    stage = CareStage(sqlite_url, tmp_path, CALL.replace("first Tuesday of March", day) + f'at = "{at}"\n')
    await people(stage, 1)
    month = 3 if "March" in day else 10
    begins = dt.datetime(2027, month, int(day[:2]), tzinfo=dt.UTC) - DAY
    await stage.ticker.tick(begins)
    for hours in range(60):
        await stage.ticker.tick(begins + hours * HOUR)
    assert [run[:2] for run in await stage.runs()] == [("call", local)]
    await stage.database.close()


async def test_owners_read_their_day_once_managers_what_is_late_and_tasks_of_leavers_go_on(
    sqlite_url: str, tmp_path: Path
) -> None:
    """One message a day for each, however many tasks; a week's first day warns; nobody's work is forgotten."""
    stage = CareStage(sqlite_url, tmp_path, CALL)
    await people(stage, 12)
    await stage.staff((7, Role.MANAGER), (9, Role.AGENT))
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id <= 10).values(owner_id=9))
    await stage.ticker.tick(START)
    await stage.ticker.tick(DUE)
    await stage.ticker.tick(DUE + HOUR)
    assert sorted(stage.notices.digests) == [(7, 2, 0, 0), (9, 8, 2, 0)]
    assert stage.notices.warned == []
    monday = dt.datetime(2027, 3, 8, 7, tzinfo=dt.UTC)
    await stage.ticker.tick(monday)
    assert stage.notices.warned == [(7, {7: 2, 9: 10})]
    async with stage.database.write() as tx:
        await remove_member(tx, 9, monday)
        (task,) = await care_tasks.tasks(tx, owner_id=7, limit=1)
        assert await care_tasks.settle_task(tx, task.row.id, CareState.DONE, monday)
        assert not await care_tasks.settle_task(tx, task.row.id, CareState.NOT_DONE, monday)
    await stage.ticker.tick(monday + HOUR)
    async with stage.database.read() as tx:
        assert await care_tasks.owners_with_tasks(tx) == {7: 11}
    await stage.database.close()
