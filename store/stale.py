"""Customers of whom the nightly picture and the kept measures no longer tell what is in the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.tables import stale_customers


async def mark_stale(tx: Tx, ids: Iterable[int], now: dt.datetime) -> None:
    """
    Let the next night look at these customers anew; until then nothing that is kept of them counts.

    A row that is there is written again, which locks it: else a night that is taking it out would not wait for *tx*.
    """
    rows = [{"customer_id": each, "at": now} for each in sorted(set(ids))]
    if rows:
        stale = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(stale_customers)
        put = stale.on_conflict_do_update(index_elements=["customer_id"], set_={"at": stale.excluded.at})
        await tx.execute(put, rows)
