"""Surveys after a purchase and after the first month: each event once, old history none, one question for several."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dialogues.library import Library
from domain.purchases import Purchase
from domain.sampling import Sampling
from scheduler.events import FIRST_MONTH, TOLERANCE, SurveyEvents
from scheduler.plans import SurveyPlan
from store.purchases import add_purchases
from store.tables import customers, invitations, runs, waves
from tests.dialogues.conductor_stand import NPS
from tests.scheduler.stage import LANGUAGES, START, Killed, Stage

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
BOUGHT = SurveyPlan("nps", "", after="purchase", delay=2 * DAY)


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A started process over an empty store, on each database in turn."""
    made = Stage(database_url, tmp_path)
    made.start()
    await made.put_customers(6)
    yield made
    await made.close()


def events_of(stage: Stage, *plans: SurveyPlan, step: int = 5000) -> SurveyEvents:
    """Return the job of the stage's process."""
    return SurveyEvents(stage.database, stage.company, stage.library, plans, step=step)


async def buy(stage: Stage, customer_id: int, receipt: str, at: dt.datetime, amounts: Sequence[int] = (500,)) -> None:
    """Put in a receipt with a line for each amount."""
    lines = [Purchase(receipt, at, amount, "EUR", quantity=Decimal(1)) for amount in amounts]
    async with stage.database.write() as tx:
        await add_purchases(tx, [(customer_id, line) for line in lines])


async def put_down(stage: Stage) -> list[tuple[int, str, dt.datetime, str]]:
    """Return all invitations: whom, why, when, state."""
    wanted = select(invitations.c.customer_id, waves.c.started_by, invitations.c.at, invitations.c.state).join(
        waves, waves.c.id == invitations.c.wave_id
    )
    async with stage.database.read() as tx:
        rows = (await tx.execute(wanted.order_by(invitations.c.at, invitations.c.customer_id))).all()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def test_a_purchase_is_asked_about_once_after_its_delay(stage: Stage) -> None:
    """Several lines are one receipt, a return is none, and a second receipt of the time is covered by the first."""
    events = events_of(stage, BOUGHT)
    await buy(stage, 5, "before", START - HOUR)
    await events.tick(START)
    await buy(stage, 1, "A-1", START, (500, 300, -100))
    await buy(stage, 1, "A-2", START + HOUR)
    await buy(stage, 2, "A-3", START, (-500, -1))
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 3).values(reach="never_met"))
    await buy(stage, 3, "A-4", START)
    for later in (HOUR, 2 * HOUR, 3 * HOUR):
        await events.tick(START + later)
    assert await put_down(stage) == [(1, "event:purchase:A-1", START + 2 * DAY, "queued")]
    await stage.ticker.tick(START + 2 * DAY)
    assert [state for *_, state in await put_down(stage)] == ["invited"]
    await buy(stage, 1, "A-5", START + 50 * DAY)
    await buy(stage, 1, "A-6", START + 58 * DAY)
    await events.tick(START + 58 * DAY)
    assert [(ref, at) for _, ref, at, _ in await put_down(stage)][1:] == []  # sixty days are over on the 62nd only
    await buy(stage, 1, "A-7", START + 60 * DAY)
    await events.tick(START + 60 * DAY)
    assert [(ref, at) for _, ref, at, _ in await put_down(stage)][1:] == [("event:purchase:A-7", START + 62 * DAY)]


async def test_an_import_of_old_receipts_asks_nobody(stage: Stage) -> None:
    """What should have been asked a week ago is not asked any more; what is only late is asked now."""
    events = events_of(stage, BOUGHT)
    await events.tick(START)
    now = START + DAY
    for customer_id, ago in ((1, 400 * DAY), (2, 2 * DAY + TOLERANCE + HOUR), (3, 2 * DAY + TOLERANCE), (4, HOUR)):
        await buy(stage, customer_id, f"B-{customer_id}", now - ago)
    await events.tick(now)
    assert [(who, at) for who, _, at, _ in await put_down(stage)] == [(3, now), (4, now - HOUR + 2 * DAY)]


async def test_an_audience_and_a_rest_of_its_own_belong_to_the_plan(stage: Stage) -> None:
    """Only whom the rule holds for; and again after the plan's own time."""
    plan = SurveyPlan("nps", "", "x", 'language = "fi"', after="purchase", sampling=Sampling(recontact=10 * DAY))
    events = events_of(stage, plan)
    await events.tick(START)
    for customer_id in range(1, 7):
        await buy(stage, customer_id, f"C-{customer_id}", START)
    await events.tick(START + HOUR)
    await stage.ticker.tick(START + HOUR)
    assert [(who, state) for who, _, _, state in await put_down(stage)] == [(3, "invited"), (6, "invited")]
    async with stage.database.write() as tx:
        await tx.execute(update(runs).values(state="done", due_at=None))
    await buy(stage, 3, "C-7", START + 11 * DAY)
    await events.tick(START + 11 * DAY)
    await stage.ticker.tick(START + 11 * DAY)
    assert [who for who, _, _, state in await put_down(stage) if state == "invited"] == [3, 6, 3]


async def test_the_first_month_is_counted_from_the_meeting(stage: Stage) -> None:
    """Also of those who met the bot before the survey was there, unless their month is over."""
    async with stage.database.write() as tx:
        for customer_id, ago in ((1, DAY), (2, 29 * DAY), (3, 31 * DAY)):
            await tx.execute(update(customers).where(customers.c.id == customer_id).values(met_at=START - ago))
    events = events_of(stage, SurveyPlan("nps", "", after="first_month"), step=2)
    await events.tick(START)
    async with stage.database.write() as tx:
        for customer_id in (4, 5, 6):
            await tx.execute(update(customers).where(customers.c.id == customer_id).values(met_at=START + HOUR))
    for later in (2 * HOUR, 3 * HOUR):
        await events.tick(START + later)
    assert [(who, why, at) for who, why, at, _ in await put_down(stage)] == [
        (2, "event:first_month", START + DAY),
        (1, "event:first_month", START + 29 * DAY),
        *((who, "event:first_month", START + HOUR + FIRST_MONTH) for who in (4, 5, 6)),
    ]


async def test_a_dialogues_file_may_name_the_event(stage: Stage, tmp_path: Path) -> None:
    """`start = { after = "met", delay = "90d" }`, with no plan; a look is asked for only while somebody waits."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "nps.toml").write_text(NPS.replace('command = "rate"', 'after = "met", delay = "90d"'))
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 1).values(met_at=START))
    none = events_of(stage)
    await none.tick(START)
    events = SurveyEvents(stage.database, stage.company, Library.load([folder], LANGUAGES))
    await events.tick(START)
    assert await put_down(stage) == [(1, "event:met", START + 90 * DAY, "queued")]
    async with stage.database.read() as tx:
        assert await none.next_due(tx, START) is None
        assert await events.next_due(tx, START) == START + 6 * HOUR


async def test_events_survive_a_kill_at_any_point(stage: Stage) -> None:
    """Nobody is forgotten, and nobody is put down twice."""
    plans = BOUGHT, SurveyPlan("nps", "", name="later", after="met", delay=30 * DAY)
    await events_of(stage, *plans).tick(START)
    async with stage.database.write() as tx:
        await tx.execute(update(customers).values(met_at=START + HOUR))
    for customer_id in range(1, 7):
        await buy(stage, customer_id, f"D-{customer_id}", START)
    for fuse in range(1, 40, 3):
        stage.database.fuse = fuse
        try:
            await events_of(stage, *plans, step=2).tick(START + HOUR)
        except Killed:
            await stage.restart()
        stage.database.fuse = None
    await events_of(stage, *plans, step=2).tick(START + HOUR)
    found = await put_down(stage)
    assert sorted(who for who, why, _, _ in found if why == "event:met") == [1, 2, 3, 4, 5, 6]
    assert sorted(who for who, why, _, _ in found if why != "event:met") == [1, 2, 3, 4, 5, 6]
    assert stage.deaths > 3
