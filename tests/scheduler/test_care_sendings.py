"""Newsletters and surveys of a care plan: sent by their own machinery, once, and accounted for by the plan."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

import store.sendings
from bot.care_files import read_care
from domain.faults import FaultList
from domain.loyalty import Loyalty
from domain.newsletters import SendingState
from scheduler.care import Care
from scheduler.newsletter_files import NewsletterFiles
from scheduler.ticker import Ticker
from store.tables import customers, sendings, waves
from store.tables_care import care_runs, plan_actions
from tests.scheduler.care_stage import CareRemembered
from tests.scheduler.stage import LANGUAGES, Killed, Stage

PLAN = """title.en = "Care"
audience = 'language in ("en", "fi")'
[[action]]
id = "letter"
title.en = "Letter"
newsletter = "spring"
only_if = 'town != "Lahti"'
when = "2 March"
at = "13:00"
[[action]]
id = "ask"
title.en = "Ask"
survey = "nps"
when = "9 March"
"""
LETTER = dt.datetime(2027, 3, 2, 11, tzinfo=dt.UTC)
ASK = dt.datetime(2027, 3, 9, 7, tzinfo=dt.UTC)


def with_care(
    stage: Stage, folder: Path, *, needs_approval: bool = False, notices: CareRemembered | None = None, plan: str = PLAN
) -> Ticker:
    """Give a stage's process the plan, too."""
    (folder / "care").mkdir(exist_ok=True)
    (folder / "care" / "plan.toml").write_text(plan)
    faults = FaultList()
    loyalty = Loyalty(care=read_care(folder, LANGUAGES, "EUR", faults))
    assert not faults.faults, [str(fault) for fault in faults.faults]
    told = notices or CareRemembered()
    company, files = stage.company, stage.files
    job = Care(stage.database, company, stage.words, loyalty, files, told, needs_approval=needs_approval, step=4)
    stage.ticker = Ticker(stage.database, (job, stage.newsletters, stage.surveys))
    return stage.ticker


async def account(stage: Stage, action: str) -> Counter[tuple[str, str]]:
    """Count an action's customers by state and reason."""
    wanted = (
        select(plan_actions.c.state, plan_actions.c.reason, func.count())
        .join(care_runs, care_runs.c.id == plan_actions.c.run_id)
        .where(care_runs.c.action == action)
        .group_by(plan_actions.c.state, plan_actions.c.reason)
    )
    async with stage.database.read() as tx:
        return Counter({(row[0], row[1]): row[2] for row in (await tx.execute(wanted)).all()})


async def test_newsletter_and_survey_of_a_plan_are_one_each_and_their_fates_are_the_plans(
    stage: Stage, tmp_path: Path
) -> None:
    """N in = N logged: sent, left out with the ledger's reason, or the condition; a kill starts none of them twice."""
    await stage.put_customers(12, town="Oulu")
    async with stage.database.write() as tx:
        await tx.execute(update(customers).where(customers.c.id == 2).values(reach="blocked"))
        await tx.execute(update(customers).where(customers.c.id == 3).values(town="Turku"))
        await tx.execute(update(customers).where(customers.c.id == 4).values(town="Lahti"))
    await with_care(stage, tmp_path).tick(LETTER - dt.timedelta(hours=1))
    for fuse in range(1, 60, 4):
        stage.database.fuse = fuse
        try:
            await stage.run(LETTER)
        except Killed:
            await stage.restart()
            with_care(stage, tmp_path)
        else:
            break
    stage.database.fuse = None
    assert stage.deaths > 3
    await stage.run(LETTER + dt.timedelta(minutes=2))
    await stage.run(LETTER + dt.timedelta(hours=2))
    found = await account(stage, "letter")
    assert sum(found.values()) == 12
    assert found["skipped", "condition"] == 1
    assert found["skipped", "left_bot"] == 1
    assert found["skipped", "excluded"] == 1
    assert found["sent", ""] + sum(n for (state, _), n in found.items() if state == "unknown") == 9
    await stage.run(ASK)
    await stage.run(ASK + dt.timedelta(hours=1))
    asked = await account(stage, "ask")
    assert sum(asked.values()) == 12
    assert asked["sent", ""] == 11
    assert asked["skipped", "left_bot"] == 1
    async with stage.database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(sendings)) == 1
        assert await tx.scalar(select(func.count()).select_from(waves)) == 1
        assert list(await tx.scalars(select(care_runs.c.state))) == ["done", "done"]


@pytest.mark.parametrize("to", [SendingState.RUNNING, SendingState.CANCELLED])
async def test_newsletter_waits_for_a_second_person_where_one_must_approve(
    stage: Stage, tmp_path: Path, to: SendingState
) -> None:
    """Managers are told once, nobody gets it before; declined, everybody is left out as not approved, not by a rule."""
    await stage.put_customers(3, town="Oulu")
    told = CareRemembered()
    await with_care(stage, tmp_path, needs_approval=True, notices=told).tick(LETTER - dt.timedelta(hours=1))
    for hours in (0, 1, 30):
        await stage.run(LETTER + dt.timedelta(hours=hours))
    (waiting,) = told.waiting
    assert waiting[0] == "letter"
    assert await account(stage, "letter") == {("outbox", ""): 3}
    later = LETTER + dt.timedelta(hours=31)
    async with stage.database.write() as tx:
        reason = "declined" if to is SendingState.CANCELLED else ""
        sending = await store.sendings.move(tx, waiting[1], to, later, approved_by=7, reason=reason)
        assert sending is not None
    await stage.run(later)
    await stage.run(later + dt.timedelta(minutes=2))
    sent = to is SendingState.RUNNING
    assert await account(stage, "letter") == {("sent", "") if sent else ("skipped", "declined"): 3}


async def test_newsletter_that_nobody_approves_ends_as_late_as_its_action_may(stage: Stage, tmp_path: Path) -> None:
    """Managers are reminded a day before, once, and told when it is left out; the plan says why nobody got it."""
    await stage.put_customers(3, town="Oulu")
    told = CareRemembered()
    await with_care(stage, tmp_path, needs_approval=True, notices=told).tick(LETTER - dt.timedelta(hours=1))
    until, a_minute = LETTER + dt.timedelta(days=5), dt.timedelta(minutes=1)
    for at in (LETTER, until - dt.timedelta(days=1) - a_minute):
        await stage.run(at)
        assert told.reminded == []
        assert await stage.ticker.next_due(at) == until - dt.timedelta(days=1)
    for at in (until - dt.timedelta(days=1), until - a_minute):
        await stage.run(at)
        assert told.reminded == [("letter", until)]
        assert await account(stage, "letter") == {("outbox", ""): 3}
    assert await stage.ticker.next_due(until - a_minute) == until
    for at in (until, until + a_minute):
        await stage.run(at)
    assert (told.unapproved, len(told.reminded)) == (["letter"], 1)
    assert await account(stage, "letter") == {("skipped", "unapproved"): 3}
    async with stage.database.read() as tx:
        assert list(await tx.scalars(select(care_runs.c.state))) == ["done"]
        assert (await tx.execute(select(sendings.c.state, sendings.c.reason))).all() == [("cancelled", "unapproved")]


async def test_newsletter_waits_a_day_for_a_word_however_short_its_late_policy_is(stage: Stage, tmp_path: Path) -> None:
    """With "up to 0h late" nobody could approve it otherwise; the reminder comes in the middle."""
    await stage.put_customers(1, town="Oulu")
    told = CareRemembered()
    hasty = PLAN.replace('at = "13:00"', 'at = "13:00"\nlate = "up to 0h late, else skip"')
    await with_care(stage, tmp_path, needs_approval=True, notices=told, plan=hasty).tick(LETTER - dt.timedelta(hours=1))
    for hours in (0, 12):
        await stage.run(LETTER + dt.timedelta(hours=hours))
    assert told.reminded == [("letter", LETTER + dt.timedelta(days=1))]
    await stage.run(LETTER + dt.timedelta(days=1))
    assert told.unapproved == ["letter"]


async def test_newsletter_that_is_gone_is_told_as_such_and_not_as_a_condition(stage: Stage, tmp_path: Path) -> None:
    """Its file was taken away since the plan was checked: nobody is said to have failed a rule that there is not."""
    await stage.put_customers(3, town="Oulu")
    await with_care(stage, tmp_path).tick(LETTER - dt.timedelta(hours=1))
    stage.files.take(NewsletterFiles({}))
    await stage.run(LETTER)
    await stage.run(LETTER + dt.timedelta(minutes=2))
    assert await account(stage, "letter") == {("skipped", "content"): 3}
