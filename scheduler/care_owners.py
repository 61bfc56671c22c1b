"""Open tasks of the care plans when a customer gets another owner: they go along."""

from __future__ import annotations

import datetime as dt

from domain.care_owners import owner_for
from store import care_tasks
from store.database import Tx
from store.staff import list_members


async def hand_over(tx: Tx, customer_id: int, owner_id: int | None, now: dt.datetime) -> int:
    """
    Give the open tasks about a customer to her new owner (None: to the plan's stand-in); return how many went.

    Tasks of plans that name a member or a role themselves stay where they are.
    """
    found = [t for t in await care_tasks.tasks_of_customer(tx, customer_id) if not t.run.content.get("owner")]
    members = await list_members(tx) if found else []
    went = 0
    for task in found:
        hers = owner_for(task.run.content, customer_id, owner_id, members)
        if hers != task.row.owner_id:
            await care_tasks.give_tasks(tx, [task.row.id], hers, now)
            went += 1
    return went
