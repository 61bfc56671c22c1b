"""Look-ups by id, put into words once for one id and once for many: one is what nearly every message needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, ColumnElement, Dialect, Select, Text, TypeDecorator, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


@dataclass(frozen=True, slots=True)
class Lookup:
    """Two forms of one statement; a list of ids is bound as one value, so that its length makes no new statement."""

    one: Select[Any]
    many: Select[Any]

    def of(self, ids: Iterable[int]) -> tuple[Select[Any], dict[str, Any]]:
        """Return the form for *ids*, with its parameters."""
        wanted = list(ids)
        return (self.one, {"key": wanted[0]}) if len(wanted) == 1 else (self.many, {"keys": wanted})


def lookup(column: Column[Any], make: Callable[[ColumnElement[bool]], Select[Any]]) -> Lookup:
    """Make a look-up; *make* gets the condition on *column* and returns the whole statement."""
    return Lookup(make(column == bindparam("key")), make(_Among(column, bindparam("keys", type_=_Ids()))))


class _Ids(TypeDecorator[list[int]]):
    """A list of ids as one value: an array on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Give each database what it takes."""
        return dialect.type_descriptor(postgresql.ARRAY(BigInteger) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        """Write the list."""
        return value if dialect.name == "postgresql" else orjson.dumps(value).decode()


class _Among(FunctionElement[bool]):
    """Whether a column is one of the ids of a list; not of the type Boolean, or SQLite would be asked for `... = 1`."""

    name = "among"
    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: Any, **kw: Any) -> str:
    column, ids = element.clauses
    left, right = compiler.process(column, **kw), compiler.process(ids, **kw)
    return f"{left} IN (SELECT value FROM json_each({right}))"  # noqa: S608 - names and places, no values


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: Any, **kw: Any) -> str:
    column, ids = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(ids, **kw)})"
