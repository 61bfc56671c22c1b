"""What customers are asked about by itself: new receipts and first meetings, found by index, each put down once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.customers import Reach
from domain.sampling import Sampling
from domain.waves import InvitationState, Wave
from store.database import Tx
from store.eligibility import in_sending_audience
from store.tables import customers, invitations, purchases, waves
from store.types import constant
from store.waves import values_of

_QUEUED = constant(InvitationState.QUEUED.value)
_LONGEST_REF = 40


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened with a customer: a receipt (its number in `ref`), or that she met the bot."""

    customer_id: int
    ref: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Whom:
    """Whose events count: those for whom the *rule* holds as of *at* (aware, in the company's zone)."""

    rule: str
    at: dt.datetime
    currency: str


async def newest_purchase(tx: Tx) -> int:
    """Return the id of the purchase that was put in last; 0 without any."""
    return await tx.scalar(select(func.max(purchases.c.id))) or 0


async def receipts_after(
    tx: Tx, after: int, size: int, since: dt.datetime, whom: Whom
) -> tuple[list[Happening], int | None]:
    """
    Return the receipts among the next *size* lines above the id *after*, and the last of these ids (None: no more).

    Only those of reachable customers, at *since* or later, with at least one line that is no return.
    """
    following = select(purchases.c.id).where(purchases.c.id > after).order_by(purchases.c.id).limit(size).subquery()
    last: int | None = await tx.scalar(select(func.max(following.c.id)))
    if last is None:
        return [], None
    wanted = (
        select(purchases.c.customer_id, purchases.c.receipt, func.max(purchases.c.at).label("at"))
        .join(customers, customers.c.id == purchases.c.customer_id)
        .where(
            purchases.c.id > after,
            purchases.c.id <= last,
            purchases.c.amount_minor >= 0,
            purchases.c.at >= since,
            customers.c.reach == Reach.REACHABLE.value,
            await in_sending_audience(tx, whom.rule, whom.at, whom.currency),
        )
        .group_by(purchases.c.customer_id, purchases.c.receipt)
        .order_by(func.max(purchases.c.at), purchases.c.customer_id)
    )
    return [Happening(row.customer_id, row.receipt, row.at) for row in (await tx.execute(wanted)).all()], last


async def met_after(
    tx: Tx, after: tuple[dt.datetime, int], until: dt.datetime, size: int, whom: Whom
) -> list[Happening]:
    """Return the next *size* reachable customers who met the bot after that (moment, id) up to *until*, in order."""
    moment, customer_id = after
    same_moment = and_(customers.c.met_at == moment, customers.c.id > customer_id)
    wanted = (
        select(customers.c.id, customers.c.met_at)
        .where(
            customers.c.met_at >= moment,
            or_(customers.c.met_at > moment, same_moment),
            customers.c.met_at <= until,
            customers.c.reach == Reach.REACHABLE.value,
            await in_sending_audience(tx, whom.rule, whom.at, whom.currency),
        )
        .order_by(customers.c.met_at, customers.c.id)
        .limit(size)
    )
    return [Happening(row.id, "", row.met_at) for row in (await tx.execute(wanted)).all()]


async def waiting_for(tx: Tx, script_id: str, customer_ids: Collection[int]) -> set[int]:
    """Return which of those customers are queued to be asked to a script."""
    wanted = (
        select(invitations.c.customer_id)
        .join(waves, waves.c.id == invitations.c.wave_id)
        .where(
            invitations.c.customer_id.in_(list(customer_ids)),
            invitations.c.state == _QUEUED,
            waves.c.script_id == script_id,
        )
    )
    return set((await tx.scalars(wanted)).all())


async def put_down(
    tx: Tx, key: str, script_id: str, event: str, found: Sequence[Happening], sampling: Sampling | None
) -> int:
    """
    Let a script be started with each of *found* at its moment, because of *event*; return how many were new.

    The wave's id comes of *key* (the plan's or script's name), event, customer and ref, so each happens once, whoever
    finds it how often.
    """
    if not found:
        return 0
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    rows = []
    for each in found:
        started_by = f"event:{event}:{each.ref[:_LONGEST_REF]}" if each.ref else f"event:{event}"
        wave_id = _id_of(key, event, str(each.customer_id), each.ref)
        wave = Wave(wave_id, script_id, "", each.at, started_by, due_at=each.at, frozen=True, sampling=sampling)
        rows.append((each, values_of(wave)))
    statement = dialect.insert(waves).on_conflict_do_nothing().returning(waves.c.id)
    new = set((await tx.scalars(statement, [values for _, values in rows])).all())
    fresh = [
        {
            "wave_id": values["id"],
            "customer_id": each.customer_id,
            "state": InvitationState.QUEUED.value,
            "reason": "",
            "at": each.at,
        }
        for each, values in rows
        if values["id"] in new
    ]
    if fresh:
        await tx.execute(dialect.insert(invitations).on_conflict_do_nothing(), fresh)
    return len(fresh)


def _id_of(*parts: str) -> int:
    """Give a positive 63-bit id that is the same for the same parts."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1
