"""Who came to an event: noted once, on her timeline, too; and how the whole event went, in figures."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import and_, func, select, update

from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.events import NO_ANSWER, EventCounts, EventState, GuestState, KeptEvent
from store.contacts import add_contacts
from store.database import Tx
from store.events import count_guests, guest_of, lock_event, move_guest
from store.ids import new_id
from store.tables import event_guests


async def mark_attended(
    tx: Tx, event: KeptEvent, customer_id: int, title: str, now: dt.datetime, staff_id: int | None = None
) -> bool | None:
    """Note that a guest has come, with a contact on her timeline; False: it was noted before; None: she is no guest."""
    await lock_event(tx, event.id)
    guest = await guest_of(tx, event.id, customer_id)
    if guest is None or event.state is EventState.CANCELLED:
        return None
    if guest.state is GuestState.ATTENDED:
        return False
    await move_guest(tx, guest, GuestState.ATTENDED, now)
    contact = Contact(
        id=new_id(),
        customer_id=customer_id,
        at=now,
        channel=Channel.EVENT,
        direction=Direction.IN,
        kind=ContactKind.MEETING,
        text=title,
        state=ContactState.RECEIVED,
        staff_id=staff_id,
    )
    await add_contacts(tx, [contact])
    if event.state is EventState.HELD:
        await mark_absent(tx, event.id, now)
    return True


async def mark_absent(tx: Tx, event_id: int, now: dt.datetime) -> int:
    """Note of those with a place who were not marked that they were absent, where anybody was marked at all."""
    if not await count_guests(tx, event_id, (GuestState.ATTENDED.value,)):
        return 0
    guest = event_guests.c
    away = and_(guest.event_id == event_id, guest.state == GuestState.ACCEPTED.value)
    values = {"state": GuestState.ABSENT.value, "reason": "", "at": now}
    return (await tx.execute(update(event_guests).where(away).values(**values))).rowcount


async def counts_of(tx: Tx, event: KeptEvent) -> EventCounts:
    """Count an event's guests by where they stand."""
    guest = event_guests.c
    by_state = select(guest.state, guest.reason, func.count()).where(guest.event_id == event.id)
    found = Counter[tuple[str, bool]]()
    for state, reason, count in (await tx.execute(by_state.group_by(guest.state, guest.reason))).all():
        found[state, reason == NO_ANSWER] += count
    had = select(func.count()).where(guest.event_id == event.id, guest.invited_at.is_not(None))

    def of(state: GuestState) -> int:
        return found[state.value, False]

    return EventCounts(
        places=event.places,
        invited=int(await tx.scalar(had) or 0),
        unanswered=of(GuestState.INVITED),
        accepted=of(GuestState.ACCEPTED),
        declined=of(GuestState.DECLINED),
        no_answer=found[GuestState.DECLINED.value, True],
        waiting=of(GuestState.WAITING),
        attended=of(GuestState.ATTENDED),
        absent=of(GuestState.ABSENT),
        skipped=of(GuestState.SKIPPED),
    )
