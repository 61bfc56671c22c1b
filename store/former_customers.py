"""Who stands for customers that were merged into others, by their ids and by the numbers that they had."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select

from store.database import Tx
from store.tables import merges

_AT_ONCE = 500


async def standing_customers(tx: Tx, ids: Iterable[int]) -> dict[int, int]:
    """Return who stands for those of *ids* who were merged into another, however often; the others are missing."""
    return await _follow(tx, {each: each for each in ids})


async def customers_by_former_number(tx: Tx, numbers: Collection[str]) -> dict[str, int]:
    """Return who stands for customers that had those numbers and were merged into another, keyed by the number."""
    wanted = list(numbers)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = merges.c.gone_number.in_(wanted[start : start + _AT_ONCE])
        rows = await tx.execute(
            select(merges.c.gone_number, merges.c.kept_id).where(part, merges.c.undone_at.is_(None))
        )
        found |= {row.gone_number: row.kept_id for row in rows}
    standing = await _follow(tx, {kept: kept for kept in found.values()})
    return {number: standing.get(kept, kept) for number, kept in found.items()}


async def _follow(tx: Tx, standing: dict[int, int]) -> dict[int, int]:
    """Follow each to the one who stands for it now; only those that moved are returned."""
    start = dict(standing)
    waiting = set(standing.values())
    while waiting:
        step: dict[int, int] = {}
        for first in range(0, len(waiting), _AT_ONCE):
            part = merges.c.gone_id.in_(sorted(waiting)[first : first + _AT_ONCE])
            rows = await tx.execute(
                select(merges.c.gone_id, merges.c.kept_id).where(part, merges.c.undone_at.is_(None))
            )
            step |= {row.gone_id: row.kept_id for row in rows}
        standing = {each: step.get(now, now) for each, now in standing.items()}
        waiting = set(step.values())
    return {each: now for each, now in standing.items() if now != start[each]}
