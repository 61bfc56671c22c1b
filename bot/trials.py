"""A trial of a newsletter: those on the config's test list get it as customers would, before anybody else does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.newsletters import Newsletters
from dialogues.courtesy import unreachable_for
from domain.contacts import ContactKind
from domain.messages import Act, Lane, Message, Waiting
from domain.newsletters import Sending
from store import outbox
from store.customers import search_customers
from store.database import Tx
from store.ids import new_id

UNKNOWN = "no_such_number"
"""Nobody has that customer number."""

BROKEN = "broken"
"""The message does not come out for her."""


@dataclass(frozen=True, slots=True)
class Trial:
    """To how many of the list it goes, and why not to the others: {customer number: UNKNOWN, BROKEN or a `Hold`}."""

    sent: int = 0
    missing: Mapping[str, str] = field(default_factory=dict)


async def try_out(
    tx: Tx, newsletters: Newsletters, sending: Sending, numbers: Sequence[str], now: dt.datetime
) -> Trial:
    """
    Put *sending*'s message into the outbox for the customers of those *numbers*, each as she would get it.

    They are no recipients: the account knows nothing of it, and they get the real one, too. They asked to be on the
    list, so neither courtesy nor quiet hours hold it back.
    """
    rows: list[Waiting] = []
    missing: dict[str, str] = {}
    for number in numbers:
        found = await search_customers(tx, number, limit=2)
        customer = found[0] if len(found) == 1 and found[0].number == number else None
        if customer is None:
            missing[number] = UNKNOWN
            continue
        hold = unreachable_for(customer)
        if hold is not None or customer.chat_id is None:
            missing[number] = hold.value if hold is not None else UNKNOWN
            continue
        message = await newsletters.message_for(tx, sending, customer, now)
        if isinstance(message, Message):
            rows.append(
                Waiting(
                    id=new_id(),
                    act=Act.SEND,
                    chat_id=customer.chat_id,
                    lane=Lane.SERVICE,
                    kind=ContactKind.SERVICE.value,
                    message=message,
                    created_at=now,
                    not_before=now,
                    customer_id=customer.id,
                )
            )
        else:
            missing[number] = BROKEN
    await outbox.put(tx, rows)
    return Trial(len(rows), missing)
