"""Open tasks of care plans when two customers become one, and two again: they are whose the customer is."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert, select, update

from domain.care import CareState
from domain.duplicates import Merge
from domain.staff import Role
from store.customer_words import renew_words
from store.database import Database, Tx
from store.merging import merge_by_id, merge_customers, unmerge
from store.staff import add_member
from store.tables import customers
from store.tables_care import care_runs, plan_actions
from tests.store.merging_rows import GONE, KEPT, NOW, snapshot

EARLIER, LATER = NOW - dt.timedelta(days=3), NOW + dt.timedelta(days=1)
OLGA, PETE, EVE, BOSS = 7, 8, 9, 10
_LOGS = ("merges", "audit", "stale_customers")


async def people(tx: Tx, kept_owner: int | None, gone_owner: int | None) -> None:
    """Put in the two with their owners, and staff of whom one is a manager."""
    for who, owner in ((KEPT, kept_owner), (GONE, gone_owner)):
        await tx.execute(insert(customers).values(id=who, number=str(who), owner_id=owner, created_at=EARLIER))
    await renew_words(tx, [KEPT, GONE])
    for each, role in ((OLGA, Role.AGENT), (PETE, Role.AGENT), (EVE, Role.AGENT), (BOSS, Role.MANAGER)):
        await add_member(tx, each, f"Staff {each}", role, EARLIER)


async def task(
    tx: Tx, row_id: int, customer: int, owner: int, plan_owner: str = "", state: CareState = CareState.TASK
) -> None:
    """Put in a task of a run of its own."""
    run = {"id": row_id, "plan": "year", "action": f"a{row_id}", "due_at": NOW, "state": "done", "upto": 0}
    content = {"owner": plan_owner, "stand_in": "manager", "channel": "phone", "kind": "task"}
    await tx.execute(insert(care_runs).values(**run, at=EARLIER, content=content))
    row = {"id": row_id, "run_id": row_id, "customer_id": customer, "state": state.value, "channel": "phone"}
    await tx.execute(insert(plan_actions).values(**row, owner_id=owner, not_before=EARLIER, at=EARLIER))


async def tasks(tx: Tx) -> dict[int, tuple[int, int | None, dt.datetime]]:
    """Return of whom each is, whose, and since when."""
    wanted = select(plan_actions.c.id, plan_actions.c.customer_id, plan_actions.c.owner_id, plan_actions.c.at)
    return {row.id: (row.customer_id, row.owner_id, row.at) for row in await tx.execute(wanted)}


async def merged(tx: Tx, went: int) -> Merge:
    """Merge, and say how many tasks got another owner."""
    merge = await merge_customers(tx, KEPT, GONE, NOW)
    assert isinstance(merge, Merge)
    assert merge.tasks == went
    assert await merge_by_id(tx, merge.id) == merge
    return merge


async def test_open_tasks_go_to_the_owner_of_who_is_kept_and_back_with_the_undo(database: Database) -> None:
    """New to her, so that her next list tells them; what is done, and what the plan gives to a role, stays."""
    async with database.write() as tx:
        await people(tx, PETE, OLGA)
        await task(tx, 1, GONE, OLGA)
        await task(tx, 2, GONE, OLGA, state=CareState.DONE)
        await task(tx, 3, GONE, BOSS, "manager")
        await task(tx, 4, KEPT, EVE)
        before = await snapshot(tx, *_LOGS)
        merge = await merged(tx, 1)
        assert await tasks(tx) == {
            1: (KEPT, PETE, NOW),
            2: (KEPT, OLGA, EARLIER),
            3: (KEPT, BOSS, EARLIER),
            4: (KEPT, EVE, EARLIER),
        }
        assert isinstance(await unmerge(tx, merge.id, LATER), Merge)
        assert await snapshot(tx, *_LOGS) == before


async def test_customer_who_had_no_owner_gets_one_with_her_tasks(database: Database) -> None:
    """What stood with the plan's stand-in goes to the owner who came with the merge; the undo gives it back."""
    async with database.write() as tx:
        await people(tx, None, OLGA)
        await task(tx, 1, GONE, OLGA)
        await task(tx, 2, KEPT, BOSS)
        before = await snapshot(tx, *_LOGS)
        merge = await merged(tx, 1)
        assert await tasks(tx) == {1: (KEPT, OLGA, EARLIER), 2: (KEPT, OLGA, NOW)}
        assert isinstance(await unmerge(tx, merge.id, LATER), Merge)
        assert await snapshot(tx, *_LOGS) == before


async def test_undo_leaves_no_task_with_an_owner_who_came_to_the_kept_one_since(database: Database) -> None:
    """What the other had is hers again and told anew; the kept one's own and what was done since stay as they are."""
    async with database.write() as tx:
        await people(tx, None, OLGA)
        for row_id, who, owner in ((1, GONE, OLGA), (2, KEPT, BOSS), (3, GONE, OLGA), (4, KEPT, BOSS)):
            await task(tx, row_id, who, owner)
        merge = await merged(tx, 2)
        mine = plan_actions.c.customer_id == KEPT
        await tx.execute(update(customers).where(customers.c.id == KEPT).values(owner_id=EVE))
        await tx.execute(update(plan_actions).where(mine, plan_actions.c.id < 3).values(owner_id=EVE, at=LATER))
        await tx.execute(update(plan_actions).where(mine, plan_actions.c.id > 2).values(state="done", at=LATER))
        undone = LATER + dt.timedelta(days=1)
        assert isinstance(await unmerge(tx, merge.id, undone), Merge)
        assert await tasks(tx) == {
            1: (GONE, OLGA, undone),
            2: (KEPT, EVE, LATER),
            3: (GONE, OLGA, LATER),
            4: (KEPT, OLGA, LATER),
        }
