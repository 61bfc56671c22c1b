"""A guest has come: noted once, with a contact on her timeline, and her coupon given, which she reads of at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from dialogues.event_coupons import guest_coupon
from dialogues.event_words import EventWords
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.events import Event, KeptEvent
from domain.languages import best_language
from domain.loyalty import Loyalty
from domain.messages import Act, Lane, Waiting
from store import outbox
from store.database import Tx
from store.event_attendance import mark_attended
from store.ids import new_id
from templates.words import Words


async def mark_came(
    tx: Tx,
    company: Company,
    words: Words,
    loyalty: Loyalty,
    event: Event,
    kept: KeptEvent,
    customer: Customer,
    now: dt.datetime,
    staff_id: int | None,
) -> bool | None:
    """
    Note that a guest has come; False: it was noted before; None: she is no guest, or the event is cancelled.

    The thanks with the coupon answer what she did at the door, so they are no contact of ours.
    """
    says = EventWords(company, words)
    came = await mark_attended(tx, kept, customer.id, says.title(event, company.default_language), now, staff_id)
    coupon = await guest_coupon(tx, company, loyalty, words, event, customer, now) if came else None
    if coupon is not None and customer.chat_id is not None:
        told = says.told("thanks", event, best_language(customer.language, company.languages), gift=coupon.text)
        message = replace(told, media=coupon.media)
        kind = ContactKind.REPLY.value
        row = Waiting(new_id(), Act.SEND, customer.chat_id, Lane.REPLY, kind, message, now, now)
        await outbox.put(tx, [replace(row, customer_id=customer.id)])
    return came
