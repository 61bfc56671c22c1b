"""Floods in the store: how fast each customer writes, and which of her words staff have not got."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, and_, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.contacts import Contact, Direction
from domain.floods import WINDOW, Flood, Kept
from store.contacts import kept_contacts
from store.database import Tx
from store.tables import contacts, floods

_UNTOLD = text("floods.kept_back > 0")  # as a literal, so that the partial index serves


async def flood_of(tx: Tx, customer_id: int) -> Flood | None:
    """Return what is counted of a customer, locked until the transaction ends; None when nothing ever was."""
    query = select(floods).where(floods.c.customer_id == customer_id).with_for_update()
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else Flood(**row._mapping)


async def keep_flood(tx: Tx, flood: Flood, *, is_new: bool) -> None:
    """Write a count as it stands; *is_new* for a customer of whom nothing was counted."""
    values = {
        "began_at": flood.began_at,
        "messages": flood.messages,
        "kept_back": flood.kept_back,
        "warned_at": flood.warned_at,
    }
    if is_new:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        put = dialect.insert(floods).values(customer_id=flood.customer_id, **values)
        # Another process may have begun to count her at the same moment: then hers is one more.
        counted = {**values, "messages": floods.c.messages + flood.messages}
        await tx.execute(put.on_conflict_do_update(index_elements=["customer_id"], set_=counted))
    else:
        await tx.execute(update(floods).where(floods.c.customer_id == flood.customer_id).values(**values))


async def untold_floods(tx: Tx, now: dt.datetime) -> list[Flood]:
    """Return the floods whose minute has passed and of which staff have not been told yet."""
    query = select(floods).where(_UNTOLD, floods.c.began_at <= now - WINDOW)
    return [Flood(**row._mapping) for row in await tx.execute(query.order_by(floods.c.began_at))]


async def next_untold(tx: Tx) -> dt.datetime | None:
    """Return when staff are to be told of the oldest flood, or None when there is none."""
    began: dt.datetime | None = await tx.scalar(
        select(floods.c.began_at).where(_UNTOLD).order_by(floods.c.began_at).limit(1)
    )
    return None if began is None else began + WINDOW


async def forget_flood(tx: Tx, customer_id: int) -> None:
    """Forget how fast she wrote."""
    await tx.execute(delete(floods).where(floods.c.customer_id == customer_id))


async def first_kept(tx: Tx, customer_id: int, why: Kept, count: int) -> int | None:
    """Return the id of the first of her newest *count* contacts that were only kept, or None when there are none."""
    query = select(contacts.c.id).where(_kept(customer_id, (why,))).order_by(contacts.c.id.desc()).limit(count)
    return min((await tx.execute(query)).scalars(), default=None)


async def count_kept(tx: Tx, customer_id: int, why: Kept, since: dt.datetime) -> int:
    """Return how many of her messages since then were only kept."""
    query = select(func.count()).where(_kept(customer_id, (why,)), contacts.c.at >= since.replace(microsecond=0))
    return int(await tx.scalar(query) or 0)


async def kept_words(tx: Tx, customer_id: int, first: int, *, offset: int, limit: int) -> list[Contact]:
    """Return her contacts that were only kept, from the contact *first* on, the oldest first."""
    return await kept_contacts(tx, customer_id, [why.value for why in Kept], first, offset=offset, limit=limit)


def _kept(customer_id: int, why: tuple[Kept, ...]) -> ColumnElement[bool]:
    return and_(
        contacts.c.customer_id == customer_id,
        contacts.c.direction == Direction.IN.value,
        contacts.c.reason.in_([each.value for each in why]),
    )
