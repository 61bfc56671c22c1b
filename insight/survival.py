"""
How long things take when some are not over yet: Kaplan and Meier's estimate, its median and ninth tenth.

What is still open counts as long as it was watched ("censored"), so that nothing looks quick because the slow ones are
left out. scipy computes it; it comes with `vuoro[insight]`, and `can_estimate` says whether it is there.
"""

from __future__ import annotations

import importlib.util
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

_CLOSE = 1e-9  # products of fractions: 0.5 may come out as 0.5000000000000001


@dataclass(frozen=True, slots=True)
class Quantile:
    """
    The time by which a share is over, with its interval; None for what the curve does not reach.

    *value* None: too many are open still to say. *high* None: it may be any longer time.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """From *at* on, *share* (0 to 1) is not over yet; *low* and *high* are its pointwise interval."""

    at: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Survival:
    """
    An estimate from *n* things, of which *done* are over; all times are in the unit that they were given in.

    *steps* are where the curve falls, in order; before the first of them all is open. *watched* is the longest time
    that anything was watched: the curve says nothing beyond it.
    """

    n: int = 0
    done: int = 0
    median: Quantile = Quantile()
    p90: Quantile = Quantile()
    steps: tuple[Step, ...] = ()
    watched: float = 0.0


def can_estimate() -> bool:
    """Say whether scipy, with its numpy, is there."""
    return all(importlib.util.find_spec(name) is not None for name in ("numpy", "scipy"))


def survival(done: Sequence[float], still_open: Sequence[float], confidence: float = 0.95) -> Survival:
    """
    Estimate how long things take from how long those that are over took, and how long the others have been open.

    E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958) 457-481, by
    `scipy.stats.ecdf`; pointwise intervals by Greenwood's variance on the log-log scale. A quantile is the first time
    at which no more than the rest is open; its interval is that of R. Brookmeyer and J. Crowley, "A confidence interval
    for the median survival time", Biometrics 38 (1982) 29-41: where the bounds of the curve cross the same level.
    Raises ModuleNotFoundError without scipy, ValueError for a time below 0.
    """
    from scipy.stats import CensoredData, ecdf

    if any(time < 0 for time in (*done, *still_open)):
        raise ValueError("survival: a time is below 0; give how long it took")
    if not done:
        return Survival(len(still_open), 0, watched=max(still_open, default=0.0))
    curve = ecdf(CensoredData(uncensored=list(done), right=list(still_open))).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it has no interval where all or none is open: see _bound
        bounds = curve.confidence_interval(confidence_level=confidence, method="log-log")
    steps: list[Step] = []
    before = 1.0
    points = zip(curve.quantiles, curve.probabilities, bounds.low.probabilities, bounds.high.probabilities, strict=True)
    for at, share, low, high in points:
        if share < before:  # where only watching ended, it does not fall
            steps.append(Step(float(at), float(share), _bound(low, 0.0), _bound(high, before)))
            before = float(share)
    return Survival(
        n=len(done) + len(still_open),
        done=len(done),
        median=_quantile(steps, 0.5),
        p90=_quantile(steps, 0.1),
        steps=tuple(steps),
        watched=float(max((*done, *still_open))),
    )


def _bound(value: float, otherwise: float) -> float:
    """Read a bound: where the last one is over there is no variance, so it says no more than the step before."""
    return otherwise if math.isnan(value) else float(value)


def _quantile(steps: Sequence[Step], level: float) -> Quantile:
    level += _CLOSE
    return Quantile(
        next((step.at for step in steps if step.share <= level), None),
        next((step.at for step in steps if step.low <= level), None),
        next((step.at for step in steps if step.high <= level), None),
    )
