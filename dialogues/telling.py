"""A message that we start and that is not lost: it goes now, or waits for the end of what holds it back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from dialogues.courtesy import Decision
from dialogues.starting import start_contact
from dialogues.taps import WHY, menu_tap
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.messages import Act, Button, Lane, Message, OnUnknown, Waiting
from store import outbox
from store.database import Tx
from store.ids import new_id

PATIENCE = dt.timedelta(days=14)
"""For so long a message waits; afterwards what it tells is no news any more."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What the message belongs to, and the button that tells her why she gets it."""

    kind: ContactKind
    ref: str
    why: str = ""
    why_label: str = ""


async def tell(
    tx: Tx, company: Company, customer: Customer, message: Message, telling: Telling, now: dt.datetime
) -> bool:
    """
    Start a contact by `start_contact`; where a hold passes with time, put it on its way for then, at most two weeks on.

    It is asked about once more when it goes. False where it must not go at all: the hold is kept.
    """
    why, label = telling.why, telling.why_label
    started = await start_contact(
        tx,
        company,
        customer.id,
        message,
        telling.kind,
        now,
        ref=telling.ref,
        why=why,
        why_label=label,
        not_after=now + PATIENCE,
    )
    if isinstance(started, Waiting):
        return True
    if started.until is None or started.until > now + PATIENCE or customer.chat_id is None:
        return False
    await outbox.put(tx, [_later(customer, message, telling, started, now)])
    return True


def _later(customer: Customer, message: Message, telling: Telling, held: Decision, now: dt.datetime) -> Waiting:
    assert customer.chat_id is not None
    assert held.until is not None
    if telling.why:
        button = Button(telling.why_label, menu_tap(WHY, telling.why))
        message = replace(message, keyboard=(*message.keyboard, (button,)))
    return Waiting(
        id=new_id(),
        act=Act.SEND,
        chat_id=customer.chat_id,
        lane=Lane.SERVICE,
        kind=telling.kind.value,
        message=message,
        created_at=now,
        not_before=held.until,
        customer_id=customer.id,
        ref=telling.ref,
        proactive=True,
        not_after=now + PATIENCE,
        on_unknown=OnUnknown.NEVER_TWICE,
    )
