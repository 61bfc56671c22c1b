"""
Experiments as due work: one look at the end of the wait, then the winner goes to the rest, or staff are asked.

It looks once and never before its time: whoever looks again and again finds a difference by chance.
"""

from __future__ import annotations

import datetime as dt
import logging

from domain.company import Company
from domain.newsletters import Experiment, Sending, SendingState
from insight.effects import judge
from scheduler.frozen_newsletters import FrozenNewsletters
from scheduler.notices import ExperimentJudged, Notices
from store import sendings
from store.database import Database, Tx
from store.effects import counted_on_trial
from store.experiments import Look, decide, keep_look, look_at, split_some, trial_of

log = logging.getLogger(__name__)

LATEST = dt.timedelta(days=1)
"""For how long after its time the look waits for messages on trial that are held back, such as over a night."""
_AGAIN = dt.timedelta(minutes=1)
_STEP = 20_000


class Experiments:
    """The job that decides between variants. What staff decide is in `bot.experiments`."""

    name = "experiments"

    def __init__(
        self, database: Database, company: Company, frozen: FrozenNewsletters, notices: Notices, *, step: int = _STEP
    ) -> None:
        self._database = database
        self._company = company
        self._frozen = frozen
        self._notices = notices
        self._step = step
        self._next: dict[int, dt.datetime | None] = {}  # None: nothing by itself any more

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to prepare: experiments come with their sendings."""

    async def tick(self, now: dt.datetime) -> None:
        """Look at each experiment whose time has come, and split the rest where staff chose that."""
        async with self._database.read() as tx:
            running = await sendings.in_state(tx, SendingState.RUNNING)
        undecided = [one for one in running if one.frozen and one.decided_at is None]
        before, self._next = self._next, {one.id: self._next.get(one.id, now) for one in undecided}
        for ended in before.keys() - self._next.keys():
            self._frozen.forget(ended)
        for sending in undecided:
            newsletter = await self._frozen.of(sending)
            if newsletter is None or newsletter.experiment is None:
                self._next[sending.id] = None
                continue
            due = self._next[sending.id]
            if due is None or due <= now:
                self._next[sending.id] = await self._go_on(sending, newsletter.experiment, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when the next look is due, or is to be thought about again."""
        return min((due for due in self._next.values() if due is not None), default=None)

    async def _go_on(self, sending: Sending, experiment: Experiment, now: dt.datetime) -> dt.datetime | None:
        """Do what is due of one experiment; return when to come back, None to wait for staff."""
        async with self._database.read() as tx:
            look = await look_at(tx, sending.id)
            if look is None:
                trial = await trial_of(tx, sending.id)
        if look is not None:
            if look.split:
                await self._split(sending, experiment, look, now)
            return None
        if not trial.is_complete and (trial.first_at is None or now < trial.first_at + experiment.wait + LATEST):
            return now + _AGAIN
        if trial.last_at is not None and now < trial.last_at + experiment.wait:
            return trial.last_at + experiment.wait
        await self._look(sending, experiment, trial.rest, now)
        return None

    async def _look(self, sending: Sending, experiment: Experiment, rest: int, now: dt.datetime) -> None:
        async with self._database.read() as tx:
            measure = experiment.measure
            counts = await counted_on_trial(tx, sending, measure, self._company.currency, now)
        counts = {variant: counts.get(variant, (0, 0)) for variant in experiment.variants}
        outcome = judge(counts)
        reached = {variant: done / n for variant, (done, n) in counts.items() if n}
        best = outcome.winner or max(reached, key=lambda name: reached[name], default=experiment.variants[0])
        look = Look(now, measure, counts, best, by_chance=not outcome.winner)
        async with self._database.write() as tx:
            present = await sendings.hold(tx, sending.id)
            if present is None or present.decided_at is not None or await look_at(tx, sending.id) is not None:
                return
            await keep_look(tx, sending.id, look)
            if outcome.winner or not rest:
                await decide(tx, sending.id, outcome.winner, now)
            await self._notices.tell(tx, ExperimentJudged(present, look, rest), now)
        log.info(
            "newsletter.judged",
            extra={"sending": sending.id, "newsletter": sending.name, "winner": outcome.winner, "rest": rest},
        )

    async def _split(self, sending: Sending, experiment: Experiment, look: Look, now: dt.datetime) -> None:
        """Give each variant to an even part of the rest, step by step; a kill in between goes on from there."""
        drawn = self._step
        while drawn == self._step:
            async with self._database.write() as tx:
                drawn = await split_some(tx, sending.id, experiment.variants, self._step)
                if drawn < self._step:
                    await decide(tx, sending.id, look.best, now)
