"""The breaker: looks at what became of a sending's canary, and of its latest recipients, and says when it must stop."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from domain.breaker import MANY_LOOKS, ONE_LOOK, Over, over_limit
from domain.newsletters import Newsletter, Sending
from store.database import Tx
from store.latest_outcomes import canary_since, count_called, latest_outcomes
from store.under_way import count_under_way

WINDOW = 500
"""So many of the latest outcomes are looked at while a sending runs."""

REACTS_WITHIN = dt.timedelta(minutes=10)
"""Where a newsletter gives its canary no time of its own, people have had time to react after so long."""

_LOOK_AGAIN = dt.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class CanaryLook:
    """
    How a canary stands: *most* further recipients may be fed, None when it is well and everybody may.

    *over* is the limit that it is over; *rests_until* when to look again, where nothing can be fed before.
    """

    most: int | None = 0
    over: Over | None = None
    rests_until: dt.datetime | None = None


async def look_at_canary(tx: Tx, sending: Sending, newsletter: Newsletter, now: dt.datetime) -> CanaryLook:
    """
    Judge a canary by the store alone, so that a restart judges the same.

    Skipped recipients and those held until later are no part of it: others go in their place. When it is complete it
    has `canary_wait` to react, and is then judged once; what is surely over a limit stops it at any time before. An
    audience that is smaller than its canary comes to its end unjudged.
    """
    called = await count_called(tx, sending.id, sending.canary)
    outcomes = await latest_outcomes(tx, sending.id, topic=sending.topic, most=sending.canary + WINDOW)
    if (over := over_limit(outcomes, newsletter.limits, MANY_LOOKS)) is not None:
        return CanaryLook(over=over)
    if called < sending.canary:
        under_way = await count_under_way(tx, sending.id, now)
        return CanaryLook(max(sending.canary - called - under_way, 0))
    since = await canary_since(tx, sending.id, sending.canary)
    judged_at = (since or now) + newsletter.canary_wait
    if now < judged_at:
        return CanaryLook(rests_until=min(judged_at, now + _LOOK_AGAIN))
    over = over_limit(outcomes, newsletter.limits, ONE_LOOK)
    return CanaryLook(over=over) if over is not None else CanaryLook(None)


async def look_while_running(tx: Tx, sending: Sending, newsletter: Newsletter, now: dt.datetime) -> Over | None:
    """
    Say which limit the latest outcomes are over, or None.

    Looked at are the latest 500, and for what people did about it the latest 500 that have had time to react; none from
    before the canary was found to be well, or before staff let it go on.
    """
    after = max((at for at in (sending.proved_at, sending.resumed_at) if at is not None), default=None)
    latest = await latest_outcomes(tx, sending.id, topic=sending.topic, after=after, most=WINDOW)
    if (over := over_limit(latest, newsletter.limits, MANY_LOOKS)) is not None:
        return over
    reacted = now - (newsletter.canary_wait or REACTS_WITHIN)
    if after is not None and after >= reacted:
        return None
    early = await latest_outcomes(tx, sending.id, topic=sending.topic, after=after, until=reacted, most=WINDOW)
    return over_limit(early, newsletter.limits, MANY_LOOKS)
