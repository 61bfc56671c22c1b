"""
The feeder: keeps a few hundred rendered messages of a running sending ahead of the pump, and no more.

It renders outside any transaction, in short stretches, so that neither the store nor an answer to a customer waits.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dialogues.courtesy import TOPIC, unreachable_for
from domain.clock import Clock
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Purpose
from domain.holds import Hold
from domain.messages import Act, Lane, Waiting
from domain.newsletters import Newsletter, RecipientState, Sending
from scheduler.next_recipients import Batch, NextRecipients
from scheduler.rendering import Rendering
from store import outbox, queue, recipients, sendings
from store.database import Database, StoreUnavailable
from store.ids import new_id
from store.recipients import RecipientOutcome
from templates.sandbox import NotRenderableError

log = logging.getLogger(__name__)

SLICE = 200
AHEAD = 600
_BREATH_S = 0.003  # after so long a stretch of rendering, others have their turn
_HOPELESS = 5  # content errors in one slice with nobody rendered: the template is wrong, not the customers

LOCK = "feeding"

_Settled = Sequence[RecipientOutcome]


@dataclass(frozen=True, slots=True)
class Fed:
    """What feeding did: how many messages it put in, and until when the sending rests (all were in quiet hours)."""

    put: int = 0
    rests_until: dt.datetime | None = None
    is_dry: bool = False  # nobody is queued any more
    is_broken: bool = False  # nobody of a slice could be rendered


@dataclass(slots=True)
class _Flow:
    """A sending that is fed as fast as it drains, and about how many of its messages wait for the pump."""

    sending: Sending
    newsletter: Newsletter
    waiting: int = 0


class Feeder:
    """
    Renders the next recipients and puts them into the outbox, slice by slice.

    The ticker begins with `feed`; from then on `run`, in a task of its own, refills as the pump drains (`claimed`),
    without waiting for the next tick. *wake* is called when there is something new for the pump, *expect* with the rows
    before they can be seen.
    """

    def __init__(
        self,
        database: Database,
        company: Company,
        rendering: Rendering,
        *,
        ahead: int = AHEAD,
        size: int = SLICE,
        wake: Callable[[], None] = lambda: None,
        expect: Callable[[Sequence[Waiting]], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._company = company
        self._rendering = rendering
        self._ahead = ahead
        self._size = size
        self._wake = wake
        self._expect = expect
        self._flows: dict[int, _Flow] = {}
        self._next = NextRecipients(company)
        self._low = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    async def feed(self, sending: Sending, newsletter: Newsletter, now: dt.datetime, *, most: int | None = None) -> Fed:
        """
        Fill up once what waits for the pump, at most *most* recipients; each slice is one transaction.

        A kill between two slices loses nothing: a recipient is either queued or has her row in the outbox. Without
        *most* the sending is refilled by `run` until it is dry, rests, breaks or is not sending any more.
        """
        flow = self._flows.pop(sending.id, _Flow(sending, newsletter))
        fed = await self._fill(flow, now, self._ahead if most is None else min(most, self._ahead))
        if most is None and fed == Fed(fed.put):
            self._flows[sending.id] = flow
        return fed

    def claimed(self, rows: Iterable[Waiting]) -> None:
        """Note that the pump has taken *rows*: what they leave empty is filled again."""
        for row in rows:
            flow = self._flows.get(row.newsletter_id or 0)
            if flow is not None:
                flow.waiting -= 1
                if flow.waiting <= self._ahead // 2:
                    self._low.set()

    async def run(self, clock: Clock) -> None:
        """Refill what the pump drains, until cancelled. What fails here, the next tick meets again and reports."""
        while True:
            await self._low.wait()
            self._low.clear()
            for number, flow in list(self._flows.items()):
                try:
                    async with self._one_at_a_time:  # a whole slice at a time costs least
                        fed = await self._slice(flow, clock.now(), self._size)
                except StoreUnavailable:
                    fed = Fed(is_broken=True)
                except Exception as error:
                    log.error("newsletter.not_refilled", extra={"sending": number, "problem": type(error).__name__})
                    fed = Fed(is_broken=True)
                if fed != Fed(fed.put):
                    self._flows.pop(number, None)  # the next tick begins anew, should there be more
                elif fed.put and flow.waiting <= self._ahead // 2:
                    self._low.set()

    async def _fill(self, flow: _Flow, now: dt.datetime, most: int) -> Fed:
        put = 0
        async with self._one_at_a_time:
            while put < most:
                fed = await self._slice(flow, now, most - put)
                put += fed.put
                if fed.put == 0 or fed.rests_until is not None or fed.is_broken:
                    return Fed(put, fed.rests_until, fed.is_dry, fed.is_broken)
        return Fed(put)

    async def _slice(self, flow: _Flow, now: dt.datetime, most: int) -> Fed:
        sending, newsletter = flow.sending, flow.newsletter
        async with self._database.read(quick=True) as tx:
            present = await sendings.get(tx, sending.id)
            if present is None or not present.state.is_sending:
                self._flows.pop(sending.id, None)
                return Fed()
            flow.waiting = await outbox.count_due_of(tx, sending.id, now, most=self._ahead)
            room = min(self._ahead - flow.waiting, self._size, most)
            if room <= 0:
                return Fed()
            batch = await self._next.find(tx, present, newsletter, room, now)
        if not batch.variants:
            return Fed(rests_until=batch.rests_until, is_dry=batch.rests_until is None)
        rows, settled = await self._rendered(present, newsletter, batch, now)
        failed = [one for one in settled if one.state is RecipientState.FAILED]
        if not rows and len(failed) >= _HOPELESS:
            return Fed(is_broken=True)
        put = await self._put(present, rows, settled)
        flow.waiting += put
        self._wake()
        return Fed(put)

    async def _rendered(
        self, sending: Sending, newsletter: Newsletter, batch: Batch, now: dt.datetime
    ) -> tuple[list[Waiting], _Settled]:
        loop = asyncio.get_running_loop()
        rows: list[Waiting] = []
        settled: list[RecipientOutcome] = []
        began = loop.time()
        for customer_id in batch.variants:
            if self._next.is_too_late(batch, customer_id):
                late = Hold.TOO_LATE.value
                settled.append(RecipientOutcome(sending.id, customer_id, RecipientState.SKIPPED, late, at=now))
                continue
            made = self._make(sending, newsletter, batch, customer_id, now)
            if isinstance(made, Waiting):
                rows.append(made)
            else:
                settled.append(made)
            if loop.time() - began > _BREATH_S:
                await asyncio.sleep(0)
                began = loop.time()
        return rows, settled

    async def _put(self, sending: Sending, rows: Sequence[Waiting], settled: _Settled) -> int:
        """Store what was made, of those who are still queued, if it is still sending; return of how many."""
        made = [*(row.customer_id or 0 for row in rows), *(one.customer_id for one in settled)]
        async with self._database.write(quick=True) as tx:
            if not await self._database.lock(tx, LOCK):
                return 0
            present = await sendings.hold(tx, sending.id)  # a pause waits for this slice, and then takes it back
            if present is None or not present.state.is_sending:
                return 0
            still = await queue.still_queued(tx, sending.id, made)
            going = [row for row in rows if row.customer_id in still]
            await outbox.put(tx, going)
            in_outbox = [RecipientOutcome(sending.id, row.customer_id or 0, RecipientState.OUTBOX) for row in going]
            ended = [one for one in settled if one.customer_id in still]
            await recipients.record(tx, [*ended, *in_outbox])
            self._expect(going)
        return len(in_outbox) + len(ended)

    def _make(
        self,
        sending: Sending,
        newsletter: Newsletter,
        batch: Batch,
        customer_id: int,
        now: dt.datetime,
    ) -> Waiting | RecipientOutcome:
        """Return the recipient's row for the outbox, or why there is none."""
        customer = batch.known.get(customer_id)
        if customer is None:
            return RecipientOutcome(sending.id, customer_id, RecipientState.SKIPPED, Hold.ERASED.value, at=now)
        hold = unreachable_for(customer)
        if hold is not None or customer.chat_id is None:
            reason = (hold or Hold.NEVER_MET).value
            return RecipientOutcome(sending.id, customer_id, RecipientState.SKIPPED, reason, at=now)
        try:
            message = self._rendering.message(
                newsletter,
                sending.id,
                customer,
                batch.facts.get(customer_id, ()),
                now,
                variant=batch.variants[customer_id],
            )
        except NotRenderableError as error:
            log.warning(
                "newsletter.not_rendered",
                extra={"newsletter": sending.name, "customer": customer_id, "line": error.line},
            )
            return RecipientOutcome(sending.id, customer_id, RecipientState.FAILED, Hold.CONTENT.value, at=now)
        if message is None:
            return RecipientOutcome(sending.id, customer_id, RecipientState.SKIPPED, Hold.EMPTY.value, at=now)
        return Waiting(
            id=new_id(),
            act=Act.SEND,
            chat_id=customer.chat_id,
            lane=Lane.BULK,
            kind=ContactKind.SERVICE.value if newsletter.service else ContactKind.NEWSLETTER.value,
            message=message,
            created_at=now,
            not_before=now,
            customer_id=customer_id,
            newsletter_id=sending.id,
            on_unknown=newsletter.on_unknown,
            proactive=True,
            ref=f"{TOPIC}{newsletter.topic}" if newsletter.topic else "",
            not_after=self._next.deadline_of(batch, customer_id),
            promotional=newsletter.service and customer.agrees(Purpose.MARKETING),
        )
