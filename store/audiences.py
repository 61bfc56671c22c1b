"""Audiences looked at before anything is sent: how many, who, and what is against writing to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select, union_all

from domain.customers import Purpose
from domain.rules import Rule
from store.database import Tx
from store.eligibility import reason_against
from store.fresh_measures import fresh_measures
from store.rules_sql import Conditions, holds_for
from store.tables import customers, facts


@dataclass(frozen=True, slots=True)
class AudienceCounts:
    """
    For how many a rule holds and for how many it is unknown.

    *excluded* says how many of those for whom it holds would not be written to, by reason.
    """

    count: int
    excluded: dict[str, int]
    unknown: int


@dataclass(frozen=True, slots=True)
class Member:
    """A customer for whom a rule holds; *reason* is what is against writing to her, or ""."""

    id: int
    number: str | None
    name: str
    town: str | None
    reason: str


async def count_audience(
    tx: Tx, rule: Rule, at: dt.datetime, *, currency: str, purpose: Purpose | None
) -> AudienceCounts:
    """Count for whom *rule* holds at *at* (aware, in the company's zone), in one pass over the customers."""
    reason = reason_against(purpose, at)
    fresh = await fresh_measures(tx, rule, at, currency)
    if fresh is None:
        each = _verdicts(Conditions(rule, at, currency, joined=True), reason).subquery()
    else:
        kept = _verdicts(Conditions(rule, at, currency, fresh, joined=True), reason).where(*fresh.is_right())
        live = _verdicts(Conditions(rule, at, currency), reason)
        each = union_all(kept, live.where(customers.c.id.in_(await fresh.others(tx)))).subquery()
    wanted = select(each.c.holds, each.c.reason, func.count()).group_by(each.c.holds, each.c.reason)
    found: dict[str, int] = {}
    unknown = 0
    for holds, against, count in (await tx.execute(wanted)).all():
        if holds:
            found[against] = count
        else:
            unknown += count
    total = sum(found.values())
    found.pop("", None)
    return AudienceCounts(total, dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))), unknown)


def _verdicts(conditions: Conditions, reason: ColumnElement[str]) -> Select[Any]:
    """Select, of those for whom a rule holds or is unknown, which of the two, and what is against writing to them."""
    holds = case((conditions.holds, 1), else_=0).label("holds")
    against = case((conditions.holds, reason), else_="").label("reason")
    return select(holds, against).select_from(conditions.source).where(conditions.may_hold)


async def list_audience(
    tx: Tx,
    rule: Rule,
    at: dt.datetime,
    *,
    currency: str,
    purpose: Purpose | None,
    only_excluded: bool = False,
    after: int = 0,
    limit: int = 1000,
) -> list[Member]:
    """Return the next *limit* customers above the id *after* for whom *rule* holds, by id."""
    reason = reason_against(purpose, at).label("reason")
    wanted = (
        select(customers.c.id, customers.c.number, customers.c.name, customers.c.town, reason)
        .where(customers.c.id > after, await holds_for(tx, rule, at, currency))
        .order_by(customers.c.id)
        .limit(limit)
    )
    if only_excluded:
        wanted = wanted.where(reason_against(purpose, at) != "")
    return [Member(row.id, row.number, row.name, row.town, row.reason) for row in (await tx.execute(wanted)).all()]


async def ids_among(tx: Tx, rule: Rule, at: dt.datetime, customer_ids: Sequence[int], *, currency: str) -> list[int]:
    """Return those of *customer_ids* for whom *rule* holds at *at* (aware, in the company's zone), by id."""
    holds = await holds_for(tx, rule, at, currency)
    wanted = select(customers.c.id).where(customers.c.id.in_(customer_ids), holds)
    return list((await tx.scalars(wanted.order_by(customers.c.id))).all())


async def unknown_facts(tx: Tx, names: Collection[str]) -> list[str]:
    """Return those of *names* that are known as a fact of nobody: most likely slips of the pen."""
    found = []
    for name in sorted(names):
        fact = select(facts.c.id).where(facts.c.name == name.removeprefix("fact."), facts.c.current).limit(1)
        if await tx.scalar(fact) is None:
            found.append(name)
    return found
