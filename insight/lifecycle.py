"""
The stage of a relationship: acquisition, start, deepening, preventing the end, ended, each with its reason.

A rhythm is broken when a silence is longer than a multiple of the customer's own usual gap: after Allenby, Leone and
Jen (1999), "A Dynamic Model of Purchase Timing with Application to Direct Marketing", JASA 94(446).
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from domain.lifecycle import Stage
from domain.lives import Life


@dataclass(frozen=True, slots=True)
class LifecycleLimits:
    """
    A company's own limits, in days where nothing else is said.

    The start ends with the *start_visits*-th day of buying, and at the latest *start_days* after the first. A rhythm
    needs *rhythm_visits* days of buying; it is broken after more than *broken_gaps* usual gaps, never before
    *least_silence*; who has no rhythm yet is silent after *silence*. A complaint that was turned down, or is open,
    counts where her last score is low: NPS at most *low_nps* or satisfaction at most *low_satisfaction*; after a
    refusal for *declined_days*. A signal of disappointment counts for *signal_days*, or until she buys again.
    """

    start_visits: int = 3
    start_days: int = 90
    rhythm_visits: int = 3
    broken_gaps: float = 2.5
    least_silence: int = 30
    silence: int = 180
    low_nps: int = 6
    low_satisfaction: int = 2
    declined_days: int = 180
    signal_days: int = 60


@dataclass(frozen=True, slots=True)
class ActionRules:
    """
    What counts as which action: newsletters of *offer_topics* are offers; a receipt of more than *dearer* times the
    median of at least *usual_receipts* earlier ones, after an offer of the same month or the one before, is an upsell.
    """

    offer_topics: tuple[str, ...] = ("offers",)
    dearer: float = 1.25
    usual_receipts: int = 3


@dataclass(frozen=True, slots=True)
class Bought:
    """
    What the stage looks at of a customer's purchases up to a day, returns left out.

    *days* counts the days of buying; *usual_gap* is the median of the days between neighbouring ones, None for fewer
    than two.
    """

    days: int = 0
    first_on: dt.date | None = None
    last_on: dt.date | None = None
    usual_gap: float | None = None


@dataclass(frozen=True, slots=True)
class StageStanding:
    """
    The stage, why, since when that reason holds (None: not told by a day), and *due_on*: the first day on which time
    alone may change the stage or its reason, None where it never does.
    """

    stage: Stage
    reason: str
    due_on: dt.date | None = None
    since: dt.date | None = None


NOTHING = Bought()
_DEFAULT = LifecycleLimits()


def stage_of(life: Life, bought: Bought, day: dt.date, limits: LifecycleLimits = _DEFAULT) -> StageStanding:
    """
    Say where the relationship stands on *day*.

    The first that holds of: ended (and she has not bought on a later day), no purchase yet, a reason to prevent the
    end, the start, and else deepening. Takes a few microseconds.
    """
    first, last = bought.first_on, bought.last_on
    if life.ended_on is not None and (last is None or last <= life.ended_on):
        return StageStanding(Stage.ENDED, f"ended on {life.ended_on}", None, life.ended_on)
    if first is None or last is None:
        return StageStanding(Stage.ACQUISITION, "no purchase yet", None, life.created_on)
    silent_from, rhythm = silence_of(bought, last, limits)
    due = [silent_from]
    if day >= silent_from:
        return StageStanding(Stage.PREVENTING_END, f"no purchase since {last}, {rhythm}", None, silent_from)
    if (trouble := _trouble(life, last, day, limits, due)) is not None:
        reason, since = trouble
        return StageStanding(Stage.PREVENTING_END, reason, min(due), since)
    starts_until = first + dt.timedelta(days=limits.start_days)
    if bought.days < limits.start_visits and day < starts_until:
        due.append(starts_until)
        return StageStanding(Stage.START, f"first purchase on {first}, {_visits(bought.days)}", min(due), first)
    return StageStanding(Stage.DEEPENING, f"{_visits(bought.days)} since {first}", min(due))


def _visits(days: int) -> str:
    return "1 day of buying" if days == 1 else f"{days} days of buying"


def silence_of(bought: Bought, last: dt.date, limits: LifecycleLimits) -> tuple[dt.date, str]:
    """Return the first day on which she has been silent for too long, and her rhythm in words."""
    gap = bought.usual_gap
    if gap is None or bought.days < limits.rhythm_visits:
        return last + dt.timedelta(days=limits.silence + 1), f"limit {limits.silence} days"
    longest = max(limits.least_silence, math.floor(limits.broken_gaps * gap))
    return last + dt.timedelta(days=longest + 1), f"usually every {gap:g} days"


def _trouble(
    life: Life, last: dt.date, day: dt.date, limits: LifecycleLimits, due: list[dt.date]
) -> tuple[str, dt.date | None] | None:
    """Return why the end is near though she still buys, and since when; when that passes goes into *due*."""
    is_low = (life.nps is not None and life.nps <= limits.low_nps) or (
        life.satisfaction is not None and life.satisfaction <= limits.low_satisfaction
    )
    if is_low and life.has_open_complaint:
        return f"complaint open, last score low ({_scores(life)})", None
    if is_low and life.declined_on is not None:
        passes = life.declined_on + dt.timedelta(days=limits.declined_days + 1)
        if day < passes:
            due.append(passes)
            return f"complaint declined on {life.declined_on}, last score low ({_scores(life)})", life.declined_on
    if life.signal_on is not None and life.signal_on >= last:
        passes = life.signal_on + dt.timedelta(days=limits.signal_days + 1)
        if day < passes:
            due.append(passes)
            return f"signal {life.signal} on {life.signal_on}", life.signal_on
    return None


def _scores(life: Life) -> str:
    parts = [] if life.nps is None else [f"NPS {life.nps}"]
    if life.satisfaction is not None:
        parts.append(f"satisfaction {life.satisfaction}")
    return ", ".join(parts)
