"""The graceful goodbye: one last message, and from then on nothing is sent until she comes back by herself."""

from __future__ import annotations

import dataclasses
import datetime as dt

from dialogues.courtesy import FAREWELL, quiet_until_for, unreachable_for
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.dialogues import RunState
from domain.languages import best_language
from domain.messages import Act, Lane, Message, OnUnknown, Waiting
from store import outbox
from store.audit import note_act
from store.database import Tx
from store.ids import new_id
from store.lifecycle import end_relationship
from store.runs import change_runs, open_runs
from templates.words import Words


def farewell(words: Words, company: Company, customer: Customer) -> Message:
    """Return what she reads at the end, in her language."""
    language = best_language(customer.language, company.languages)
    return Message(words.html("service.farewell", language), html=True)


async def say_goodbye(
    tx: Tx, company: Company, words: Words, customer: Customer, now: dt.datetime, staff_id: int | None
) -> bool:
    """
    End the relationship with a customer and send her the last message, outside her quiet hours; False: it was ended.

    Dialogues of hers that are open end without a word. Who cannot be reached gets no message.
    """
    if not await end_relationship(tx, customer.id, now, staff_id):
        return False
    runs = (await open_runs(tx, [customer.id])).get(customer.id, [])
    await change_runs(
        tx, [dataclasses.replace(run, state=RunState.CANCELLED, ended_at=now, due_at=None) for run in runs]
    )
    if customer.chat_id is not None and unreachable_for(customer) is None:
        awake_at = quiet_until_for(customer.timezone or company.timezone, company.courtesy, now)
        row = Waiting(
            id=new_id(),
            act=Act.SEND,
            chat_id=customer.chat_id,
            lane=Lane.SERVICE,
            kind=ContactKind.SERVICE.value,
            message=farewell(words, company, customer),
            created_at=now,
            not_before=awake_at or now,
            customer_id=customer.id,
            staff_id=staff_id,
            ref=FAREWELL,
            on_unknown=OnUnknown.NEVER_TWICE,
        )
        await outbox.put(tx, [row])
    await note_act(tx, staff_id, "customer.end", f"customer:{customer.id}", now)
    return True
