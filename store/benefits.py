"""What members were given, each thing once for its occasion, and whose occasion it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, extract, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.memberships import in_programme
from store.database import Tx
from store.ids import new_id
from store.tables import benefits_given, customers, memberships

INVITED = "invitation"
"""The benefit under which it is kept that somebody was invited to join."""


@dataclass(frozen=True, slots=True)
class Given:
    """One benefit that somebody was given, for the occasion *ref*; *cost* in minor units of the company's currency."""

    customer_id: int
    programme: str
    benefit: str
    at: dt.datetime
    ref: str
    cost: int = 0


async def note_given(tx: Tx, given: Given) -> bool:
    """Keep that a benefit is given, in the transaction that gives it; False where it was given for that before."""
    put = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(benefits_given)
    row = {
        "id": new_id(),
        "customer_id": given.customer_id,
        "programme": given.programme,
        "benefit": given.benefit,
        "at": given.at,
        "ref": given.ref,
        "cost": given.cost,
    }
    once = put.values(row).on_conflict_do_nothing(index_elements=["customer_id", "programme", "benefit", "ref"])
    return await tx.scalar(once.returning(benefits_given.c.id)) is not None


async def given_to(tx: Tx, ids: Sequence[int], programme: str) -> dict[int, list[Given]]:
    """Return what those customers were given in a programme, the latest last; who got nothing is missing."""
    wanted = select(benefits_given).where(
        benefits_given.c.customer_id.in_(list(ids)), benefits_given.c.programme == programme
    )
    found: dict[int, list[Given]] = {}
    for row in await tx.execute(wanted.order_by(benefits_given.c.at, benefits_given.c.id)):
        found.setdefault(row.customer_id, []).append(_given(row))
    return found


async def benefits_of(tx: Tx, customer_id: int) -> list[Given]:
    """Return all that she was ever given, the latest last."""
    hers = select(benefits_given).where(benefits_given.c.customer_id == customer_id)
    return [_given(row) for row in await tx.execute(hers.order_by(benefits_given.c.at, benefits_given.c.id))]


async def benefit_costs(
    tx: Tx, programme: str, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> dict[str, tuple[int, int]]:
    """Return how often each benefit of a programme was given in that time, and what it cost in minor units."""
    wanted = select(benefits_given.c.benefit, func.count(), func.sum(benefits_given.c.cost)).where(
        benefits_given.c.programme == programme
    )
    if since is not None:
        wanted = wanted.where(benefits_given.c.at >= since)
    if until is not None:
        wanted = wanted.where(benefits_given.c.at < until)
    rows = await tx.execute(wanted.group_by(benefits_given.c.benefit))
    return {row[0]: (row[1], int(row[2] or 0)) for row in rows}


# Whose occasion it is ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """A member whose occasion it is on *day*, for which a benefit is given."""

    customer_id: int
    day: dt.date


async def members_who_joined(
    tx: Tx, programme: str, since: dt.datetime, zone: dt.tzinfo, after: int, limit: int
) -> list[Due]:
    """Return the next members above the id *after* who have joined since, with the day in *zone*, by id."""
    wanted = _members(programme, after, limit, memberships.c.since).where(memberships.c.since >= since)
    return [Due(row.customer_id, row.since.astimezone(zone).date()) for row in await tx.execute(wanted)]


async def members_with_anniversary(
    tx: Tx, programme: str, first: dt.date, last: dt.date, zone: dt.tzinfo, after: int, limit: int
) -> list[Due]:
    """
    Return members above *after*, by id, who joined on a day of which one from *first* to *last* may be the yearly one.

    By UTC, so a day too many on either side; *day* is the day of joining in *zone*, and `is_yearly_day` decides.
    """
    span = _days_of_year(memberships.c.since, first - dt.timedelta(days=1), last + dt.timedelta(days=1))
    wanted = _members(programme, after, limit, memberships.c.since).where(span)
    return [Due(row.customer_id, row.since.astimezone(zone).date()) for row in await tx.execute(wanted)]


async def members_with_birthday(
    tx: Tx, programme: str, first: dt.date, last: dt.date, after: int, limit: int
) -> list[Due]:
    """Return members above *after*, by id, whose birthday may be from *first* to *last*; *day* is that of birth."""
    born = customers.c.birth_date
    wanted = _members(programme, after, limit, born).join(customers, customers.c.id == memberships.c.customer_id)
    wanted = wanted.where(born.is_not(None), _days_of_year(born, first, last))
    return [Due(row.customer_id, row.birth_date) for row in await tx.execute(wanted)]


async def members_from(tx: Tx, programme: str, until: dt.datetime, after: int, limit: int) -> list[int]:
    """Return the next members above the id *after* who had joined by *until*, by id."""
    wanted = _members(programme, after, limit, memberships.c.since).where(memberships.c.since <= until)
    return [row.customer_id for row in await tx.execute(wanted)]


def _members(programme: str, after: int, limit: int, column: ColumnElement[Any]) -> Select[Any]:
    mine = (memberships.c.name == in_programme(programme)) & (memberships.c.customer_id > after)
    wanted = select(memberships.c.customer_id, column).where(mine, memberships.c.until.is_(None))
    return wanted.order_by(memberships.c.customer_id).limit(limit)


def _days_of_year(column: ColumnElement[Any], first: dt.date, last: dt.date) -> ColumnElement[bool]:
    """Say whether a date has month and day of one from *first* to *last*; the 29th of February is with the 28th."""
    days = {(first + dt.timedelta(days=each)).timetuple()[1:3] for each in range((last - first).days + 1)}
    if (2, 28) in days:
        days.add((2, 29))
    by_month: dict[int, list[int]] = {}
    for month, day in sorted(days):
        by_month.setdefault(month, []).append(day)
    month_of, day_of = extract("month", column), extract("day", column)
    return or_(*((month_of == month) & day_of.in_(wanted) for month, wanted in by_month.items()))


def _given(row: Any) -> Given:
    return Given(row.customer_id, row.programme, row.benefit, row.at, row.ref, row.cost)
