"""Who of an audience may be written to, and the first reason why not: one SQL expression for every kind of sending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, case, literal, select, true

from domain.clubs import CLUB
from domain.customers import Purpose, Reach
from domain.holds import Hold
from domain.people import ContactKind
from domain.rules import names_in, parse_rule
from store.clubs import is_child
from store.database import Tx
from store.rules_sql import holds_for
from store.tables import consents, customers, memberships, topic_choices
from store.types import constant


async def in_audience(tx: Tx, rule: str, at: dt.datetime, currency: str) -> ColumnElement[bool]:
    """
    Say, for each row of `customers`, whether *rule* holds for her as of *at*; an empty rule holds for everybody.

    *at* is aware and in the company's zone, *currency* the company's. Unknown is no. What it says is right in the
    transaction *tx* only, where kept measures were found right. Raises RuleError for a text that is no rule.
    """
    if not rule.strip():
        return true()
    return await holds_for(tx, parse_rule(rule), at, currency)


async def in_sending_audience(tx: Tx, rule: str, at: dt.datetime, currency: str) -> ColumnElement[bool]:
    """
    Say the same of the audience of a newsletter or survey: of customers, unless *rule* itself asks for `contact_kind`.

    So suppliers, resellers, financiers and media get what is written for them, and nothing that is for customers.
    """
    holds = await in_audience(tx, rule, at, currency)
    if rule.strip() and "contact_kind" in names_in(parse_rule(rule)):
        return holds
    return and_(customers.c.contact_kind == constant(ContactKind.CUSTOMER.value), holds)


async def last_of_next(tx: Tx, after: int, size: int) -> int | None:
    """Return the id of the last of the next *size* customers after *after*; None when there are no more than that."""
    ids = select(customers.c.id).where(customers.c.id > after).order_by(customers.c.id)
    found: int | None = await tx.scalar(ids.offset(size - 1).limit(1))
    return found


def switched_off(topic: str) -> ColumnElement[bool]:
    """Say, for each row of `customers`, whether she has switched newsletters about *topic* off."""
    return _is_there(
        topic_choices.c.customer_id == customers.c.id, topic_choices.c.topic == topic, ~topic_choices.c.wanted
    )


def reason_against(
    purpose: Purpose | None,
    at: dt.datetime,
    further: Sequence[tuple[ColumnElement[bool], Hold]] = (),
    *,
    club: str = "",
) -> ColumnElement[str]:
    """
    Say, for each row of `customers`, why she is not to be written to at *at*, or "" when she may be.

    The first of: account deactivated, bot blocked, never met, not served, ended, no consent to *purpose* (None needs
    none), paused, muted, and the *further* ones. Of a child, for whom a guardian answers or has been asked to, no yes
    counts. What belongs to a *club* needs membership in it, and no other consent. Holds that pass by themselves, such
    as quiet hours, are asked at the call instead.
    """
    reasons: list[tuple[ColumnElement[bool], str]] = [
        (customers.c.reach == Reach.DEACTIVATED.value, Hold.DEACTIVATED.value),
        (customers.c.reach == Reach.BLOCKED.value, Hold.LEFT_BOT.value),
        ((customers.c.reach == Reach.NEVER_MET.value) | customers.c.chat_id.is_(None), Hold.NEVER_MET.value),
        (customers.c.not_served_at.is_not(None), Hold.NOT_SERVED.value),
        (customers.c.ended_at.is_not(None), Hold.ENDED.value),
    ]
    if club:
        is_member = _is_there(
            memberships.c.customer_id == customers.c.id,
            memberships.c.name == f"{CLUB}{club}",
            memberships.c.until.is_(None),
        )
        reasons.append((~is_member, Hold.NO_CONSENT.value))
    elif purpose is not None:
        agrees = _is_there(
            consents.c.customer_id == customers.c.id,
            consents.c.purpose == purpose.value,
            consents.c.current,
            consents.c.given,
        )
        reasons.append((~agrees | is_child(), Hold.NO_CONSENT.value))
    for until, hold in ((customers.c.paused_until, Hold.PAUSED), (customers.c.muted_until, Hold.MUTED)):
        reasons.append((and_(until.is_not(None), until > at), hold.value))
    reasons += [(applies, hold.value) for applies, hold in further]
    return case(*reasons, else_=literal(""))


def _is_there(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """
    Say, for each row of `customers`, whether there is a row of another table that belongs to her and fulfils those.

    No EXISTS: PostgreSQL would hash the whole other table for it, as long as its work_mem holds that, anew for each
    step in which an audience is frozen.
    """
    return select(literal(1)).where(*conditions).limit(1).scalar_subquery().is_not(None)
