"""
Survey waves as due work: a slot, staff or an event asks an audience to a dialogue, each customer at most once a wave.

Invitations that are only held for a while (quiet hours, the weekly cap) are tried again; the others are skipped with
the reason.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialogues.conductor import Conductor
from domain.company import Company
from domain.holds import Hold
from domain.rules import RuleError
from domain.schedules import Schedule
from domain.waves import Invitation, InvitationState, Wave
from scheduler import schedules as slots
from scheduler.notices import Late, Notices
from scheduler.plans import SurveyPlan
from scheduler.slots import ReportLate
from store import schedules, waves
from store.database import Database, StoreUnavailable, Tx
from store.ids import new_id
from store.waves import LastAsked

log = logging.getLogger(__name__)

KIND = "survey"
STEP = 20_000
BATCH = 50  # invitations in one transaction
MOST = 500  # invitations in one tick, so that other work has its turn
_LOCK = "inviting"


@dataclass(frozen=True, slots=True)
class InvitingRules:
    """
    How often one customer is asked, and how long an invitation is tried.

    `same` is the least time between two askings of one script by waves, `any` between any two surveys of ours, those
    after an event (each closed case is a reason of its own) included.
    """

    same: dt.timedelta = dt.timedelta(days=60)
    any: dt.timedelta = dt.timedelta(days=7)
    retry: dt.timedelta = dt.timedelta(hours=1)
    give_up: dt.timedelta = dt.timedelta(days=7)


async def start_wave(tx: Tx, script_id: str, audience: str, started_by: str, now: dt.datetime) -> Wave:
    """Start a wave by hand; it is frozen and invited by the next ticks."""
    wave = Wave(new_id(), script_id, audience, now, started_by)
    await waves.add(tx, wave)
    return wave


class Surveys:
    """The job that freezes waves and invites, batch by batch."""

    name = "surveys"

    def __init__(
        self,
        database: Database,
        company: Company,
        conductor: Conductor,
        notices: Notices,
        plans: Sequence[SurveyPlan] = (),
        *,
        rules: InvitingRules = InvitingRules(),
        step: int = STEP,
    ) -> None:
        self._database = database
        self._company = company
        self._conductor = conductor
        self._notices = notices
        self._plans = plans
        self._rules = rules
        self._step = step

    def use(self, plans: Sequence[SurveyPlan]) -> None:
        """Take other plans from the next `prepare` on."""
        self._plans = plans

    async def prepare(self, now: dt.datetime) -> None:
        """Make the stored schedules those of the plans."""
        async with self._database.write() as tx:
            for plan in self._plans:
                await schedules.keep(
                    tx,
                    KIND,
                    plan.script_id,
                    cron=plan.schedule,
                    timezone=plan.timezone or self._company.timezone,
                    late=plan.late,
                    audience=plan.audience,
                    now=now,
                )
            await schedules.disable_others(tx, KIND, [plan.script_id for plan in self._plans])

    async def tick(self, now: dt.datetime) -> None:
        """Start the waves whose slot has come, freeze what is not frozen, and invite who is due."""
        await slots.handle_due(self._database, KIND, self, now)
        async with self._database.read() as tx:
            unfrozen = await waves.unfrozen(tx)
        for wave in unfrozen:
            await self._freeze(wave)
        invited = 0
        while invited < MOST:
            handled = await self._invite_batch(now)
            invited += handled
            if handled < BATCH:
                return

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when a slot or an invitation is due; at once while a wave is not frozen."""
        if await waves.unfrozen(tx):
            return now
        found = [await slots.next_due(tx, KIND), await waves.next_due(tx)]
        return min((due for due in found if due is not None), default=None)

    # What becomes of slots (scheduler.schedules.Starter) ----------------------------------------------------------

    async def start(self, tx: Tx, schedule: Schedule, due_at: dt.datetime, now: dt.datetime) -> None:
        """Start the wave of a slot."""
        wave = Wave(new_id(), schedule.name, schedule.audience, now, "schedule", due_at, schedule.id)
        await waves.add(tx, wave)

    async def report(self, tx: Tx, schedule: Schedule, late: tuple[ReportLate, ...], now: dt.datetime) -> None:
        """Tell staff of waves that were missed; they may start one by hand."""
        await self._notices.tell(tx, Late(schedule.name, late[-1].due_at, len(late)), now)

    # A wave ---------------------------------------------------------------------------------------------------------

    async def _freeze(self, wave: Wave) -> None:
        script = self._conductor.library.get(wave.script_id)
        after: int | None = None
        while True:
            async with self._database.write() as tx:
                present = await waves.get(tx, wave.id)
                if present is None or present.frozen or not await self._database.lock(tx, "freezing"):
                    return
                try:
                    after = await waves.freeze_some(
                        tx,
                        wave,
                        at=wave.started_at.astimezone(self._company.zone),
                        currency=self._company.currency,
                        purpose=script.purpose if script is not None else None,
                        after=await waves.checkpoint(tx, wave.id) if after is None else after,
                        size=self._step,
                    )
                except RuleError:
                    log.error("survey.audience_unreadable", extra={"wave": wave.id, "script": wave.script_id})
                    after = None
                if after is None:
                    await waves.mark_frozen(tx, wave.id)
                    log.info("survey.frozen", extra={"wave": wave.id, "script": wave.script_id})
                    return

    async def _invite_batch(self, now: dt.datetime) -> int:
        """Handle the next due invitations in one transaction; one that fails is skipped, the others are done again."""
        async with self._database.read() as tx:
            if not await waves.due(tx, now, 1):
                return 0
        failing: set[tuple[int, int]] = set()
        while True:
            current: Invitation | None = None
            try:
                async with self._database.write() as tx:
                    if not await self._database.lock(tx, _LOCK):
                        return 0
                    due = await waves.due(tx, now, BATCH)
                    asked = await self._last_asked(tx, due)
                    outcomes = []
                    for current in due:
                        if (current.wave_id, current.customer_id) in failing:
                            outcomes.append(_skipped(current, "error", now))
                            continue
                        before = asked.get(current.script_id, {}).get(current.customer_id)
                        outcome = await self._outcome(tx, current, before, now)
                        outcomes.append(outcome)
                        if outcome.state is InvitationState.INVITED:
                            _remember(asked, outcome, now)
                    current = None
                    await waves.settle(tx, outcomes)
                    return len(due)
            except StoreUnavailable:
                raise
            except Exception as error:
                if current is None:
                    raise
                failing.add((current.wave_id, current.customer_id))
                log.error(
                    "survey.invitation_failed",
                    extra={"wave": current.wave_id, "customer": current.customer_id, "problem": type(error).__name__},
                )

    async def _last_asked(self, tx: Tx, due: Sequence[Invitation]) -> dict[str, dict[int, LastAsked]]:
        found = {}
        for script_id in {invitation.script_id for invitation in due}:
            ids = {invitation.customer_id for invitation in due}
            found[script_id] = await waves.last_asked(tx, script_id, ids)
        return found

    async def _outcome(self, tx: Tx, invitation: Invitation, before: LastAsked | None, now: dt.datetime) -> Invitation:
        if self._was_asked_recently(invitation, before, now):
            return _skipped(invitation, Hold.RECENTLY_ASKED.value, now)
        if self._conductor.library.get(invitation.script_id) is None:
            return _skipped(invitation, "no_script", now)
        started = await self._conductor.start(
            tx,
            invitation.customer_id,
            invitation.script_id,
            _starter(invitation.started_by),
            now,
            wave_id=invitation.wave_id,
            case_id=_case_of(invitation.started_by),
        )
        if isinstance(started, int):
            return dataclasses.replace(invitation, state=InvitationState.INVITED, run_id=started, reason="", at=now)
        if started.passes and now < invitation.started_at + self._rules.give_up:
            return dataclasses.replace(invitation, reason=started.value, at=now + self._rules.retry)
        return _skipped(invitation, started.value, now)

    def _was_asked_recently(self, invitation: Invitation, before: LastAsked | None, now: dt.datetime) -> bool:
        if before is None:
            return False
        after_event = invitation.started_by.startswith("event:")
        again = not after_event and before.same is not None and now - before.same < self._rules.same
        return again or now - before.any < self._rules.any


def _remember(asked: Mapping[str, dict[int, LastAsked]], invited: Invitation, now: dt.datetime) -> None:
    """Let the next invitations of the same batch know that she has just been asked."""
    for script_id, of_script in asked.items():
        before = of_script.get(invited.customer_id)
        same = now if script_id == invited.script_id else before.same if before is not None else None
        of_script[invited.customer_id] = LastAsked(same, now)


def _skipped(invitation: Invitation, reason: str, now: dt.datetime) -> Invitation:
    return dataclasses.replace(invitation, state=InvitationState.SKIPPED, reason=reason, at=now)


def _starter(started_by: str) -> str:
    """Name who starts the runs. Of a wave it is the wave: only a personal start by staff goes past the courtesy."""
    return started_by if started_by.startswith("event:") else f"wave:{started_by}"


def _case_of(started_by: str) -> int | None:
    """Return the case that an event belongs to: "event:case:12"."""
    match started_by.split(":"):
        case ["event", "case", number] if number.isdigit():
            return int(number)
        case _:
            return None
