"""The audience of a wave: frozen in batches, then drawn from. A kill at any point changes nothing of the result."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence

from dialogues.library import Library
from domain.company import Company
from domain.drawing import RandomOrder, prefix_number, sizes_of
from domain.recontact import InvitingRules
from domain.rules import RuleError
from domain.sampling import Sampling, Target
from domain.waves import InvitationState, Wave
from scheduler.recontact import rests_for
from store import draws, waves
from store.database import Database, Tx
from store.draws import InFrame

log = logging.getLogger(__name__)

LOCK = "freezing"
MOST = 40  # transactions for one wave in one tick, so that other work has its turn
_DRAWN_AT_ONCE = 2_500  # smaller than the step of freezing: each of them has its own update


class Freezing:
    """
    Completes the audiences of waves, *step* customers in one transaction, a part of a large one in each tick.

    How far a draw has come is kept in memory alone; after a kill it is done again, with the same result.
    """

    def __init__(
        self, database: Database, company: Company, library: Library, rules: InvitingRules, *, step: int
    ) -> None:
        self._database = database
        self._company = company
        self._library = library
        self._rules = rules
        self._step = step
        self._at_work: dict[int, AsyncGenerator[None, None]] = {}

    async def freeze(self, found: Sequence[Wave]) -> None:
        """Go on with freezing and drawing *found*, all the waves that are to be; each at most so far in one call."""
        wanted = {wave.id for wave in found}
        for gone in self._at_work.keys() - wanted:
            await self._at_work.pop(gone).aclose()
        for wave in found:
            steps = self._at_work.pop(wave.id, None) or self._steps(wave)
            for _ in range(MOST):
                try:
                    await anext(steps)
                except StopAsyncIteration:
                    break
            else:
                self._at_work[wave.id] = steps

    async def _steps(self, wave: Wave) -> AsyncGenerator[None, None]:
        """Freeze the audience and draw its sample, one transaction after the other; others may do the same."""
        sampling = wave.sampling if wave.sampling is not None and wave.sampling.amount is not None else None
        async for _ in self._frame(wave, sampling):
            yield
        async with self._database.read() as tx:
            present = await waves.get(tx, wave.id)
        if sampling is None or present is None or not present.framed:  # not framed: another process is at it
            return
        orders: dict[str, RandomOrder] = {}
        async for _ in self._order(wave, sampling, orders):
            yield
        async for _ in self._settle(wave, sampling, orders):
            yield

    async def _frame(self, wave: Wave, sampling: Sampling | None) -> AsyncGenerator[None, None]:
        """Freeze who is in the audience."""
        script = self._library.get(wave.script_id)
        own = wave.sampling.recontact if wave.sampling is not None else None
        rests = rests_for(self._library, self._rules, wave.script_id, wave.started_by, own)
        after: int | None = None
        while True:
            async with self._database.write() as tx:
                present = await self._present(tx, wave)
                if present is None or present.framed:
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
                        rests=rests,
                    )
                except RuleError:
                    log.error("survey.audience_unreadable", extra={"wave": wave.id, "script": wave.script_id})
                    after = None
                if after is None and sampling is not None:
                    await waves.keep_progress(tx, dataclasses.replace(present, framed=True))
                elif after is None:
                    await waves.mark_frozen(tx, wave.id)
                    log.info("survey.frozen", extra={"wave": wave.id, "script": wave.script_id})
            if after is None:
                return
            yield

    async def _order(
        self, wave: Wave, sampling: Sampling, orders: dict[str, RandomOrder]
    ) -> AsyncGenerator[None, None]:
        """Bring the frame into its random order, stratum by stratum."""
        after = 0
        while True:
            async with self._database.read() as tx:
                found = await draws.frame_after(tx, wave.id, after, self._at_once)
            for stratum, ids in _by_stratum(found).items():
                orders.setdefault(stratum, RandomOrder(sampling.seed)).add(ids)
            if len(found) < self._at_once:
                return
            after = found[-1].customer_id
            yield

    async def _settle(
        self, wave: Wave, sampling: Sampling, orders: Mapping[str, RandomOrder]
    ) -> AsyncGenerator[None, None]:
        """Tell everybody in the frame whether the sample has fallen on her."""
        state = InvitationState.QUEUED if sampling.target is None else InvitationState.RESERVE
        sizes = _sizes(sampling, {stratum: len(order) for stratum, order in orders.items()})
        after = 0
        while True:
            async with self._database.write() as tx:
                if await self._present(tx, wave) is None:
                    return
                found = await draws.frame_after(tx, wave.id, after, self._at_once)
                waiting = [each for each in found if not each.decided and each.stratum in orders]
                placed = [(each, orders[each.stratum].place(each.customer_id)) for each in waiting]
                chosen = [
                    (each.customer_id, _number(sampling, place, len(orders[each.stratum])))
                    for each, place in placed
                    if place <= sizes[each.stratum]
                ]
                if waiting:
                    await draws.settle_draw(tx, wave.id, after, found[-1].customer_id, chosen, state)
                if len(found) < self._at_once:
                    await waves.mark_frozen(tx, wave.id)
                    log.info("survey.drawn", extra={"wave": wave.id, "script": wave.script_id})
                    return
            after = found[-1].customer_id
            yield

    async def _present(self, tx: Tx, wave: Wave) -> Wave | None:
        """Return the wave as it is now; None when nothing is left to do, or another process does it."""
        present = await waves.get(tx, wave.id)
        if present is None or present.frozen or not await self._database.lock(tx, LOCK):
            return None
        return present

    @property
    def _at_once(self) -> int:
        return min(self._step, _DRAWN_AT_ONCE)


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
