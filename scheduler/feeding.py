"""The feeder: keeps a few hundred rendered messages of a running sending ahead of the pump, and no more."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dialogues.courtesy import quiet_until_for, unreachable_for
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer, KnownFact
from domain.holds import Hold
from domain.messages import Act, Lane, Waiting
from domain.newsletters import Newsletter, RecipientState, Sending
from scheduler.rendering import Rendering
from store import outbox, recipients, sendings
from store.customers import customers_by_id
from store.database import Database, Tx
from store.facts import known_facts
from store.holds import keep_holds
from store.ids import new_id
from store.recipients import RecipientOutcome
from templates.sandbox import NotRenderableError

log = logging.getLogger(__name__)

SLICE = 200
AHEAD = 400
_HOPELESS = 5  # content errors in one slice with nobody rendered: the template is wrong, not the customers

LOCK = "feeding"


@dataclass(frozen=True, slots=True)
class Fed:
    """What one slice did: how many messages it put in, and until when the sending rests (all were in quiet hours)."""

    put: int = 0
    rests_until: dt.datetime | None = None
    is_dry: bool = False  # nobody is queued any more
    is_broken: bool = False  # nobody of a slice could be rendered


class Feeder:
    """Renders the next recipients and puts them into the outbox, slice by slice."""

    def __init__(
        self, database: Database, company: Company, rendering: Rendering, *, ahead: int = AHEAD, size: int = SLICE
    ) -> None:
        self._database = database
        self._company = company
        self._rendering = rendering
        self._ahead = ahead
        self._size = size
        self._nights: dict[str, tuple[dt.datetime, dt.datetime | None]] = {}

    async def feed(self, sending: Sending, newsletter: Newsletter, now: dt.datetime, *, most: int | None = None) -> Fed:
        """
        Fill up what waits for the pump, at most *most* recipients; each slice is one transaction.

        A kill between two slices loses nothing: a recipient is either queued or has her row in the outbox.
        """
        put = 0
        while most is None or put < most:
            async with self._database.write() as tx:
                fed = await self._slice(tx, sending, newsletter, now, None if most is None else most - put)
            put += fed.put
            if fed.put == 0 or fed.rests_until is not None or fed.is_broken:
                return Fed(put, fed.rests_until, fed.is_dry, fed.is_broken)
        return Fed(put)

    async def _slice(self, tx: Tx, sending: Sending, newsletter: Newsletter, now: dt.datetime, most: int | None) -> Fed:
        if not await self._database.lock(tx, LOCK):
            return Fed()
        present = await sendings.hold(tx, sending.id)  # a pause waits for this slice, and then takes it back
        if present is None or not present.state.is_sending:
            return Fed()
        room = min(self._ahead - await recipients.count_due(tx, sending.id, now), self._size, most or self._size)
        if room <= 0:
            return Fed()
        ids = await recipients.queued(tx, sending.id, room)
        if not ids:
            return Fed(is_dry=True)
        known = await customers_by_id(tx, ids)
        quiet = self._quiet(known.values(), now)
        if known and len(quiet) == len(known):
            return Fed(rests_until=min(quiet.values()))
        facts = await known_facts(tx, ids)
        rows, settled, held = [], [], []
        for customer_id in ids:
            made = self._make(sending, newsletter, customer_id, known.get(customer_id), facts.get(customer_id, ()), now)
            if isinstance(made, Waiting):
                until = quiet.get(customer_id)
                if until is not None:
                    made = dataclasses.replace(made, not_before=until, reason=Hold.QUIET_HOURS.value)
                    held.append((customer_id, made.kind, Hold.QUIET_HOURS, f"newsletter:{sending.id}"))
                rows.append(made)
            else:
                settled.append(made)
        failed = [one for one in settled if one.state is RecipientState.FAILED]
        if not rows and len(failed) >= _HOPELESS:
            return Fed(is_broken=True)
        await outbox.put(tx, rows)
        await keep_holds(tx, held, now)
        in_outbox = [RecipientOutcome(sending.id, row.customer_id or 0, RecipientState.OUTBOX) for row in rows]
        await recipients.record(tx, [*settled, *in_outbox])
        return Fed(put=len(ids))

    def _quiet(self, customers: Iterable[Customer], now: dt.datetime) -> dict[int, dt.datetime]:
        """Return until when it is night for each customer for whom it is."""
        found = {}
        for customer in customers:
            zone = customer.timezone or self._company.timezone
            if zone not in self._nights:
                self._nights[zone] = (now, quiet_until_for(zone, self._company.courtesy, now))
            asked_at, until = self._nights[zone]
            if asked_at != now:
                until = quiet_until_for(zone, self._company.courtesy, now)
                self._nights[zone] = (now, until)
            if until is not None:
                found[customer.id] = until
        return found

    def _make(
        self,
        sending: Sending,
        newsletter: Newsletter,
        customer_id: int,
        customer: Customer | None,
        facts: Sequence[KnownFact],
        now: dt.datetime,
    ) -> Waiting | RecipientOutcome:
        """Return the recipient's row for the outbox, or why there is none."""
        if customer is None:
            return RecipientOutcome(sending.id, customer_id, RecipientState.SKIPPED, Hold.ERASED.value, at=now)
        hold = unreachable_for(customer)
        if hold is not None or customer.chat_id is None:
            reason = (hold or Hold.NEVER_MET).value
            return RecipientOutcome(sending.id, customer_id, RecipientState.SKIPPED, reason, at=now)
        try:
            message = self._rendering.message(newsletter, sending.id, customer, facts, now)
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
        )
