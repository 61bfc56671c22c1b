"""How many customers stand where, how they moved, and what was done with them: counted for reports and lists."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from domain.lifecycle import Action
from domain.pictures import MoveKind
from store.database import Tx
from store.tables import customers, lifecycle_actions, moves, pictures

STANDINGS: dict[MoveKind, ColumnElement[str]] = {
    MoveKind.STAGE: pictures.c.stage,
    MoveKind.STEP: pictures.c.step,
    MoveKind.CLASS: pictures.c.customer_class,
}
_SINCE = {
    MoveKind.STAGE: pictures.c.stage_since,
    MoveKind.STEP: pictures.c.step_since,
    MoveKind.CLASS: pictures.c.class_since,
}
_WHY = {
    MoveKind.STAGE: pictures.c.stage_reason,
    MoveKind.STEP: pictures.c.step_reason,
    MoveKind.CLASS: pictures.c.class_reason,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one customer stands, since when and why."""

    customer_id: int
    number: str | None
    name: str
    where: str
    since: dt.date | None
    reason: str


async def count_standings(tx: Tx, kind: MoveKind) -> dict[str, int]:
    """Return how many customers stand in each stage, on each step, or in each class; "" is none of them."""
    column = STANDINGS[kind]
    rows = (await tx.execute(select(column, func.count()).group_by(column))).all()
    return {row[0] or "": row[1] for row in rows}


async def list_standings(
    tx: Tx, kind: MoveKind, where: str = "", *, after: int = 0, limit: int = 100
) -> list[Standing]:
    """Return the next customers above the id *after* who stand in *where* (anywhere when it is empty), by their ids."""
    column = STANDINGS[kind]
    wanted = (
        select(customers.c.id, customers.c.number, customers.c.name, column, _SINCE[kind], _WHY[kind])
        .join_from(pictures, customers, customers.c.id == pictures.c.customer_id)
        .where(pictures.c.customer_id > after, column == where if where else column.is_not(None))
        .order_by(pictures.c.customer_id)
        .limit(limit)
    )
    return [Standing(*row) for row in (await tx.execute(wanted)).all()]


async def count_moves_between(tx: Tx, kind: MoveKind, since: dt.date, until: dt.date) -> dict[tuple[str, str], int]:
    """Return how many moved from where to where from *since* until before *until*; "" is none."""
    wanted = (
        select(moves.c.before, moves.c.after, func.count())
        .where(moves.c.kind == kind.value, moves.c.day >= since, moves.c.day < until)
        .group_by(moves.c.before, moves.c.after)
        .order_by(moves.c.before, moves.c.after)
    )
    return {(row[0], row[1]): row[2] for row in (await tx.execute(wanted)).all()}


async def count_actions(tx: Tx, since: dt.datetime, until: dt.datetime) -> dict[Action, int]:
    """Return how many actions of each kind took place from *since* until before *until*; those without are missing."""
    wanted = (
        select(lifecycle_actions.c.action, func.count())
        .where(lifecycle_actions.c.at >= since, lifecycle_actions.c.at < until)
        .group_by(lifecycle_actions.c.action)
    )
    return {Action(row[0]): row[1] for row in (await tx.execute(wanted)).all()}
