"""
Signals of possible disappointment: the unhappy who do not speak show it by what they do.

A signal is no verdict: it says what was measured, and staff decide what to do about it.
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

LEAST_VISITS = 5
"""Fewer days of buying make no habit that could be broken."""

_SHARE = 0.95


class SignalKind(enum.StrEnum):
    """What she did, or no longer does."""

    BLOCK = "block"  # she blocked the bot
    MUTE = "mute"  # she stopped everything, or paused it
    FEWER_PURCHASES = "fewer_purchases"  # she has stayed away for longer than she ever uses to
    ABANDONED_SURVEY = "abandoned_survey"  # she began a survey of ours and left it


@dataclass(frozen=True, slots=True)
class Signal:
    """
    One signal. *evidence* has the measured values by name; *ref* is what raised it, so that it is raised once.

    `at` is when it happened: of a silence, the day on which it had become too long.
    """

    customer_id: int
    kind: SignalKind
    at: dt.datetime
    evidence: Mapping[str, str | int | float] = field(default_factory=dict)
    ref: str = ""

    def __str__(self) -> str:
        measured = ", ".join(f"{name} {value}" for name, value in self.evidence.items())
        return f"{self.kind.value}: {measured}" if measured else self.kind.value


@dataclass(frozen=True, slots=True)
class Silence:
    """
    She has not bought for longer than she uses to: *visits* days of buying, the last on *last*; *usual* days are the
    middle one of her own intervals, *longest_usual* their 95 % point, and on *since* the silence was longer than that.
    """

    visits: int
    last: dt.date
    usual: float
    longest_usual: float
    since: dt.date


def silence_of(days: Sequence[dt.date], today: dt.date) -> Silence | None:
    """
    Say whether somebody who bought on *days* has by *today* been away for longer than is her habit; None if not.

    A customer's own inter-purchase times are compared with her present silence (recency): after Allenby, Leone and Jen
    (1999), "A Dynamic Model of Purchase Timing with Application to Direct Marketing", JASA 94(446), who say that a
    customer is moving away when her interval is longer than her own history makes likely. The limit here is the 95 %
    point of her intervals (Hyndman and Fan 1996, definition 7) and never less than a week, so at least five days of
    buying are needed; several receipts of one day are one visit. It is "longer" when the days since the last visit are
    more than the limit.
    """
    silence = habit_of([day for day in days if day <= today])
    return None if silence is None or today < silence.since else silence


def habit_of(days: Iterable[dt.date]) -> Silence | None:
    """Say when somebody who bought on *days*, and not later, will have been away for too long: see `silence_of`."""
    visits = sorted(set(days))
    if len(visits) < LEAST_VISITS:
        return None
    gaps = sorted((later - earlier).days for earlier, later in itertools.pairwise(visits))
    limit = max(7.0, _quantile(gaps, _SHARE))
    since = visits[-1] + dt.timedelta(days=math.floor(limit) + 1)
    return Silence(len(visits), visits[-1], _quantile(gaps, 0.5), round(limit, 2), since)


def _quantile(ordered: Sequence[int], share: float) -> float:
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
