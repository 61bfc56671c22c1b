"""
Many rows in one statement: columns that none of them fills are left out, and many ids are bound as one value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql

from store.types import Json


def shortened(rows: list[dict[str, Any]], usual: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    Return *rows* without the columns in which each of them has the *usual* value, which is the column's default.

    A value that is bound costs more than one that the database fills in. All rows keep the same columns.
    """
    for name, value in usual.items():
        if all(row[name] == value for row in rows):
            for row in rows:
                del row[name]
    return rows


@lru_cache(maxsize=128)
def one_of(column: ColumnElement[int], dialect: str) -> ColumnElement[bool]:
    """Say whether *column* is one of `ids`, a list that is bound as one value: its length makes no new statement."""
    if dialect == "postgresql":
        return column == any_(bindparam("ids", type_=postgresql.ARRAY(BigInteger)))
    each = func.json_each(bindparam("ids", type_=Json)).table_valued("value")
    return column.in_(select(each.c.value))
