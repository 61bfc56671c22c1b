"""The audience of a wave: frozen in batches, then drawn from. A kill at any point changes nothing of the result."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence

from dialogues.library import Library
from domain.company import Company
from domain.drawing import RandomOrder, prefix_number, sizes_of
from domain.recontact import InvitingRules
from domain.rules import RuleError
from domain.sampling import Sampling, Target
from domain.waves import InvitationState, Wave
from scheduler.recontact import rests_for
from store import draws, waves
from store.database import Database
from store.draws import InFrame

log = logging.getLogger(__name__)

LOCK = "freezing"


class Freezing:
    """Completes the audiences of waves, *step* customers in one transaction."""

    def __init__(
        self, database: Database, company: Company, library: Library, rules: InvitingRules, *, step: int
    ) -> None:
        self._database = database
        self._company = company
        self._library = library
        self._rules = rules
        self._step = step

    async def freeze(self, wave: Wave) -> None:
        """Freeze the audience of *wave*, and draw its sample; what another process does meanwhile is left to it."""
        sampling = await self._frame(wave)
        if sampling is None or not await self._draw(wave, sampling):
            return
        async with self._database.write() as tx:
            await waves.mark_frozen(tx, wave.id)
        log.info("survey.drawn", extra={"wave": wave.id, "script": wave.script_id})

    async def _frame(self, wave: Wave) -> Sampling | None:
        """Freeze who is in the audience; return how to draw from it, None when there is nothing to draw."""
        script = self._library.get(wave.script_id)
        own = wave.sampling.recontact if wave.sampling is not None else None
        rests = rests_for(self._library, self._rules, wave.script_id, wave.started_by, own)
        after: int | None = None
        while True:
            async with self._database.write() as tx:
                present = await waves.get(tx, wave.id)
                if present is None or present.frozen or not await self._database.lock(tx, LOCK):
                    return None
                drawing = wave.sampling if wave.sampling is not None and wave.sampling.amount is not None else None
                if present.framed:
                    return drawing
                try:
                    after = await waves.freeze_some(
                        tx,
                        wave,
                        at=wave.started_at.astimezone(self._company.zone),
                        currency=self._company.currency,
                        purpose=script.purpose if script is not None else None,
                        after=await waves.checkpoint(tx, wave.id) if after is None else after,
                        size=self._step,
                        rests=rests,
                    )
                except RuleError:
                    log.error("survey.audience_unreadable", extra={"wave": wave.id, "script": wave.script_id})
                    after = None
                if after is None and drawing is not None:
                    await waves.keep_progress(tx, dataclasses.replace(present, framed=True))
                    return drawing
                if after is None:
                    await waves.mark_frozen(tx, wave.id)
                    log.info("survey.frozen", extra={"wave": wave.id, "script": wave.script_id})
                    return None

    async def _draw(self, wave: Wave, sampling: Sampling) -> bool:
        """Settle the sample out of the frame; False when the wave was closed meanwhile."""
        orders: dict[str, RandomOrder] = {}
        after = 0
        while True:
            async with self._database.read() as tx:
                found = await draws.frame_after(tx, wave.id, after, self._step)
            for stratum, ids in _by_stratum(found).items():
                orders.setdefault(stratum, RandomOrder(sampling.seed)).add(ids)
            if len(found) < self._step:
                break
            after = found[-1].customer_id
        return await self._settle(wave, sampling, orders)

    async def _settle(self, wave: Wave, sampling: Sampling, orders: Mapping[str, RandomOrder]) -> bool:
        state = InvitationState.QUEUED if sampling.target is None else InvitationState.RESERVE
        sizes = _sizes(sampling, {stratum: len(order) for stratum, order in orders.items()})
        after = 0
        while True:
            async with self._database.write() as tx:
                present = await waves.get(tx, wave.id)
                if present is None or present.frozen or not await self._database.lock(tx, LOCK):
                    return False
                found = await draws.frame_after(tx, wave.id, after, self._step)
                waiting = [each for each in found if not each.decided and each.stratum in orders]
                placed = [(each, orders[each.stratum].place(each.customer_id)) for each in waiting]
                chosen = [
                    (each.customer_id, _number(sampling, place, len(orders[each.stratum])))
                    for each, place in placed
                    if place <= sizes[each.stratum]
                ]
                if waiting:
                    await draws.settle_draw(tx, wave.id, after, found[-1].customer_id, chosen, state)
            if len(found) < self._step:
                return True
            after = found[-1].customer_id


def _by_stratum(found: Sequence[InFrame]) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = {}
    for each in found:
        ids.setdefault(each.stratum, []).append(each.customer_id)
    return ids


def _sizes(sampling: Sampling, strata: Mapping[str, int]) -> Mapping[str, int]:
    if sampling.amount is None or isinstance(sampling.amount, Target):
        return strata
    size = sampling.amount.size_of(sum(strata.values()))
    return sizes_of(size, strata, equal=sampling.equal, least=sampling.least)


def _number(sampling: Sampling, place: int, members: int) -> int:
    """Give the number by which the drawn are ordered: in a stratified reserve each beginning is a stratified sample."""
    if sampling.target is None or not sampling.by:
        return place
    return prefix_number(place, members, equal=sampling.equal)
