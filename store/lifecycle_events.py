"""What took place, by the ids of its rows: contacts, facts, complaints, purchases, for the lifecycle's actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from domain.cases import CaseKind
from domain.contacts import Channel, ContactKind, ContactState, Direction
from domain.dialogues import RunState
from store.bulk import one_of
from store.database import Tx
from store.tables import (
    cases,
    contacts,
    customers,
    facts,
    pictures,
    purchases,
    runs,
    sendings,
)
from store.types import UtcDateTime

KINDS = {"contacts": contacts, "facts": facts, "cases": cases, "purchases": purchases}
"""The tables whose rows are found by their ids, which grow with time."""

_LONGEST_RUN = dt.timedelta(days=90)
_PERSONAL = (ContactKind.STAFF_REPLY.value, ContactKind.MEETING.value)
_SENT = (ContactKind.NEWSLETTER.value, ContactKind.SURVEY.value, ContactKind.STAFF_REPLY.value)


@dataclass(frozen=True, slots=True)
class Said:
    """
    One contact by us, or a talk outside Telegram: *is_personal* is that of a person.

    *topic* is a newsletter's; *first_at* her first purchase ever, *stage* and *stage_since* those of her picture.
    """

    customer_id: int
    at: dt.datetime
    is_newsletter: bool
    is_personal: bool
    staff_id: int | None = None
    topic: str = ""
    first_at: dt.datetime | None = None
    stage: str | None = None
    stage_since: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Learnt:
    """A fact that was set: *is_again* where one of the same name was known before; *first_at* her first purchase."""

    id: int
    customer_id: int
    name: str
    at: dt.datetime
    source: str
    is_again: bool
    first_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt that is no return."""

    id: int
    customer_id: int
    at: dt.datetime
    receipt: str
    group: str
    amount: int
    currency: str


async def next_id(tx: Tx, kind: str, after: int, size: int) -> int:
    """Return the id of the last of the next *size* rows of a kind after *after*, or of the newest; *after* for none."""
    column = KINDS[kind].c.id
    upto = await tx.scalar(select(column).where(column > after).order_by(column).offset(size - 1).limit(1))
    if upto is None:
        upto = await tx.scalar(select(func.max(column)).where(column > after))
    return after if upto is None else int(upto)


async def newest_id(tx: Tx, kind: str) -> int:
    """Return the id of the newest row of a kind, 0 where there is none."""
    return int(await tx.scalar(select(func.max(KINDS[kind].c.id))) or 0)


async def said_between(tx: Tx, after: int, upto: int, since: dt.datetime) -> list[Said]:
    """Return the contacts of those ids that were ours and arrived, or took place outside Telegram, since then."""
    ours = and_(
        contacts.c.direction == Direction.OUT.value,
        contacts.c.state == ContactState.SENT.value,
        contacts.c.kind.in_(_SENT),
    )
    wanted = (
        select(
            contacts.c.customer_id,
            contacts.c.at,
            contacts.c.kind,
            contacts.c.channel,
            contacts.c.staff_id,
            func.coalesce(sendings.c.topic, "").label("topic"),
            _first_purchase(contacts.c.customer_id).label("first_at"),
            pictures.c.stage,
            pictures.c.stage_since,
        )
        .outerjoin_from(contacts, sendings, sendings.c.id == contacts.c.newsletter_id)
        .outerjoin(pictures, pictures.c.customer_id == contacts.c.customer_id)
        .where(contacts.c.id > after, contacts.c.id <= upto, contacts.c.at > since)
        .where(or_(ours, contacts.c.channel != Channel.TELEGRAM.value))
        .order_by(contacts.c.at, contacts.c.id)
    )
    return [
        Said(
            who,
            at,
            kind == ContactKind.NEWSLETTER.value,
            kind in _PERSONAL or channel != Channel.TELEGRAM.value,
            staff,
            topic,
            first,
            stage,
            since_day,
        )
        for who, at, kind, channel, staff, topic, first, stage, since_day in (await tx.execute(wanted)).all()
    ]


async def learnt_between(tx: Tx, after: int, upto: int, since: dt.datetime) -> list[Learnt]:
    """Return the facts of those ids that were learnt since then; what was forgotten meanwhile is among them."""
    older = facts.alias("older")
    known = exists().where(
        older.c.customer_id == facts.c.customer_id,
        older.c.name == facts.c.name,
        ~older.c.current,
        older.c.id < facts.c.id,
    )
    wanted = select(
        facts.c.id,
        facts.c.customer_id,
        facts.c.name,
        facts.c.at,
        facts.c.source,
        known.label("is_again"),
        _first_purchase(facts.c.customer_id).label("first_at"),
    ).where(facts.c.id > after, facts.c.id <= upto, facts.c.at > since)
    rows = (await tx.execute(wanted.order_by(facts.c.at, facts.c.id))).all()
    return [
        Learnt(row.id, row.customer_id, row.name, row.at, row.source, bool(row.is_again), row.first_at) for row in rows
    ]


async def complaints_between(tx: Tx, after: int, upto: int, since: dt.datetime) -> list[tuple[int, int, dt.datetime]]:
    """Return (number, customer, when) of the complaints of those ids that were opened since then."""
    wanted = select(cases.c.id, cases.c.customer_id, cases.c.opened_at).where(
        cases.c.id > after,
        cases.c.id <= upto,
        cases.c.kind == CaseKind.COMPLAINT.value,
        cases.c.opened_at > since,
    )
    return [(row.id, row.customer_id, row.opened_at) for row in (await tx.execute(wanted)).all()]


async def welcomed_between(
    tx: Tx, script: str, since: dt.datetime, until: dt.datetime
) -> list[tuple[int, dt.datetime]]:
    """Return (customer, when) of the runs of *script* that were finished after *since* up to *until*."""
    wanted = select(runs.c.customer_id, runs.c.ended_at).where(
        runs.c.script_id == script,
        runs.c.started_at > since - _LONGEST_RUN,
        runs.c.state == RunState.DONE.value,
        runs.c.ended_at > since,
        runs.c.ended_at <= until,
    )
    return [(row.customer_id, row.ended_at) for row in (await tx.execute(wanted)).all()]


async def bought_between(tx: Tx, after: int, upto: int, since: dt.datetime, until: dt.datetime) -> dict[int, list[int]]:
    """Return the ids of the lines among those that were bought after *since* up to *until*, by customer."""
    wanted = select(purchases.c.customer_id, purchases.c.id).where(
        purchases.c.id > after,
        purchases.c.id <= upto,
        purchases.c.at > since,
        purchases.c.at <= until,
        purchases.c.amount_minor >= 0,
    )
    found: dict[int, list[int]] = {}
    for customer_id, line in (await tx.execute(wanted)).all():
        found.setdefault(customer_id, []).append(line)
    return found


async def lines_of(tx: Tx, customer_ids: Sequence[int], until: dt.datetime) -> dict[int, list[Line]]:
    """Return all lines of those customers up to *until* that are no returns, by customer, the oldest first."""
    wanted = (
        select(
            purchases.c.id,
            purchases.c.customer_id,
            purchases.c.at,
            purchases.c.receipt,
            purchases.c.group_name,
            purchases.c.amount_minor,
            purchases.c.currency,
        )
        .where(one_of(purchases.c.customer_id, tx.dialect.name))
        .where(purchases.c.at <= until, purchases.c.amount_minor >= 0)
        .order_by(purchases.c.customer_id, purchases.c.at, purchases.c.id)
    )
    found: dict[int, list[Line]] = {}
    for row in (await tx.execute(wanted, {"ids": list(customer_ids)})).all():
        found.setdefault(row.customer_id, []).append(Line(*row))
    return found


async def ended_among(tx: Tx, customer_ids: Sequence[int]) -> dict[int, dt.datetime]:
    """Return when we said goodbye to those of these customers to whom we have."""
    wanted = select(customers.c.id, customers.c.ended_at).where(
        one_of(customers.c.id, tx.dialect.name), customers.c.ended_at.is_not(None)
    )
    rows = (await tx.execute(wanted, {"ids": list(customer_ids)})).all()
    return {row.id: row.ended_at for row in rows}


def _first_purchase(customer: ColumnElement[int]) -> ColumnElement[Any]:
    mine = and_(purchases.c.customer_id == customer, purchases.c.amount_minor >= 0)
    return select(func.min(purchases.c.at, type_=UtcDateTime())).where(mine).scalar_subquery()
