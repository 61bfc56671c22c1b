"""Clicks: what customers followed out of a newsletter, each counted once."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import BigInteger, String, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.effects import ClickKind
from store.database import Tx
from store.former_customers import standing_customers
from store.ids import new_id
from store.tables import clicks, recipients, sendings
from store.types import UtcDateTime


async def count_click(
    tx: Tx, sending_id: int, customer_id: int, kind: ClickKind, target: str, now: dt.datetime, *, once: str = ""
) -> bool:
    """
    Write down that a customer followed something of a sending; False when it does not count.

    A button or a link counts for recipients of the sending only, a deep link for anybody, as long as there is such a
    sending: what was forged or is forgotten counts for nothing. Two clicks with the same *once* are one.
    """
    click_id = new_id() if not once else _id_of(once)
    if kind is ClickKind.DEEP_LINK:
        found = select(sendings.c.id).where(sendings.c.id == sending_id)
    else:
        found = select(recipients.c.sending_id).where(
            recipients.c.sending_id == sending_id, recipients.c.customer_id == customer_id
        )
    row = found.add_columns(
        literal(click_id, BigInteger()),
        literal(customer_id, BigInteger()),
        literal(now, UtcDateTime()),
        literal(kind.value, String()),
        literal(target[:64], String()),
    )
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    added = await tx.execute(
        dialect.insert(clicks)
        .from_select(["sending_id", "id", "customer_id", "at", "kind", "target"], row)
        .on_conflict_do_nothing(index_elements=["id"])
    )
    if added.rowcount == 1 or kind is not ClickKind.LINK:
        return added.rowcount == 1
    standing = (await standing_customers(tx, [customer_id])).get(customer_id)  # her link is older than a merge
    return standing is not None and await count_click(tx, sending_id, standing, kind, target, now, once=once)


@dataclass(frozen=True, slots=True)
class Followed:
    """One thing that she followed out of a newsletter, and when."""

    newsletter: str
    kind: ClickKind
    target: str
    at: dt.datetime


async def followed_by(tx: Tx, customer_id: int) -> list[Followed]:
    """Return everything that a customer followed, the newest first."""
    wanted = (
        select(sendings.c.name, clicks.c.kind, clicks.c.target, clicks.c.at)
        .join(sendings, sendings.c.id == clicks.c.sending_id)
        .where(clicks.c.customer_id == customer_id)
        .order_by(clicks.c.at.desc(), clicks.c.id.desc())
    )
    return [Followed(name, ClickKind(kind), target, at) for name, kind, target, at in (await tx.execute(wanted)).all()]


async def clicks_of(tx: Tx, customer_id: int) -> list[tuple[ClickKind, str]]:
    """Return (kind, target) of everything that a customer followed, the oldest first."""
    wanted = select(clicks.c.kind, clicks.c.target).where(clicks.c.customer_id == customer_id)
    rows = (await tx.execute(wanted.order_by(clicks.c.at, clicks.c.id))).all()
    return [(ClickKind(row.kind), row.target) for row in rows]


def _id_of(once: str) -> int:
    """Make an id that is the same for the same occasion."""
    return int.from_bytes(hashlib.sha256(once.encode()).digest()[:8], "big") >> 1
