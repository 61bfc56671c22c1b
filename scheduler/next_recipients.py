"""
Whose turn it is: the next recipients of a sending who may get it now, with all that their messages are made of.

Time zones in which nobody may get it yet are passed over, so that the others do not wait for them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.company import Company
from domain.customers import Customer, KnownFact
from domain.newsletters import Newsletter, Sending, SendingState
from scheduler.moments import Moment, begins_at, moment_for, zone_of
from store import queue
from store.customers import customers_by_id
from store.database import Tx, unhurried
from store.facts import known_facts
from store.queue import Queued


@dataclass(frozen=True, slots=True)
class Batch:
    """
    The next recipients: the variant tried on each, who they are, their facts, and the moment of each time zone.

    Where nobody is left, *rests_until* is when the first of those who sleep may get it; None: nobody is queued at all.
    """

    variants: Mapping[int, str] = field(default_factory=dict)
    known: Mapping[int, Customer] = field(default_factory=dict)
    facts: Mapping[int, Sequence[KnownFact]] = field(default_factory=dict)
    moments: Mapping[str, Moment] = field(default_factory=dict)
    rests_until: dt.datetime | None = None


@dataclass(slots=True)
class _Sleep:
    """In which time zones nobody may get a sending before when, and up to which customer the others have been fed."""

    zones: dict[str, dt.datetime] = field(default_factory=dict)
    after: int = 0

    def wake(self, now: dt.datetime) -> None:
        """Forget it all when the first of the zones has woken."""
        if any(until <= now for until in self.zones.values()):
            self.zones.clear()
            self.after = 0


class NextRecipients:
    """Remembers, for each sending, who sleeps: only to be quick, the store and the clock decide."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._sleeps: dict[int, _Sleep] = {}

    async def find(self, tx: Tx, sending: Sending, newsletter: Newsletter, room: int, now: dt.datetime) -> Batch:
        """Return at most *room* recipients who may get it now, or for whom it is too late."""
        sleep = self._sleeps.setdefault(sending.id, _Sleep())
        sleep.wake(now)
        while True:
            queued = await self._queued(tx, sending, newsletter, room, sleep)
            if not queued:
                if sleep.after:
                    sleep.after = 0  # some may have been put back
                    continue
                if not sleep.zones:
                    del self._sleeps[sending.id]
                return Batch(rests_until=min(sleep.zones.values(), default=None))
            batch = await self._looked_up(tx, sending, newsletter, queued, now)
            waiting = {zone: one.wait_until for zone, one in batch.moments.items() if one.wait_until is not None}
            if not waiting:
                if sleep.zones and sending.state is not SendingState.CANARY:
                    sleep.after = queued[-1].customer_id
                return batch
            sleep.zones |= waiting

    def is_too_late(self, batch: Batch, customer_id: int) -> bool:
        """Say whether the time at which she was to get it is over."""
        customer = batch.known.get(customer_id)
        return customer is not None and batch.moments[zone_of(customer, self._company)].is_too_late

    def deadline_of(self, batch: Batch, customer_id: int) -> dt.datetime | None:
        """Return the last instant at which her message may go, None where there is no wrong time."""
        customer = batch.known.get(customer_id)
        return None if customer is None else batch.moments[zone_of(customer, self._company)].deadline

    async def _queued(self, tx: Tx, sending: Sending, newsletter: Newsletter, room: int, sleep: _Sleep) -> list[Queued]:
        is_canary = sending.state is SendingState.CANARY
        may_read_many = is_canary or sleep.zones
        with unhurried(tx) if may_read_many else contextlib.nullcontext():
            return await queue.next_queued(
                tx,
                sending.id,
                room,
                tested_only=newsletter.experiment is not None and sending.decided_at is None,
                drawn=is_canary,
                after=0 if is_canary else sleep.after,
                asleep=tuple(sleep.zones),
                home=self._company.timezone,
            )

    async def _looked_up(
        self, tx: Tx, sending: Sending, newsletter: Newsletter, queued: Sequence[Queued], now: dt.datetime
    ) -> Batch:
        """Look them up; an experiment's winner is what those get on whom no variant was tried."""
        variants = {one.customer_id: one.variant or sending.winner for one in queued}
        known = await customers_by_id(tx, variants)
        moments = self._moments(sending, newsletter, known.values(), now)
        return Batch(variants, known, await known_facts(tx, variants), moments)

    def _moments(
        self, sending: Sending, newsletter: Newsletter, customers: Iterable[Customer], now: dt.datetime
    ) -> dict[str, Moment]:
        """Return the moment of every time zone in which some of the customers live."""
        begins, rules = begins_at(sending, now), self._company.courtesy
        zones = {zone_of(customer, self._company) for customer in customers}
        return {zone: moment_for(newsletter, begins, zone, rules, now) for zone in zones}
