"""Small values that outlive a restart, such as where polling stands or a group's new id."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Insert, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.tables import settings

_KEPT = select(settings.c.value).where(settings.c.name == bindparam("named"))


async def get_setting(tx: Tx, name: str) -> Any:
    """Return the value kept under *name*, or None."""
    return await tx.scalar(_KEPT, {"named": name})


@cache
def _put(dialect: str) -> Insert:
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(settings)
    put: Insert = statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    return put


async def put_setting(tx: Tx, name: str, value: Any) -> None:
    """Keep *value* (anything that JSON can say) under *name*; None takes it away."""
    if value is None:
        await tx.execute(delete(settings).where(settings.c.name == name))
        return
    await tx.execute(_put(tx.dialect.name), {"name": name, "value": value})
