"""
Going faster than the free rate for Telegram Stars: what it would cost, what the bot has, and which messages may.

Dialogue comes first: what is paid for takes a lane of its own, never the places of answers to customers, and every
message that finds a free place goes for nothing.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from telegram.error import TelegramError

from bot.speech import parts_of
from bot.telegram_api import TelegramApi
from domain.messages import GivenUp, Message, Waiting
from domain.newsletters import MESSAGES_A_STAR
from store import paid
from store.database import Tx

SHARE_IN_FLIGHT = 0.8
"""The part of the calls in flight that may be paid ones; the others stay free for answers to customers."""

_NO_STARS = ("balance_too_low", "balance is too low", "not enough stars", "paid_broadcast", "allow_paid")


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What sending to so many costs at most, and how long it takes: with Stars, and without.

    *messages* go above the free rate, for *stars*.
    """

    messages: int
    stars: Decimal
    takes: dt.timedelta
    takes_free: dt.timedelta


def cost_of(count: int, *, per_second: float, paid_per_second: float, paid_stars: int) -> Cost:
    """
    Return what *count* messages of one newsletter cost that may spend *paid_stars*, when nothing else is sent.

    Both lanes run at once, at *per_second* and *paid_per_second*, until all have gone or the cap is reached; what is
    left then goes at the free rate.
    """
    free = dt.timedelta(seconds=math.ceil(count / per_second))
    if not paid_stars or not paid_per_second:
        return Cost(0, Decimal(0), free, free)
    above = min(math.ceil(count * paid_per_second / (per_second + paid_per_second)), paid_stars * MESSAGES_A_STAR)
    seconds = max(above / paid_per_second, (count - above) / per_second)
    return Cost(above, stars_for(above), dt.timedelta(seconds=math.ceil(seconds)), free)


def stars_for(messages: int) -> Decimal:
    """Return what so many messages above the free rate cost, in Stars."""
    return Decimal(messages) / MESSAGES_A_STAR


async def star_balance(api: TelegramApi) -> int | None:
    """Return how many Stars the bot has, or None where the server does not say."""
    try:
        answer = await api.call("getMyStarBalance")
    except TelegramError:
        return None
    amount = answer.get("amount") if isinstance(answer, dict) else None
    return amount if isinstance(amount, int) else None


def messages_in(message: Message) -> int:
    """Return as how many messages Telegram counts it: an album is one for each file."""
    return sum(max(len(part.media), 1) for part in parts_of(message))


def lacks_stars(outcome: object) -> bool:
    """Say whether a paid call was refused because it was to be paid, so that the message may go for nothing."""
    return isinstance(outcome, GivenUp) and any(words in outcome.raw.lower() for words in _NO_STARS)


async def reserve(tx: Tx, rows: Sequence[Waiting], budgets: Mapping[int, int]) -> tuple[list[Waiting], list[Waiting]]:
    """Reserve the Stars of claimed rows: return those that go paid, marked so, and those that the cap leaves out."""
    left, chosen, over = dict(budgets), dict[int, list[Waiting]](), []
    for row in rows:
        cost = messages_in(row.message)
        if row.newsletter_id is not None and cost <= left.get(row.newsletter_id, 0):
            left[row.newsletter_id] -= cost
            chosen.setdefault(row.newsletter_id, []).append(row)
        else:
            over.append(row)
    going: list[Waiting] = []
    for newsletter, some in sorted(chosen.items()):
        spent = budgets[newsletter] - left[newsletter]
        if await paid.reserve(tx, newsletter, spent, [row.id for row in some]):
            going += [replace(row, paid=True) for row in some]
        else:
            over += some
    return going, over


async def give_back(tx: Tx, refused: Iterable[tuple[Waiting, Message]]) -> None:
    """Return what was reserved for what of paid rows is known not to have been delivered."""
    counts: dict[int, int] = {}
    for row, rest in refused:
        if row.newsletter_id is not None:
            counts[row.newsletter_id] = counts.get(row.newsletter_id, 0) + messages_in(rest)
    await paid.give_back(tx, counts)
