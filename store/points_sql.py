"""Usable points of every customer at once, for the rule language: the same as each one's balance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, or_, select

from store.database import Tx
from store.tables import customers, points_lots

Instant = dt.datetime | ColumnElement[dt.datetime]
_LOTS = points_lots.c


def usable_points(programme: str, instant: Instant) -> ColumnElement[int]:
    """
    What each row of `customers` can use at *instant*: what is usable less what is owed, at least 0.

    Owed points are paid from usable ones first (`domain.points_account.settling`), so no lot is looked at alone.
    """
    net = func.coalesce(func.sum(_net(instant)), 0)
    mine = (_LOTS.customer_id == customers.c.id, _LOTS.programme == programme, _LOTS.points_left != 0)
    usable = case((net > 0, cast(net, BigInteger)), else_=0)
    return select(usable).where(*mine).correlate(customers).scalar_subquery()


async def usable_points_of(tx: Tx, ids: Sequence[int], instant: dt.datetime) -> dict[int, dict[str, int]]:
    """Return the same of some customers: {customer id: {programme: points}}; without any a programme is missing."""
    wanted = (
        select(_LOTS.customer_id, _LOTS.programme, func.sum(_net(instant)))
        .where(_LOTS.customer_id.in_(list(ids)), _LOTS.points_left != 0)
        .group_by(_LOTS.customer_id, _LOTS.programme)
    )
    found: dict[int, dict[str, int]] = {}
    for who, programme, net in await tx.execute(wanted):
        if net > 0:
            found.setdefault(who, {})[programme] = int(net)
    return found


def _net(instant: Instant) -> ColumnElement[int]:
    is_there = (_LOTS.usable_at <= instant) & or_(_LOTS.expires_at.is_(None), _LOTS.expires_at > instant)
    return case((or_(_LOTS.points_left < 0, is_there), _LOTS.points_left), else_=0)
