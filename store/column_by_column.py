"""
Statements carried out once for each of many rows whose values come as columns, as computing makes them, and many rows
read.

SQLAlchemy looks at every value of every row by itself, which for a million rows costs more than the database does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, Dialect, Select, Table

from store.database import Tx

Columns = Mapping[str, Sequence[Any]]
"""Values by the column's name, all equally long; days are dates."""


async def upsert_columns(tx: Tx, table: Table, columns: Columns) -> None:
    """Put rows in; one whose key is there already gets these values and keeps its others."""
    await _run(tx, _upsert(table, tuple(columns), tx.dialect.name), table, columns)


async def insert_columns(tx: Tx, table: Table, columns: Columns) -> None:
    """Put rows in whose keys are new."""
    await _run(tx, _insert(table, tuple(columns), tx.dialect.name), table, columns)


async def update_columns(tx: Tx, table: Table, columns: Columns) -> None:
    """Change rows by their key, which is among the columns; one that is not there stays away."""
    keys = [column.name for column in table.primary_key.columns]
    ordered = {name: values for name, values in columns.items() if name not in keys}
    ordered |= {name: columns[name] for name in keys}
    await _run(tx, _update(table, tuple(ordered), tx.dialect.name), table, ordered)


async def plain_rows(tx: Tx, wanted: Select[Any], values: Mapping[str, Any]) -> Sequence[Any]:
    """
    Carry *wanted* out as the driver's own SQL, in the same transaction, and give its rows as they come.

    SQLAlchemy's rows take longer to make and to take apart than SQLite takes to find them.
    """
    compiled = wanted.compile(dialect=tx.dialect)
    given = compiled.construct_params(dict(values))
    names = compiled.positiontup or ()
    treats = {name: compiled.binds[name].type.dialect_impl(tx.dialect).bind_processor(tx.dialect) for name in names}
    ready = tuple(treat(given[name]) if (treat := treats[name]) else given[name] for name in names)
    if tx.dialect.name == "postgresql":
        return (await tx.exec_driver_sql(compiled.string, ready)).all()
    connection: Any = (await tx.get_raw_connection()).dbapi_connection
    rows: Sequence[Any] = await connection.plain_rows(compiled.string, ready)
    return rows


async def _run(tx: Tx, statement: str, table: Table, columns: Columns) -> None:
    values = [_for_driver(table, name, each, tx.dialect) for name, each in columns.items()]
    if values and len(values[0]):
        await tx.exec_driver_sql(statement, list(zip(*values, strict=True)))


def _for_driver(table: Table, name: str, values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    if dialect.name == "sqlite" and isinstance(table.c[name].type, Date):
        return [None if each is None else each.isoformat() for each in values]
    return values


@lru_cache(maxsize=64)
def _insert(table: Table, names: tuple[str, ...], dialect: str) -> str:
    places = ", ".join(_place(dialect, number) for number in range(1, len(names) + 1))
    return f"INSERT INTO {table.name} ({', '.join(map(_quoted, names))}) VALUES ({places})"  # noqa: S608 - own names


@lru_cache(maxsize=64)
def _upsert(table: Table, names: tuple[str, ...], dialect: str) -> str:
    keys = [column.name for column in table.primary_key.columns]
    own = [f"{_quoted(name)} = excluded.{_quoted(name)}" for name in names if name not in keys]
    put = f"UPDATE SET {', '.join(own)}" if own else "NOTHING"
    return f"{_insert(table, names, dialect)} ON CONFLICT ({', '.join(keys)}) DO {put}"


@lru_cache(maxsize=64)
def _update(table: Table, names: tuple[str, ...], dialect: str) -> str:
    keys = {column.name for column in table.primary_key.columns}
    given = [(name, f"{_quoted(name)} = {_place(dialect, number)}") for number, name in enumerate(names, 1)]
    changes = ", ".join(each for name, each in given if name not in keys)
    which = " AND ".join(each for name, each in given if name in keys)
    return f"UPDATE {table.name} SET {changes} WHERE {which}"  # noqa: S608 - own names


def _place(dialect: str, number: int) -> str:
    return f"${number}" if dialect == "postgresql" else "?"


def _quoted(name: str) -> str:
    """Quote a name, which may be a word of SQL."""
    return f'"{name}"'
