"""The key that signs the addresses of tracked links: made once, kept in the store, the same for every process."""

from __future__ import annotations

import secrets

from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.settings import get_setting
from store.tables import settings

NAME = "links.key"


async def link_key(tx: Tx) -> bytes:
    """Return the key, 32 bytes; of two processes that make it at once both get the same."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    made = dialect.insert(settings).values(name=NAME, value=secrets.token_hex(32))
    await tx.execute(made.on_conflict_do_nothing(index_elements=["name"]))
    return bytes.fromhex(str(await get_setting(tx, NAME)))
