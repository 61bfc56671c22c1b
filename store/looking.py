"""A look into a store that may not be there: for what is told only where there is one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

from sqlalchemy import exc
from sqlalchemy.engine import URL

from store.database import Database, StoreUnavailable, Tx
from store.upgrade import latest_revision, revision_of

T = TypeVar("T")
Place: TypeAlias = URL
"""Where a store is, as `store.database.store_url` gives it."""


async def looked_into(url: Place, look: Callable[[Tx], Awaitable[T]], otherwise: T) -> T:
    """Return what *look* finds in one reading; *otherwise* where there is no store fit to look into. Makes no file."""
    if _is_missing(url):
        return otherwise
    database = Database(url)
    try:
        async with database.read() as tx:
            return await look(tx) if await revision_of(tx) == latest_revision() else otherwise
    except (StoreUnavailable, exc.SQLAlchemyError):
        return otherwise
    finally:
        await database.close()


def _is_missing(url: Place) -> bool:
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file()
