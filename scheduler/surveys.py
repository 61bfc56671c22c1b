"""
Survey waves as due work: a slot, staff or an event asks an audience to a dialogue, each customer at most once a wave.

Invitations that are only held for a while (quiet hours, the weekly cap) are tried again; the others are skipped with
the reason.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Sequence

from dialogues.conductor import Conductor
from domain.company import Company
from domain.recontact import InvitingRules
from domain.sampling import Sampling
from domain.schedules import Schedule
from domain.waves import Wave
from scheduler import schedules as slots
from scheduler.freezing import Freezing
from scheduler.inviting import Inviting
from scheduler.notices import Late, Notices
from scheduler.plans import SurveyPlan
from scheduler.rounds import Rounds
from scheduler.slots import ReportLate
from store import draws, schedules, waves
from store.database import Database, Tx
from store.ids import new_id

__all__ = ["InvitingRules", "Surveys", "start_wave", "stop_waves"]

log = logging.getLogger(__name__)

KIND = "survey"
STEP = 20_000


async def start_wave(
    tx: Tx, script_id: str, audience: str, started_by: str, now: dt.datetime, sampling: Sampling | None = None
) -> Wave:
    """
    Start a wave by hand; it is frozen, drawn and invited by the next ticks. *sampling* None asks everybody.

    Without a seed of its own the sample gets one from the wave's id; it is kept with the wave.
    """
    wave = Wave(new_id(), script_id, audience, now, started_by)
    wave = _with_sampling(wave, sampling, str(wave.id))
    await waves.add(tx, wave)
    return wave


async def stop_waves(tx: Tx, script_id: str, now: dt.datetime) -> list[Wave]:
    """
    Stop the asking of a survey's waves that are not at their end; return them.

    From *now* on nobody is invited; the next tick skips those who wait. Open questions stay open, answers count.
    """
    found = [wave for wave in await waves.recent(tx, script_id) if await waves.goes_on(tx, wave)]
    for wave in found:
        await draws.stop(tx, wave.id, now)
    return found


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
        rules: InvitingRules | None = None,
        step: int = STEP,
    ) -> None:
        self._database = database
        self._company = company
        self._conductor = conductor
        self._notices = notices
        self._plans = plans
        self._freezing = Freezing(database, company, conductor.library, rules or InvitingRules(), step=step)
        self._rounds = Rounds(database, company, step=step)
        self._inviting = Inviting(database, conductor, rules or InvitingRules())

    def use(self, plans: Sequence[SurveyPlan]) -> None:
        """Take other plans from the next `prepare` on."""
        self._plans = plans

    async def prepare(self, now: dt.datetime) -> None:
        """Make the stored schedules those of the plans."""
        recurring = [plan for plan in self._plans if plan.schedule]
        async with self._database.write() as tx:
            for plan in recurring:
                await schedules.keep(
                    tx,
                    KIND,
                    plan.key,
                    cron=plan.schedule,
                    timezone=plan.timezone or self._company.timezone,
                    late=plan.late,
                    audience=plan.audience,
                    now=now,
                )
            await schedules.disable_others(tx, KIND, [plan.key for plan in recurring])

    async def tick(self, now: dt.datetime) -> None:
        """Start the waves whose slot has come, freeze and draw what is not, hold rounds, and invite who is due."""
        await slots.handle_due(self._database, KIND, self, now)
        async with self._database.read() as tx:
            unfrozen = await waves.unfrozen(tx)
        await self._freezing.freeze([wave for wave in unfrozen if wave.closes_at is None or wave.closes_at > now])
        await self._rounds.advance(now)
        await self._inviting.invite(now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when a slot, an invitation, a round or a closing is due; at once while a wave is not frozen."""
        if await waves.unfrozen(tx):
            return now
        found = [await slots.next_due(tx, KIND), await waves.next_due(tx)]
        for wave in await waves.closing(tx):
            found.append(wave.closes_at)
            if wave.sampling is not None and wave.sampling.target is not None:
                found.append(wave.next_round or now)
        return min((due for due in found if due is not None), default=None)

    # What becomes of slots (scheduler.schedules.Starter) ----------------------------------------------------------

    async def start(self, tx: Tx, schedule: Schedule, due_at: dt.datetime, now: dt.datetime) -> None:
        """Start the wave of a slot."""
        plan = next((plan for plan in self._plans if plan.key == schedule.name and plan.schedule), None)
        if plan is None:  # another process with newer files knows it; its dialogue may well be its name
            plan = SurveyPlan(schedule.name, schedule.cron)
        wave = Wave(new_id(), plan.script_id, schedule.audience, now, "schedule", due_at, schedule.id)
        moment = due_at.astimezone(dt.UTC).isoformat()
        sampling = plan.sampling
        if sampling is not None and sampling.seed:  # each wave draws anew, and yet anybody can draw the same again
            sampling = sampling.seeded(f"{sampling.seed}@{moment}")
        await waves.add(tx, _with_sampling(wave, sampling, f"{plan.key}@{moment}"))

    async def report(self, tx: Tx, schedule: Schedule, late: tuple[ReportLate, ...], now: dt.datetime) -> None:
        """Tell staff of waves that were missed; they may start one by hand."""
        await self._notices.tell(tx, Late(schedule.name, late[-1].due_at, len(late)), now)


def _with_sampling(wave: Wave, sampling: Sampling | None, seed: str) -> Wave:
    if sampling is None or sampling.is_plain:
        return wave
    target = sampling.target
    return dataclasses.replace(
        wave,
        sampling=sampling if sampling.seed else sampling.seeded(seed),
        closes_at=wave.started_at + target.fieldwork if target is not None else None,
    )
