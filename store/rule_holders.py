"""For whom a rule holds, of everybody or a range: in one pass over what is kept, and the few others one by one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, select

from domain.rules_tree import Rule
from store.database import Tx
from store.fresh_measures import KEPT, MOST_NEWER, fresh_measures
from store.rules_sql import Conditions
from store.tables import customers
from store.without_rows import within


async def holders(
    tx: Tx,
    rule: Rule,
    at: dt.datetime,
    currency: str,
    *,
    after: int = 0,
    upto: int | None = None,
    before: tuple[ColumnElement[bool], ...] = (),
    then: tuple[ColumnElement[bool], ...] = (),
) -> frozenset[int]:
    """
    Return the ids above *after* and up to *upto* (None: all) of those for whom *rule* holds.

    It is to hold at *at* (aware, in the company's zone), with amounts in *currency*. Conditions on `customers` that are
    asked too stand *before* it where they cost less than the rule does, else behind: *then*.
    """

    fresh = await fresh_measures(tx, rule, at, currency, most_newer=MOST_NEWER)
    everybody = Conditions(rule, at, currency, fresh, joined=True)
    wanted = select(customers.c.id).select_from(everybody.source).where(*before, everybody.holds, *then)
    if fresh is None:
        return frozenset(await tx.scalars(wanted.where(*within(customers.c.id, after, upto))))
    found = list(await tx.scalars(wanted.where(*within(KEPT.c.customer_id, after, upto), *fresh.is_right())))
    others = await fresh.others(tx, after, upto)
    if await tx.scalar(others.limit(1)) is None:  # as after most nights: then to write the condition costs the most
        return frozenset(found)
    live = select(customers.c.id).where(
        customers.c.id.in_(others), *before, Conditions(rule, at, currency).holds, *then
    )
    return frozenset((*found, *(await tx.scalars(live))))
