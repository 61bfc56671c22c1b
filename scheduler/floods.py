"""Floods as due work: when the minute of one is over, staff are told how many messages were kept."""

from __future__ import annotations

import datetime as dt

from dialogues.floods import Floods
from store.customers import customers_by_id
from store.database import Database, Tx
from store.floods import next_untold


class FloodNotices:
    """The job that tells staff of what was not passed on to them."""

    name = "floods"

    def __init__(self, database: Database, floods: Floods) -> None:
        self._database = database
        self._floods = floods

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing is to be prepared."""

    async def tick(self, now: dt.datetime) -> None:
        """Tell of each flood that is over, once."""
        async with self._database.read() as tx:
            found = await self._floods.untold(tx, now)
        for flood in found:
            async with self._database.write() as tx:
                customers = await customers_by_id(tx, [flood.customer_id])
                if flood.customer_id in customers:
                    await self._floods.tell_staff(tx, customers[flood.customer_id], flood, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next flood is over."""
        return await next_untold(tx)
