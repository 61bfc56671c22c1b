"""The whole store as plain values, for comparing one end state with another."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from store.database import Tx
from store.tables import metadata


async def every_row(tx: Tx) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table as column → value, in the order of the primary keys; for small stores."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in metadata.sorted_tables:
        rows = await tx.execute(select(table).order_by(*table.primary_key.columns))
        found[str(table.name)] = [{str(name): value for name, value in row._mapping.items()} for row in rows]
    return found
