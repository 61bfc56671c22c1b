"""Points that a member of staff gives or takes with a reason: audited, and the customer is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from dialogues.points_words import title_of
from domain.company import Company
from domain.contacts import ContactKind
from domain.customers import Customer, Reach
from domain.languages import best_language
from domain.messages import Act, Lane, Message, Waiting
from domain.points_account import Balance, Short
from domain.programmes import Programme
from store import outbox
from store.audit import note_act
from store.database import Tx
from store.ids import new_id
from store.points import BY_HAND, balance_of, earn, spend
from templates.words import Words


@dataclass(frozen=True, slots=True)
class ByHand:
    """Who does it and why; *points* below 0 are taken."""

    points: int
    reason: str
    staff_id: int | None


async def change_by_hand(
    tx: Tx, company: Company, words: Words, programme: Programme, customer: Customer, act: ByHand, now: dt.datetime
) -> Balance | Short:
    """
    Give or take points and return the balance after it, or what is missing, and then nothing is done.

    The audit log has who, how many and why; she gets a service message with the reason, as one about her account.
    """
    owed = (await balance_of(tx, customer.id, programme.name, now)).owed
    if act.points < 0:
        spent = await spend(
            tx,
            customer.id,
            programme.name,
            -act.points,
            now=now,
            reason=act.reason,
            staff_id=act.staff_id,
            by_hand=True,
        )
        if isinstance(spent, Short):
            return spent
    else:
        until = programme.points.expires_at(now, company.timezone) if programme.points is not None else None
        await earn(
            tx,
            customer.id,
            programme.name,
            act.points,
            source=BY_HAND,
            ref="",
            now=now,
            expires_at=until,
            reason=act.reason,
            staff_id=act.staff_id,
        )
    detail = {"programme": programme.name, "points": act.points, "reason": act.reason}
    await note_act(tx, act.staff_id, "points.change", f"customer:{customer.id}", now, detail)
    balance = await balance_of(tx, customer.id, programme.name, now)
    paid = max(owed - balance.owed, 0)
    await _tell(tx, company, words, programme, customer, act, balance, paid, now)
    return balance


def may_be_told(customer: Customer) -> bool:
    """Say whether a message about her account can go to her."""
    return customer.chat_id is not None and customer.reach is Reach.REACHABLE and customer.ended_at is None


async def _tell(
    tx: Tx,
    company: Company,
    words: Words,
    programme: Programme,
    customer: Customer,
    act: ByHand,
    balance: Balance,
    paid: int,
    now: dt.datetime,
) -> None:
    if not may_be_told(customer) or customer.chat_id is None:
        return
    language = best_language(customer.language, company.languages)
    text = words.html(
        "points.given" if act.points > 0 else "points.taken",
        language,
        programme=title_of(programme, language, company.default_language),
        points=abs(act.points),
        reason=act.reason,
        usable=balance.usable,
        paid=paid,
    )
    kind = ContactKind.SERVICE.value
    row = Waiting(new_id(), Act.SEND, customer.chat_id, Lane.SERVICE, kind, Message(text, html=True), now, now)
    await outbox.put(tx, [replace(row, customer_id=customer.id)])
