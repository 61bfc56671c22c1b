"""Who of an audience may be written to, and the first reason why not: one SQL expression for every kind of sending."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, and_, case, exists, literal

from domain.customers import Purpose, Reach
from domain.holds import Hold
from store.tables import consents, customers


def reason_against(purpose: Purpose | None, at: dt.datetime) -> ColumnElement[str]:
    """
    Say, for each row of `customers`, why she is not to be written to at *at*, or "" when she may be.

    The first of: account deactivated, bot blocked, never met, muted, paused (marketing only), no consent to *purpose*
    (None needs none). Holds that pass by themselves, such as quiet hours, are asked at the call instead.
    """
    reasons: list[tuple[ColumnElement[bool], str]] = [
        (customers.c.reach == Reach.DEACTIVATED.value, Hold.DEACTIVATED.value),
        (customers.c.reach == Reach.BLOCKED.value, Hold.LEFT_BOT.value),
        ((customers.c.reach == Reach.NEVER_MET.value) | customers.c.chat_id.is_(None), Hold.NEVER_MET.value),
        (and_(customers.c.muted_until.is_not(None), customers.c.muted_until > at), Hold.MUTED.value),
    ]
    if purpose is Purpose.MARKETING:
        paused = and_(customers.c.paused_until.is_not(None), customers.c.paused_until > at)
        reasons.append((paused, Hold.PAUSED.value))
    if purpose is not None:
        agrees = exists().where(
            consents.c.customer_id == customers.c.id,
            consents.c.purpose == purpose.value,
            consents.c.current,
            consents.c.given,
        )
        reasons.append((~agrees, Hold.NO_CONSENT.value))
    return case(*reasons, else_=literal(""))
