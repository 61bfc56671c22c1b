"""What has become of the newsletters and invitations that care plans have started, taken over from their ledgers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Subquery, bindparam, case, func, select, update

from domain.care import CONDITION, CareState
from domain.newsletters import RecipientState
from domain.waves import InvitationState
from store.care import IS_OPEN
from store.database import Tx
from store.row_by_row import RowByRow
from store.tables import exclusions, invitations, recipients
from store.tables_care import plan_actions
from store.types import constant

_MOST = 5_000  # customers in one transaction
_OPEN = IS_OPEN & (plan_actions.c.state == constant(CareState.OUTBOX.value))
_OF_RECIPIENT: Mapping[str, CareState] = {
    RecipientState.SENT.value: CareState.SENT,
    RecipientState.SKIPPED.value: CareState.SKIPPED,
    RecipientState.FAILED.value: CareState.FAILED,
    RecipientState.UNKNOWN.value: CareState.UNKNOWN,
}
_OF_INVITATION: Mapping[str, CareState] = {
    InvitationState.INVITED.value: CareState.SENT,
    InvitationState.SKIPPED.value: CareState.SKIPPED,
}
_LEFT_OUT = "left_out"  # by the ledger's own word


async def follow_sending(
    tx: Tx, run_id: int, sending_id: int, now: dt.datetime, *, over: bool, otherwise: str = ""
) -> None:
    """
    Take over the fates that are settled; where the sending is *over*, whoever is not in it was skipped, too.

    Who is in its audience and was left out has the reason of that; who is not in it did not fulfil the condition, or
    was skipped for the reason *otherwise*.
    """
    hers = _next_open(run_id)
    left_out = (exclusions.c.sending_id == sending_id) & (exclusions.c.customer_id == hers.c.customer_id)
    got = (recipients.c.sending_id == sending_id) & (recipients.c.customer_id == hers.c.customer_id)
    state = case((exclusions.c.reason.is_not(None), constant(_LEFT_OUT)), else_=recipients.c.state)
    wanted = select(
        hers.c.id,
        state.label("state"),
        func.coalesce(exclusions.c.reason, recipients.c.reason, "").label("reason"),
        recipients.c.at,
    ).select_from(hers.outerjoin(recipients, got).outerjoin(exclusions, left_out))
    settled = [*_OF_RECIPIENT, _LEFT_OUT]
    wanted = wanted if over else wanted.where(state.in_(settled))
    await _take_over(tx, wanted, _OF_RECIPIENT, now, otherwise or CONDITION)


async def follow_wave(tx: Tx, run_id: int, wave_id: int, now: dt.datetime, *, over: bool) -> None:
    """Take over who was invited to a survey and who was not; where the wave is *over*, everybody's."""
    hers = _next_open(run_id)
    asked = (invitations.c.wave_id == wave_id) & (invitations.c.customer_id == hers.c.customer_id)
    wanted = select(
        hers.c.id,
        invitations.c.state,
        func.coalesce(invitations.c.reason, "").label("reason"),
        invitations.c.at,
    ).select_from(hers.outerjoin(invitations, asked))
    wanted = wanted if over else wanted.where(invitations.c.state.in_(list(_OF_INVITATION)))
    await _take_over(tx, wanted, _OF_INVITATION, now, CONDITION)


def _next_open(run_id: int) -> Subquery:
    """Return the next rows of a run that wait for a fate: so many, whether they have one or not."""
    wanted = select(plan_actions.c.id, plan_actions.c.customer_id).where(plan_actions.c.run_id == run_id, _OPEN)
    return wanted.order_by(plan_actions.c.id).limit(_MOST).subquery()


async def _take_over(
    tx: Tx, wanted: Select[Any], states: Mapping[str, CareState], now: dt.datetime, otherwise: str
) -> None:
    rows = [
        {
            "new_state": states.get(state or "", CareState.SKIPPED).value,
            "new_reason": (reason or ("" if state in states else otherwise))[:32],
            "new_at": at or now,
            "key": number,
        }
        for number, state, reason, at in (await tx.execute(wanted)).all()
    ]
    await _SETTLE.run(tx, rows)


_SETTLE = RowByRow(
    lambda _: (
        update(plan_actions)
        .where(plan_actions.c.id == bindparam("key"), _OPEN)
        .values(state=bindparam("new_state"), reason=bindparam("new_reason"), at=bindparam("new_at"))
    )
)
