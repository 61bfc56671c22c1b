"""Cases whose owner is no longer staff: they are given anew by the company's rules, and colleagues hear of it."""

from __future__ import annotations

import datetime as dt

from dialogues.assignment import owner_for
from dialogues.cases import THE_CLOCK, Particulars, move_case
from dialogues.staff_line import StaffLine
from domain.cases import Case, Move
from domain.company import Company
from scheduler.case_notices import CaseNotices
from store.assignment import cases_of_removed
from store.case_clocks import lock_free_cases
from store.cases import case_by_id
from store.customers import customer_by_id
from store.database import Database, Tx
from store.staff import find_member

BATCH = 50


class CaseOwners:
    """
    The job that takes open cases from those who have left, however they were removed.

    Each case is given and told of in one transaction, so it happens once; one that somebody is just working on waits
    for the next tick.
    """

    name = "case owners"

    def __init__(self, database: Database, company: Company, line: StaffLine, notices: CaseNotices) -> None:
        self._database = database
        self._company = company
        self._line = line
        self._notices = notices

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Give every such case anew."""
        async with self._database.read() as tx:
            found = await cases_of_removed(tx, BATCH)
        for number in found:
            async with self._database.write() as tx:
                await self._give(tx, number, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return *now* where there is more to do; else any tick will do."""
        return now if await cases_of_removed(tx, 1) else None

    async def _give(self, tx: Tx, number: int, now: dt.datetime) -> None:
        case = await case_by_id(tx, number) if await lock_free_cases(tx, [number]) else None
        left = case.owner_id if case is not None else None
        if case is None or left is None or await find_member(tx, left) is not None:
            return  # it is in somebody's hands, or was dealt with meanwhile
        owner = await owner_for(tx, self._company, case.customer_id, case.category)
        given = Particulars(owner_id=owner)
        moved = await move_case(tx, self._company, case, Move.ASSIGN, THE_CLOCK, now=now, particulars=given)
        customer = await customer_by_id(tx, case.customer_id)
        if not isinstance(moved, Case) or customer is None:
            return
        await self._line.case_changed(tx, moved, customer, "", now)
        await self._notices.given_back(tx, moved, customer, left, now)
