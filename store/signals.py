"""Signals of possible disappointment in the store, and where in the store they are seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Row, and_, exists, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.contacts import Direction
from domain.customers import Reach
from domain.dialogues import RunState
from domain.imports import ImportState
from domain.signals import Signal, SignalKind
from store.bulk import one_of
from store.column_by_column import plain_rows
from store.database import Tx
from store.erasing_rules import FORGOTTEN
from store.ids import id_before, new_id
from store.tables import answers, cases, consents, contacts, customers, imports, merges, purchases, runs, signals
from store.types import UtcDateTime

_LOOK_BACK = dt.timedelta(days=30)
_LONGEST_RUN = dt.timedelta(days=90)
_AT_ONCE = 500  # customers whose purchases are read in one go
_LEFT = (RunState.EXPIRED.value, RunState.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class LeftRun:
    """A run that ended without its end: how many questions she had answered, and which one she left open."""

    run_id: int
    customer_id: int
    script_id: str
    state: str
    ended_at: dt.datetime
    answered: int
    asked: str


async def raise_signals(tx: Tx, raised: Iterable[Signal]) -> None:
    """Keep signals; what the same *ref* of the same kind raised before is not raised again."""
    rows = [
        {
            "id": new_id(),
            "customer_id": each.customer_id,
            "kind": each.kind.value,
            "at": each.at,
            "evidence": dict(each.evidence),
            "ref": each.ref,
        }
        for each in raised
    ]
    if rows:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        await tx.execute(dialect.insert(signals).on_conflict_do_nothing(), rows)


async def raise_blocked(tx: Tx, chat_ids: Collection[int], now: dt.datetime) -> None:
    """
    Raise a signal for those of these chats that could be reached until now: the bot has just been blocked.

    To be called before the reach is changed, in the same transaction, so that one block is one signal. The evidence is
    what we had sent: how much in thirty days, what last, and how long ago.
    """
    wanted = select(customers.c.id).where(
        customers.c.chat_id.in_(list(chat_ids)), customers.c.reach == Reach.REACHABLE.value
    )
    found = []
    for customer_id in (await tx.scalars(wanted)).all():
        evidence: dict[str, str | int | float] = {}
        ours = and_(contacts.c.customer_id == customer_id, contacts.c.direction == Direction.OUT.value)
        ours = and_(ours, contacts.c.proactive, contacts.c.at > now - _LOOK_BACK, contacts.c.at <= now)
        evidence["started_by_us_30d"] = int(await tx.scalar(select(func.count()).where(ours)) or 0)
        last = select(contacts.c.kind, contacts.c.at).where(ours).order_by(contacts.c.at.desc()).limit(1)
        row = (await tx.execute(last)).one_or_none()
        if row is not None:
            evidence |= {"last": row.kind, "days_since_last": (now - row.at).days}
        found.append(Signal(customer_id, SignalKind.BLOCK, now, evidence, f"{int(now.timestamp())}"))
    await raise_signals(tx, found)


async def signals_of(tx: Tx, customer_id: int, limit: int = 10) -> list[Signal]:
    """Return a customer's signals, the newest first."""
    wanted = select(signals).where(signals.c.customer_id == customer_id)
    rows = (await tx.execute(wanted.order_by(signals.c.at.desc(), signals.c.id.desc()).limit(limit))).all()
    return [_signal(row) for row in rows]


async def count_signals(tx: Tx, since: dt.datetime, until: dt.datetime) -> dict[SignalKind, int]:
    """Return how many signals of each kind there were from *since* up to *until*; kinds without any are missing."""
    wanted = select(signals.c.kind, func.count()).where(signals.c.at >= since, signals.c.at < until)
    return {SignalKind(row[0]): row[1] for row in (await tx.execute(wanted.group_by(signals.c.kind))).all()}


async def newest_signal(tx: Tx) -> int:
    """Return the id of the newest signal, 0 where there is none."""
    return await tx.scalar(select(func.max(signals.c.id))) or 0


async def signals_after(tx: Tx, after: int, limit: int) -> list[tuple[int, Signal]]:
    """Return the next signals above the id *after*, each with its id."""
    wanted = select(signals).where(signals.c.id > after).order_by(signals.c.id).limit(limit)
    return [(row.id, _signal(row)) for row in (await tx.execute(wanted)).all()]


# Where they are seen ----------------------------------------------------------------------------------------------


async def newest_consent(tx: Tx) -> int:
    """Return the id of the newest yes or no, 0 where there is none."""
    return await tx.scalar(select(func.max(consents.c.id))) or 0


async def switched_off(tx: Tx, after: int, upto: int, since: dt.datetime) -> list[Signal]:
    """
    Return a signal for each No that stands among those ids, not older than *since*, that she said by herself.

    A No to a question of ours (the welcome asks) switches nothing off. Several at one moment are one signal.
    """
    wanted = (
        select(consents.c.customer_id, consents.c.at, consents.c.purpose, consents.c.source)
        .where(consents.c.id > after, consents.c.id <= upto, ~consents.c.given, consents.c.current)
        .where(consents.c.at >= since, consents.c.source.not_like("dialogue:%"), consents.c.source.not_like("import%"))
        .where(consents.c.source != FORGOTTEN)
        .order_by(consents.c.id)
    )
    found: dict[tuple[int, dt.datetime], list[tuple[str, str]]] = {}
    for row in (await tx.execute(wanted)).all():
        found.setdefault((row.customer_id, row.at), []).append((row.purpose, row.source))
    return [
        Signal(
            customer_id,
            SignalKind.MUTE,
            at,
            {"switched_off": ", ".join(purpose for purpose, _ in rows), "by": rows[0][1].partition(":")[0]},
            f"off:{int(at.timestamp() * 1000)}",
        )
        for (customer_id, at), rows in found.items()
    ]


async def left_runs(
    tx: Tx, scripts: Collection[str], since: dt.datetime, until: dt.datetime, limit: int = 5000
) -> list[LeftRun]:
    """Return the runs that expired or were cancelled after *since* up to *until* with an answer and without a case."""
    if not scripts:
        return []
    count = (
        select(func.count(answers.c.question.distinct()))
        .where(answers.c.run_id == runs.c.id, ~answers.c.skipped, ~answers.c.reopened)
        .correlate(runs)
        .scalar_subquery()
    )
    wanted = (
        select(runs, count.label("answered"))
        .where(runs.c.script_id.in_(list(scripts)), runs.c.started_at > since - _LONGEST_RUN)
        .where(runs.c.state.in_(_LEFT), runs.c.ended_at > since, runs.c.ended_at <= until)
        .where(~exists().where(cases.c.run_id == runs.c.id))
        .order_by(runs.c.ended_at)
        .limit(limit)
    )
    return [
        LeftRun(row.id, row.customer_id, row.script_id, row.state, row.ended_at, row.answered, row.asked)
        for row in (await tx.execute(wanted)).all()
        if row.answered
    ]


async def paused(tx: Tx, after: int, upto: int | None, now: dt.datetime) -> list[Signal]:
    """Return a signal for each customer of those ids who does not want to hear from us until later than *now*."""
    until = func.coalesce(customers.c.paused_until, customers.c.muted_until, type_=UtcDateTime())
    wanted = select(customers.c.id, until.label("until")).where(
        _chunk(after, upto), until > literal(now, UtcDateTime())
    )
    return [
        Signal(
            row.id,
            SignalKind.MUTE,
            now,
            {"paused_until": row.until.date().isoformat()},
            f"pause:{int(row.until.timestamp())}",
        )
        for row in (await tx.execute(wanted)).all()
    ]


async def all_lines_mark(tx: Tx, late: dt.timedelta) -> tuple[int, ...]:
    """
    Return numbers that stay as they are while nobody's lines change.

    While a line that was made before the newest may still be on its way (see `Database.late`) no two are the same.

    Lines come with greater ids, go when an import is undone, and move when customers merge. Those few that are older
    than what is kept go without a mark: their customers are stale.
    """
    undone = [func.count().filter(imports.c.state == each.value) for each in (ImportState.UNDOING, ImportState.UNDONE)]
    came = await tx.scalar(select(func.max(purchases.c.id)))
    went = (await tx.execute(select(*undone))).one()
    moved = (await tx.execute(select(func.max(merges.c.id), func.count(merges.c.undone_at)))).one()
    now = new_id()
    unsettled = now if came and came > id_before(now, late) else 0
    return tuple(number or 0 for number in (came, *went, *moved, unsettled))


async def line_marks(tx: Tx, after: int, upto: int | None) -> list[tuple[int, int]]:
    """
    Return the customers with purchases of those ids, by id, each with a number that tells whether her lines changed.

    It is made of how many they are and of their moments, and holds for this process only.
    """
    line = purchases.c
    mine = line.customer_id > after if upto is None else and_(line.customer_id > after, line.customer_id <= upto)
    moment = func.extract("epoch", line.at) if tx.dialect.name == "postgresql" else func.julianday(line.at)
    wanted = select(line.customer_id, func.count(), func.sum(moment, type_=Float(asdecimal=False)))
    rows = await plain_rows(tx, wanted.where(mine).group_by(line.customer_id).order_by(line.customer_id), {})
    return [(who, hash((lines, moments))) for who, lines, moments in rows]


async def buying_moments(tx: Tx, ids: Sequence[int]) -> dict[int, list[dt.datetime]]:
    """Return when those customers bought, oldest first, without those who never did. Returns are no purchases."""
    line = purchases.c
    wanted = (
        select(line.customer_id, line.at)
        .distinct()
        .where(one_of(line.customer_id, tx.dialect.name), line.amount_minor >= 0, line.quantity > 0)
        .order_by(line.customer_id, line.at)
    )
    found: dict[int, list[dt.datetime]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        for who, at in (await tx.execute(wanted, {"ids": list(ids[start : start + _AT_ONCE])})).all():
            found.setdefault(who, []).append(at)
    return found


def _chunk(after: int, upto: int | None) -> ColumnElement[bool]:
    return customers.c.id > after if upto is None else and_(customers.c.id > after, customers.c.id <= upto)


def _signal(row: Row[Any]) -> Signal:
    return Signal(row.customer_id, SignalKind(row.kind), row.at, row.evidence, row.ref)
