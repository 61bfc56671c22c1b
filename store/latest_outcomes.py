"""What became of a sending's latest recipients, and what they did about it: what the breaker looks at."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from domain.breaker import Outcomes
from domain.customers import Purpose, Reach
from domain.messages import Refusal
from domain.newsletters import INTERRUPTED, RecipientState
from store.database import Tx
from store.tables import consents, customers, recipients, topic_choices

_CALLED = (RecipientState.SENT.value, RecipientState.FAILED.value, RecipientState.UNKNOWN.value)


async def latest_outcomes(
    tx: Tx,
    sending_id: int,
    *,
    topic: str = "",
    after: dt.datetime | None = None,
    until: dt.datetime | None = None,
    most: int,
) -> Outcomes:
    """
    Count what became of the latest *most* recipients that were settled *after* and *until* those moments.

    Skipped ones are no outcome, nor are those whose call our own end interrupted. Who got it and has blocked the bot
    since is blocked; who got it and then withdrew her consent, or switched the *topic* off, has opted out. Read by an
    index, whatever the size of the sending.
    """
    window = _called(sending_id, after, until).order_by(recipients.c.at.desc()).limit(most).subquery()
    is_sent = window.c.state == RecipientState.SENT.value
    was_blocked = window.c.reason == Refusal.BLOCKED.value
    blocks = or_(
        and_(window.c.state == RecipientState.FAILED.value, was_blocked),
        and_(is_sent, customers.c.reach == Reach.BLOCKED.value),
    )
    wanted = select(
        func.count(),
        _count(is_sent),
        _count(and_(~is_sent, ~was_blocked)),
        _count(blocks),
        _count(and_(is_sent, _opted_out(window.c.customer_id, window.c.at, topic))),
    ).select_from(window.join(customers, customers.c.id == window.c.customer_id))
    return Outcomes(*(await tx.execute(wanted)).one())


def _called(sending_id: int, after: dt.datetime | None, until: dt.datetime | None) -> Select[tuple[int, str, str, Any]]:
    wanted = select(recipients.c.customer_id, recipients.c.state, recipients.c.reason, recipients.c.at).where(
        recipients.c.sending_id == sending_id,
        recipients.c.at.is_not(None),
        recipients.c.state.in_(_CALLED),
        recipients.c.reason != INTERRUPTED,
    )
    if after is not None:
        wanted = wanted.where(recipients.c.at > after)
    if until is not None:
        wanted = wanted.where(recipients.c.at <= until)
    return wanted


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _opted_out(who: ColumnElement[int], at: ColumnElement[dt.datetime], topic: str) -> ColumnElement[bool]:
    withdrew = exists().where(
        consents.c.customer_id == who,
        consents.c.purpose == Purpose.MARKETING.value,
        consents.c.current,
        ~consents.c.given,
        consents.c.at >= at,
    )
    if not topic:
        return withdrew
    switched_off = exists().where(
        topic_choices.c.customer_id == who,
        topic_choices.c.topic == topic,
        ~topic_choices.c.wanted,
        topic_choices.c.at >= at,
    )
    return or_(withdrew, switched_off)


async def canary_since(tx: Tx, sending_id: int, canary: int) -> dt.datetime | None:
    """Return when the last of the first *canary* recipients had her outcome; None while there are fewer."""
    wanted = _called(sending_id, None, None).order_by(recipients.c.at).offset(canary - 1).limit(1)
    row = (await tx.execute(wanted)).one_or_none()
    return None if row is None else row.at


async def count_called(tx: Tx, sending_id: int, most: int) -> int:
    """Return how many recipients of a sending have had their outcome, skipped ones left out; counted up to *most*."""
    counted = select(func.count()).select_from(_called(sending_id, None, None).limit(most).subquery())
    return int(await tx.scalar(counted) or 0)
