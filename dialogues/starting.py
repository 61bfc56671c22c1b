"""A contact that the company starts with one message: asked of the courtesy budget, then put on its way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from dialogues.courtesy import Decision, hold_for, objections_to_kind, purpose_of_kind, situations
from dialogues.taps import WHY, menu_tap
from domain.company import Company
from domain.contacts import ContactKind
from domain.holds import Hold
from domain.messages import Act, Button, Lane, Message, OnUnknown, Waiting
from store import outbox
from store.database import Tx
from store.holds import keep_hold_once
from store.ids import new_id


async def start_contact(
    tx: Tx,
    company: Company,
    customer_id: int,
    message: Message,
    kind: ContactKind,
    now: dt.datetime,
    *,
    ref: str,
    why: str = "",
    why_label: str = "",
    not_after: dt.datetime | None = None,
    on_unknown: OnUnknown = OnUnknown.NEVER_TWICE,
    other_way: Collection[Hold] = (),
) -> Waiting | Decision:
    """
    Put *message* on its way to a customer, or return why it must not go now; that is kept as a hold, once for *ref*.

    Consent (by *kind*), reachability and the courtesy budget are asked here and once more at the call; *ref* (at most
    64 signs) names what it belongs to. With *why* a last button tells her why she got it. A `Decision` with `until`
    passes: ask again then. Whoever calls keeps, in the same transaction, that this was done; for a reason out of
    *other_way* she is reached otherwise, which is no hold.
    """
    situation = (await situations(tx, [customer_id], now)).get(customer_id)
    if situation is None:
        return Decision(Hold.ERASED)
    purpose, objections = purpose_of_kind(kind), objections_to_kind(kind.value)
    held = hold_for(situation, purpose, company.courtesy, company.timezone, now, objections=objections)
    chat = situation.customer.chat_id
    if held is None and chat is None:
        held = Decision(Hold.NEVER_MET)
    if held is not None or chat is None:
        held = held or Decision(Hold.NEVER_MET)
        if held.hold not in other_way:
            await keep_hold_once(tx, customer_id, kind.value, held.hold, ref, now)
        return held
    if why:
        message = replace(message, keyboard=(*message.keyboard, (Button(why_label, menu_tap(WHY, why)),)))
    row = Waiting(
        id=new_id(),
        act=Act.SEND,
        chat_id=chat,
        lane=Lane.SERVICE,
        kind=kind.value,
        message=message,
        created_at=now,
        not_before=now,
        customer_id=customer_id,
        ref=ref,
        proactive=True,
        not_after=not_after,
        on_unknown=on_unknown,
    )
    await outbox.put(tx, [row])
    return row
