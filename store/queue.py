"""The queue of a sending: recipients for whom no row of the outbox exists yet, and whose turn comes next."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Integer, bindparam, exists, func, select

from domain.newsletters import RecipientState
from store import tallies
from store.bulk import one_of
from store.chance_sql import chance
from store.database import Tx, unhurried
from store.tables import customers, recipients
from store.types import constant

_QUEUED = constant(RecipientState.QUEUED.value)
_NO_VARIANT = constant("")


@dataclass(frozen=True, slots=True)
class Queued:
    """A recipient whose turn comes; *variant* is the one of the text that is tried on her, "" outside an experiment."""

    customer_id: int
    variant: str = ""


async def queued(tx: Tx, sending_id: int, limit: int) -> list[int]:
    """Return the customer ids of the next recipients that no outbox row exists for, by id."""
    return [one.customer_id for one in await next_queued(tx, sending_id, limit)]


async def next_queued(
    tx: Tx,
    sending_id: int,
    limit: int,
    *,
    tested_only: bool = False,
    drawn: bool = False,
    after: int = 0,
    asleep: Collection[str] = (),
    home: str = "",
) -> list[Queued]:
    """
    Return the next recipients that no outbox row exists for, by customer id.

    With *tested_only* those of them that an experiment tries a variant on: the others wait until it is decided. With
    *drawn* those that chance puts first, other ones in each sending: so a canary is a fair sample. Then all who are
    queued are looked at, half a second for a million. Only those above customer *after*, and none whose time zone is
    among *asleep*; *home* is the zone of those whose own is not known.
    """
    if not (tested_only or drawn or after or asleep):  # as nearly always: the statement is made once
        return [Queued(*row) for row in await tx.execute(_NEXT, {"of_sending": sending_id, "most": limit})]
    wanted = (
        select(recipients.c.customer_id, recipients.c.variant)
        .where(recipients.c.sending_id == sending_id, recipients.c.state == _QUEUED)
        .order_by(recipients.c.customer_id)
        .limit(limit)
    )
    if drawn:
        wanted = wanted.order_by(None).order_by(chance(f"{sending_id} canary", recipients.c.customer_id))
    if tested_only:
        wanted = wanted.where(recipients.c.variant != _NO_VARIANT)
    if after:
        wanted = wanted.where(recipients.c.customer_id > after)
    if asleep:
        zone = func.coalesce(func.nullif(customers.c.timezone, ""), home)
        wanted = wanted.where(exists().where(customers.c.id == recipients.c.customer_id, zone.not_in(list(asleep))))
    with unhurried(tx) if drawn else contextlib.nullcontext():
        return [Queued(row.customer_id, row.variant) for row in (await tx.execute(wanted)).all()]


_NEXT = (
    select(recipients.c.customer_id, recipients.c.variant)
    .where(recipients.c.sending_id == bindparam("of_sending"), recipients.c.state == _QUEUED)
    .order_by(recipients.c.customer_id)
    .limit(bindparam("most", type_=Integer))
)


async def count_by_zone(tx: Tx, sending_id: int, home: str, *, most: int) -> dict[str, int]:
    """
    Return how many recipients of a sending no outbox row exists for yet, by the time zone in which they live.

    *home* is the zone of those whose own is not known. Of more than *most* the first so many are counted.
    """
    some = (
        select(func.coalesce(func.nullif(customers.c.timezone, ""), home).label("zone"))
        .select_from(recipients)
        .join(customers, customers.c.id == recipients.c.customer_id)
        .where(recipients.c.sending_id == sending_id, recipients.c.state == _QUEUED)
        .order_by(recipients.c.customer_id)
        .limit(most)
        .subquery()
    )
    rows = await tx.execute(select(some.c.zone, func.count().label("n")).group_by(some.c.zone))
    return {row.zone: row.n for row in rows}


async def still_queued(tx: Tx, sending_id: int, customer_ids: Iterable[int]) -> set[int]:
    """Return which of those recipients no outbox row exists for yet."""
    wanted = _STILL_QUEUED[tx.dialect.name]
    return set((await tx.scalars(wanted, {"of_sending": sending_id, "ids": sorted(customer_ids)})).all())


_STILL_QUEUED = {
    name: select(recipients.c.customer_id).where(
        recipients.c.sending_id == bindparam("of_sending"),
        recipients.c.state == _QUEUED,
        one_of(recipients.c.customer_id, name),
    )
    for name in ("sqlite", "postgresql")
}


async def count_unfed(tx: Tx, sending_id: int) -> int:
    """Return how many recipients of a sending no outbox row exists for yet."""
    return (await tallies.counts(tx, sending_id)).get((RecipientState.QUEUED.value, ""), 0)
