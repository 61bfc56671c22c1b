"""The frame of a sample in SQL: who of an audience may be asked to a survey, and to which stratum she belongs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Text, exists, func, literal, or_, select, type_coerce

from domain.customers import Purpose
from domain.holds import Hold
from domain.recontact import Rest
from domain.rules_customer import ATTRIBUTES
from domain.waves import InvitationState
from store.database import Tx
from store.eligibility import in_sending_audience, reason_against
from store.tables import customers, facts, invitations, waves

LONGEST_STRATUM = 64


def reason_not_to_ask(purpose: Purpose | None, rests: Sequence[Rest], at: dt.datetime) -> ColumnElement[str]:
    """Say, for each row of `customers`, why she is not to be asked at *at*, or "": also that she was asked lately."""
    return reason_against(purpose, at, [(_asked_lately(rests, at), Hold.RECENTLY_ASKED)] if rests else [])


def _asked_lately(rests: Sequence[Rest], at: dt.datetime) -> ColumnElement[bool]:
    """Say whether one of *rests* holds her back; the same as `Rest.holds_back`."""
    recent = []
    for rest in rests:
        since = invitations.c.at > at.astimezone(dt.UTC) - rest.span
        recent.append(since if rest.scripts is None else since & waves.c.script_id.in_(sorted(rest.scripts)))
    return exists(
        select(literal(1))
        .select_from(invitations.join(waves, waves.c.id == invitations.c.wave_id))
        .where(
            invitations.c.customer_id == customers.c.id,
            invitations.c.state == InvitationState.INVITED.value,
            or_(*recent),
        )
    )


def stratum_column(by: str) -> ColumnElement[str]:
    """
    Give, for each row of `customers`, the value of an attribute or a fact as text; "" where it is not known.

    The same text on both databases, cut to 64 signs.
    """
    if not by:
        return literal("")
    if by in ATTRIBUTES:
        value: ColumnElement[str] = customers.c[by]
    else:
        known = func.coalesce(facts.c.word, type_coerce(facts.c.value, Text()))
        fact = select(known).where(
            facts.c.customer_id == customers.c.id, facts.c.name == by.removeprefix("fact."), facts.c.current
        )
        value = fact.correlate(customers).scalar_subquery()
    return func.substr(func.coalesce(value, ""), 1, LONGEST_STRATUM)


async def frame_counts(
    tx: Tx, audience: str, at: dt.datetime, *, currency: str, purpose: Purpose | None, rests: Sequence[Rest], by: str
) -> dict[tuple[str, str], int]:
    """
    Count an audience by (reason not to ask her, stratum); those without a reason are the frame of a sample.

    Nothing is kept: this is what a wave that starts at *at* would find.
    """
    each = (
        select(reason_not_to_ask(purpose, rests, at).label("reason"), stratum_column(by).label("stratum"))
        .where(await in_sending_audience(tx, audience, at, currency))
        .subquery()
    )
    wanted = select(each.c.reason, each.c.stratum, func.count()).group_by(each.c.reason, each.c.stratum)
    return {(reason, stratum): count for reason, stratum, count in (await tx.execute(wanted)).all()}
