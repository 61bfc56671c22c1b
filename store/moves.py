"""Moves of customers from one class, stage, step, value class or segment to another, each with its day and evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from domain.pictures import Move, MoveKind
from store.column_by_column import insert_columns
from store.database import Tx
from store.ids import new_id
from store.tables import moves


async def add_moves(tx: Tx, made: Sequence[Move]) -> None:
    """Keep moves, in the transaction that changes what they tell of."""
    columns: dict[str, list[Any]] = {
        "id": [new_id() for _ in made],
        "customer_id": [each.customer_id for each in made],
        "kind": [each.kind.value for each in made],
        "day": [each.day for each in made],
        "name": [each.name for each in made],
        "before": [each.before for each in made],
        "after": [each.after for each in made],
        "evidence": [each.evidence for each in made],
    }
    await insert_columns(tx, moves, columns)


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
