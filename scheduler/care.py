"""
Care plans as due work: an action's day makes a run, its customers are frozen in steps, and each of them is worked.

Every step is a transaction that leaves the account right: who is in the audience is logged once, whatever is killed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Sequence

from domain.care import CareAction, CareKind, CarePlan, CareRun, CareState, RunState, content_of
from domain.company import Company
from domain.loyalty import Loyalty
from domain.rules import RuleError
from domain.schedules import Schedule, Slot, SlotState
from scheduler.care_digest import CareDigest
from scheduler.care_notices import CareNotices
from scheduler.care_sendings import CareSendings
from scheduler.care_slots import ReportLate, Run, care_slots, care_verdicts, due_care_slots, zone_of
from scheduler.care_work import LOCK, CareWork
from scheduler.newsletter_files import NewsletterFiles
from store import care, schedules
from store.care_slots import slots_begun
from store.database import Database, Tx
from store.ids import new_id
from templates.words import Words

log = logging.getLogger(__name__)

KIND = "care"
STEP = 2_000  # customers looked at in one transaction while an audience is frozen
_STEPS = 50  # of these in one tick
_CLAIMING = "care.slots"  # the lock under which days are begun
_SOON = dt.timedelta(seconds=1)
_LONGEST = 128  # signs of a schedule's line
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class Care:
    """The job that makes runs of the plans' days and brings them to their end."""

    name = "care"

    def __init__(
        self,
        database: Database,
        company: Company,
        words: Words,
        loyalty: Loyalty,
        newsletters: NewsletterFiles,
        notices: CareNotices,
        *,
        needs_approval: bool = False,
        step: int = STEP,
    ) -> None:
        self._database = database
        self._company = company
        self._loyalty = loyalty
        self._notices = notices
        self._step = step
        self._next: dt.datetime | None = None  # before it no slot is due; None: not looked yet
        self._work = CareWork(database, company, words)
        self._sendings = CareSendings(newsletters, notices, needs_approval=needs_approval)
        self._digest = CareDigest(database, company, notices)

    def _plans(self) -> Sequence[CarePlan]:
        return [plan for plan in self._loyalty.care if plan.on]

    async def prepare(self, now: dt.datetime) -> None:
        """Make the stored schedules those of the plans that are on; a new day owes nothing that is over."""
        async with self._database.write() as tx:
            names = []
            for plan in self._plans():
                for action in plan.actions:
                    names.append(f"{plan.name}/{action.id}")
                    await schedules.keep(
                        tx,
                        KIND,
                        names[-1],
                        cron=_written(action),
                        timezone=zone_of(action, self._company.timezone),
                        late=action.late,
                        audience=plan.audience,
                        now=now,
                    )
            await schedules.disable_others(tx, KIND, names)
        self._next = None

    async def tick(self, now: dt.datetime) -> None:
        """Start what is due, freeze, work and finish what runs, and tell staff of their tasks."""
        if self._next is None or now >= self._next:
            await self._start_due(now)
            async with self._database.read() as tx:
                self._next = await self._next_slot(tx) or _NEVER
        async with self._database.read() as tx:
            begun = await care.runs_in(tx, RunState.FREEZING)
            alive = begun or await care.runs_in(tx, RunState.RUNNING, limit=1)
        for run in begun:
            await self._freeze(run, now)
        if alive:
            await self._work.work(now)
            async with self._database.read() as tx:
                running = await care.runs_in(tx, RunState.RUNNING)
            for run in running:
                await self._finish(run, now)
        await self._digest.tick(now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when a day's lead begins, or something held is tried again; soon while an audience is frozen."""
        if await care.runs_in(tx, RunState.FREEZING, limit=1):
            return now + _SOON
        slot = await self._next_slot(tx) if self._next is None else self._next
        found = [await care.next_waiting(tx), await self._digest.next_due(tx, now), await self._sendings.next_due(tx)]
        found.append(None if slot is _NEVER else slot)
        return min((due for due in found if due is not None), default=None)

    async def _next_slot(self, tx: Tx) -> dt.datetime | None:
        """Return when the lead of the next day of any action begins."""
        found = []
        for schedule, _ in await schedules.enabled(tx) if self._plans() else ():
            action = self._action(schedule) if schedule.kind == KIND else None
            if action is not None:
                begun = await slots_begun(tx, schedule)
                slot = next(care_slots(action, schedule.timezone, begun.upto, begun.slots), None)
                found += [] if slot is None else [slot - action.lead]
        return min(found, default=None)

    # Slots ---------------------------------------------------------------------------------------------------------

    def _plan(self, schedule: Schedule) -> CarePlan | None:
        name = schedule.name.partition("/")[0]
        return next((plan for plan in self._plans() if plan.name == name), None)

    def _action(self, schedule: Schedule) -> CareAction | None:
        plan = self._plan(schedule)
        return None if plan is None else plan.action(schedule.name.partition("/")[2])

    async def _start_due(self, now: dt.datetime) -> None:
        async with self._database.read() as tx:
            enabled = [schedule for schedule, _ in await schedules.enabled(tx) if schedule.kind == KIND]
            found = [(schedule, await slots_begun(tx, schedule)) for schedule in enabled]
        for schedule, begun in found:
            plan, action = self._plan(schedule), self._action(schedule)
            if plan is None or action is None:  # another process with newer files knows it
                continue
            handled = begun.upto
            due, _ = due_care_slots(action, schedule.timezone, handled, now, begun.slots)
            complete = not due
            while not complete:
                handled, complete = await self._claim(plan, action, schedule, handled, now)

    async def _claim(
        self, plan: CarePlan, action: CareAction, schedule: Schedule, handled: dt.datetime, now: dt.datetime
    ) -> tuple[dt.datetime, bool]:
        """
        Start or report slots after *handled*, in the transaction that claims them: all of them, or none.

        Another machine, perhaps with another hour for the same day, may have begun some since they were looked for:
        what has begun is asked once more, and nobody else claims until the end. Return up to which slot all are
        handled, and whether those are all; while another machine claims, the rest is left to the next tick.
        """
        late: list[ReportLate] = []
        async with self._database.write() as tx:
            if not await self._database.lock(tx, _CLAIMING):
                return handled, True
            begun = await slots_begun(tx, schedule)
            handled = max(handled, begun.upto)
            due, complete = due_care_slots(action, schedule.timezone, handled, now, begun.slots)
            for verdict in care_verdicts(action, due, now, complete=complete):
                match verdict:
                    case Run(due_at):
                        if await schedules.claim(tx, Slot(schedule.id, due_at, SlotState.STARTED, now)):
                            await self._start(tx, plan, action, due_at, now)
                    case ReportLate(due_at):
                        if await schedules.claim(tx, Slot(schedule.id, due_at, SlotState.REPORTED_LATE, now)):
                            late.append(verdict)
            if late:
                await self._report(tx, plan, action, late, now)
        return (due[-1] if due else handled), complete

    async def _start(self, tx: Tx, plan: CarePlan, action: CareAction, due_at: dt.datetime, now: dt.datetime) -> None:
        content = content_of(plan, action)
        run = CareRun(new_id(), plan.name, action.id, due_at, RunState.FREEZING, now, content)
        if await care.add_run(tx, run):
            log.info("care.started", extra={"plan": plan.name, "action": action.id, "due_at": due_at.isoformat()})

    async def _report(
        self, tx: Tx, plan: CarePlan, action: CareAction, late: Sequence[ReportLate], now: dt.datetime
    ) -> None:
        """Keep the newest for staff's word where the plan says to ask; else tell them that it was left out."""
        newest = late[-1].due_at
        state = RunState.LATE if action.ask_late else RunState.CANCELLED
        run = CareRun(new_id(), plan.name, action.id, newest, state, now, content_of(plan, action))
        if await care.add_run(tx, run):
            tell = self._notices.ask_late if action.ask_late else self._notices.tell_late
            await tell(tx, run, len(late), now)
            log.warning("care.reported_late", extra={"plan": plan.name, "action": action.id, "count": len(late)})

    # Runs ----------------------------------------------------------------------------------------------------------

    async def _freeze(self, run: CareRun, now: dt.datetime) -> None:
        """Freeze the audience step by step, from where it was; a tick does a part of a large one."""
        by_others = run.content.get("kind") in {CareKind.NEWSLETTER, CareKind.SURVEY}
        for _ in range(_STEPS):
            async with self._database.write() as tx:
                present = await care.get_run(tx, run.id)
                if present is None or present.state is not RunState.FREEZING:
                    return
                if not await self._database.lock(tx, LOCK):
                    return
                if by_others and "started" not in present.content:
                    await self._sendings.start(tx, present, now)
                try:
                    after = await care.freeze_some(
                        tx,
                        present,
                        at=present.at.astimezone(self._company.zone),
                        currency=self._company.currency,
                        size=self._step,
                        state=CareState.OUTBOX if by_others else CareState.QUEUED,
                    )
                except RuleError:  # its names may have gone since the file was read; the other runs go on
                    log.error("care.audience_unreadable", extra={"plan": run.plan, "action": run.action})
                    await care.move_run(tx, present, RunState.CANCELLED, problem="audience")
                    return
            if after is None:
                log.info("care.frozen", extra={"plan": run.plan, "action": run.action})
                return

    async def _finish(self, run: CareRun, now: dt.datetime) -> None:
        """Follow what a newsletter or a survey does for a run, and end a run about which nothing is left to do."""
        if run.content.get("kind") in {CareKind.TASK, CareKind.MESSAGE}:
            async with self._database.read() as tx:
                if not await care.is_over(tx, run.id):
                    return
        async with self._database.write() as tx:
            if not await self._database.lock(tx, LOCK):
                return
            await self._sendings.follow(tx, run, now)
            if await care.is_over(tx, run.id):
                await care.move_run(tx, run, RunState.DONE)


def _written(action: CareAction) -> str:
    """Write an action's days so that other days are another text, in the 128 signs that a schedule has for them."""
    days = "; ".join(map(str, action.when))
    return days if len(days) <= _LONGEST else f"{days[:96]}... {hashlib.sha256(days.encode()).hexdigest()[:24]}"
