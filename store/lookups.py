"""Look-ups by id, put into words once for one id and once for many: one is what nearly every message needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, bindparam


@dataclass(frozen=True, slots=True)
class Lookup:
    """Two forms of one statement; a list of ids is spelled out anew at each call, which costs more than the finding."""

    one: Select[Any]
    many: Select[Any]

    def of(self, ids: Iterable[int]) -> tuple[Select[Any], dict[str, Any]]:
        """Return the form for *ids*, with its parameters."""
        wanted = list(ids)
        return (self.one, {"key": wanted[0]}) if len(wanted) == 1 else (self.many, {"keys": wanted})


def lookup(column: Column[Any], make: Callable[[ColumnElement[bool]], Select[Any]]) -> Lookup:
    """Make a look-up; *make* gets the condition on *column* and returns the whole statement."""
    return Lookup(make(column == bindparam("key")), make(column.in_(bindparam("keys", expanding=True))))
