"""Segments as they stand: how large, who is in them, who came and went, and how one lies beside the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.engine import URL

from domain.pictures import Move, MoveKind
from domain.rules_tree import Expression
from domain.segments import InSegment, Segment
from store.database import Tx
from store.looking import looked_into
from store.measures_sql import Moment
from store.settings import get_setting
from store.tables import customers, moves, segment_members
from store.term import number_of
from store.terms_sql import Terms

IN, OUT = "in", "out"
FILLED = "segments.filled"
"""The setting with the names of the segments that every customer was looked at for, at least once."""


@dataclass(frozen=True, slots=True)
class SegmentMember:
    """One member as lists show her."""

    id: int
    number: str | None
    name: str
    town: str | None
    since: dt.date


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """How many are in a segment, of how many customers of its kind, and the newest day on which anybody came."""

    members: int
    of: int

    @property
    def share(self) -> float | None:
        """The part of the customers of its kind, from 0 to 1; None where there are none."""
        return self.members / self.of if self.of else None


async def segments_of(tx: Tx, customer_id: int) -> list[InSegment]:
    """Return the segments that one customer is in, by name."""
    mine = select(segment_members.c.segment, segment_members.c.since).where(
        segment_members.c.customer_id == customer_id
    )
    return [InSegment(name, since) for name, since in (await tx.execute(mine.order_by(segment_members.c.segment)))]


async def sizes_of(tx: Tx, segments: Sequence[Segment]) -> dict[str, SegmentSize]:
    """Return the size of each of *segments*, beside all customers of its kind and contact."""
    counted = select(segment_members.c.segment, func.count().label("size")).group_by(segment_members.c.segment)
    members = {row.segment: row.size for row in (await tx.execute(counted)).all()}
    kinds = select(customers.c.kind, customers.c.contact_kind, func.count())
    grouped = kinds.group_by(customers.c.kind, customers.c.contact_kind)
    all_of = {(kind, contact): count for kind, contact, count in (await tx.execute(grouped)).all()}
    return {
        each.name: SegmentSize(members.get(each.name, 0), all_of.get((each.kind.value, each.contact.value), 0))
        for each in segments
    }


async def sizes_if_ready(url: URL, segments: Sequence[Segment]) -> dict[str, int]:
    """Return the sizes of those of *segments* that were filled; nothing where there is no store fit to look into."""

    async def sizes(tx: Tx) -> dict[str, int]:
        filled = await filled_segments(tx)
        found = await sizes_of(tx, [segment for segment in segments if segment.name in filled])
        return {name: size.members for name, size in found.items()}

    return await looked_into(url, sizes, {})


async def filled_segments(tx: Tx) -> frozenset[str]:
    """Name the segments whose first filling is over: from then on coming and going is a move."""
    return frozenset(await get_setting(tx, FILLED) or ())


async def member_ids(tx: Tx, name: str) -> list[int]:
    """Return the ids of a segment's members, in order."""
    mine = select(segment_members.c.customer_id).where(segment_members.c.segment == name)
    return list(await tx.scalars(mine.order_by(segment_members.c.customer_id)))


async def members_of(tx: Tx, name: str, *, after: int = 0, limit: int = 1000) -> list[SegmentMember]:
    """Return the next *limit* members of a segment above the id *after*, by id."""
    wanted = (
        select(customers.c.id, customers.c.number, customers.c.name, customers.c.town, segment_members.c.since)
        .join_from(segment_members, customers, customers.c.id == segment_members.c.customer_id)
        .where(segment_members.c.segment == name, segment_members.c.customer_id > after)
        .order_by(segment_members.c.customer_id)
        .limit(limit)
    )
    return [SegmentMember(*row) for row in (await tx.execute(wanted)).all()]


async def overlaps_of(tx: Tx, name: str) -> dict[str, int]:
    """Count how many members of a segment are in each other one, the largest part first."""
    other = segment_members.alias()
    both = (
        select(other.c.segment, func.count())
        .join_from(segment_members, other, other.c.customer_id == segment_members.c.customer_id)
        .where(segment_members.c.segment == name, other.c.segment != name)
        .group_by(other.c.segment)
    )
    found = [(segment, count) for segment, count in (await tx.execute(both)).all()]
    return dict(sorted(found, key=lambda item: (-item[1], item[0])))


async def latest_moves(tx: Tx, name: str, limit: int = 10) -> list[tuple[Move, str]]:
    """Return the newest moves into and out of a segment, each with the customer's name."""
    wanted = (
        select(moves, customers.c.name.label("who"))
        .join_from(moves, customers, customers.c.id == moves.c.customer_id)
        .where(moves.c.kind == MoveKind.SEGMENT.value, moves.c.name == name)
        .order_by(moves.c.day.desc(), moves.c.id.desc())
        .limit(limit)
    )
    return [
        (Move(row.customer_id, MoveKind.SEGMENT, row.day, row.before, row.after, row.evidence, row.name), row.who)
        for row in (await tx.execute(wanted)).all()
    ]


async def moved_since(tx: Tx, day: dt.date) -> dict[str, tuple[int, int]]:
    """Count, for each segment, who entered and who left from *day* on."""
    came = func.sum(case((moves.c.after == IN, 1), else_=0))
    wanted = select(moves.c.name, came, func.count() - came).where(
        moves.c.kind == MoveKind.SEGMENT.value, moves.c.day >= day
    )
    return {name: (int(ins), int(outs)) for name, ins, outs in (await tx.execute(wanted.group_by(moves.c.name))).all()}


async def measured_members(
    tx: Tx, name: str, measures: Sequence[Expression], ids: Sequence[int], at: dt.datetime, currency: str
) -> list[tuple[float | None, ...]]:
    """Measure those of *ids* who are in a segment, one row each with a value for each measure; None is unknown."""
    terms = Terms(Moment(at, currency))
    columns = [number_of(terms.of(measure)) for measure in measures]
    wanted = (
        select(*(literal(None) if column is None else column for column in columns))
        .select_from(customers)
        .where(customers.c.id.in_(list(ids)), is_member(name))
    )
    rows = (await tx.execute(wanted)).all()
    return [tuple(None if value is None else float(value) for value in row) for row in rows]


def is_member(name: str) -> ColumnElement[bool]:
    """Say for each row of `customers` whether she is in the segment *name*."""
    mine = select(literal(1)).where(segment_members.c.segment == name, segment_members.c.customer_id == customers.c.id)
    return mine.correlate(customers).scalar_subquery().is_not(None)
