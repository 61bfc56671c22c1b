"""
Who enters a segment and who leaves it: found by ranges of customers, done in short transactions, each with its move.

A segment's members are kept, not looked up: what a newsletter went to can be told, and moves have their day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, literal, not_, select

from domain.customers import Purpose
from domain.pictures import Move, MoveKind
from domain.segments import Segment
from store.bulk import one_of
from store.column_by_column import insert_columns
from store.database import Tx
from store.moves import add_moves
from store.rule_holders import holders
from store.segments import FILLED, IN, OUT, filled_segments, is_member
from store.settings import put_setting
from store.tables import consents, customers, segment_members


@dataclass(frozen=True, slots=True)
class Change:
    """Who is to enter a segment and who to leave it, of a range of customers, by id."""

    enter: tuple[int, ...]
    leave: tuple[int, ...]


async def changes_between(
    tx: Tx, segment: Segment, after: int, upto: int | None, at: dt.datetime, currency: str, *, profiling: bool
) -> Change:
    """
    Find who of the customers with ids above *after* up to *upto* (None: all) is in *segment* wrongly, or not.

    *at* is aware and in the company's zone. With *profiling* those who object to it belong out.
    """
    belong = await holders(
        tx,
        segment.rule,
        at,
        currency,
        after=after,
        upto=upto,
        before=(customers.c.kind == segment.kind.value, customers.c.contact_kind == segment.contact.value),
        then=(not_(objects_to_profiling()),) if profiling else (),
    )
    mine = segment_members.c
    wanted = select(mine.customer_id).where(mine.segment == segment.name, mine.customer_id > after)
    inside = frozenset(await tx.scalars(wanted if upto is None else wanted.where(mine.customer_id <= upto)))
    return Change(tuple(sorted(belong - inside)), tuple(sorted(inside - belong)))


async def move_members(
    tx: Tx,
    segment: Segment,
    change: Change,
    day: dt.date,
    evidence: Mapping[int, str],
    *,
    profiling: bool,
    told: bool = True,
) -> int:
    """
    Let those of *change* in and out who are not so already, each with a move where *told*; return how many moved.

    Who has objected meanwhile does not enter. *evidence* is by customer; the rule itself stands where it has nothing.
    """
    entered = await _enter(tx, segment.name, change.enter, day, profiling=profiling)
    left = await _leave(tx, segment.name, change.leave)
    if told:
        usual = str(segment.rule)
        found = [_move(segment.name, who, day, evidence.get(who, usual), came=True) for who in entered]
        found += [_move(segment.name, who, day, evidence.get(who, usual), came=False) for who in left]
        await add_moves(tx, found)
    return len(entered) + len(left)


async def mark_filled(tx: Tx, name: str, *, filled: bool = True) -> None:
    """Keep that the first filling of a segment is over, or, when it is gone, that it never was."""
    names = set(await filled_segments(tx))
    changed = names | {name} if filled else names - {name}
    if changed != names:
        await put_setting(tx, FILLED, sorted(changed) or None)


async def segments_with_members(tx: Tx) -> list[str]:
    """Name every segment that has a member, by name; by leaps through the index, however many members there are."""
    found: list[str] = []
    wanted = select(func.min(segment_members.c.segment))
    name = await tx.scalar(wanted)
    while name is not None:
        found.append(name)
        name = await tx.scalar(wanted.where(segment_members.c.segment > name))
    return found


async def next_members(tx: Tx, name: str, limit: int) -> tuple[int, ...]:
    """Return the first *limit* members of a segment, by id."""
    mine = select(segment_members.c.customer_id).where(segment_members.c.segment == name)
    return tuple(await tx.scalars(mine.order_by(segment_members.c.customer_id).limit(limit)))


async def empty_segment(tx: Tx, name: str, ids: Sequence[int], day: dt.date, evidence: str) -> int:
    """Let *ids* out of a segment that is no more, each with a move; return how many left."""
    left = await _leave(tx, name, ids)
    await add_moves(tx, [_move(name, who, day, evidence, came=False) for who in left])
    return len(left)


async def leave_segments(tx: Tx, customer_id: int, names: Sequence[str], day: dt.date, evidence: str) -> None:
    """Let one customer out of those of the segments *names* that she is in, each with a move."""
    mine = select(segment_members.c.segment).where(
        segment_members.c.customer_id == customer_id, segment_members.c.segment.in_(list(names))
    )
    found = sorted(await tx.scalars(mine))
    if not found:
        return
    gone = segment_members.c.segment.in_(found)
    await tx.execute(delete(segment_members).where(segment_members.c.customer_id == customer_id, gone))
    await add_moves(tx, [_move(name, customer_id, day, evidence, came=False) for name in found])


def objects_to_profiling() -> ColumnElement[bool]:
    """Say for each row of `customers` whether she objects to being profiled; silence is no objection."""
    no = select(literal(1)).where(
        consents.c.customer_id == customers.c.id,
        consents.c.purpose == Purpose.PROFILING.value,
        consents.c.current,
        ~consents.c.given,
    )
    return no.correlate(customers).limit(1).scalar_subquery().is_not(None)


async def _enter(tx: Tx, name: str, ids: Sequence[int], day: dt.date, *, profiling: bool) -> list[int]:
    if not ids:
        return []
    among = one_of(customers.c.id, tx.dialect.name)
    wanted: Select[int] = select(customers.c.id).where(among, not_(is_member(name)))
    if profiling:
        wanted = wanted.where(not_(objects_to_profiling()))
    found = list(await tx.scalars(wanted.order_by(customers.c.id), {"ids": list(ids)}))
    columns: dict[str, list[Any]] = {"segment": [name] * len(found), "customer_id": found, "since": [day] * len(found)}
    await insert_columns(tx, segment_members, columns)
    return found


async def _leave(tx: Tx, name: str, ids: Sequence[int]) -> list[int]:
    if not ids:
        return []
    mine = and_(segment_members.c.segment == name, one_of(segment_members.c.customer_id, tx.dialect.name))
    values = {"ids": list(ids)}
    found = list(await tx.scalars(select(segment_members.c.customer_id).where(mine), values))
    await tx.execute(delete(segment_members).where(mine), values)
    return sorted(found)


def _move(name: str, customer_id: int, day: dt.date, evidence: str, *, came: bool) -> Move:
    before, after = (OUT, IN) if came else (IN, OUT)
    return Move(customer_id, MoveKind.SEGMENT, day, before, after, evidence, name)
