"""Rows that are put in together: columns that none of them fills are left out of the statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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
