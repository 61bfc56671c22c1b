"""How many customers stand where, how they moved, and what was done with them: counted for reports."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, func, select

from domain.lifecycle import Action
from domain.pictures import MoveKind
from store.database import Tx
from store.tables import lifecycle_actions, moves, pictures

STANDINGS: dict[MoveKind, ColumnElement[str]] = {
    MoveKind.STAGE: pictures.c.stage,
    MoveKind.STEP: pictures.c.step,
    MoveKind.CLASS: pictures.c.customer_class,
}


async def count_standings(tx: Tx, kind: MoveKind) -> dict[str, int]:
    """Return how many customers stand in each stage, on each step, or in each class; "" is none of them."""
    column = STANDINGS[kind]
    rows = (await tx.execute(select(column, func.count()).group_by(column))).all()
    return {row[0] or "": row[1] for row in rows}


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
