"""A night that keeps measures of some customers, and what may happen to them after it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update

from domain.kept_measures import Measure
from insight.histories import histories_of
from insight.kept_measures import measure
from store.database import Tx
from store.histories import load_histories
from store.ids import new_id
from store.kept_measures import begin_keeping, put_kept, settle_slots
from store.tables import customers, kept_measures, purchases, stale_customers
from tests.store.rules_rows import AT, DAY, ZONE, random_lines


async def keep(tx: Tx, at: dt.datetime, in_use: Sequence[Measure], currency: str = "EUR") -> None:
    """Keep the standard measures and those *in use* of every customer, as the night at *at* does."""
    mark = int(await tx.scalar(select(func.max(purchases.c.id))) or 0)
    await begin_keeping(tx, at, mark, currency)
    slots = await settle_slots(tx, in_use, at)
    upto = int(await tx.scalar(select(func.max(customers.c.id))) or 0)
    histories = histories_of(await load_histories(tx, 0, upto, at, ZONE, currency))
    await put_kept(tx, slots, at.date(), *measure(histories, slots.measures, at, ZONE, currency).for_store())
    await tx.execute(delete(stale_customers))


async def live_on(tx: Tx, ids: Sequence[int], seed: int) -> None:
    """
    Let some of those customers buy, some have their lines changed, some lose what was kept, and put in new ones.

    New lines may be dated before the night. About a third of them stay as they were.
    """
    dice = random.Random(seed)
    for customer_id in ids:
        match dice.choice(["none", "none", "newer", "changed", "gone", "no row"]):
            case "newer":
                for line in random_lines(dice, customer_id)[:2]:
                    at = dice.choice([line["at"], AT, AT - DAY, AT + DAY])
                    await tx.execute(insert(purchases), line | {"at": at})
            case "changed":
                await tx.execute(
                    update(purchases)
                    .where(purchases.c.customer_id == customer_id)
                    .values(amount_minor=-purchases.c.amount_minor)
                )
                await tx.execute(insert(stale_customers).values(customer_id=customer_id, at=AT))
            case "gone":
                await tx.execute(delete(purchases).where(purchases.c.customer_id == customer_id))
                await tx.execute(insert(stale_customers).values(customer_id=customer_id, at=AT))
            case "no row":
                await tx.execute(delete(kept_measures).where(kept_measures.c.customer_id == customer_id))
            case _:
                pass
    for customer_id in (max(ids) + 1, max(ids) + 2):
        await tx.execute(insert(customers).values(id=customer_id, kind="consumer", created_at=AT))
        line = {"customer_id": customer_id, "receipt": "r", "at": AT - DAY, "amount_minor": 6000, "currency": "EUR"}
        await tx.execute(insert(purchases).values(id=new_id(), group_name="wine", **line))
