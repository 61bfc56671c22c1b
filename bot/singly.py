"""Outcomes recorded one by one, after a group was refused: one that the store refuses costs no other its own."""

from __future__ import annotations

import logging

from bot.delivery import Delivered
from bot.outcomes import Recorder
from domain.clock import Clock
from store import outbox
from store.database import Database, StoreUnavailable

log = logging.getLogger(__name__)


async def record_singly(database: Database, recorder: Recorder, left: list[Delivered], clock: Clock) -> None:
    """
    Record each of *left* in a transaction of its own and take it out; what cannot be recorded leaves the outbox.

    Raises StoreUnavailable; then *left* holds what is still to be recorded.
    """
    while left:
        one = left[0]
        try:
            async with database.write() as tx:
                if await outbox.is_on_its_way(tx, one.claimed.id):
                    await recorder.record(tx, [one], clock.now())
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("pump.outcome_not_recorded", extra={"row": one.claimed.id})
            async with database.write() as tx:
                await outbox.settle(tx, done=[one.claimed.id])
        left.pop(0)
