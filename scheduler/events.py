"""
Surveys after an event: a purchase, or the first month. New receipts and meetings become invitations for their time.

Those after a case are put down where the case moves, in its own transaction.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dialogues.library import Library
from domain.company import Company
from domain.recontact import InvitingRules
from domain.sampling import Sampling
from scheduler.plans import EVENTS, SurveyPlan
from scheduler.recontact import rests_for
from store import survey_events, waves
from store.database import Database, Tx
from store.ids import new_id
from store.settings import get_setting, put_setting
from store.survey_events import Happening, Whom

log = logging.getLogger(__name__)

FIRST_MONTH = dt.timedelta(days=30)
TOLERANCE = dt.timedelta(days=7)
"""What should have been asked longer ago than this is not asked any more: an import of old receipts asks nobody."""

_PURCHASE = "purchase"
_LOOK = dt.timedelta(minutes=5)
_AT_THE_LATEST = dt.timedelta(hours=6)
_STEP = 5_000
_LOCK = "events"
_LONGEST_KEY = 40
_COMMITTING = dt.timedelta(minutes=10)  # a transaction elsewhere may commit so much later than the moment it notes
_COMMITTING_HERE = dt.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class EventStart:
    """A dialogue that an event starts, by its own file or by a plan; `key` tells it from others."""

    key: str
    script_id: str
    event: str
    delay: dt.timedelta
    audience: str = ""
    sampling: Sampling | None = None

    @property
    def mark(self) -> str:
        """The setting that says how far its events are handled, in the 64 signs that a setting's name may have."""
        key = (
            self.key if len(self.key) <= _LONGEST_KEY else hashlib.sha256(self.key.encode()).hexdigest()[:_LONGEST_KEY]
        )
        return f"events.{self.event}.{key}"


class SurveyEvents:
    """The job that looks for new receipts and meetings, every few minutes, where a survey waits for them."""

    name = "survey_events"

    def __init__(
        self,
        database: Database,
        company: Company,
        library: Library,
        plans: Sequence[SurveyPlan] = (),
        *,
        rules: InvitingRules | None = None,
        step: int = _STEP,
    ) -> None:
        self._database = database
        self._company = company
        self._library = library
        self._plans = plans
        self._rules = rules or InvitingRules()
        self._step = step
        self._next: dt.datetime | None = None

    def use(self, plans: Sequence[SurveyPlan]) -> None:
        """Take other plans from now on."""
        self._plans = plans

    async def prepare(self, now: dt.datetime) -> None:
        """Look at the next tick: what the files say may have changed."""
        self._next = None

    async def tick(self, now: dt.datetime) -> None:
        """Put down what has happened since the last look, each once; a kill at any point loses and doubles nothing."""
        if self._next is not None and now < self._next:
            return
        for start in self.starts():
            if start.event == _PURCHASE:
                await self._receipts(start, now)
            else:
                await self._meetings(start, now)
        self._next = now + _LOOK

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Any tick will do; without one it asks for a look from time to time."""
        if self._next is None or not any(self.starts()):
            return None
        return self._next - _LOOK + _AT_THE_LATEST

    def starts(self) -> Iterator[EventStart]:
        """Give the dialogues that wait for an event."""
        for event in EVENTS:
            for script in self._library.after(event):
                delay = script.starts.delay or _usual_delay(event)
                yield EventStart(script.id, script.id, event, delay)
        for plan in self._plans:
            if plan.after:
                delay = plan.delay if plan.delay is not None else _usual_delay(plan.after)
                yield EventStart(f"plan:{plan.key}", plan.script_id, plan.after, delay, plan.audience, plan.sampling)

    async def _receipts(self, start: EventStart, now: dt.datetime) -> None:
        """Go through the receipts since the last look. The first look begins with those that come from now on."""
        mark = start.mark
        margin = _COMMITTING_HERE if self._database.is_sqlite else _COMMITTING
        lately = new_id() - (int(margin.total_seconds() * 1000) << 21)
        after: int | None = None
        while True:
            async with self._database.write() as tx:
                if not await self._database.lock(tx, _LOCK):
                    return
                seen = await get_setting(tx, mark)
                if not isinstance(seen, list):
                    newest = await survey_events.newest_purchase(tx)
                    await put_setting(tx, mark, [newest, newest])
                    return
                first, handled = seen
                after = max(first, min(handled, lately)) if after is None else after
                since = now - start.delay - TOLERANCE
                whom = self._whom(start, now)
                found, last = await survey_events.receipts_after(tx, after, self._step, since, whom)
                if last is None:
                    return
                await self._put_down(tx, start, found, now)
                after = last
                await put_setting(tx, mark, [first, max(handled, last)])

    async def _meetings(self, start: EventStart, now: dt.datetime) -> None:
        """Go through those who met the bot since the last look. The first look begins where the delay is not over."""
        mark = start.mark
        after: tuple[dt.datetime, int] | None = None
        while True:
            async with self._database.write() as tx:
                if not await self._database.lock(tx, _LOCK):
                    return
                if after is None:
                    seen = await get_setting(tx, mark)
                    begin = dt.datetime.fromisoformat(seen) if isinstance(seen, str) else now - start.delay
                    after = max(begin - _COMMITTING, now - start.delay - TOLERANCE), 0
                found = await survey_events.met_after(tx, after, now, self._step, self._whom(start, now))
                await self._put_down(tx, start, found, now)
                if len(found) < self._step:
                    await put_setting(tx, mark, now.isoformat())
                    return
                after = found[-1].at, found[-1].customer_id

    async def _put_down(self, tx: Tx, start: EventStart, found: Sequence[Happening], now: dt.datetime) -> None:
        due = [dataclasses.replace(each, at=max(each.at + start.delay, now)) for each in found]
        if start.event == _PURCHASE:
            due = await self._one_for_all(tx, start, due)
        new = await survey_events.put_down(tx, start.key, start.script_id, start.event, due, start.sampling)
        if new:
            log.info("survey.events", extra={"script": start.script_id, "event": start.event, "count": new})

    async def _one_for_all(self, tx: Tx, start: EventStart, due: Sequence[Happening]) -> list[Happening]:
        """
        Let one question stand for all the receipts of its time.

        Whoever is to be asked anyway, or will still have her rest at that moment, is not put down for each receipt.
        """
        ids = {each.customer_id for each in due}
        taken = await survey_events.waiting_for(tx, start.script_id, ids)
        asked = await waves.last_asked(tx, ids)
        own = start.sampling.recontact if start.sampling is not None else None
        rests = rests_for(self._library, self._rules, start.script_id, f"event:{start.event}", own)
        wanted: list[Happening] = []
        for each in due:
            before = asked.get(each.customer_id, {})
            if each.customer_id not in taken and not any(rest.holds_back(before, each.at) for rest in rests):
                wanted.append(each)
                taken.add(each.customer_id)
        return wanted

    def _whom(self, start: EventStart, now: dt.datetime) -> Whom:
        return Whom(start.audience, now.astimezone(self._company.zone), self._company.currency)


def _usual_delay(event: str) -> dt.timedelta:
    return FIRST_MONTH if event == "first_month" else dt.timedelta(0)
