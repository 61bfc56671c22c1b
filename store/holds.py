"""Who was held back, when and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, func, insert, select

from domain.dialogues import RunState
from domain.holds import Held, Hold
from domain.waves import InvitationState
from store.database import Tx
from store.ids import new_id
from store.tables import customers, holds, invitations, outbox, runs
from store.types import constant

_QUEUED = constant(InvitationState.QUEUED.value)
_OPEN = constant(RunState.OPEN.value)


async def keep_holds(tx: Tx, rows: Sequence[tuple[int, str, Hold, str]], now: dt.datetime) -> None:
    """Keep (customer id, kind of contact, reason, reference) of each contact that was held or dropped."""
    if rows:
        await tx.execute(
            insert(holds),
            [
                {"id": new_id(), "customer_id": who, "at": now, "kind": kind, "reason": hold.value, "ref": ref}
                for who, kind, hold, ref in rows
            ],
        )


async def keep_hold_once(tx: Tx, customer_id: int, kind: str, hold: Hold, ref: str, now: dt.datetime) -> None:
    """Keep one hold, unless the newest of the same reference has the same reason: what is tried again is one hold."""
    newest = (
        select(holds.c.reason)
        .where(holds.c.customer_id == customer_id, holds.c.kind == kind, holds.c.ref == ref)
        .order_by(holds.c.at.desc(), holds.c.id.desc())
        .limit(1)
    )
    if await tx.scalar(newest) != hold.value:
        await keep_holds(tx, [(customer_id, kind, hold, ref)], now)


async def count_holds(
    tx: Tx, since: dt.datetime, until: dt.datetime, *, customer_id: int | None = None
) -> dict[tuple[str, str], int]:
    """Return how many contacts were held from *since* up to *until*, by (kind, reason); of one customer or in all."""
    wanted = (
        select(holds.c.kind, holds.c.reason, func.count())
        .where(holds.c.at >= since, holds.c.at < until, *_of(customer_id))
        .group_by(holds.c.kind, holds.c.reason)
    )
    return {(kind, reason): count for kind, reason, count in (await tx.execute(wanted)).all()}


async def newest_holds(
    tx: Tx, since: dt.datetime, until: dt.datetime, *, customer_id: int | None = None, limit: int = 20
) -> list[Held]:
    """Return the newest holds from *since* up to *until*, the newest first, and when each is tried again."""
    wanted = (
        select(holds, customers.c.name)
        .join(customers, customers.c.id == holds.c.customer_id)
        .where(holds.c.at >= since, holds.c.at < until, *_of(customer_id))
        .order_by(holds.c.at.desc(), holds.c.id.desc())
        .limit(limit)
    )
    found = [
        Held(row.id, row.customer_id, row.name, row.at, row.kind, row.reason, row.ref)
        for row in (await tx.execute(wanted)).all()
    ]
    again = await _again_at(tx, found)
    return [replace(held, again_at=again.get((held.customer_id, held.ref))) for held in found]


async def _again_at(tx: Tx, found: Sequence[Held]) -> dict[tuple[int, str], dt.datetime]:
    """Return when what was held is tried again, by (customer id, reference): where its row stands by now."""
    waves, sent, asked = (_numbers(found, kind) for kind in ("wave", "newsletter", "run"))
    people = {held.customer_id for held in found}
    again: dict[tuple[int, str], dt.datetime] = {}
    if waves:
        queued = select(invitations.c.customer_id, invitations.c.wave_id, invitations.c.at).where(
            invitations.c.wave_id.in_(waves), invitations.c.customer_id.in_(people), invitations.c.state == _QUEUED
        )
        again |= {(who, f"wave:{wave}"): at for who, wave, at in (await tx.execute(queued)).all()}
    if sent:
        waiting = select(outbox.c.customer_id, outbox.c.newsletter_id, outbox.c.not_before).where(
            outbox.c.customer_id.in_(people), outbox.c.newsletter_id.in_(sent)
        )
        again |= {(who, f"newsletter:{number}"): at for who, number, at in (await tx.execute(waiting)).all()}
    if asked:
        due = select(runs.c.customer_id, runs.c.id, runs.c.due_at, runs.c.reminders).where(
            runs.c.id.in_(asked), runs.c.state == _OPEN, runs.c.due_at.is_not(None)
        )
        again |= {(who, f"run:{run}.{told + 1}"): at for who, run, at, told in (await tx.execute(due)).all()}
    return again


def _numbers(found: Sequence[Held], kind: str) -> list[int]:
    heads = (held.ref.split(".")[0].partition(":") for held in found)
    return sorted({int(number) for name, _, number in heads if name == kind and number.isdigit()})


def _of(customer_id: int | None) -> list[ColumnElement[bool]]:
    return [] if customer_id is None else [holds.c.customer_id == customer_id]
