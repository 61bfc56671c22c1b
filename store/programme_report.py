"""What became of a programme: who reached its goal, and who spent what before and after joining, beside others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from domain.memberships import held_out_of, in_programme
from domain.programmes import Programme
from store.database import Tx
from store.programme_choice import chosen
from store.rule_holders import holders
from store.tables import memberships, purchases

SPAN = dt.timedelta(days=90)
"""How long before and after joining what she spent is compared; of who joined lately, as long as that is ago."""

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Group:
    """
    Some people: how many, how many have reached the goal, and the change of what they spent in so many minor units.

    *change* is of each (per customer and 90 days, after less before) n, sum and sum of squares; *spent_before* and
    *spent_after* are the sums themselves.
    """

    n: int = 0
    at_goal: int = 0
    spent_before: int = 0
    spent_after: int = 0
    change: tuple[int, float, float] = (0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Effects:
    """Members beside those they are compared with: *held_out*, or else for whom the rule holds and who are not in."""

    members: Group
    compared: Group
    held_out: bool


async def programme_effects(tx: Tx, programme: Programme, now: dt.datetime, zone: dt.tzinfo, currency: str) -> Effects:
    """Measure a programme's members and whom they are compared with, as of *now*."""
    at = now.astimezone(zone)
    inside = await _since(tx, in_programme(programme.name))
    others = await _since(tx, held_out_of(programme.name))
    has_held_out = bool(others)
    if not has_held_out:
        fulfil = await chosen(tx, programme, at, currency) - inside.keys()
        middle = sorted(inside.values())[len(inside) // 2] if inside else now
        others = dict.fromkeys(fulfil, middle)
    there = frozenset[int]()
    if programme.goal is not None and (inside or others):
        there = await holders(tx, programme.goal, at, currency)
    return Effects(
        await _group(tx, inside, there, now, currency), await _group(tx, others, there, now, currency), has_held_out
    )


async def _since(tx: Tx, name: str) -> dict[int, dt.datetime]:
    wanted = select(memberships.c.customer_id, memberships.c.since)
    rows = await tx.execute(wanted.where(memberships.c.name == name, memberships.c.until.is_(None)))
    return {row.customer_id: row.since for row in rows}


async def _group(
    tx: Tx, since: Mapping[int, dt.datetime], there: Collection[int], now: dt.datetime, currency: str
) -> Group:
    ids = sorted(since)
    before = after = 0
    changes: list[float] = []
    for first in range(0, len(ids), _CHUNK):
        part = ids[first : first + _CHUNK]
        spent = await _spent(tx, {who: since[who] for who in part}, now, currency)
        for who in part:
            one, two = spent[who]
            before, after = before + one, after + two
            length = min(SPAN, now - since[who])
            if length >= dt.timedelta(days=7):
                changes.append((two - one) * (SPAN / length))
    total, squares = sum(changes), sum(each * each for each in changes)
    at_goal = sum(who in there for who in ids)
    return Group(len(ids), at_goal, before, after, (len(changes), total, squares))


async def _spent(
    tx: Tx, since: Mapping[int, dt.datetime], now: dt.datetime, currency: str
) -> dict[int, tuple[int, int]]:
    """Sum what each spent within the span before her moment, and within the same span after it."""
    wanted = select(purchases.c.customer_id, purchases.c.at, purchases.c.amount_minor).where(
        purchases.c.customer_id.in_(list(since)),
        purchases.c.currency == currency,
        purchases.c.at >= min(since.values()) - SPAN,
        purchases.c.at <= now,
    )
    found = dict.fromkeys(since, (0, 0))
    for who, at, amount in await tx.execute(wanted):
        length = min(SPAN, now - since[who])
        before, after = found[who]
        if since[who] - length <= at < since[who]:
            found[who] = before + amount, after
        elif since[who] <= at < since[who] + length:
            found[who] = before, after + amount
    return found
