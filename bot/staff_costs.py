"""What staff are told before a newsletter that may spend Stars goes: what it costs at most, and how much that saves."""

from __future__ import annotations

import math

from bot.paid import cost_of
from bot.staff_progress import time_left
from bot.staff_visit import StaffRoom
from domain.newsletters import Sending
from templates.markup import Safe


def cost_line(room: StaffRoom, sending: Sending, count: int, language: str, balance: int | None = None) -> Safe:
    """
    Say what sending to *count* customers costs at most, as a line of its own in our markup; nothing where it is free.

    *balance* is how many Stars the bot has, None where that is not known.
    """
    cost = cost_of(
        count,
        per_second=room.per_second,
        paid_per_second=room.paid_per_second,
        paid_stars=sending.paid_stars,
    )
    if not cost.messages:
        return Safe("")
    line = room.words.html(
        "paid.cost",
        language,
        stars=math.ceil(cost.stars),
        takes=time_left(cost.takes, room.words, language),
        takes_free=time_left(cost.takes_free, room.words, language),
        balance=balance,
    )
    return Safe("\n\n") + line
