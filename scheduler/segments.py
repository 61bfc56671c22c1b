"""The nightly renewal of segments: who belongs in comes in, who does not goes out, each with a dated move."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import zoneinfo
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field

from domain.customers import Purpose
from domain.rules_why import why
from domain.segments import Segment, in_order, is_profiling, segments_asked
from store.customers import customers_by_id
from store.database import Database, Tx
from store.eligibility import last_of_next
from store.night import objectors
from store.profiling import clear_again, keep_profiling_segments, profiling_segments
from store.rules_facts import customer_facts
from store.segment_renewal import (
    Change,
    changes_between,
    empty_segment,
    mark_filled,
    move_members,
    next_members,
    segments_with_members,
)
from store.segments import filled_segments

log = logging.getLogger(__name__)

STEP = 20_000
"""How many customers are looked at in the first step of a segment."""

_SMALLEST_STEP, _LARGEST_STEP = 1_000, 200_000
_SHORT_S, _LONG_S = 0.25, 1.0  # after a shorter step the next one looks at twice as many, after a longer one at half

AT_ONCE = 5_000
"""How many come or go in one transaction: it takes a tenth of a second."""

MOST_EXPLAINED = 2_000
"""How many moves of a night have measured values as their evidence; further ones have the rule."""

_LONGEST_EVIDENCE = 300
_LOCK = "segments"
_LOOK_AGAIN_S = 0.05

Told = Callable[[int, int], None]
"""Is called with how many steps of how many are done."""


@dataclass(slots=True)
class _Night:
    """One renewal: its moment and what of it is left to explain."""

    database: Database
    day: dt.date
    at: dt.datetime
    currency: str
    explained: int = 0
    moved: int = field(default=0)


async def renew_segments(
    database: Database,
    definitions: Sequence[Segment],
    day: dt.date,
    at: dt.datetime,
    currency: str,
    zone: dt.tzinfo | str,
    *,
    told: Told | None = None,
    step: int | None = None,
    untouched: Collection[str] = (),
) -> int:
    """Do all of `segment_parts` and return how many came or went; a second time in a row changes nothing."""
    moved = 0
    parts = segment_parts(database, definitions, day, at, currency, zone, told=told, step=step, untouched=untouched)
    async for so_far in parts:
        moved = so_far
    return moved


async def segment_parts(
    database: Database,
    definitions: Sequence[Segment],
    day: dt.date,
    at: dt.datetime,
    currency: str,
    zone: dt.tzinfo | str,
    *,
    told: Told | None = None,
    step: int | None = None,
    untouched: Collection[str] = (),
) -> AsyncGenerator[int, None]:
    """
    Make the members of every segment those whom its rule means as of *at*; after each step say how many came or went.

    Stopped anywhere it is begun anew and ends in the same. A step looks at *step* customers; None: at so many that it
    takes less than a second. The first filling of a segment makes no moves; one that is
    no more is emptied with moves, but not one of *untouched*, whose file is broken. Segments that judge people by what
    they buy leave out who objects to profiling. Raises StoreUnavailable.
    """
    local = zoneinfo.ZoneInfo(zone) if isinstance(zone, str) else zone
    night = _Night(database, day, at.astimezone(local), currency)
    by_name = {segment.name: segment for segment in definitions}
    ordered = in_order(definitions)
    async with database.write() as tx:
        judging = await profiling_segments(tx) & frozenset(untouched)
        for segment in ordered:
            if is_profiling(segment, by_name) or not judging.isdisjoint(segments_asked(segment.rule.root)):
                judging |= {segment.name}
        await keep_profiling_segments(tx, judging)
    await _clear_objectors(database)
    yield night.moved
    for done, segment in enumerate(ordered):
        if told is not None:
            told(done, len(ordered))
        async for _ in _renew(night, segment, step, profiling=segment.name in judging):
            yield night.moved
    await _drop_former(night, frozenset(by_name) | frozenset(untouched))
    if told is not None:
        told(len(ordered), len(ordered))
    log.info("segments.renewed", extra={"segments": len(ordered), "moved": night.moved})
    yield night.moved


async def _clear_objectors(database: Database) -> None:
    async with database.read() as tx:
        ids = await objectors(tx)
    for first in range(0, len(ids), AT_ONCE):
        async with database.write() as tx:
            await clear_again(tx, ids[first : first + AT_ONCE])


async def _renew(night: _Night, segment: Segment, step: int | None, *, profiling: bool) -> AsyncIterator[None]:
    async with night.database.read() as tx:
        is_filled = segment.name in await filled_segments(tx)
    after, size, clock = 0, step or STEP, asyncio.get_running_loop().time
    while True:
        begun = clock()
        async with night.database.read() as tx:
            upto = await last_of_next(tx, after, size)
            change = await changes_between(tx, segment, after, upto, night.at, night.currency, profiling=profiling)
            evidence = await _evidence(tx, night, segment, change) if is_filled else {}
        for part in _parts(change):
            async with _alone(night.database) as tx:
                moved = await move_members(tx, segment, part, night.day, evidence, profiling=profiling, told=is_filled)
            night.moved += moved
        if upto is None:
            break
        took = clock() - begun
        yield
        after, size = upto, step or _next_size(size, took)
    if not is_filled:
        async with night.database.write() as tx:
            await mark_filled(tx, segment.name)
    yield


@contextlib.asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[Tx]:
    """Open a transaction while which no other process lets members in or out; it waits for its turn."""
    while True:
        async with database.write() as tx:
            if await database.lock(tx, _LOCK):
                yield tx
                return
        await asyncio.sleep(_LOOK_AGAIN_S)


def _next_size(size: int, took: float) -> int:
    if took > _LONG_S:
        return max(size // 2, _SMALLEST_STEP)
    return min(2 * size, _LARGEST_STEP) if took < _SHORT_S else size


def _parts(change: Change) -> list[Change]:
    if len(change.enter) + len(change.leave) <= AT_ONCE:
        return [change] if change.enter or change.leave else []
    entering = [change.enter[i : i + AT_ONCE] for i in range(0, len(change.enter), AT_ONCE)]
    leaving = [change.leave[i : i + AT_ONCE] for i in range(0, len(change.leave), AT_ONCE)]
    return [*(Change(ids, ()) for ids in entering), *(Change((), ids) for ids in leaving)]


async def _drop_former(night: _Night, known: frozenset[str]) -> None:
    """Empty the segments whose files are gone; should one come back, it is filled as a new one."""
    async with night.database.read() as tx:
        former = sorted({*await segments_with_members(tx), *await filled_segments(tx)} - known)
    for name in former:
        while True:
            async with night.database.write() as tx:
                ids = await next_members(tx, name, AT_ONCE)
                night.moved += await empty_segment(tx, name, ids, night.day, "the segment is no more")
                if len(ids) < AT_ONCE:
                    await mark_filled(tx, name, filled=False)
                    break


async def _evidence(tx: Tx, night: _Night, segment: Segment, change: Change) -> dict[int, str]:
    """Say for the first of those who come or go what was measured."""
    wanted = [*change.enter, *change.leave][: MOST_EXPLAINED - night.explained]
    night.explained += len(wanted)
    entering = frozenset(change.enter)
    found: dict[int, str] = {}
    for first in range(0, len(wanted), 200):
        ids = wanted[first : first + 200]
        known = await customer_facts(tx, ids, night.at, currency=night.currency, rule=segment.rule)
        people = await customers_by_id(tx, ids)
        for who, facts in known.items():
            verdict = why(segment.rule, facts, night.at)
            if verdict.holds is True and who not in entering:
                objects = people[who].consents.get(Purpose.PROFILING) is False
                said = "objects to profiling" if objects else f"is no {segment.kind} and {segment.contact} any more"
            else:
                said = "; ".join(map(str, verdict.trace))
            found[who] = said if len(said) <= _LONGEST_EVIDENCE else said[: _LONGEST_EVIDENCE - 1] + "…"
    return found
