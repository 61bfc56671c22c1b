"""
Three classes of customers: keep, develop, change or let go; every active customer is in exactly one.

Keep are the loyal and the key customers, let go those who cost more than they bring, or fade without an answer, or are
not to be served; everybody else who is active is developed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from domain.lifecycle import Stage
from domain.lives import Life
from domain.people import ContactKind
from domain.pictures import CustomerClass
from insight.ladder import Step
from insight.lifecycle import Bought, StageStanding

KEY = "A"
GOOD = "B"


@dataclass(frozen=True, slots=True)
class ClassLimits:
    """Who bought in the last *active_days* is active; who fades has *reaction_days* to answer before we let her go."""

    active_days: int = 730
    reaction_days: int = 60


@dataclass(frozen=True, slots=True)
class Worth:
    """
    What a customer is worth: her *value_class* (A, B, C; None: unknown), visits ever, the margin of the last year in
    major units, and whether the company's own criterion of loyalty holds (None: there is none, or it is unknown).
    """

    value_class: str | None = None
    visits: int = 0
    margin: float | None = None
    is_loyal: bool | None = None


@dataclass(frozen=True, slots=True)
class ClassStanding:
    """Her class (None: she is not active, no customer, or objects), why, and when time alone may change it."""

    customer_class: CustomerClass | None
    reason: str
    due_on: dt.date | None = None


_DEFAULT = ClassLimits()


def class_of(
    life: Life,
    bought: Bought,
    stage: StageStanding,
    step: Step,
    worth: Worth,
    day: dt.date,
    limits: ClassLimits = _DEFAULT,
) -> ClassStanding:
    """
    Say in which class she is on *day*; a total function, with exactly one class for everybody who is active.

    Active is who bought within `active_days` or has met the bot, and with whom we have not ended. Whoever objects to
    profiling, or is no customer but, say, a supplier, has no class.
    """
    if life.objects_to_profiling:
        return ClassStanding(None, "objects to profiling")
    if life.contact_kind != ContactKind.CUSTOMER.value:
        return ClassStanding(None, f"{life.contact_kind}, no customer")
    if stage.stage is Stage.ENDED:
        return ClassStanding(None, stage.reason)
    lasts_until = None if bought.last_on is None else bought.last_on + dt.timedelta(days=limits.active_days + 1)
    bought_lately = lasts_until is not None and day < lasts_until
    if not bought_lately and life.met_on is None:
        return ClassStanding(None, "never bought" if bought.last_on is None else f"no purchase since {bought.last_on}")
    due = [lasts_until] if lasts_until is not None and day < lasts_until else []
    verdict, reason = _verdict(life, stage, step, worth, day, limits, due)
    return ClassStanding(verdict, reason, min(due, default=None))


def _verdict(
    life: Life,
    stage: StageStanding,
    step: Step,
    worth: Worth,
    day: dt.date,
    limits: ClassLimits,
    due: list[dt.date],
) -> tuple[CustomerClass, str]:
    value, visits = worth.value_class, "1 visit" if worth.visits == 1 else f"{worth.visits} visits"
    if life.not_served_on is not None:
        return CustomerClass.LET_GO, f"not served since {life.not_served_on}"
    if value == KEY:
        return CustomerClass.KEEP, f"value {KEY}, {visits}"
    if worth.is_loyal:
        return CustomerClass.KEEP, f"loyal by the criterion, {visits}"
    if value == GOOD and step >= Step.SUPPORTER:
        return CustomerClass.KEEP, f"value {GOOD}, {step.name.lower()}, {visits}"
    if value != GOOD and (loss := _loss(life, worth)):
        return CustomerClass.LET_GO, f"value {value or 'unknown'}, {loss}"
    if stage.stage is Stage.PREVENTING_END and stage.since is not None:
        gives_up_on = stage.since + dt.timedelta(days=limits.reaction_days + 1)
        if life.last_in_on is None or life.last_in_on < stage.since:
            if day >= gives_up_on:
                return CustomerClass.LET_GO, f"{stage.reason}, no reaction in {limits.reaction_days} days"
            due.append(gives_up_on)
    return CustomerClass.DEVELOP, f"value {value or 'unknown'}, {step.name.lower()}, {visits}"


def _loss(life: Life, worth: Worth) -> str:
    """Say why she costs more than she brings, or "" where she does not or it is unknown."""
    if worth.margin is None:
        return ""
    if worth.margin < 0:
        return f"margin {worth.margin:.2f}"
    if life.cost_to_serve is not None and life.cost_to_serve > worth.margin:
        return f"costs {life.cost_to_serve:.2f} to serve over a margin of {worth.margin:.2f}"
    return ""
