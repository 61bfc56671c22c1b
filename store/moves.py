"""Moves of customers from one class, stage, step, value class or segment to another, each with its day and evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, insert, select

from domain.pictures import Move, MoveKind
from store.database import Tx
from store.ids import new_id
from store.tables import moves

_AT_ONCE = 5000


async def add_moves(tx: Tx, made: Sequence[Move]) -> None:
    """Keep moves, in the transaction that changes what they tell of."""
    for start in range(0, len(made), _AT_ONCE):
        rows = [
            {
                "id": new_id(),
                "customer_id": each.customer_id,
                "kind": each.kind.value,
                "day": each.day,
                "name": each.name,
                "before": each.before,
                "after": each.after,
                "evidence": each.evidence,
            }
            for each in made[start : start + _AT_ONCE]
        ]
        await tx.execute(insert(moves), rows)


async def moves_of(tx: Tx, customer_id: int, most: int = 100) -> list[Move]:
    """Return her newest moves, the newest first."""
    wanted = select(moves).where(moves.c.customer_id == customer_id).order_by(moves.c.day.desc(), moves.c.id.desc())
    return [
        Move(
            customer_id=row.customer_id,
            kind=MoveKind(row.kind),
            day=row.day,
            before=row.before,
            after=row.after,
            evidence=row.evidence,
            name=row.name,
        )
        for row in await tx.execute(wanted.limit(most))
    ]


async def count_moves(tx: Tx, day: dt.date) -> dict[MoveKind, int]:
    """Return how many moves that day had, by kind."""
    wanted = select(moves.c.kind, func.count()).where(moves.c.day == day).group_by(moves.c.kind)
    return {MoveKind(row[0]): row[1] for row in await tx.execute(wanted)}
