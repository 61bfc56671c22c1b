"""
Statements that are carried out once for each of many rows, with the values made ready column by column.

SQLAlchemy looks at every value of every row by itself, which costs more than what the database does with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql.dml import UpdateBase

from store.database import Tx

Make = Callable[[str], UpdateBase]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement as the driver takes it: its text, and the name and treatment of each value in their order."""

    sql: str
    values: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    constants: Mapping[str, Any]

    def columns(self, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        return [self._column(name, treat, rows) for name, treat in self.values]

    def _column(self, name: str, treat: Callable[[Any], Any] | None, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        if name in self.constants:
            return [self.constants[name]] * len(rows)
        found = [row[name] for row in rows]
        if treat is None:
            return found
        first = found[0]
        if all(value is first for value in found):
            return [treat(first)] * len(found)
        return [treat(value) for value in found]


class RowByRow:
    """An INSERT, UPDATE or DELETE without RETURNING; *make* gives it for a dialect's name."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._prepared: dict[tuple[str, frozenset[str]], _Prepared] = {}

    async def run(self, tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry it out for each of *rows*, which all name the same values; without any row nothing happens."""
        if not rows:
            return
        key = tx.dialect.name, frozenset(rows[0])
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = _prepare(self._make(tx.dialect.name), tx.dialect, rows[0])
        await tx.exec_driver_sql(prepared.sql, list(zip(*prepared.columns(rows), strict=True)))


def _prepare(statement: UpdateBase, dialect: Dialect, row: Mapping[str, Any]) -> _Prepared:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(row) if statement.is_insert else None)
    names: Sequence[str] = compiled.positiontup
    amiss = row.keys() ^ {name for name in names if name in row or compiled.binds[name].required}
    if amiss or compiled.insert_prefetch or compiled.update_prefetch:
        raise ValueError(
            f"the rows do not fit {compiled.string!r}; look at {', '.join(sorted(amiss)) or 'its defaults'}"
        )
    treats = {name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
    constants = {name: value for name, value in compiled.params.items() if name in treats and name not in row}
    for name, value in constants.items():
        treat = treats[name]
        constants[name] = value if treat is None else treat(value)
    return _Prepared(compiled.string, tuple((name, treats[name]) for name in names), constants)
