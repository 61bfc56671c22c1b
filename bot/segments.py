"""What staff see of a segment: how large, how alike, how it lies beside others, who came and went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.languages import in_language
from domain.pictures import Move
from domain.rules import parse_rule
from domain.rules_tree import Compared, Expression
from domain.segments import Segment
from insight.segments import Spread, spread_of
from store.database import Tx
from store.segments import (
    SegmentSize,
    filled_segments,
    latest_moves,
    measured_members,
    member_ids,
    moved_since,
    overlaps_of,
    sizes_of,
)

MOST_MEASURED = 10_000
"""Of a larger segment, this many members stand for all: evenly taken, so that it is quick however large it is."""

_AT_ONCE = 1_000
LATELY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A segment in a list: its size, and who came and left since yesterday; not *filled* before its first night."""

    segment: Segment
    size: SegmentSize
    filled: bool
    came: int = 0
    left: int = 0

    @property
    def is_small(self) -> bool:
        """Say whether it is below its minimum size; one that was never filled has no size to speak of."""
        return self.filled and self.size.members < self.segment.minimum_size


@dataclass(frozen=True, slots=True)
class SegmentPage:
    """One segment with its spread, of *measured* of its members, its overlaps and its newest moves with their names."""

    line: SegmentLine
    spread: Sequence[Spread]
    measured: int
    overlaps: Mapping[str, int]
    latest: Sequence[tuple[Move, str]] = field(default=())


def title_of(segment: Segment, language: str, default: str) -> str:
    """Name a segment for people: its title, or its file's name."""
    return in_language(segment.title, language, default) if segment.title else segment.name


async def segment_lines(tx: Tx, segments: Sequence[Segment], day: dt.date) -> list[SegmentLine]:
    """Return every segment with its size, by name."""
    sizes = await sizes_of(tx, segments)
    filled = await filled_segments(tx)
    moved = await moved_since(tx, day - LATELY)
    return [
        SegmentLine(each, sizes[each.name], each.name in filled, *moved.get(each.name, (0, 0)))
        for each in sorted(segments, key=lambda each: each.name)
    ]


async def segment_page(
    tx: Tx, segment: Segment, segments: Sequence[Segment], at: dt.datetime, currency: str, *, latest: int = 10
) -> SegmentPage:
    """Look at one segment as of *at* (aware, in the company's zone). Of other segments only *segments* are told."""
    (line,) = await segment_lines(tx, [segment], at.date())
    ids = _evenly(await member_ids(tx, segment.name))
    rows: list[tuple[float | None, ...]] = []
    measures = [measure_of(text) for text in segment.spread]
    for first in range(0, len(ids), _AT_ONCE):
        rows += await measured_members(tx, segment.name, measures, ids[first : first + _AT_ONCE], at, currency)
    columns = zip(*rows, strict=True) if rows else [()] * len(measures)
    spread = [spread_of(text, column) for text, column in zip(segment.spread, columns, strict=True)]
    known = {each.name for each in segments}
    overlaps = {name: count for name, count in (await overlaps_of(tx, segment.name)).items() if name in known}
    return SegmentPage(line, spread, len(rows), overlaps, await latest_moves(tx, segment.name, latest))


def measure_of(text: str) -> Expression:
    """Give the tree of a measure that a segment's file has: the left side of a comparison."""
    root = parse_rule(f"{text} >= 0").root
    assert isinstance(root, Compared), f"{text} was not checked"
    return root.left


def _evenly(ids: Sequence[int]) -> Sequence[int]:
    step = -(-len(ids) // MOST_MEASURED)
    return ids[:: max(step, 1)]
