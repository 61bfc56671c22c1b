"""
Guests of events: chosen when inviting begins, invited as long as there are places, reminded, and told of an end.

Each step is a transaction that leaves the guests right; who has a place is decided under the event's lock.
"""

from __future__ import annotations

import datetime as dt
import logging

from dialogues.courtesy import Decision
from domain.company import Company
from domain.events import (
    ASKED,
    CANCELLED,
    OVER_AFTER,
    REMINDED,
    Event,
    EventState,
    Guest,
    GuestState,
    KeptEvent,
    aware,
)
from domain.loyalty import Loyalty
from domain.rules import RuleError
from scheduler.event_notices import EventNotices
from store.database import Database, Tx
from store.event_attendance import mark_absent
from store.event_changes import has_changed, renew_event, to_tell_moved
from store.event_choosing import choose
from store.events import (
    change_event,
    end_unanswered,
    free_places,
    gone_guests,
    guest_of,
    keep_choice,
    kept_events,
    lock_event,
    move_guest,
    next_waiting,
    note_guest,
    to_remind,
    to_tell_cancelled,
)
from templates.words import Words

log = logging.getLogger(__name__)

_AT_ONCE = 100
_AGAIN = dt.timedelta(hours=1)
_LEAST = dt.timedelta(minutes=1)
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class EventGuests:
    """The job. What cannot be sent now for a reason that passes is asked again then, while there is time."""

    name = "event-guests"

    def __init__(self, database: Database, company: Company, words: Words, loyalty: Loyalty) -> None:
        self._database = database
        self._company = company
        self._loyalty = loyalty
        self._notices = EventNotices(company, words)
        self._not_before: dict[tuple[int, int], dt.datetime] = {}
        self._unreadable: dict[str, dt.datetime] = {}
        self._told_store: dict[str, tuple[dt.datetime, str, int]] = {}
        self._left_alone: set[str] = set()

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store: guests are chosen when inviting begins."""

    async def tick(self, now: dt.datetime) -> None:
        """Choose, invite, remind and tell, event by event."""
        events = [each for each in self._loyalty.events if each.published]
        if not events:
            return
        async with self._database.read() as tx:
            kept = await kept_events(tx)
        for event in events:
            begins = event.name not in kept and self._begins(event) <= now
            may = begins and event.may_invite(now, self._company.zone)
            if may and not await begin_inviting(self._database, self._company, event, now):
                self._unreadable[event.name] = now + _AGAIN
        async with self._database.read() as tx:
            kept = await kept_events(tx)
        for event in events:
            if event.name in kept:
                await self._go_on(event, kept[event.name], now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return when an event begins to invite, somebody can be asked again, or the time for something is over."""
        events = [each for each in self._loyalty.events if each.published]
        kept = await kept_events(tx) if events else {}
        due: list[dt.datetime] = []
        for event in events:
            if (known := kept.get(event.name)) is not None:
                due += await self._moments(tx, event, known, now)
            elif event.invite_from is not None and event.may_invite(now, self._company.zone):
                due.append(self._begins(event))
        return min(due, default=None)

    async def _moments(self, tx: Tx, event: Event, kept: KeptEvent, now: dt.datetime) -> list[dt.datetime]:
        zone, due = self._company.zone, list[dt.datetime]()
        if kept.state is EventState.CANCELLED or event.cancelled:
            untold = await to_tell_cancelled(tx, kept.id, _AT_ONCE) if now < kept.starts_at else []
            return [self._later(kept, each, now) for each in untold]
        if kept.state is EventState.HELD:
            return []
        is_ours = not self._has_newer(event, kept)
        if is_ours and event.may_invite(now, zone) and (free := await free_places(tx, kept)):
            due += [self._later(kept, each, now) for each in await next_waiting(tx, kept.id, free)]
        if is_ours and now < kept.starts_at:
            due += [self._later(kept, each, now) for each in await to_tell_moved(tx, kept.id, _AT_ONCE)]
        remind = kept.starts_at - event.reminder
        if is_ours and remind <= now < kept.starts_at:
            due += [self._later(kept, each, now) for each in await to_remind(tx, kept.id, remind, _AT_ONCE)]
        moments = (aware(event.answer_by, zone), remind, kept.starts_at, kept.starts_at + OVER_AFTER)
        coming = sorted(each for each in moments if each > now) or [now]
        if now >= aware(event.answer_by, zone) and now < kept.starts_at:
            coming.append(now + _AGAIN)  # whoever was invited late has a day of her own
        return [*due, min(coming)]

    def _begins(self, event: Event) -> dt.datetime:
        if event.invite_from is None:
            return _NEVER
        return max(aware(event.invite_from, self._company.zone), self._unreadable.get(event.name, _EVER))

    def _later(self, kept: KeptEvent, guest: Guest, now: dt.datetime) -> dt.datetime:
        return self._not_before.get((kept.id, guest.customer_id), now)

    # One event -----------------------------------------------------------------------------------------------------

    async def _go_on(self, event: Event, kept: KeptEvent, now: dt.datetime) -> None:
        if kept.state is EventState.HELD:
            return
        if event.cancelled and kept.state is EventState.INVITING:
            async with self._database.write() as tx:
                await change_event(tx, kept.id, state=EventState.CANCELLED.value)
            kept = await self._again(event)
        if kept.state is EventState.CANCELLED:
            if now < kept.starts_at:
                await self._tell_cancelled(event, kept, now)
            return
        kept = await self._renewed(event, kept, now)
        if now >= kept.starts_at + OVER_AFTER:
            async with self._database.write() as tx:
                if await lock_event(tx, kept.id) is not None:
                    await mark_absent(tx, kept.id, now)
                    await change_event(tx, kept.id, state=EventState.HELD.value)
            return
        await self._free(event, kept, now)
        if self._has_newer(event, kept):
            if event.name not in self._left_alone:
                log.warning("events.newer_file_elsewhere", extra={"event": event.name})
            self._left_alone.add(event.name)
            return
        self._left_alone.discard(event.name)
        if event.may_invite(now, self._company.zone):
            while await self._invite_next(event, kept, now):
                pass
        remind = kept.starts_at - event.reminder
        if now < kept.starts_at:
            await self._tell_moved(event, kept, remind, now)
        if remind <= now < kept.starts_at:
            await self._remind(event, kept, remind, now)

    async def _again(self, event: Event) -> KeptEvent:
        async with self._database.read() as tx:
            return (await kept_events(tx))[event.name]

    async def _renewed(self, event: Event, kept: KeptEvent, now: dt.datetime) -> KeptEvent:
        """
        Take a new time, place and number of places from the file, once.

        Where the store says something else later, another process has a newer file: it is not taken back.
        """
        says = self._says(event)
        if self._told_store.get(event.name) == says:
            return kept
        told = 0
        if has_changed(event, kept, says[0]):
            async with self._database.write() as tx:
                told = await renew_event(tx, event, kept, says[0], now)
            kept = await self._again(event)
        self._told_store[event.name] = says
        if told:
            log.info("events.moved", extra={"event": event.name, "guests": told})
        return kept

    def _says(self, event: Event) -> tuple[dt.datetime, str, int]:
        return event.starts_at(self._company.zone), event.where, event.places

    def _has_newer(self, event: Event, kept: KeptEvent) -> bool:
        """Say whether another process has a newer file of the event: what this one would say is no longer true."""
        says = self._says(event)
        return self._told_store.get(event.name) == says and has_changed(event, kept, says[0])

    async def _free(self, event: Event, kept: KeptEvent, now: dt.datetime) -> None:
        """Let go of the places of those who have not answered in time, or can be reached no more."""
        answer_by = min(aware(event.answer_by, self._company.zone), kept.starts_at)
        async with self._database.read() as tx:
            gone = await gone_guests(tx, kept.id, now)
        if not gone and now < answer_by:
            return
        async with self._database.write() as tx:
            if await lock_event(tx, kept.id) is None:
                return
            for guest, reason in gone:
                await move_guest(tx, guest, GuestState.SKIPPED, now, reason=reason)
            await end_unanswered(tx, kept.id, answer_by, kept.starts_at, now)

    async def _invite_next(self, event: Event, kept: KeptEvent, now: dt.datetime) -> bool:
        """Invite those who are next, some at a time; True where more may be done at once."""
        async with self._database.read() as tx:
            if not await self._ready(tx, event, kept, now):
                return False
        async with self._database.write() as tx:
            held = await lock_event(tx, kept.id)
            if held is None or held.state is not EventState.INVITING:
                return False
            ready = (await self._ready(tx, event, held, now))[:_AT_ONCE]
            for guest in ready:
                await self._invite(tx, event, held, guest, now)
        return bool(ready)

    async def _ready(self, tx: Tx, event: Event, kept: KeptEvent, now: dt.datetime) -> list[Guest]:
        """Return who is to be invited now: a place is kept for each who can be asked only later."""
        free = await free_places(tx, kept)
        waiting = await next_waiting(tx, kept.id, free) if free else []
        return [each for each in waiting if self._later(kept, each, now) <= now]

    async def _invite(self, tx: Tx, event: Event, kept: KeptEvent, guest: Guest, now: dt.datetime) -> None:
        asked = guest.reason == ASKED
        zone = self._company.zone
        decision = await self._notices.send(tx, event, kept, guest, "place_free" if asked else "", now)
        if not isinstance(decision, Decision):
            await move_guest(tx, guest, GuestState.ACCEPTED if asked else GuestState.INVITED, now)
        elif decision.hold.passes and (now < aware(event.answer_by, zone) or asked):
            self._not_before[kept.id, guest.customer_id] = max(decision.until or now + _AGAIN, now + _LEAST)
        else:
            await move_guest(tx, guest, GuestState.SKIPPED, now, reason=decision.hold.value)

    async def _remind(self, event: Event, kept: KeptEvent, before: dt.datetime, now: dt.datetime) -> None:
        async with self._database.read() as tx:
            due = await to_remind(tx, kept.id, before, event.places)
        for guest in due:
            await self._tell(event, kept, guest, "reminder", REMINDED, now)

    async def _tell_moved(self, event: Event, kept: KeptEvent, remind: dt.datetime, now: dt.datetime) -> None:
        async with self._database.read() as tx:
            untold = await to_tell_moved(tx, kept.id, event.places)
        for guest in untold:
            is_reminder = guest.state is GuestState.ACCEPTED and now >= remind
            await self._tell(event, kept, guest, "moved", REMINDED if is_reminder else "", now)

    async def _tell_cancelled(self, event: Event, kept: KeptEvent, now: dt.datetime) -> None:
        async with self._database.read() as tx:
            untold = await to_tell_cancelled(tx, kept.id, kept.places + event.reserve)
        for guest in untold:
            await self._tell(event, kept, guest, "cancelled", CANCELLED, now)

    async def _tell(self, event: Event, kept: KeptEvent, guest: Guest, key: str, reason: str, now: dt.datetime) -> None:
        """Tell a guest something once, and note *reason* with it; what must wait for a hold is asked again then."""
        if self._later(kept, guest, now) > now:
            return
        async with self._database.write() as tx:
            if await lock_event(tx, kept.id) != kept or await guest_of(tx, kept.id, guest.customer_id) != guest:
                return  # it was changed or cancelled, she has answered, or another process has told her
            decision = await self._notices.send(tx, event, kept, guest, key, now)
            if isinstance(decision, Decision) and decision.hold.passes:
                self._not_before[kept.id, guest.customer_id] = max(decision.until or now + _AGAIN, now + _LEAST)
            else:
                await note_guest(tx, guest, reason)


async def begin_inviting(database: Database, company: Company, event: Event, now: dt.datetime) -> bool:
    """Choose an event's guests and freeze them; False where that was done before, or its rule cannot be used."""
    at = now.astimezone(company.zone)
    try:
        async with database.read() as tx:
            choice = await choose(tx, event, at, company.currency)
    except RuleError:  # its names may have gone since the file was read; the other events go on
        log.error("events.rule_unreadable", extra={"event": event.name})
        return False
    async with database.write() as tx:
        made = await keep_choice(tx, event, choice, event.starts_at(company.zone), now)
    if made:
        log.info("events.chosen", extra={"event": event.name, "guests": len(choice.guests), "could": choice.could})
    return made
