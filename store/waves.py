"""
Survey waves and their invitations: each customer once per wave, each with what became of it.

Drawing samples and closing waves is in `store.draws`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, bindparam, case, func, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.customers import Purpose
from domain.recontact import Rest
from domain.sampling import sampling_from
from domain.waves import Invitation, InvitationState, Wave
from store.database import Tx
from store.eligibility import in_sending_audience, last_of_next
from store.frames import reason_not_to_ask, stratum_column
from store.ids import new_id
from store.tables import customers, invitations, waves
from store.types import UtcDateTime, constant

_QUEUED = constant(InvitationState.QUEUED.value)
_OF_EVENTS = constant("event:%")
_FRAMED, _ROUND = "framed", "round"  # what the sampling's document says beside the sampling itself


async def add(tx: Tx, wave: Wave) -> None:
    """Put in a wave; its audience is frozen later, in batches."""
    await tx.execute(insert(waves).values(values_of(wave)))


def values_of(wave: Wave) -> dict[str, Any]:
    """Give a wave as its row."""
    return {
        "id": wave.id,
        "script_id": wave.script_id,
        "audience": wave.audience,
        "started_at": wave.started_at,
        "due_at": wave.due_at,
        "started_by": wave.started_by,
        "schedule_id": wave.schedule_id,
        "frozen": wave.frozen,
        "sampling": sampling_document(wave),
        "closes_at": wave.closes_at,
        "closed_at": wave.closed_at,
    }


def sampling_document(wave: Wave) -> dict[str, str | int] | None:
    """Give what is kept of a wave's sampling: how, with the seed, and how far it has come."""
    if wave.sampling is None:
        return None
    document = wave.sampling.as_document()
    if wave.framed:
        document[_FRAMED] = 1
    if wave.next_round is not None:
        document[_ROUND] = wave.next_round.isoformat()
    return document


async def keep_progress(tx: Tx, wave: Wave) -> None:
    """Keep how far a sample has come: that its frame is complete, and when its next round is."""
    await tx.execute(update(waves).where(waves.c.id == wave.id).values(sampling=sampling_document(wave)))


async def invite_later(tx: Tx, script_id: str, customer_id: int, at: dt.datetime, reason: str) -> int:
    """
    Let a script be started with one customer at *at*, because of *reason* ("case_closed"); return the wave's id.

    Stored with the event's own transaction, so it happens if and only if the event did. Whether she may be asked is
    decided at *at*: consent, recontact rule and courtesy as in any wave.
    """
    wave_id = new_id()
    await add(tx, Wave(wave_id, script_id, "", at, f"event:{reason}", due_at=at, frozen=True))
    await tx.execute(
        insert(invitations).values(
            wave_id=wave_id, customer_id=customer_id, state=InvitationState.QUEUED.value, reason="", at=at
        )
    )
    return wave_id


async def get(tx: Tx, wave_id: int) -> Wave | None:
    """Return one wave, or None."""
    row = (await tx.execute(select(waves).where(waves.c.id == wave_id))).one_or_none()
    return None if row is None else _wave(row)


async def recent(tx: Tx, script_id: str, *, limit: int = 20) -> list[Wave]:
    """Return the newest waves of a script that went to an audience (not those of single events), the newest first."""
    wanted = (
        select(waves)
        .where(waves.c.script_id == script_id, waves.c.started_by.not_like(_OF_EVENTS))
        .order_by(waves.c.started_at.desc(), waves.c.id.desc())
        .limit(limit)
    )
    return [_wave(row) for row in (await tx.execute(wanted)).all()]


async def unfrozen(tx: Tx) -> list[Wave]:
    """Return the waves whose audience is not complete, the oldest first."""
    return [_wave(row) for row in (await tx.execute(select(waves).where(~waves.c.frozen).order_by(waves.c.id))).all()]


async def checkpoint(tx: Tx, wave_id: int) -> int:
    """Return the customer id up to which the audience of a wave is frozen so far; 0 at the beginning."""
    return await tx.scalar(select(func.max(invitations.c.customer_id)).where(invitations.c.wave_id == wave_id)) or 0


async def freeze_some(
    tx: Tx,
    wave: Wave,
    *,
    at: dt.datetime,
    currency: str,
    purpose: Purpose | None,
    after: int,
    size: int,
    rests: Sequence[Rest] = (),
) -> int | None:
    """
    Freeze the audience among the next *size* customers after id *after*; return the last of these ids, None at the end.

    Who the wave's rule holds for as of *at* (its start, in the company's zone) is queued (of a sample: waits for the
    draw) or, where something is against it, skipped with the reason. A step may be repeated.
    """
    last = await last_of_next(tx, after, size)
    reason = reason_not_to_ask(purpose, rests, at)
    sampling = wave.sampling
    found = InvitationState.QUEUED if sampling is None or sampling.amount is None else InvitationState.DRAWN
    state = case((reason == "", found.value), else_=InvitationState.SKIPPED.value)
    audience = select(
        literal(wave.id, BigInteger()),
        customers.c.id,
        state,
        reason,
        literal(wave.started_at, UtcDateTime()),
        stratum_column(sampling.by if sampling is not None else ""),
    ).where(customers.c.id > after, await in_sending_audience(tx, wave.audience, at, currency))
    if last is not None:
        audience = audience.where(customers.c.id <= last)
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    await tx.execute(
        dialect.insert(invitations)
        .from_select(["wave_id", "customer_id", "state", "reason", "at", "stratum"], audience)
        .on_conflict_do_nothing()
    )
    return last


async def goes_on(tx: Tx, wave: Wave) -> bool:
    """Say whether a wave may still invite somebody."""
    if wave.closed_at is not None:
        return False
    at_end = (InvitationState.INVITED.value, InvitationState.SKIPPED.value)
    wanted = select(invitations.c.customer_id).where(
        invitations.c.wave_id == wave.id, invitations.c.state.not_in(at_end)
    )
    return not wave.frozen or await tx.scalar(wanted.limit(1)) is not None


async def closing(tx: Tx) -> list[Wave]:
    """Return the waves that have a time to close and are not closed yet, the first to close first."""
    wanted = select(waves).where(waves.c.closes_at.is_not(None), waves.c.closed_at.is_(None))
    return [_wave(row) for row in (await tx.execute(wanted.order_by(waves.c.closes_at, waves.c.id))).all()]


async def mark_frozen(tx: Tx, wave_id: int) -> None:
    """Say that the audience is complete: from now on it never grows."""
    await tx.execute(update(waves).where(waves.c.id == wave_id).values(frozen=True))


async def due(tx: Tx, now: dt.datetime, limit: int) -> list[Invitation]:
    """Return queued invitations whose time has come, the longest due first; those of unfrozen and closed waves wait."""
    of_wave = (waves.c.script_id, waves.c.started_by, waves.c.started_at, waves.c.closes_at, waves.c.sampling)
    wanted = (
        select(invitations, *of_wave)
        .join(waves, waves.c.id == invitations.c.wave_id)
        .where(
            invitations.c.state == _QUEUED,
            invitations.c.at <= now,
            waves.c.frozen,
            or_(waves.c.closes_at.is_(None), waves.c.closes_at > now),
        )
        .order_by(invitations.c.at, invitations.c.wave_id, invitations.c.customer_id)
        .limit(limit)
    )
    return [_invitation(row) for row in (await tx.execute(wanted)).all()]


async def next_due(tx: Tx) -> dt.datetime | None:
    """Return when the next queued invitation is to be tried, or None."""
    wanted = select(invitations.c.at).where(invitations.c.state == _QUEUED).order_by(invitations.c.at).limit(1)
    found: dt.datetime | None = await tx.scalar(wanted)
    return found


async def settle(tx: Tx, outcomes: Sequence[Invitation]) -> None:
    """Put down the state, reason, run and time of invitations; one that is no longer queued keeps what it has."""
    if not outcomes:
        return
    change = (
        update(invitations)
        .where(
            invitations.c.wave_id == bindparam("of_wave"),
            invitations.c.customer_id == bindparam("of_customer"),
            invitations.c.state == InvitationState.QUEUED.value,
        )
        .values(
            state=bindparam("new_state"),
            reason=bindparam("new_reason"),
            run_id=bindparam("new_run_id"),
            at=bindparam("new_at"),
        )
    )
    await tx.execute(
        change,
        [
            {
                "of_wave": invitation.wave_id,
                "of_customer": invitation.customer_id,
                "new_state": invitation.state.value,
                "new_reason": invitation.reason,
                "new_run_id": invitation.run_id,
                "new_at": invitation.at,
            }
            for invitation in outcomes
        ],
    )


async def last_asked(tx: Tx, customer_ids: Iterable[int]) -> dict[int, dict[str, dt.datetime]]:
    """Return when those customers were last invited by us, by script; never asked ones are missing."""
    wanted = (
        select(invitations.c.customer_id, waves.c.script_id, func.max(invitations.c.at).label("at"))
        .join(waves, waves.c.id == invitations.c.wave_id)
        .where(invitations.c.customer_id.in_(list(customer_ids)), invitations.c.state == InvitationState.INVITED.value)
        .group_by(invitations.c.customer_id, waves.c.script_id)
    )
    found: dict[int, dict[str, dt.datetime]] = {}
    for customer_id, script, at in (await tx.execute(wanted)).all():
        found.setdefault(customer_id, {})[script] = at
    return found


async def counts(tx: Tx, wave_id: int) -> dict[tuple[InvitationState, str], int]:
    """Return how many invitations of a wave stand where, by (state, reason); their sum is the whole audience."""
    wanted = (
        select(invitations.c.state, invitations.c.reason, func.count())
        .where(invitations.c.wave_id == wave_id)
        .group_by(invitations.c.state, invitations.c.reason)
    )
    return {(InvitationState(state), reason): count for state, reason, count in (await tx.execute(wanted)).all()}


def _wave(row: Row[Any]) -> Wave:
    document = row.sampling or {}
    next_round = document.get(_ROUND)
    return Wave(
        row.id,
        row.script_id,
        row.audience,
        row.started_at,
        row.started_by,
        row.due_at,
        row.schedule_id,
        row.frozen,
        None if row.sampling is None else sampling_from(document),
        row.closes_at,
        row.closed_at,
        _FRAMED in document,
        None if next_round is None else dt.datetime.fromisoformat(next_round),
    )


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        row.wave_id,
        row.customer_id,
        row.script_id,
        row.started_by,
        row.started_at,
        InvitationState(row.state),
        row.reason,
        row.run_id,
        row.at,
        row.closes_at,
        None if row.sampling is None else sampling_from(row.sampling).recontact,
    )
