"""Statements carried out row by row store what SQLAlchemy's own way stores, and refuse rows that do not fit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from store.database import Database
from store.row_by_row import RowByRow
from store.types import Json, UtcDateTime

LATER = dt.datetime(2027, 3, 2, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
NOW = dt.datetime(2027, 3, 2, 10, 0, 0, 5, tzinfo=dt.UTC)

_things = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("at", UtcDateTime),
    sa.Column("told", Json),
    sa.Column("good", sa.Boolean),
    sa.Column("state", sa.Text, server_default="new"),
)
_ADD = RowByRow(lambda _: sa.insert(_things))
_CLOSE = RowByRow(
    lambda _: sa.update(_things).where(_things.c.id == sa.bindparam("row")).values(state="closed", at=None)
)


async def _all(database: Database) -> list[tuple[object, ...]]:
    async with database.read() as tx:
        return [tuple(row) for row in await tx.execute(sa.select(_things).order_by(_things.c.id))]


@pytest.fixture
async def things(database: Database) -> Database:
    """A store with a table that has a column of each kind that needs treatment."""
    async with database.write() as tx:
        await tx.run_sync(_things.create)
    return database


async def test_values_come_back_as_they_were_put_whether_rows_are_alike_or_not(things: Database) -> None:
    """Zones, nothing, documents and truth keep their meaning; 1 and true are two documents though they are equal."""
    rows: list[dict[str, Any]] = [
        {"id": 1, "at": NOW, "told": {"a": 1}, "good": True},
        {"id": 2, "at": LATER, "told": {"a": True}, "good": False},
        {"id": 3, "at": None, "told": None, "good": None},
    ]
    async with things.write() as tx:
        await _ADD.run(tx, rows)
        await _ADD.run(tx, [{"id": each, "at": LATER, "told": rows[0]["told"]} for each in (4, 5)])
        await _ADD.run(tx, [])
    found = await _all(things)
    assert found[:3] == [
        (1, NOW, {"a": 1}, True, "new"),
        (2, LATER, {"a": True}, False, "new"),
        (3, None, None, None, "new"),
    ]
    assert [type(row[2]["a"]) for row in found[:2] if isinstance(row[2], dict)] == [int, bool]
    assert found[3:] == [(each, LATER, {"a": 1}, None, "new") for each in (4, 5)]


async def test_constants_of_the_statement_hold_for_every_row(things: Database) -> None:
    """What the statement itself says needs not be in the rows."""
    async with things.write() as tx:
        await _ADD.run(tx, [{"id": each, "at": NOW} for each in (1, 2, 3)])
        await _CLOSE.run(tx, [{"row": 1}, {"row": 3}])
    assert [(row[0], row[1], row[4]) for row in await _all(things)] == [
        (1, None, "closed"),
        (2, NOW, "new"),
        (3, None, "closed"),
    ]


@pytest.mark.parametrize("row", [{}, {"rwo": 1}, {"row": 1, "more": 2}])
async def test_rows_that_do_not_fit_the_statement_are_refused(things: Database, row: dict[str, int]) -> None:
    """A slip in a name never writes NULL."""
    async with things.write() as tx:
        with pytest.raises(ValueError, match="do not fit"):
            await _CLOSE.run(tx, [row])


async def test_naive_time_is_refused(things: Database) -> None:
    """A time without a zone is nobody's; the rows beside it are not stored either."""
    with pytest.raises(ValueError, match="no time zone"):
        async with things.write() as tx:
            await _ADD.run(tx, [{"id": 1, "at": NOW}, {"id": 2, "at": NOW.replace(tzinfo=None)}])
    assert await _all(things) == []
