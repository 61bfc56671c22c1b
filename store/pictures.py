"""The pictures of customers: one read for a card, many written and read as columns by the night's work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from domain.pictures import CustomerClass, Picture
from store.column_by_column import Columns, plain_rows, update_columns, upsert_columns
from store.database import Tx
from store.tables import customers, pictures


async def picture_of(tx: Tx, customer_id: int) -> Picture | None:
    """Return her picture as of the last night, or None where there is none yet."""
    row = (await tx.execute(select(pictures).where(pictures.c.customer_id == customer_id))).one_or_none()
    return None if row is None else picture_from(row)


def picture_from(row: Row[Any]) -> Picture:
    """Make a picture of a row of `pictures`."""
    values = dict(row._mapping)
    named = values["customer_class"]
    return Picture(**{**values, "customer_class": None if named is None else CustomerClass(named)})


async def put_pictures(tx: Tx, columns: Columns) -> None:
    """Put pictures in; who has one gets these columns anew and keeps the others. Days are dates."""
    await upsert_columns(tx, pictures, columns)


async def change_pictures(tx: Tx, columns: Columns) -> None:
    """Change columns of pictures that are there, by `customer_id`."""
    await update_columns(tx, pictures, columns)


async def picture_columns(tx: Tx, names: Sequence[str], after: int = 0, most: int = 50_000) -> list[list[Any]]:
    """
    Return those columns of the next pictures whose customer's id is above *after*, by id; at most so many.

    Days come as the driver gives them, as ISO texts or dates: numpy takes both.
    """
    return await _columns(tx, names, pictures.c.customer_id > after, most)


async def pictures_of(tx: Tx, names: Sequence[str], after: int, upto: int) -> list[list[Any]]:
    """Return those columns of the customers whose id is above *after* and at most *upto*, by id."""
    key = pictures.c.customer_id
    return await _columns(tx, names, (key > after) & (key <= upto), None)


async def listed_pictures(tx: Tx, names: Sequence[str], after: int = 0, most: int = 5_000) -> list[tuple[Any, ...]]:
    """Return id, number, name and those columns of the next customers with a picture, by id; days are dates."""
    wanted = (
        select(customers.c.id, customers.c.number, customers.c.name, *(pictures.c[name] for name in names))
        .join(pictures, pictures.c.customer_id == customers.c.id)
        .where(pictures.c.customer_id > after)
        .order_by(pictures.c.customer_id)
        .limit(most)
    )
    return [tuple(row) for row in await tx.execute(wanted)]


async def named_customers(tx: Tx, after: int = 0, most: int = 5_000) -> list[tuple[Any, ...]]:
    """Return id, number and name of the next customers, by id."""
    wanted = select(customers.c.id, customers.c.number, customers.c.name).where(customers.c.id > after)
    return [tuple(row) for row in await tx.execute(wanted.order_by(customers.c.id).limit(most))]


async def count_pictures(tx: Tx) -> int:
    """Return how many customers have one."""
    return int(await tx.scalar(select(func.count()).select_from(pictures)) or 0)


async def newest_day(tx: Tx) -> dt.date | None:
    """Return the newest day of any picture; None while there is none. It reads them all."""
    found: dt.date | None = await tx.scalar(select(func.max(pictures.c.day)))
    return found


async def _columns(tx: Tx, names: Sequence[str], where: Any, most: int | None) -> list[list[Any]]:
    wanted = select(*(pictures.c[name] for name in names)).where(where).order_by(pictures.c.customer_id)
    # Plain, since treating a million dates one by one takes longer than reading them.
    rows = await plain_rows(tx, wanted if most is None else wanted.limit(most), {})
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]
