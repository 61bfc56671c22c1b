"""The outbox: what still has to go to Telegram, and what is on its way. Rows leave it with their final outcome."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Insert,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningUpdate

from domain.messages import Act, Lane, OutboxState, Waiting
from store.bulk import one_of, shortened
from store.database import Tx
from store.outbox_payload import write_message
from store.outbox_rows import COLUMNS, USUAL, values_of, waiting_from
from store.row_by_row import RowByRow
from store.tables import outbox
from store.types import constant

_IS_WAITING = text("outbox.state = 'waiting'")  # as a literal, so that the partial indexes serve
_IS_INTENT = text("outbox.state = 'intent'")
_TOAST = constant(Act.TOAST.value)
_NOW = bindparam("now", type_=outbox.c.not_before.type)
_LANES = ", ".join(str(int(lane)) for lane in Lane)
# With every lane named the index leads to what is due in each, past all that is held until later.
_IS_DUE = and_(text(f"outbox.lane IN ({_LANES})"), outbox.c.not_before <= _NOW)


@dataclass(frozen=True, slots=True)
class Again:
    """A claimed row that goes back to waiting: not before *not_before*, with so many attempts behind it."""

    id: int
    not_before: dt.datetime
    attempts: int
    reason: str = ""


async def put(tx: Tx, rows: Sequence[Waiting]) -> None:
    """
    Store *rows*; they become visible to the pump with the caller's commit.

    A second row for the same newsletter and customer is left out; any other clash raises IntegrityError.
    """
    if rows:
        await _PUT.run(tx, shortened([values_of(row) for row in rows], USUAL))


def _put(dialect: str) -> Insert:
    made = postgresql.insert(outbox) if dialect == "postgresql" else sqlite.insert(outbox)
    return made.on_conflict_do_nothing(index_elements=["newsletter_id", "customer_id"])


_PUT = RowByRow(_put)


async def claim(
    tx: Tx,
    now: dt.datetime,
    *,
    owner: str,
    limit: int,
    lane: Lane = Lane.BULK,
    skip_chats: Collection[int] = (),
    newsletters: Collection[int] = (),
    expected: MutableMapping[int, Waiting] | None = None,
) -> list[Waiting]:
    """
    Turn at most *limit* due rows into intents of *owner* and return them, the most urgent first.

    Order is lane, then the moment from which each may go, then age; only lanes up to *lane*, no chat of *skip_chats*,
    and with *newsletters* only their messages. A chat has at most one intent at a time, so what is said in it keeps
    its order; only the answer to a tap, which is no message, waits for nothing, lest her button spins. Several
    processes never get the same row. Fewer rows than *limit* do not mean that no more are due; none does.

    Rows that are *expected*, by id, are taken out of it and returned as they are there, which spares reading them:
    nobody else may have claimed or changed them since they were put in.
    """
    values: dict[str, Any] = {"now": now, "most": limit, "owner": owner}
    if skip_chats:
        values["skipped"] = list(skip_chats)
    if newsletters:
        values["newsletters"] = list(newsletters)
    wanted = _claim(lane, bool(skip_chats), bool(newsletters), bool(expected))
    if not expected:
        rows = [waiting_from(row) for row in await tx.execute(wanted, values)]
    else:
        ids = (await tx.scalars(wanted, values)).all()
        rows = [expected.pop(each) for each in ids if each in expected]
        if len(rows) < len(ids):
            others = sorted(set(ids) - {row.id for row in rows})
            rows += [waiting_from(row) for row in await tx.execute(_OF_IDS[tx.dialect.name], {"ids": others})]
    rows.sort(key=lambda row: (row.lane, row.not_before, row.id))  # RETURNING comes in any order
    return rows


@functools.cache
def _claim(lane: Lane, skips: bool, chooses: bool, expects: bool) -> ReturningUpdate[Any]:
    """Make the statement of a claim, once: making it costs ten times what carrying it out does."""
    picked = _due(lane, skips, chooses).cte("picked")
    queue = (picked.c.chat_id, case((picked.c.act == _TOAST, picked.c.id), else_=0))
    turn = func.row_number().over(partition_by=queue, order_by=_order(picked)).label("turn")
    first = select(picked.c.id, turn).subquery("first")
    return (
        update(outbox)
        .where(outbox.c.id.in_(select(first.c.id).where(first.c.turn == 1)))
        .values(state=OutboxState.INTENT.value, intent_at=_NOW, claimed_by=bindparam("owner"))
        .returning(*(COLUMNS[:1] if expects else COLUMNS))
    )


_OF_IDS = {dialect: select(*COLUMNS).where(one_of(outbox.c.id, dialect)) for dialect in ("sqlite", "postgresql")}


def _order(rows: FromClause) -> tuple[ColumnElement[Any], ...]:
    return rows.c.lane, rows.c.not_before, rows.c.id


def _due(lane: Lane, skips: bool, chooses: bool) -> Select[Any]:
    other = outbox.alias("other")
    busy = select(other.c.chat_id).where(text("other.state = 'intent'"))
    statement = (
        select(outbox.c.id, outbox.c.chat_id, outbox.c.lane, outbox.c.act, outbox.c.not_before)
        .where(_IS_WAITING, _IS_DUE, or_(outbox.c.act == _TOAST, outbox.c.chat_id.not_in(busy)))
        .order_by(*_order(outbox))
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )
    if lane < Lane.BULK:
        statement = statement.where(outbox.c.lane <= int(lane))
    if chooses:
        statement = statement.where(
            outbox.c.lane == int(Lane.BULK), outbox.c.newsletter_id.in_(bindparam("newsletters", expanding=True))
        )
    if skips:
        skipped = outbox.c.chat_id.not_in(bindparam("skipped", expanding=True))
        statement = statement.where(or_(outbox.c.act == _TOAST, skipped))
    return statement


async def settle(
    tx: Tx,
    *,
    done: Iterable[int] = (),
    again: Iterable[Again] = (),
    asked: Iterable[tuple[int, str]] = (),
) -> None:
    """
    Record what became of claimed rows: *done* leave the outbox, *again* wait once more, *asked* (id, reason) stay.

    Call it in the transaction that writes the outcome to the timeline.
    """
    await _GONE.run(tx, [{"row": row} for row in done])
    await _BACK.run(
        tx,
        [
            {"row": one.id, "not_before_": one.not_before, "attempts_": one.attempts, "reason_": one.reason}
            for one in again
        ],
    )
    await _ASKED.run(tx, [{"row": row, "reason_": reason} for row, reason in asked])


_GONE = RowByRow(lambda _: delete(outbox).where(outbox.c.id == bindparam("row")))
_BACK = RowByRow(
    lambda _: (
        update(outbox)
        .where(outbox.c.id == bindparam("row"))
        .values(
            state=OutboxState.WAITING.value,
            intent_at=None,
            claimed_by=None,
            paid=False,
            not_before=bindparam("not_before_"),
            attempts=bindparam("attempts_"),
            reason=bindparam("reason_"),
        )
    )
)
_ASKED = RowByRow(
    lambda _: (
        update(outbox)
        .where(outbox.c.id == bindparam("row"))
        .values(state=OutboxState.ASKED.value, claimed_by=None, reason=bindparam("reason_"))
    )
)


async def replace_messages(tx: Tx, rows: Sequence[Waiting]) -> None:
    """Give rows the message that they have now: what is left of one whose first part has gone."""
    await tx.execute(
        update(outbox).where(outbox.c.id == bindparam("row")).values(payload=bindparam("message")),
        [{"row": row.id, "message": write_message(row.message)} for row in rows],
    )


async def is_on_its_way(tx: Tx, row_id: int) -> bool:
    """Say whether a row is an intent still, so that its outcome has not been recorded."""
    return await tx.scalar(select(outbox.c.id).where(outbox.c.id == row_id, _IS_INTENT)) is not None


async def recover(tx: Tx, owner: str) -> list[Waiting]:
    """
    Return the intents that are not *owner's*, the oldest first: a process died before it could record their outcome.

    Call it only while holding the lease of the one who sends, or another's messages in flight would be among them.
    """
    rows = await tx.execute(
        select(*COLUMNS).where(_IS_INTENT, outbox.c.claimed_by.is_distinct_from(owner)).order_by(outbox.c.id)
    )
    return [waiting_from(row) for row in rows]


async def next_due(tx: Tx) -> dt.datetime | None:
    """Return the earliest moment at which a waiting row may go, or None when none waits."""
    found: dt.datetime | None = await tx.scalar(_NEXT_DUE)
    return found


def _next_due() -> Select[tuple[dt.datetime | None]]:
    """Ask each lane for its first: an index leads to it."""
    firsts = [
        select(func.min(outbox.c.not_before).label("first")).where(_IS_WAITING, outbox.c.lane == text(str(int(lane))))
        for lane in Lane
    ]
    lanes = union_all(*firsts).subquery()
    return select(func.min(lanes.c.first))


_NEXT_DUE = _next_due()


async def is_quiet(tx: Tx, now: dt.datetime) -> bool:
    """Say whether nothing may go at *now* and nothing is on its way."""
    return await tx.scalar(_ANY_DUE, {"now": now}) is None and await tx.scalar(_ANY_INTENT) is None


_ANY_DUE = select(outbox.c.id).where(_IS_WAITING, _IS_DUE).limit(1)
_ANY_INTENT = select(outbox.c.id).where(_IS_INTENT).limit(1)


async def count_due(tx: Tx, now: dt.datetime) -> int:
    """Return how many rows wait and may go at *now*."""
    query = select(func.count()).select_from(outbox).where(_IS_WAITING, _IS_DUE)
    return int(await tx.scalar(query, {"now": now}) or 0)


async def count_due_of(tx: Tx, newsletter_id: int, now: dt.datetime, *, most: int) -> int:
    """Return how many messages of a newsletter wait for nothing but the pump's pace, counted up to *most*."""
    return int(await tx.scalar(_DUE_OF, {"newsletter": newsletter_id, "now": now, "most": most}) or 0)


_DUE_OF = select(func.count()).select_from(
    select(outbox.c.id)
    .where(
        _IS_WAITING,
        outbox.c.lane == int(Lane.BULK),  # with the moment: only what is due is looked at, not all that is held
        outbox.c.not_before <= _NOW,
        outbox.c.newsletter_id == bindparam("newsletter"),
    )
    .limit(bindparam("most", type_=Integer))
    .subquery()
)


async def count_intents(tx: Tx) -> int:
    """Return how many rows are on their way."""
    return int(await tx.scalar(select(func.count()).select_from(outbox).where(_IS_INTENT)) or 0)


async def count_by_lane(tx: Tx) -> dict[Lane, int]:
    """Return how many rows wait in each lane, due or not."""
    query = select(outbox.c.lane, func.count()).where(_IS_WAITING).group_by(outbox.c.lane)
    return {Lane(lane): count for lane, count in await tx.execute(query)}


async def withdraw_newsletter(tx: Tx, newsletter_id: int) -> list[int]:
    """Take back what of a newsletter still waits, and return whose it was; what is on its way stays."""
    rows = await tx.execute(
        delete(outbox).where(outbox.c.newsletter_id == newsletter_id, _IS_WAITING).returning(outbox.c.customer_id)
    )
    return [customer for (customer,) in rows if customer is not None]


async def fetch_asked(tx: Tx, row_id: int) -> Waiting | None:
    """Return a row about which staff were asked whether to send it again, or None when that is settled."""
    row = (
        await tx.execute(select(*COLUMNS).where(outbox.c.id == row_id, outbox.c.state == OutboxState.ASKED.value))
    ).first()
    return None if row is None else waiting_from(row)


async def forget(tx: Tx, customer_id: int) -> None:
    """Delete every row that is for or about a customer who asked to be forgotten."""
    await tx.execute(delete(outbox).where(outbox.c.customer_id == customer_id))


async def move_chat(tx: Tx, old: int, new: int) -> None:
    """Point every row for chat *old* at *new*: the group became a supergroup."""
    await tx.execute(update(outbox).where(outbox.c.chat_id == old).values(chat_id=new))
