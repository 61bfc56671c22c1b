"""Contacts outside Telegram: written onto the customer's timeline, and into the case that they were about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogues.cases import HERSELF, Mover, Particulars, Refused, move_case
from dialogues.staff_line import StaffLine
from domain.cases import Case, Move
from domain.company import Company
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Customer
from domain.messages import Media
from store.contacts import add_contacts
from store.database import Tx
from store.ids import new_id

_TALKS = frozenset({Channel.MEETING, Channel.PHONE, Channel.EVENT})
_MEETINGS = frozenset({Channel.MEETING, Channel.EVENT})


@dataclass(frozen=True, slots=True)
class Outside:
    """What took place: on which channel, who began, when, what was said, and how it felt to the seller (1 to 5)."""

    channel: Channel
    direction: Direction
    at: dt.datetime
    text: str
    media: tuple[Media, ...] = ()
    feeling: int | None = None


async def log_outside(
    tx: Tx,
    company: Company,
    line: StaffLine,
    customer: Customer,
    case: Case | None,
    outside: Outside,
    by: Mover,
    now: dt.datetime,
) -> Contact:
    """
    Write a contact onto her timeline; about a *case*, it also moves that.

    Talking with her, and what was sent to her, is a human answer at the time when it took place. A letter of hers is
    like words of hers. A case that allows neither any more only has the contact.
    """
    contact = Contact(
        id=new_id(),
        customer_id=customer.id,
        at=outside.at,
        channel=outside.channel,
        direction=outside.direction,
        kind=ContactKind.MEETING if outside.channel in _MEETINGS else ContactKind.WORDS,
        text=outside.text,
        state=ContactState.RECEIVED if outside.direction is Direction.IN else ContactState.SENT,
        media=outside.media,
        case_id=case.id if case is not None else None,
        staff_id=by.staff_id,
        feeling=outside.feeling,
    )
    await add_contacts(tx, [contact])
    if case is not None:
        is_answer = outside.direction is Direction.OUT or outside.channel in _TALKS
        move, mover = (Move.CONTACT, by) if is_answer else (Move.CUSTOMER_WRITES, HERSELF)
        said = Particulars(text=outside.text, at=outside.at)
        moved = await move_case(tx, company, case, move, mover, now=now, particulars=said)
        if not isinstance(moved, Refused):
            await line.case_changed(tx, moved, customer, "", now)
    return contact
