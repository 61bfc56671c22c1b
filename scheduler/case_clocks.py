"""Clocks of cases that fall due: staff are warned in time, and told of each broken promise, exactly once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence

from dialogues.case_clocks import adopted
from dialogues.cases import THE_CLOCK, move_case
from dialogues.staff_line import StaffLine
from domain.case_clocks import CaseClock
from domain.cases import Case, Move
from domain.company import Company
from scheduler.case_notices import CaseDue, CaseNotices
from store.case_clocks import (
    claim_end,
    claim_warning,
    clocks_of,
    ends_due,
    lock_free_cases,
    next_clock_due,
    unclocked_cases,
    warnings_due,
)
from store.cases import case_by_id, locked_cases
from store.customers import customers_by_id
from store.database import Database, Tx

BATCH = 100
_MOST = 10  # batches of one kind in one tick, so that other work has its turn
_Claim = Callable[[Tx, CaseClock, dt.datetime], Awaitable[bool]]


class CaseClocks:
    """
    The job that warns of clocks and tells of late ones. A late case becomes one of high priority.

    What staff are told and that they were told is one transaction, so a kill or a second process tells nobody twice
    and nobody never. A case that somebody is just working on is left for the next tick.
    """

    name = "case clocks"

    def __init__(self, database: Database, company: Company, line: StaffLine, notices: CaseNotices) -> None:
        self._database = database
        self._company = company
        self._line = line
        self._notices = notices

    async def prepare(self, now: dt.datetime) -> None:
        """Give clocks to open cases of the time before there were any."""
        while True:
            async with self._database.write() as tx:
                found = await unclocked_cases(tx, BATCH)
                cases = await locked_cases(tx, found)
                known = await clocks_of(tx, found)  # another process may have been here first
                for case in cases.values():
                    if case.id not in known and case.state.is_open:
                        await adopted(tx, self._company, case, now)
            if len(found) < BATCH:
                return

    async def tick(self, now: dt.datetime) -> None:
        """Tell of everything that is late at *now*, then warn of what soon will be."""
        for tell in (self._tell_late, self._warn):
            for _ in range(_MOST):
                if await tell(now) < BATCH:
                    break

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next warning or end falls due."""
        return await next_clock_due(tx)

    async def _tell_late(self, now: dt.datetime) -> int:
        async with self._database.write() as tx:
            found = await ends_due(tx, now, BATCH)
            late = await self._claimed(tx, found, claim_end, now)
            told = []
            for due in late:
                escalated = await move_case(tx, self._company, due.case, Move.ESCALATE, THE_CLOCK, now=now)
                case = escalated if isinstance(escalated, Case) else due.case
                told.append(CaseDue(case, due.customer, due.clock))
                await self._line.case_changed(tx, case, due.customer, "", now)
            if told:
                await self._notices.late(tx, told, now)
            return len(late)

    async def _warn(self, now: dt.datetime) -> int:
        async with self._database.write() as tx:
            due = await self._claimed(tx, await warnings_due(tx, now, BATCH), claim_warning, now)
            if due:
                await self._notices.warn(tx, due, now)
            return len(due)

    async def _claimed(self, tx: Tx, clocks: Sequence[CaseClock], claim: _Claim, now: dt.datetime) -> list[CaseDue]:
        """Claim those clocks whose cases nobody else is changing; of each case the one that was due first is told."""
        free = await lock_free_cases(tx, {clock.case_id for clock in clocks})
        cases: dict[int, CaseClock] = {}
        for clock in clocks:
            if clock.case_id in free and await claim(tx, clock, now):
                cases.setdefault(clock.case_id, clock)
        found = [(await case_by_id(tx, number), clock) for number, clock in cases.items()]
        customers = await customers_by_id(tx, {case.customer_id for case, _ in found if case is not None})
        return [CaseDue(case, customers[case.customer_id], clock) for case, clock in found if case is not None]
