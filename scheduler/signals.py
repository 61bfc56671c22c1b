"""
Signals of possible disappointment, found by looking: what was switched off, surveys that were left, and silences.

A block raises its signal where it happens. Events are looked for every ten minutes, habits once a day, customer by
customer, a few thousand in a tick. Each signal is raised once; staff see it on the customer's card and in the report,
and get a case only where the config says for whom.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from dialogues.cases import open_case_for
from dialogues.library import Library
from dialogues.staff_line import StaffLine
from domain.cases import CaseKind
from domain.company import Company
from domain.dialogues import OpenCase
from domain.rules import Rule
from domain.signals import Signal, SignalKind
from scheduler.habits import FRESH, Habits
from store import signals as stored
from store.audiences import ids_among
from store.cases import cases_of
from store.customers import customers_by_id
from store.database import Database, Tx
from store.eligibility import last_of_next
from store.ids import id_before
from store.settings import get_setting, put_setting

log = logging.getLogger(__name__)

EVERY = dt.timedelta(minutes=10)
CHUNK = 2000
CATEGORY = "silent"
_CHUNKS = 5  # in one tick, so that other work has its turn
_CASES = 100  # signals looked at in one tick
_LATE = dt.timedelta(minutes=1)
_OVERLAP = dt.timedelta(hours=1)
_EVENTS, _DAY, _SEEN = "signals.events", "signals.day", "signals.cases"


class Signals:
    """The job. *cases_for* is the rule of those for whom a follow-up case is opened; None opens none."""

    name = "signals"

    def __init__(
        self,
        database: Database,
        company: Company,
        library: Library,
        line: StaffLine,
        *,
        cases_for: Rule | None = None,
        chunk: int = CHUNK,
    ) -> None:
        self._database = database
        self._company = company
        self._library = library
        self._line = line
        self._cases_for = cases_for
        self._chunk = chunk
        self._habits = Habits(company.zone, database.late)
        self._next: dt.datetime | None = None
        self._done: str | None = None

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Look for what has happened since, go on with the day's customers, and open the cases that are wanted."""
        if self._next is None or now >= self._next:
            await self._events(now)
            self._next = now + EVERY
        for _ in range(_CHUNKS):
            if not await self._next_customers(now):
                break
        if self._cases_for is not None:
            await self._open_cases(self._cases_for, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """It needs no wake-up of its own: any tick will do."""
        return None

    # What happened --------------------------------------------------------------------------------------------------

    async def _events(self, now: dt.datetime) -> None:
        surveys = [script.id for script in self._library.all() if script.survey]
        async with self._database.read() as tx:
            kept: dict[str, Any] = await get_setting(tx, _EVENTS) or {}
            seen, newest = int(kept.get("consents", 0)), await stored.newest_consent(tx)
            until = dt.datetime.fromisoformat(kept["until"]) if "until" in kept else now - FRESH
            raised = []
            if newest > seen:
                raised += await stored.switched_off(tx, id_before(seen, _LATE), newest, now - FRESH)
            raised += [_left(run) for run in await stored.left_runs(tx, surveys, until - _OVERLAP, now)]
        async with self._database.write() as tx:
            await stored.raise_signals(tx, raised)
            await put_setting(tx, _EVENTS, {"consents": max(seen, newest), "until": max(until, now).isoformat()})

    # What is her habit ------------------------------------------------------------------------------------------------

    async def _next_customers(self, now: dt.datetime) -> bool:
        """Look at the next customers of today; say whether there may be more."""
        local = now.astimezone(self._company.zone)
        today = local.date().isoformat()
        if self._done == today:
            return False
        async with self._database.write() as tx:
            if not await self._database.lock(tx, "signals"):
                return False
            kept: dict[str, Any] = await get_setting(tx, _DAY) or {}
            after = kept.get("after", 0) if kept.get("day") == today else 0
            if after is None:
                self._done = today
                return False
            upto = await last_of_next(tx, after, self._chunk)
            silences, chunk = await self._habits.silences(tx, after, upto, now)
            await stored.raise_signals(tx, [*await stored.paused(tx, after, upto, now), *silences])
            await put_setting(tx, _DAY, {"day": today, "after": upto})
        self._habits.keep(after, chunk)
        if upto is None:
            self._habits.end_round()
        return upto is not None

    # Cases ------------------------------------------------------------------------------------------------------------

    async def _open_cases(self, rule: Rule, now: dt.datetime) -> None:
        """Open a case for each with a new signal for whom *rule* holds, unless one is open or she is not served."""
        async with self._database.write() as tx:
            seen = await get_setting(tx, _SEEN)
            if seen is None:  # the rule is new: what was raised before it is no work list
                await put_setting(tx, _SEEN, await stored.newest_signal(tx))
                return
            new = await stored.signals_after(tx, int(seen), _CASES)
            if not new or not await self._database.lock(tx, "signals"):
                return
            await put_setting(tx, _SEEN, new[-1][0])
            latest = {signal.customer_id: signal for _, signal in new}
            at = now.astimezone(self._company.zone)
            wanted = await ids_among(tx, rule, at, sorted(latest), currency=self._company.currency)
            busy = await cases_of(tx, wanted, only_open=True)
            known = await customers_by_id(tx, wanted)
            for customer_id in wanted:
                who = known.get(customer_id)
                if who is not None and who.not_served_at is None and who.ended_at is None and not busy.get(customer_id):
                    signal = latest[customer_id]
                    opening = OpenCase(CaseKind.FOLLOW_UP, CATEGORY, summary=str(signal))
                    case = await open_case_for(tx, self._company, customer_id, opening, now)
                    await self._line.new_case(tx, case, who, now)


def _left(run: stored.LeftRun) -> Signal:
    evidence: dict[str, str | int | float] = {"survey": run.script_id, "answered": run.answered, "left_at": run.asked}
    evidence["how"] = run.state
    return Signal(run.customer_id, SignalKind.ABANDONED_SURVEY, run.ended_at, evidence, f"run:{run.run_id}")
