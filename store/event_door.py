"""The key that signs the codes at the doors of events: made once, kept in the store, the same for every process."""

from __future__ import annotations

import secrets

from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.settings import get_setting
from store.tables import settings

NAME = "events.door"


async def door_key(tx: Tx) -> bytes:
    """Return the key, 32 bytes; of two processes that make it at once both get the same. Writes only the first time."""
    kept = await get_setting(tx, NAME)
    if kept is None:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        made = dialect.insert(settings).values(name=NAME, value=secrets.token_hex(32))
        await tx.execute(made.on_conflict_do_nothing(index_elements=["name"]))
        kept = await get_setting(tx, NAME)
    return bytes.fromhex(str(kept))
