"""The draw of a wave's sample in the store, batch by batch; its rounds, and the end of the asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, case, exists, func, or_, select, update

from domain.dialogues import RunState
from domain.waves import NOT_DRAWN, NOT_NEEDED, InvitationState
from store.database import Tx
from store.tables import answers, invitations, runs, waves
from store.types import constant

_DRAWN, _RESERVE, _QUEUED = (
    constant(state.value) for state in (InvitationState.DRAWN, InvitationState.RESERVE, InvitationState.QUEUED)
)


@dataclass(frozen=True, slots=True)
class Fieldwork:
    """
    How the asking of a wave goes.

    `answered` of the `invited` have told something. `waiting` of them have not yet, but may still: their run is open
    and young. `queued` are to be invited, `reserve` may be needed.
    """

    invited: int = 0
    answered: int = 0
    waiting: int = 0
    queued: int = 0
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class InFrame:
    """A customer in the frame of a sample; *decided* when the draw has come past her."""

    customer_id: int
    stratum: str
    decided: bool


async def frame_after(tx: Tx, wave_id: int, after: int, size: int) -> list[InFrame]:
    """
    Return the next *size* customers of a wave's frame above id *after*, by id.

    A draw that was broken off finds the same frame again, whatever it has settled by then.
    """
    wanted = (
        select(invitations.c.customer_id, invitations.c.stratum, invitations.c.state)
        .where(
            invitations.c.wave_id == wave_id,
            invitations.c.customer_id > after,
            or_(invitations.c.state != InvitationState.SKIPPED.value, invitations.c.reason == NOT_DRAWN),
        )
        .order_by(invitations.c.customer_id)
        .limit(size)
    )
    return [
        InFrame(row.customer_id, row.stratum, row.state != InvitationState.DRAWN.value)
        for row in (await tx.execute(wanted)).all()
    ]


async def settle_draw(
    tx: Tx, wave_id: int, after: int, last: int, chosen: Sequence[tuple[int, int]], state: InvitationState
) -> None:
    """
    Settle the draw among the customers above id *after* up to *last*.

    *chosen*, with their place in the drawn order, come to *state*; the others are not drawn. Who is settled stays so.
    """
    mine = (invitations.c.wave_id == wave_id, invitations.c.state == InvitationState.DRAWN.value)
    if chosen:
        await tx.execute(
            update(invitations)
            .where(*mine, invitations.c.customer_id == bindparam("of_customer"))
            .values(state=state.value, draw=bindparam("place")),
            [{"of_customer": customer_id, "place": place} for customer_id, place in chosen],
        )
    left = update(invitations).where(*mine, invitations.c.customer_id > after, invitations.c.customer_id <= last)
    await tx.execute(left.values(state=InvitationState.SKIPPED.value, reason=NOT_DRAWN))


async def call_up(tx: Tx, wave_id: int, count: int, now: dt.datetime) -> int:
    """Queue the next *count* of the reserve in the drawn order; return how many there were."""
    if count <= 0:
        return 0
    following = (
        select(invitations.c.customer_id)
        .where(invitations.c.wave_id == wave_id, invitations.c.state == _RESERVE)
        .order_by(invitations.c.draw, invitations.c.customer_id)
        .limit(count)
    )
    called = await tx.execute(
        update(invitations)
        .where(invitations.c.wave_id == wave_id, invitations.c.customer_id.in_(following))
        .values(state=InvitationState.QUEUED.value, at=now)
    )
    return called.rowcount


async def fieldwork_of(tx: Tx, wave_id: int, young_since: dt.datetime) -> Fieldwork:
    """
    Count how the asking of a wave goes.

    Somebody has answered when one answer of her run stands, complete or not; late ones count. Her run is young while it
    is open and was begun after *young_since*.
    """
    told = exists().where(
        answers.c.run_id == invitations.c.run_id, answers.c.closed, ~answers.c.skipped, ~answers.c.reopened
    )
    may_still = and_(~told, runs.c.state == RunState.OPEN.value, runs.c.started_at > young_since)
    invited = invitations.c.state == InvitationState.INVITED.value
    wanted = (
        select(
            func.count(),
            func.coalesce(func.sum(case((told, 1), else_=0)), 0),
            func.coalesce(func.sum(case((may_still, 1), else_=0)), 0),
        )
        .select_from(invitations.outerjoin(runs, runs.c.id == invitations.c.run_id))
        .where(invitations.c.wave_id == wave_id, invited)
    )
    row = (await tx.execute(wanted)).one()
    states = select(invitations.c.state, func.count()).where(invitations.c.wave_id == wave_id)
    by_state = {row.state: row[1] for row in (await tx.execute(states.group_by(invitations.c.state))).all()}
    queued, reserve = (by_state.get(state.value, 0) for state in (InvitationState.QUEUED, InvitationState.RESERVE))
    return Fieldwork(int(row[0]), int(row[1]), int(row[2]), queued, reserve)


async def someone_is_due(tx: Tx, wave_id: int, now: dt.datetime) -> bool:
    """Say whether somebody of a wave is queued whose time has come."""
    wanted = select(invitations.c.customer_id).where(
        invitations.c.wave_id == wave_id, invitations.c.state == _QUEUED, invitations.c.at <= now
    )
    return await tx.scalar(wanted.limit(1)) is not None


async def stop(tx: Tx, wave_id: int, now: dt.datetime) -> None:
    """Let a wave close at *now*: nobody further is invited. One that closes earlier keeps its time."""
    later = or_(waves.c.closes_at.is_(None), waves.c.closes_at > now)
    await tx.execute(
        update(waves).where(waves.c.id == wave_id, waves.c.closed_at.is_(None), later).values(closes_at=now)
    )


async def dismiss_some(tx: Tx, wave_id: int, reason: str, now: dt.datetime, size: int) -> int:
    """
    Skip up to *size* invitations of a closing wave that wait: of the reserve as not needed, the others for *reason*.

    Return how many there were; fewer than *size* means that nobody waits any more.
    """
    waiting = (
        select(invitations.c.customer_id)
        .where(
            invitations.c.wave_id == wave_id,
            or_(*(invitations.c.state == state for state in (_QUEUED, _RESERVE, _DRAWN))),
        )
        .limit(size)
    )
    because = case((invitations.c.state == InvitationState.RESERVE.value, NOT_NEEDED), else_=reason)
    done = await tx.execute(
        update(invitations)
        .where(invitations.c.wave_id == wave_id, invitations.c.customer_id.in_(waiting))
        .values(state=InvitationState.SKIPPED.value, reason=because, at=now)
    )
    return done.rowcount


async def mark_closed(tx: Tx, wave_id: int, now: dt.datetime) -> None:
    """Say that nobody of a wave waits any more; its audience is what it is."""
    await tx.execute(update(waves).where(waves.c.id == wave_id).values(closed_at=now, frozen=True))
