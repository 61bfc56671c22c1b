"""Sendings of newsletters: frozen content, state, and its allowed moves, refused when somebody was faster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from domain.breaker import OVER_LIMIT
from domain.messages import OnUnknown
from domain.newsletters import SENDING_MOVES, Sending, SendingState
from store.database import Tx
from store.tables import outbox, recipients, sendings
from store.types import UtcDateTime, constant

_SEEN: tuple[Column[Any], ...] = (
    sendings.c.id,
    sendings.c.name,
    sendings.c.digest,
    sendings.c.state,
    sendings.c.created_at,
    sendings.c.created_by,
    sendings.c.started_at,
    sendings.c.finished_at,
    sendings.c.due_at,
    sendings.c.audience,
    sendings.c.reason,
    sendings.c.version,
    sendings.c.frozen,
    sendings.c.canary,
    sendings.c.proved_at,
    sendings.c.topic,
    sendings.c.winner,
    sendings.c.decided_at,
    sendings.c.recalled_at,
    sendings.c.resumed_at,
    sendings.c.audience_at,
    sendings.c.paid_stars,
    sendings.c.paid_messages,
)


async def add(
    tx: Tx, sending: Sending, *, content: Mapping[str, str], on_unknown: OnUnknown, schedule_id: int | None = None
) -> bool:
    """
    Put in a sending with its frozen files ({"file name": "text"}).

    False, and nothing is stored, when that slot of its schedule has a sending already.
    """
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    values = {
        "id": sending.id,
        "name": sending.name,
        "digest": sending.digest,
        "content": dict(content),
        "audience": sending.audience,
        "state": sending.state.value,
        "created_at": sending.created_at,
        "created_by": sending.created_by,
        "started_at": sending.started_at,
        "due_at": sending.due_at,
        "schedule_id": schedule_id,
        "on_unknown": on_unknown.value,
        "reason": sending.reason,
        "version": sending.version,
        "frozen": sending.frozen,
        "canary": sending.canary,
        "topic": sending.topic,
        "paid_stars": sending.paid_stars,
    }
    added = await tx.execute(
        dialect.insert(sendings).values(values).on_conflict_do_nothing(index_elements=["schedule_id", "due_at"])
    )
    return added.rowcount == 1


async def get(tx: Tx, sending_id: int) -> Sending | None:
    """Return one sending, or None."""
    row = (await tx.execute(_ONE, {"key": sending_id})).one_or_none()
    return None if row is None else _sending(row)


async def hold(tx: Tx, sending_id: int) -> Sending | None:
    """
    Return one sending, and let nobody change it until the transaction ends (on SQLite nobody could).

    Rows that refer to it, such as tallies, may still be added: FOR NO KEY UPDATE.
    """
    row = (await tx.execute(_ONE_HELD, {"key": sending_id})).one_or_none()
    return None if row is None else _sending(row)


_ONE = select(*_SEEN).where(sendings.c.id == bindparam("key"))
_ONE_HELD = _ONE.with_for_update(key_share=True)


async def recent(tx: Tx, *, name: str | None = None, limit: int = 20) -> list[Sending]:
    """Return the newest sendings, of one newsletter or of all, the newest first."""
    wanted = select(*_SEEN).order_by(sendings.c.created_at.desc(), sendings.c.id.desc()).limit(limit)
    if name is not None:
        wanted = wanted.where(sendings.c.name == name)
    return [_sending(row) for row in (await tx.execute(wanted)).all()]


async def in_state(tx: Tx, *states: SendingState) -> list[Sending]:
    """Return the sendings in any of those states, the oldest first."""
    wanted = select(*_SEEN).where(sendings.c.state.in_([state.value for state in states])).order_by(sendings.c.id)
    return [_sending(row) for row in (await tx.execute(wanted)).all()]


async def unsettled_cancelled(tx: Tx) -> list[Sending]:
    """Return the cancelled sendings that still have somebody queued, or a row that waits in the outbox."""
    queued = exists().where(recipients.c.sending_id == sendings.c.id, recipients.c.state == constant("queued"))
    waiting = exists().where(outbox.c.newsletter_id == sendings.c.id, outbox.c.state == constant("waiting"))
    wanted = (
        select(*_SEEN)
        .where(sendings.c.state == SendingState.CANCELLED.value, or_(queued, waiting))
        .order_by(sendings.c.id)
    )
    return [_sending(row) for row in (await tx.execute(wanted)).all()]


async def content_of(tx: Tx, sending_id: int) -> dict[str, str]:
    """Return the frozen files of a sending: {"file name": "text"}; empty when there is no such sending."""
    return dict(await tx.scalar(select(sendings.c.content).where(sendings.c.id == sending_id)) or {})


async def move(
    tx: Tx,
    sending_id: int,
    to: SendingState,
    now: dt.datetime,
    *,
    version: int | None = None,
    approved_by: int | None = None,
    due_at: dt.datetime | None = None,
    reason: str = "",
) -> Sending | None:
    """
    Bring a sending to another state and give it back with its next version; None when that is refused.

    Refused: a move that its present state does not allow, and a *version* that is no longer the present one (an old
    button, or two people at once: one of them wins). *reason* replaces the stored one. A move to RUNNING comes to
    CANARY while the sending has a canary that has not been found to be well; whoever lets one go on that the breaker
    stopped for its outcomes has found it well. What was recalled is never sent again.
    """
    may_come = [state.value for state, leads_to in SENDING_MOVES.items() if to in leads_to]
    values: dict[str, Any] = {"state": to.value, "version": sendings.c.version + 1, "reason": reason}
    if to.is_sending:
        values["state"] = _sends_to(to)
        started_at = func.coalesce(sendings.c.started_at, literal(now, UtcDateTime()))
        proved_at = case((_WAS_OVER_A_LIMIT, literal(now, UtcDateTime())), else_=sendings.c.proved_at)
        resumed_at = case((sendings.c.started_at.is_not(None), literal(now, UtcDateTime())), else_=null())
        values |= {"started_at": started_at, "finished_at": None, "proved_at": proved_at, "resumed_at": resumed_at}
    if to.is_over:
        values["finished_at"] = now
    if approved_by is not None:
        values["approved_by"] = approved_by
    if due_at is not None:
        values["due_at"] = due_at
    change = update(sendings).where(sendings.c.id == sending_id, sendings.c.state.in_(may_come)).values(values)
    if to.is_sending:
        change = change.where(sendings.c.recalled_at.is_(None))
    if version is not None:
        change = change.where(sendings.c.version == version)
    row = (await tx.execute(change.returning(*_SEEN))).one_or_none()
    return None if row is None else _sending(row)


_WAS_OVER_A_LIMIT = and_(sendings.c.state == SendingState.STOPPED.value, sendings.c.reason.startswith(OVER_LIMIT))


def _sends_to(to: SendingState) -> ColumnElement[str]:
    """Name the state in which it sends now: its canary first."""
    is_proved = or_(
        sendings.c.canary == 0,
        sendings.c.proved_at.is_not(None),
        _WAS_OVER_A_LIMIT,
        literal(to is SendingState.CANARY),
    )
    return case((is_proved, literal(to.value)), else_=literal(SendingState.CANARY.value))


async def supersede(tx: Tx, schedule_id: int, reason: str, now: dt.datetime) -> int:
    """Cancel what of a schedule waits for approval for *reason*, since a newer slot takes its place; how many."""
    change = (
        update(sendings)
        .where(
            sendings.c.schedule_id == schedule_id,
            sendings.c.state == SendingState.APPROVAL.value,
            sendings.c.reason == reason,
        )
        .values(
            state=SendingState.CANCELLED.value, reason="superseded", finished_at=now, version=sendings.c.version + 1
        )
    )
    return (await tx.execute(change)).rowcount


async def prove(tx: Tx, sending_id: int, now: dt.datetime) -> bool:
    """
    Say that the canary is well: it goes to everybody from now on. False when it is no canary any more.

    The version stays: to whoever looks at its card nothing was decided, and her buttons hold.
    """
    change = (
        update(sendings)
        .where(sendings.c.id == sending_id, sendings.c.state == SendingState.CANARY.value)
        .values(state=SendingState.RUNNING.value, proved_at=now)
    )
    return (await tx.execute(change)).rowcount == 1


async def change_draft(
    tx: Tx,
    sending_id: int,
    *,
    version: int,
    digest: str,
    content: Mapping[str, str],
    audience: str,
    canary: int = 0,
    topic: str = "",
    paid_stars: int = 0,
) -> Sending | None:
    """
    Give a draft what its files say now, with its next version; None when it is no draft or not *version*.

    So a confirmation of what was seen before is refused.
    """
    row = (
        await tx.execute(
            update(sendings)
            .where(
                sendings.c.id == sending_id,
                sendings.c.version == version,
                sendings.c.state == SendingState.DRAFT.value,
            )
            .values(
                digest=digest,
                content=dict(content),
                audience=audience,
                canary=canary,
                topic=topic,
                paid_stars=paid_stars,
                version=sendings.c.version + 1,
            )
            .returning(*_SEEN)
        )
    ).one_or_none()
    return None if row is None else _sending(row)


async def mark_frozen(tx: Tx, sending_id: int) -> None:
    """Say that the audience is complete: from now on it never grows."""
    await tx.execute(update(sendings).where(sendings.c.id == sending_id).values(frozen=True))


async def next_due(tx: Tx) -> dt.datetime | None:
    """Return when the next scheduled sending starts, or None."""
    found: dt.datetime | None = await tx.scalar(
        select(func.min(sendings.c.due_at)).where(sendings.c.state == SendingState.SCHEDULED.value)
    )
    return found


async def approver_of(tx: Tx, sending_id: int) -> int | None:
    """Return who approved a sending, or None."""
    found: int | None = await tx.scalar(select(sendings.c.approved_by).where(sendings.c.id == sending_id))
    return found


def _sending(row: Row[Any]) -> Sending:
    return Sending(
        row.id,
        row.name,
        row.digest,
        SendingState(row.state),
        row.created_at,
        row.created_by,
        row.started_at,
        row.finished_at,
        row.due_at,
        row.audience,
        row.reason,
        row.version,
        row.frozen,
        row.canary,
        row.proved_at,
        row.topic,
        row.winner,
        row.decided_at,
        row.recalled_at,
        row.resumed_at,
        row.audience_at,
        row.paid_stars,
        row.paid_messages,
    )
