"""Decided cases that the customer has said nothing about: when her time is over they close, and she is told."""

from __future__ import annotations

import datetime as dt
import logging

from dialogues.case_moves import CaseMoves
from dialogues.cases import THE_CLOCK, Refused
from domain.cases import Case, Move
from store.cases import next_settling, settle_older, settling
from store.customers import customer_by_id
from store.database import Database, StoreUnavailable, Tx

log = logging.getLogger(__name__)

BATCH = 100
MOST = 1000  # in one tick, so that other work has its turn
_AGAIN = dt.timedelta(minutes=1)


class Cases:
    """The job that goes through the decided cases whose time is over, each in a transaction of its own."""

    name = "cases"

    def __init__(self, database: Database, moves: CaseMoves) -> None:
        self._database = database
        self._moves = moves
        self._failing: set[int] = set()

    async def prepare(self, now: dt.datetime) -> None:
        """Give decided cases from before there was a time to settle the whole of it, from now on."""
        async with self._database.write() as tx:
            await settle_older(tx, now + self._moves.company.cases.settle)

    async def tick(self, now: dt.datetime) -> None:
        """
        Close whatever has waited long enough at *now*, each exactly once whatever dies in between.

        A case that fails is told as an event once and left for the next start of the program; the others go on.
        """
        done: set[int] = set(self._failing)
        while len(done) < MOST + len(self._failing):
            async with self._database.read() as tx:
                due = await settling(tx, now, limit=BATCH + len(self._failing))
            todo = [case for case in due if case.id not in done]
            if not todo:
                return
            for case in todo:
                await self._close(case, now)
                done.add(case.id)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next case counts as accepted."""
        due = await next_settling(tx)
        return now + _AGAIN if due is not None and due <= now else due

    async def _close(self, case: Case, now: dt.datetime) -> None:
        try:
            async with self._database.write() as tx:
                customer = await customer_by_id(tx, case.customer_id)
                assert customer is not None
                closed = await self._moves.make(tx, case, customer, Move.EXPIRE, THE_CLOCK, now=now)
            if isinstance(closed, Refused):
                log.info("case.not_closed", extra={"case": case.id, "reason": closed.reason})
        except StoreUnavailable:
            raise
        except Exception as error:
            self._failing.add(case.id)
            log.error("case.closing_failed", extra={"case": case.id, "problem": type(error).__name__})
