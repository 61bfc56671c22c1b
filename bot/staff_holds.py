"""What was held back from a customer lately and why, for the card that staff see."""

from __future__ import annotations

import datetime as dt

from bot.staff_visit import Visit
from domain.customers import Customer
from store.holds import newest_holds
from templates.markup import Safe

LATELY = dt.timedelta(days=30)
_MOST = 3


async def held_lately(visit: Visit, customer: Customer) -> str:
    """Say what we did not send her in the last thirty days, the newest first; nothing where there is nothing."""
    after = visit.now + dt.timedelta(seconds=1)
    found = await newest_holds(visit.tx, visit.now - LATELY, after, customer_id=customer.id, limit=_MOST)
    labels, language = visit.room.labels, visit.language
    lines = [
        visit.html(
            "card_hold",
            at=held.at,
            kind=labels.name("contact", held.kind, language),
            reason=labels.name("hold", held.reason, language),
            again=held.again_at,
        )
        for held in found
    ]
    return visit.html("card_holds", lines=Safe("\n").join(lines)) if lines else ""
