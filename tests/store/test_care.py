"""Care plans in the store: a day is one run, a customer is in it once, and the account adds up on both databases."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert, update

from domain.care import CareRun, CareState, RunState
from domain.waves import Wave
from store import care, care_outcomes, care_tasks, waves
from store.database import Database
from store.ids import new_id
from store.tables import exclusions, invitations, recipients
from store.tables_care import plan_actions
from tests.store.sending_rows import NOW, put_customers, put_sending

CONTENT = {"audience": 'town = "Turku"', "channel": "phone", "kind": "task", "title": {"en": "Call"}}
DAY = dt.timedelta(days=1)


def run_of(action: str = "call") -> CareRun:
    """A run of the plan."""
    return CareRun(new_id(), "plan", action, NOW, RunState.FREEZING, NOW, CONTENT)


async def test_day_of_an_action_is_one_run_and_each_customer_is_in_it_once(database: Database) -> None:
    """A second tick or machine adds nothing; a step of freezing that is done again adds nobody."""
    first, second = run_of(), run_of()
    async with database.write() as tx:
        await put_customers(tx, range(1, 8), town="Turku")
        await put_customers(tx, [50], town="Oulu")
        assert await care.add_run(tx, first)
        assert not await care.add_run(tx, second)
        assert await care.freeze_some(tx, first, at=NOW, currency="EUR", size=4) == 4
        assert await care.freeze_some(tx, first, at=NOW, currency="EUR", size=4) == 4
        present = await care.get_run(tx, first.id)
        assert present is not None
        assert await care.freeze_some(tx, present, at=NOW, currency="EUR", size=9) is None
        rows = await care.due(tx, NOW, 100)
        assert sorted(row.customer_id for row in rows) == list(range(1, 8))
        assert await care.next_waiting(tx) == NOW
        assert [run.state for run in await care.runs_in(tx, RunState.RUNNING)] == [RunState.RUNNING]
        ((_, counts),) = (await care.account(tx, "plan", NOW - DAY, NOW + DAY)).values()
        assert counts == {(CareState.QUEUED, ""): 7}


async def test_fates_of_a_newsletter_and_an_invitation_are_taken_over_once(database: Database) -> None:
    """What is settled is kept; whoever waits goes on waiting until the sending is over, and then has a reason, too."""
    letter, ask = run_of("letter"), run_of("ask")
    wave = Wave(new_id(), "nps", "", NOW, "care", frozen=True)
    async with database.write() as tx:
        await put_customers(tx, range(1, 6), town="Turku")
        for run in (letter, ask):
            await care.add_run(tx, run)
            await care.freeze_some(tx, run, at=NOW, currency="EUR", size=9, state=CareState.OUTBOX)
        sending = await put_sending(tx)
        states = {1: "sent", 2: "outbox", 3: "unknown"}
        await tx.execute(
            insert(recipients),
            [{"sending_id": sending, "customer_id": who, "state": state, "at": NOW} for who, state in states.items()],
        )
        await tx.execute(insert(exclusions).values(sending_id=sending, customer_id=4, reason="no_consent"))
        await care_outcomes.follow_sending(tx, letter.id, sending, NOW, over=False)
        assert not await care.is_over(tx, letter.id)
        assert {row.customer_id for row in await care.rows_of_run(tx, letter.id, CareState.OUTBOX, 9)} == {2, 5}
        await care_outcomes.follow_sending(tx, letter.id, sending, NOW, over=True)
        assert await care.is_over(tx, letter.id)
        await waves.add(tx, wave)
        await tx.execute(
            insert(invitations),
            [
                {"wave_id": wave.id, "customer_id": 1, "state": "invited", "reason": "", "at": NOW},
                {"wave_id": wave.id, "customer_id": 2, "state": "skipped", "reason": "paused", "at": NOW},
                {"wave_id": wave.id, "customer_id": 3, "state": "queued", "reason": "", "at": NOW},
            ],
        )
        await care_outcomes.follow_wave(tx, ask.id, wave.id, NOW, over=False)
        accounts = await care.account(tx, "plan", NOW - DAY, NOW + DAY)
    assert accounts[letter.id][1] == {
        (CareState.SENT, ""): 1,
        (CareState.UNKNOWN, ""): 1,
        (CareState.SKIPPED, "no_consent"): 1,
        (CareState.SKIPPED, "condition"): 2,
    }
    assert accounts[ask.id][1] == {
        (CareState.SENT, ""): 1,
        (CareState.SKIPPED, "paused"): 1,
        (CareState.OUTBOX, ""): 3,
    }


async def test_task_is_listed_put_off_given_on_and_settled_once(database: Database) -> None:
    """By owner, with nobody's, without those that rest; what is done keeps its contact and her words."""
    run = run_of()
    async with database.write() as tx:
        await put_customers(tx, [1, 2, 3], town="Turku")
        await care.add_run(tx, run)
        await care.freeze_some(tx, run, at=NOW, currency="EUR", size=9)
        rows = await care.due(tx, NOW, 9)
        for row, owner in zip(rows, (7, 7, None), strict=True):
            await tx.execute(
                update(plan_actions)
                .where(plan_actions.c.id == row.id)
                .values(state=CareState.TASK.value, owner_id=owner)
            )
        mine, other = rows[0].id, rows[1].id
        assert await care_tasks.owners_with_tasks(tx) == {7: 2, None: 1}
        assert await care_tasks.owners_with_tasks(tx, due_before=NOW) == {}
        assert await care_tasks.put_off(tx, mine, NOW + DAY)
        hers = await care_tasks.tasks(tx, now=NOW, owner_id=7, and_nobodys=True)
        assert [task.row.owner_id for task in hers] == [7, None]
        assert await care_tasks.count_tasks(tx, owner_id=7, plan="plan", due_before=NOW + DAY) == 2
        assert len(await care_tasks.tasks_without_owner_among(tx, [8], 9)) == 3
        assert await care_tasks.settle_task(tx, other, CareState.NOT_DONE, NOW, reason="no_time")
        assert not await care_tasks.settle_task(tx, other, CareState.DONE, NOW)
        own = await care.own_care(tx, rows[1].customer_id)
        assert [(row.state, row.reason, each.action) for row, each in own] == [(CareState.NOT_DONE, "no_time", "call")]
