"""The inbox: each update as Telegram gave it, stored before it is acknowledged, until it has been handled."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Integer, bindparam, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.tables import inbox

# Statements of every message are made once: making one costs more than carrying it out.
_IS_NEW = text("state = 'new'")  # word for word the condition of the partial index
_NEW = (
    select(inbox.c.id, inbox.c.update_id, inbox.c.received_at, inbox.c.body)
    .where(_IS_NEW)
    .order_by(inbox.c.id)
    .limit(bindparam("most", type_=Integer))
)
_DONE = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"))
    .values(state="done", done_at=bindparam("at", type_=inbox.c.done_at.type), error=None)
)
_ERASED = "erased:"
_KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction")


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One stored update; *body* is its JSON as text, whether it can be read or not."""

    id: int
    update_id: int
    received_at: dt.datetime
    body: str


async def keep(tx: Tx, updates: Sequence[tuple[int, str]], now: dt.datetime) -> int:
    """
    Store (update_id, raw JSON) pairs in their order and return how many were new.

    An update that is offered again changes nothing. When Telegram begins its numbering anew, a number that was used
    before comes with another event behind it: that one is new, and the older row keeps its place under a number of
    its own.
    """
    if not updates:
        return 0
    new = await _insert(tx, updates, now)
    if len(new) == len(updates):
        return len(new)
    reused = await _reused(tx, {number: body for number, body in updates if number not in new})
    if not reused:
        return len(new)
    await tx.execute(
        update(inbox).where(inbox.c.id == bindparam("row")).values(update_id=-inbox.c.id),
        [{"row": row} for row in reused.values()],
    )
    again = await _insert(tx, [(number, body) for number, body in updates if number in reused], now)
    return len(new) + len(again)


async def _insert(tx: Tx, updates: Sequence[tuple[int, str]], now: dt.datetime) -> set[int]:
    rows = [{"update_id": number, "received_at": now, "body": body} for number, body in updates]
    result = await tx.execute(_INSERT_IF_NEW[tx.dialect.name], rows)
    return set(result.scalars())


_INSERT_IF_NEW = {
    name: make(inbox).on_conflict_do_nothing(index_elements=["update_id"]).returning(inbox.c.update_id)
    for name, make in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


async def _reused(tx: Tx, offered: Mapping[int, str]) -> dict[int, int]:
    known = await tx.execute(
        select(inbox.c.id, inbox.c.update_id, inbox.c.body).where(inbox.c.update_id.in_(list(offered)))
    )
    return {number: row for row, number, body in known if not _is_same(body, offered[number])}


def erased(body: str) -> str:
    """Return what is kept of an update that is forgotten: enough to know the same one when it is offered again."""
    return f"{_ERASED}{hashlib.sha256(repr(_event(body)).encode()).hexdigest()}"


def _is_same(kept: str, offered: str) -> bool:
    return kept == erased(offered) if kept.startswith(_ERASED) else _event(kept) == _event(offered)


def _event(body: str) -> tuple[Any, ...] | str:
    """Name what happened, so that a second copy of the same event is known even when its bytes differ."""
    try:
        update_ = orjson.loads(body)
        for kind in _KINDS:
            if kind in update_:
                part = update_[kind]
                chat = part.get("chat") or {}
                return (
                    kind,
                    part.get("id"),
                    chat.get("id"),
                    part.get("message_id"),
                    part.get("date"),
                    part.get("edit_date"),
                )
    except (orjson.JSONDecodeError, AttributeError, TypeError):
        pass
    return body


async def fetch_new(tx: Tx, limit: int) -> list[InboxRow]:
    """Return at most *limit* updates that are neither done nor parked, in the order of their arrival."""
    return [InboxRow(*row) for row in await tx.execute(_NEW, {"most": limit})]


async def mark_done(tx: Tx, ids: Collection[int], now: dt.datetime) -> None:
    """Take the rows off the list of new ones, in the same transaction as what they caused."""
    if ids:
        await tx.execute(_DONE, [{"row": row, "at": now} for row in ids])


async def park(tx: Tx, row_id: int, error: str, now: dt.datetime) -> None:
    """Set an update aside that cannot be handled, with the reason; it stays until `retry` or `purge`."""
    await tx.execute(update(inbox).where(inbox.c.id == row_id).values(state="parked", done_at=now, error=error))


async def retry_parked(tx: Tx) -> int:
    """Put every parked update back among the new ones, such as after an upgrade; return how many."""
    result = await tx.execute(
        update(inbox).where(inbox.c.state == "parked").values(state="new", done_at=None, error=None)
    )
    return result.rowcount


async def count_new(tx: Tx) -> int:
    """Return how many updates wait to be handled."""
    return int(await tx.scalar(select(func.count()).select_from(inbox).where(_IS_NEW)) or 0)


async def count_parked(tx: Tx) -> int:
    """Return how many updates were set aside."""
    return int(await tx.scalar(select(func.count()).select_from(inbox).where(inbox.c.state == "parked")) or 0)


async def purge(tx: Tx, before: dt.datetime) -> int:
    """
    Delete what was handled before that moment, and return how many rows.

    Keep at least two days: Telegram offers an update again for 24 hours, and only a stored number tells it is old.
    """
    result = await tx.execute(delete(inbox).where(inbox.c.done_at < before))
    return result.rowcount
