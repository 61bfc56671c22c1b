"""Waves that ask until they have answers enough: who is called up in each round, and the end of the asking."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import math

from dialogues.courtesy import quiet_until_for
from domain.company import Company
from domain.holds import Hold
from domain.waves import NOT_NEEDED, Wave
from insight.intervals import wilson
from scheduler.freezing import LOCK as FREEZING
from store import draws, waves
from store.database import Database
from store.draws import Fieldwork

log = logging.getLogger(__name__)

INVITING = "inviting"
PATIENCE = dt.timedelta(days=1)
"""For so long an invitation without answer still counts as one that may bring it."""


def invitations_needed(target: int, work: Fieldwork) -> int:
    """
    Say how many more to invite so that *target* answers come in, and hardly ever more.

    The share that answers is taken at the upper end of Wilson's 95 % interval over those who have had their time (all,
    before anybody has), and whoever waits or is queued is expected to answer with it. A round is never larger than all
    before it, unless less than that is missing even if everybody answers.
    """
    missing = target - work.answered
    if missing <= 0:
        return 0
    rate = wilson(work.answered, work.invited - work.waiting).high
    needed = math.ceil(round((missing - (work.waiting + work.queued) * rate) / rate, 6))
    return min(max(needed, 0), max(missing, work.invited), work.reserve)


class Rounds:
    """Goes through the waves that are to close, each in transactions of its own."""

    def __init__(self, database: Database, company: Company, *, step: int) -> None:
        self._database = database
        self._company = company
        self._step = step

    async def advance(self, now: dt.datetime) -> None:
        """Call up who is needed by now, and close what has answers enough, nobody left, or no more time."""
        async with self._database.read() as tx:
            found = await waves.closing(tx)
        for wave in found:
            over = wave.closes_at is not None and wave.closes_at <= now
            if over or await self._has_ended(wave, now):
                await self._close(wave, now)

    async def _has_ended(self, wave: Wave, now: dt.datetime) -> bool:
        """Hold the wave's round where it is due; True when there is nothing more to ask."""
        target = wave.sampling.target if wave.sampling is not None else None
        if target is None or not wave.frozen:
            return False
        in_round = wave.next_round is None or now >= wave.next_round
        async with self._database.read() as tx:
            if not in_round and not await draws.someone_is_due(tx, wave.id, now):
                return False
            work = await draws.fieldwork_of(tx, wave.id, now - PATIENCE)
        if work.answered >= target.answers or not work.reserve + work.queued:
            return True
        if not in_round:
            return False
        async with self._database.write() as tx:
            present = await waves.get(tx, wave.id)
            if present is None or present.next_round != wave.next_round or not await self._database.lock(tx, INVITING):
                return False
            following = quiet_until_for(self._company.timezone, self._company.courtesy, now)
            if following is None:
                work = await draws.fieldwork_of(tx, wave.id, now - PATIENCE)
                called = await draws.call_up(tx, wave.id, invitations_needed(target.answers, work), now)
                following = now + target.every
                log.info("survey.round", extra={"wave": wave.id, "answers": work.answered, "called": called})
            await waves.keep_progress(tx, dataclasses.replace(present, next_round=following))
        return False

    async def _close(self, wave: Wave, now: dt.datetime) -> None:
        """Skip everybody who still waits, with the reason, and say that the wave is closed."""
        async with self._database.write() as tx:
            await draws.stop(tx, wave.id, now)
            work = await draws.fieldwork_of(tx, wave.id, now - PATIENCE)
        while True:
            async with self._database.write() as tx:
                if not await self._database.lock(tx, INVITING) or not await self._database.lock(tx, FREEZING):
                    return
                dismissed = await draws.dismiss_some(tx, wave.id, _reason(wave, work), now, self._step)
                if dismissed < self._step:
                    await draws.mark_closed(tx, wave.id, now)
                    log.info("survey.closed", extra={"wave": wave.id, "answers": work.answered})
                    return


def _reason(wave: Wave, work: Fieldwork) -> str:
    """Say why those who are queued are not asked any more."""
    target = wave.sampling.target if wave.sampling is not None else None
    if target is not None and work.answered >= target.answers:
        return NOT_NEEDED
    if target is not None and wave.closes_at is not None and wave.closes_at >= wave.started_at + target.fieldwork:
        return Hold.TOO_LATE.value
    return Hold.CANCELLED.value
