"""
Do those who did not answer differ from those who did? Before and after, with intervals, and silent on too few.

It describes; it proves no cause. Who is content may answer more, and who is asked more may buy less.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from domain.behaviour import Behaviour, Took
from insight.intervals import Interval, t_for, wilson
from insight.scores import LEAST_ANSWERS

_MONTH = 30.0


@dataclass(frozen=True, slots=True)
class Change:
    """
    A measure per customer and 30 days, before and after, and its mean change with a 95 % interval.

    The change is a mean of paired differences with Student's interval; None with fewer than ten customers.
    """

    before: float
    after: float
    low: float
    high: float

    @property
    def value(self) -> float:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a group did it, with Wilson's 95 % interval of the share (0 to 1)."""

    count: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupBehaviour:
    """One group's doings; every measure is None with fewer than ten customers."""

    took: Took
    n: int
    visits: Change | None = None
    spent: Change | None = None
    contacts: Change | None = None
    complained: Share | None = None
    opted_out: Share | None = None
    blocked: Share | None = None
    signalled: Share | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """The change of visits per 30 days of the silent less that of those who answered, with a 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves out no difference."""
        return self.low > 0 or self.high < 0


def group_behaviour(took: Took, found: Sequence[Behaviour], days: int) -> GroupBehaviour:
    """Describe those of *found* who took it so; *days* is the span before and after that was looked at."""
    group = [each for each in found if each.took is took]
    n = len(group)
    if n < LEAST_ANSWERS:
        return GroupBehaviour(took, n)

    def change(before: Callable[[Behaviour], int], after: Callable[[Behaviour], int]) -> Change:
        scale = _MONTH / days
        first, second = ([scale * of(each) for each in group] for of in (before, after))
        interval = mean_interval([b - a for a, b in zip(first, second, strict=True)])
        return Change(fmean(first), fmean(second), interval.low, interval.high)

    def share(of: Callable[[Behaviour], bool]) -> Share:
        count = sum(of(each) for each in group)
        interval = wilson(count, n)
        return Share(count, count / n, interval.low, interval.high)

    return GroupBehaviour(
        took,
        n,
        visits=change(lambda one: one.visits_before, lambda one: one.visits_after),
        spent=change(lambda one: one.spent_before, lambda one: one.spent_after),
        contacts=change(lambda one: one.contacts_before, lambda one: one.contacts_after),
        complained=share(lambda one: one.complained),
        opted_out=share(lambda one: one.opted_out),
        blocked=share(lambda one: one.blocked),
        signalled=share(lambda one: one.signalled),
    )


def contrast(found: Sequence[Behaviour], days: int) -> Contrast | None:
    """Compare how the visits of the silent and of the answering changed; None while one group has fewer than ten."""
    silent, answered = (
        [(each.visits_after - each.visits_before) * _MONTH / days for each in found if each.took is took]
        for took in (Took.SILENT, Took.ANSWERED)
    )
    if min(len(silent), len(answered)) < LEAST_ANSWERS:
        return None
    interval = welch_interval(silent, answered)
    return Contrast(fmean(silent) - fmean(answered), interval.low, interval.high)


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """
    Give Student's interval for a mean: x ± t(n - 1) s / √n.

    "Student", "The probable error of a mean", Biometrika 6 (1908) 1-25. Raises ValueError with fewer than two values.
    """
    if len(values) < 2:
        raise ValueError(f"mean: {len(values)} values have no spread; it takes two")
    middle = fmean(values)
    half = t_for(confidence, len(values) - 1) * math.sqrt(variance(values, middle) / len(values))
    return Interval(middle - half, middle + half)


def welch_interval(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Interval:
    """
    Give the interval for the mean of *first* less that of *second*, whose spreads may differ.

    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are involved",
    Biometrika 34 (1947) 28-35, with the degrees of freedom of F. E. Satterthwaite, Biometrics Bulletin 2 (1946)
    110-114.
    """
    gap = fmean(first) - fmean(second)
    one, two = variance(first) / len(first), variance(second) / len(second)
    if one + two == 0:
        return Interval(gap, gap)
    freedom = (one + two) ** 2 / (one**2 / (len(first) - 1) + two**2 / (len(second) - 1))
    half = t_for(confidence, freedom) * math.sqrt(one + two)
    return Interval(gap - half, gap + half)
