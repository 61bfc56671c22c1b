"""
What a merge did to rows, step by step, so that it can be taken back exactly: the steps are kept as JSON.

Each step is carried out and described here at once; `take_back` undoes one. Whatever changed after the merge is left as
it is then.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)

from store import tallies
from store.database import Tx
from store.tables import exclusions, metadata, recipients
from store.types import UtcDateTime

Step = dict[str, Any]
"""One step as JSON: its `op` ("move", "drop", "change", "put"), its `table`, and the rows that it means."""

RowValues = Mapping[str, Any]


async def move(tx: Tx, table: Table, column: str, rows: Sequence[RowValues], to: int) -> list[Step]:
    """Let *column* of those *rows* be *to*."""
    if not rows:
        return []
    keys = [_key(table, row) for row in rows]
    statement = update(table).where(_by_key(table)).values({column: bindparam("moved_to")})
    await tx.execute(statement, [{**_bound(key), "moved_to": to} for key in keys])
    after = [{**key, column: to} if column in key else key for key in keys]
    return [_step("move", table, column=column, before=rows[0][column], after=to, keys=_written(table, after))]


async def drop(tx: Tx, table: Table, rows: Sequence[RowValues]) -> list[Step]:
    """Take *rows* away; each is kept whole in the step."""
    if not rows:
        return []
    await tx.execute(delete(table).where(_by_key(table)), [_bound(_key(table, row)) for row in rows])
    await _tally(tx, table, rows, -1)
    return [_step("drop", table, rows=_written(table, rows))]


async def put(tx: Tx, table: Table, row: RowValues) -> list[Step]:
    """Put a row in that the merge makes."""
    await tx.execute(insert(table).values(dict(row)))
    return [_step("put", table, keys=_written(table, [_key(table, row)]))]


async def change(tx: Tx, table: Table, row: RowValues, values: RowValues) -> list[Step]:
    """Give columns of one *row* other *values*."""
    differing = {name: value for name, value in values.items() if row[name] != value}
    if not differing:
        return []
    await tx.execute(update(table).where(_by_key(table)).values(differing), _bound(_key(table, row)))
    before = {name: row[name] for name in differing}
    (key,), (old,), (new,) = (_written(table, [each]) for each in (_key(table, row), before, differing))
    return [_step("change", table, key=key, before=old, after=new)]


async def take_back(tx: Tx, step: Step) -> int:
    """
    Undo one step and return how many rows are as they were; the steps of a merge are undone in reverse order.

    A row that is gone by now, or was changed by somebody else since, is left alone.
    """
    table = metadata.tables[step["table"]]
    match step["op"]:
        case "move":
            return await _move_back(tx, table, step)
        case "drop":
            return await _put_back(tx, table, [_read(table, row) for row in step["rows"]])
        case "put":
            keys = [_bound(_read(table, key)) for key in step["keys"]]
            return (await tx.execute(delete(table).where(_by_key(table)), keys)).rowcount
        case "change":
            return await _change_back(tx, table, step)
        case other:
            raise ValueError(f"a merge knows no step {other!r}; it was written by a newer program")


def unique_keys(table: Table) -> list[tuple[str, ...]]:
    """Return the columns of each key that a row has alone, whatever else it holds."""
    constraints = (each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint))
    return [tuple(str(column.name) for column in each.columns) for each in constraints]


async def rows_where(tx: Tx, table: Table, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Return whole rows, in the order of their keys."""
    found = await tx.execute(select(table).where(condition).order_by(*table.primary_key.columns))
    return [dict(row._mapping) for row in found]


def written(table: Table, row: RowValues) -> dict[str, Any]:
    """Write one row as JSON can hold it."""
    return _written(table, [row])[0]


def read(table: Table, row: RowValues) -> dict[str, Any]:
    """Read a row that `written` wrote; columns that the table has no more are left out."""
    return _read(table, row)


async def _move_back(tx: Tx, table: Table, step: Step) -> int:
    column = table.c[step["column"]]
    keys = [_bound(_read(table, key)) for key in step["keys"]]
    still = and_(_by_key(table), column == step["after"])
    await tx.execute(update(table).where(still).values({column.name: step["before"]}), keys)
    return len(keys)


async def _put_back(tx: Tx, table: Table, rows: Sequence[RowValues]) -> int:
    put: list[RowValues] = []
    for row in rows:
        taken = or_(*(and_(*(table.c[name] == row[name] for name in names)) for names in unique_keys(table)))
        if await tx.scalar(select(literal(1)).select_from(table).where(taken)) is None:
            await tx.execute(insert(table).values(dict(row)))
            put.append(row)
    await _tally(tx, table, put, 1)
    return len(put)


async def _tally(tx: Tx, table: Table, rows: Sequence[RowValues], by: int) -> None:
    """Keep the account of a sending what its rows are."""
    if table in (recipients, exclusions):
        places = ((row["sending_id"], row.get("state", tallies.EXCLUDED), row["reason"]) for row in rows)
        await tallies.add(tx, {place: by * count for place, count in Counter(places).items()})


async def _change_back(tx: Tx, table: Table, step: Step) -> int:
    key, before, after = (_read(table, step[part]) for part in ("key", "before", "after"))
    same = and_(*(table.c[name] == value for name, value in key.items()))
    row = (await tx.execute(select(table).where(same))).mappings().one_or_none()
    if row is None:
        return 0
    values = {name: value for name, value in before.items() if row[name] == after[name]}
    if values:
        await tx.execute(update(table).where(same).values(values))
    return 1


def _step(op: str, table: Table, **more: Any) -> Step:
    return {"op": op, "table": str(table.name), **more}


def _key(table: Table, row: RowValues) -> dict[str, Any]:
    return {str(column.name): row[column.name] for column in table.primary_key.columns}


def _by_key(table: Table) -> ColumnElement[bool]:
    return and_(*(column == bindparam(f"key_{column.name}") for column in table.primary_key.columns))


def _bound(key: RowValues) -> dict[str, Any]:
    return {f"key_{name}": value for name, value in key.items()}


def _written(table: Table, rows: Iterable[RowValues]) -> list[dict[str, Any]]:
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    match value:
        case dt.datetime() | dt.date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value


def _read(table: Table, row: RowValues) -> dict[str, Any]:
    return {str(name): _reader(table.c[name])(value) for name, value in row.items() if name in table.c}


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    match column.type:
        case UtcDateTime():
            return lambda value: None if value is None else dt.datetime.fromisoformat(value)
        case Date():
            return lambda value: None if value is None else dt.date.fromisoformat(value)
        case Numeric(asdecimal=True):
            return lambda value: None if value is None else Decimal(value)
        case _:
            return lambda value: value
