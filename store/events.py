"""
Events and their guests: frozen once, and moved from state to state, so that there are never more guests than places.

Whoever gives or takes a place holds the event's row (`lock_event`) until the transaction ends.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.events import (
    ASKED,
    CANCELLED,
    LEAST_TIME,
    MOVED,
    NO_ANSWER,
    REMINDED,
    Event,
    EventState,
    Guest,
    GuestState,
    KeptEvent,
)
from domain.rules_tree import written
from store.database import Tx
from store.eligibility import reason_against
from store.event_choosing import Choice
from store.tables import customers, event_guests, events

_ROWS = 500
_HOLDING = (GuestState.INVITED.value, GuestState.ACCEPTED.value, GuestState.ATTENDED.value)
"""Who has one of the places, be it that she has not answered yet."""


class Answered(enum.Enum):
    """What an answer of a guest's came to."""

    ACCEPTED = "accepted"
    WAITING = "waiting"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    OVER = "over"
    NOT_INVITED = "not_invited"


async def keep_choice(tx: Tx, event: Event, choice: Choice, starts_at: dt.datetime, now: dt.datetime) -> bool:
    """Freeze who was chosen, everybody waiting for her invitation; False where it was done before."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    among = "" if event.among is None else str(event.among)
    shown = {"by": _shown_measure(event), "among": among, "place": event.where}
    row = {
        "name": event.name,
        "store": event.store,
        "state": EventState.INVITING.value,
        "starts_at": starts_at,
        "made_at": now,
        "places": event.places,
        "evidence": {**shown, "could": choice.could, "left_out": dict(choice.left_out)},
    }
    made = dialect.insert(events).values(row).on_conflict_do_nothing(index_elements=["name"]).returning(events.c.id)
    event_id = await tx.scalar(made)
    if event_id is None:
        return False
    for first in range(0, len(choice.guests), _ROWS):
        part = choice.guests[first : first + _ROWS]
        ids = [each.customer_id for each in part]
        there = set(await tx.scalars(select(customers.c.id).where(customers.c.id.in_(ids))))
        rows = [
            {
                "event_id": event_id,
                "customer_id": each.customer_id,
                "rank": each.rank,
                "state": GuestState.WAITING.value,
                "reason": "",
                "at": now,
                "evidence": each.evidence,
            }
            for each in part
            if each.customer_id in there
        ]
        if rows:
            await tx.execute(insert(event_guests), rows)
    return True


async def cancel_event(tx: Tx, event: Event, starts_at: dt.datetime, now: dt.datetime) -> bool:
    """Cancel an event, chosen or not; False where it is cancelled or over already."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    row = {
        "name": event.name,
        "store": event.store,
        "state": EventState.CANCELLED.value,
        "starts_at": starts_at,
        "made_at": now,
        "places": event.places,
    }
    made = dialect.insert(events).values(row).on_conflict_do_nothing(index_elements=["name"])
    if (await tx.execute(made)).rowcount == 1:
        return True
    still = (events.c.name == event.name) & (events.c.state == EventState.INVITING.value)
    return (await tx.execute(update(events).where(still).values(state=EventState.CANCELLED.value))).rowcount == 1


async def event_named(tx: Tx, name: str) -> KeptEvent | None:
    """Return the event of that name, if its guests have been chosen or it is cancelled."""
    row = (await tx.execute(select(events).where(events.c.name == name))).one_or_none()
    return None if row is None else _event(row)


async def kept_events(tx: Tx) -> dict[str, KeptEvent]:
    """Return all events of the store by name."""
    return {row.name: _event(row) for row in await tx.execute(select(events).order_by(events.c.id))}


async def event_by_id(tx: Tx, event_id: int) -> KeptEvent | None:
    """Return an event by its id."""
    row = (await tx.execute(select(events).where(events.c.id == event_id))).one_or_none()
    return None if row is None else _event(row)


async def lock_event(tx: Tx, event_id: int) -> KeptEvent | None:
    """Hold an event until the transaction ends, and return it as it is now."""
    wanted = select(events).where(events.c.id == event_id).with_for_update(key_share=True)
    row = (await tx.execute(wanted)).one_or_none()
    return None if row is None else _event(row)


async def change_event(tx: Tx, event_id: int, **values: object) -> None:
    """Change an event's state, start or places."""
    await tx.execute(update(events).where(events.c.id == event_id).values(**values))


# Guests ------------------------------------------------------------------------------------------------------------


async def guest_of(tx: Tx, event_id: int, customer_id: int) -> Guest | None:
    """Return where a customer stands as a guest; None for who is none."""
    guest = event_guests.c
    wanted = select(event_guests).where(guest.event_id == event_id, guest.customer_id == customer_id)
    row = (await tx.execute(wanted)).one_or_none()
    return None if row is None else read_guest(row)


async def guests(
    tx: Tx, event_id: int, states: Sequence[GuestState] = (), *, limit: int = 10_000, offset: int = 0
) -> list[Guest]:
    """Return guests by rank, of those states or of all."""
    wanted = select(event_guests).where(event_guests.c.event_id == event_id)
    if states:
        wanted = wanted.where(event_guests.c.state.in_([each.value for each in states]))
    rows = await tx.execute(
        wanted.order_by(event_guests.c.rank, event_guests.c.customer_id).limit(limit).offset(offset)
    )
    return [read_guest(row) for row in rows]


async def free_places(tx: Tx, event: KeptEvent) -> int:
    """Return how many places nobody has, be it by an invitation that is not answered yet; never below 0."""
    return max(0, event.places - await count_guests(tx, event.id, _HOLDING))


async def next_waiting(tx: Tx, event_id: int, limit: int) -> list[Guest]:
    """Return who gets the next places: those who have asked for one, then the others, each by rank."""
    guest = event_guests.c
    wanted = select(event_guests).where(guest.event_id == event_id, guest.state == GuestState.WAITING.value)
    order = (case((guest.reason == ASKED, 0), else_=1), guest.rank, guest.customer_id)
    return [read_guest(row) for row in await tx.execute(wanted.order_by(*order).limit(limit))]


async def move_guest(tx: Tx, guest: Guest, to: GuestState, now: dt.datetime, *, reason: str = "") -> bool:
    """Bring a guest from the state in which she was seen to another; False: she has moved meanwhile."""
    values: dict[str, Any] = {"state": to.value, "reason": reason, "at": now}
    if to is GuestState.INVITED:
        values["invited_at"] = now
    return await _move(tx, guest, values)


async def note_guest(tx: Tx, guest: Guest, reason: str) -> bool:
    """Note that a guest has been told something, such as the reminder; her state stays."""
    return await _move(tx, guest, {"reason": reason})


async def accept(tx: Tx, event_id: int, customer_id: int, now: dt.datetime) -> Answered:
    """
    Give a guest who was invited a place, or put her on the waiting list where all are taken.

    Who has not answered yet has a place kept for her; who could not come, or answered too late, gets one that is free.
    """
    event, guest = await _for_answer(tx, event_id, customer_id)
    if isinstance(event, Answered) or guest is None:
        return event if isinstance(event, Answered) else Answered.NOT_INVITED
    if now >= event.starts_at:
        return Answered.OVER
    if guest.state in {GuestState.ACCEPTED, GuestState.ATTENDED}:
        return Answered.ACCEPTED
    taken = (GuestState.ACCEPTED.value, GuestState.ATTENDED.value)
    counted = taken if guest.state is GuestState.INVITED else _HOLDING
    if await count_guests(tx, event.id, counted) < event.places:
        await move_guest(tx, guest, GuestState.ACCEPTED, now)
        return Answered.ACCEPTED
    if guest.state is not GuestState.WAITING:
        await move_guest(tx, guest, GuestState.WAITING, now, reason=ASKED)
    return Answered.WAITING


async def decline(tx: Tx, event_id: int, customer_id: int, now: dt.datetime) -> Answered:
    """Note that an invited guest cannot come; her place is free again."""
    event, guest = await _for_answer(tx, event_id, customer_id)
    if isinstance(event, Answered) or guest is None:
        return event if isinstance(event, Answered) else Answered.NOT_INVITED
    if now >= event.starts_at:
        return Answered.OVER
    if guest.state is not GuestState.DECLINED or guest.reason:
        await move_guest(tx, guest, GuestState.DECLINED, now)
    return Answered.DECLINED


async def _for_answer(tx: Tx, event_id: int, customer_id: int) -> tuple[KeptEvent | Answered, Guest | None]:
    event = await lock_event(tx, event_id)
    guest = await guest_of(tx, event_id, customer_id) if event is not None else None
    if event is None or guest is None or guest.invited_at is None or guest.state is GuestState.SKIPPED:
        return Answered.NOT_INVITED, None
    if event.state is EventState.CANCELLED:
        return Answered.CANCELLED, guest
    return (Answered.OVER if event.state is EventState.HELD else event), guest


async def end_unanswered(tx: Tx, event_id: int, answer_by: dt.datetime, starts: dt.datetime, now: dt.datetime) -> int:
    """Let the places of those who have not answered in time go on; return how many they were."""
    if now < answer_by:
        return 0
    guest = event_guests.c
    late = and_(guest.event_id == event_id, guest.state == GuestState.INVITED.value)
    if now < starts:
        late = and_(late, guest.invited_at <= now - LEAST_TIME)
    values = {"state": GuestState.DECLINED.value, "reason": NO_ANSWER, "at": now}
    return (await tx.execute(update(event_guests).where(late).values(**values))).rowcount


async def gone_guests(tx: Tx, event_id: int, now: dt.datetime) -> list[tuple[Guest, str]]:
    """Return who was invited, has not answered and can be reached no more, each with the reason."""
    guest, reason = event_guests.c, reason_against(None, now)
    wanted = (
        select(event_guests, reason.label("against"))
        .join(customers, customers.c.id == guest.customer_id)
        .where(guest.event_id == event_id, guest.state == GuestState.INVITED.value)
    )
    each = wanted.subquery()
    gone = select(each).where(each.c.against.notin_(["", "paused", "muted"]))
    return [(read_guest(row), row.against) for row in await tx.execute(gone)]


async def to_remind(tx: Tx, event_id: int, before: dt.datetime, limit: int) -> list[Guest]:
    """Return who has accepted before then and has not been reminded; a change of time or place is told first."""
    guest = event_guests.c
    due = and_(guest.state == GuestState.ACCEPTED.value, guest.reason.not_in([REMINDED, MOVED]), guest.at < before)
    wanted = select(event_guests).where(guest.event_id == event_id, due).order_by(guest.rank).limit(limit)
    return [read_guest(row) for row in await tx.execute(wanted)]


async def to_tell_cancelled(tx: Tx, event_id: int, limit: int) -> list[Guest]:
    """Return who was invited to an event that is cancelled and counts on it, and has not been told."""
    guest = event_guests.c
    asked = and_(guest.state == GuestState.WAITING.value, guest.reason == ASKED)
    counts_on_it = or_(guest.state.in_([GuestState.INVITED.value, GuestState.ACCEPTED.value]), asked)
    untold = and_(guest.event_id == event_id, counts_on_it, guest.reason != CANCELLED)
    rows = await tx.execute(select(event_guests).where(untold).order_by(guest.rank).limit(limit))
    return [read_guest(row) for row in rows]


async def count_guests(tx: Tx, event_id: int, states: Sequence[str]) -> int:
    """Return how many guests of an event are in one of those states."""
    guest = event_guests.c
    wanted = select(func.count()).where(guest.event_id == event_id, guest.state.in_(list(states)))
    return int(await tx.scalar(wanted) or 0)


async def _move(tx: Tx, guest: Guest, values: dict[str, Any]) -> bool:
    row = event_guests.c
    seen: ColumnElement[bool] = and_(
        row.event_id == guest.event_id, row.customer_id == guest.customer_id, row.state == guest.state.value
    )
    return (await tx.execute(update(event_guests).where(seen).values(**values))).rowcount == 1


def _shown_measure(event: Event) -> str:
    return "" if event.by is None else written(event.by)


def _event(row: Any) -> KeptEvent:
    return KeptEvent(
        row.id, row.name, row.store, EventState(row.state), row.starts_at, row.made_at, row.places, row.evidence or {}
    )


def read_guest(row: Any) -> Guest:
    """Read a row of `event_guests`."""
    return Guest(
        row.event_id,
        row.customer_id,
        row.rank,
        GuestState(row.state),
        row.reason,
        row.at,
        row.invited_at,
        row.evidence or {},
    )
