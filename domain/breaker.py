"""
When the breaker stops a sending: the exact rule, and the reason with its numbers. Pure; who counts is the scheduler.

A share is over its limit when what was seen would be too unlikely if the true share were the limit: the exact binomial
tail, P(X >= bad | of, limit), is at most a level. So a few unlucky ones among few stop nothing.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from domain.newsletters import Limits

OVER_LIMIT = "over:"
"""How the stored reason of a sending begins that was stopped for its outcomes."""

ONE_LOOK = 0.05
"""The level at which a canary is judged, once."""

MANY_LOOKS = 0.001
"""The level while a sending runs, which is looked at each second: chance alone must not stop it."""

LEAST = 4
"""Fewer than that are never too many, unless the limit is 0."""


class Ill(enum.StrEnum):
    """What may go wrong with one recipient."""

    FAILED = "failed"
    BLOCKED = "blocked"
    OPTED_OUT = "opted_out"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """
    What became of some recipients: *called* are sent, failed or unknown; *got* are sent.

    *failed* is Telegram's refusals and unknown outcomes, except *blocked*: who had blocked the bot, or did so after
    her message came. *opted_out* withdrew her consent or switched the topic off after it came. Calls that the end of
    our own process interrupted are not among them.
    """

    called: int = 0
    got: int = 0
    failed: int = 0
    blocked: int = 0
    opted_out: int = 0


@dataclass(frozen=True, slots=True)
class Over:
    """*bad* of *of* recipients were *ill*, and the *limit* is a share (0 to 1)."""

    ill: Ill
    bad: int
    of: int
    limit: float

    @property
    def reason(self) -> str:
        """Return it as the reason that a stopped sending keeps."""
        return f"{OVER_LIMIT}{self.ill.value}:{self.bad}:{self.of}:{self.limit * 100:g}"


def over_from(reason: str) -> Over | None:
    """Read a stored reason; None when it is another one."""
    if not reason.startswith(OVER_LIMIT):
        return None
    ill, bad, of, per_cent = reason.removeprefix(OVER_LIMIT).split(":")
    return Over(Ill(ill), int(bad), int(of), float(per_cent) / 100)


def over_limit(outcomes: Outcomes, limits: Limits, level: float) -> Over | None:
    """Return the first limit that the outcomes are surely over, or None."""
    looked_at = (
        (Ill.FAILED, outcomes.failed, outcomes.called, limits.failed),
        (Ill.BLOCKED, outcomes.blocked, outcomes.called, limits.blocked),
        (Ill.OPTED_OUT, outcomes.opted_out, outcomes.got, limits.opted_out),
    )
    for ill, bad, of, limit in looked_at:
        if is_over(bad, of, limit, level):
            return Over(ill, bad, of, limit)
    return None


def is_over(bad: int, of: int, limit: float, level: float) -> bool:
    """Say whether *bad* of *of* is over *limit* (0 to 1) by more than chance; a limit of 0 allows none at all."""
    if limit <= 0:
        return bad > 0
    if bad < LEAST or bad <= limit * of:
        return False
    return at_least(bad, of, limit) <= level


def at_least(bad: int, of: int, share: float) -> float:
    """
    Return P(X >= bad) for X binomial with *of* trials of probability *share* (0 to 1, both excluded).

    The tail that the exact interval of C. J. Clopper and E. S. Pearson rests on, "The use of confidence or fiducial
    limits illustrated in the case of the binomial", Biometrika 26 (1934) 404-413.
    """
    up, down = math.log(share), math.log1p(-share)
    terms = (
        math.exp(math.lgamma(of + 1) - math.lgamma(i + 1) - math.lgamma(of - i + 1) + i * up + (of - i) * down)
        for i in range(bad, of + 1)
    )
    return min(1.0, math.fsum(terms))
