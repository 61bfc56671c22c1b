"""An event whose time, place or number of places has changed in its file: kept, and who is to be told of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, select, update

from domain.events import CANCELLED, MOVED, Event, EventState, Guest, GuestState, KeptEvent
from store.database import Tx
from store.events import change_event, lock_event, read_guest
from store.tables import event_guests

_COUNT_ON_IT = (GuestState.INVITED.value, GuestState.ACCEPTED.value)
_PLACE = "place"


def has_changed(event: Event, kept: KeptEvent, starts_at: dt.datetime) -> bool:
    """Say whether an event's file says something else than what is kept of it."""
    return (kept.starts_at, kept.places, kept.evidence.get(_PLACE)) != (starts_at, event.places, event.where)


async def renew_event(tx: Tx, event: Event, kept: KeptEvent, starts_at: dt.datetime, now: dt.datetime) -> int:
    """
    Take time, place and number of places from the file; return how many guests are to be told.

    Of another time or place each guest who has a place, or an invitation to answer, is to be told (`MOVED`): unless it
    is over. Where nothing was kept of the place, it is not known to be another one.
    """
    present = await lock_event(tx, kept.id)
    if present is None or present.state is not EventState.INVITING or not has_changed(event, present, starts_at):
        return 0
    elsewhere = present.evidence.get(_PLACE, event.where) != event.where
    evidence = {**present.evidence, _PLACE: event.where}
    await change_event(tx, kept.id, starts_at=starts_at, places=event.places, evidence=evidence)
    if now >= starts_at or not (elsewhere or present.starts_at != starts_at):
        return 0
    guest = event_guests.c
    theirs = and_(guest.event_id == kept.id, guest.state.in_(_COUNT_ON_IT), guest.reason != CANCELLED)
    return (await tx.execute(update(event_guests).where(theirs).values(reason=MOVED))).rowcount


async def to_tell_moved(tx: Tx, event_id: int, limit: int) -> list[Guest]:
    """Return who counts on an event that has another time or place, and has not been told."""
    guest = event_guests.c
    untold = and_(guest.event_id == event_id, guest.state.in_(_COUNT_ON_IT), guest.reason == MOVED)
    rows = await tx.execute(select(event_guests).where(untold).order_by(guest.rank).limit(limit))
    return [read_guest(row) for row in rows]
