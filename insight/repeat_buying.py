"""
Who still buys, and how often: BG/NBD fitted to columns of customers, with ranges, or the reason why it keeps silent.

P. S. Fader, B. G. S. Hardie and K. L. Lee, Marketing Science 24 (2005) 275-284; the formulas are in
`insight.repeat_buying_model`, the judgement over what came true in `insight.back_test`. Times are weeks.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit, logit

from insight.intervals import z_for
from insight.repeat_buying_model import Floats, Likelihood, alive_of, expected_of

LEAST_CUSTOMERS = 100
LEAST_AGAIN = 100
"""With fewer customers, or fewer purchases after the first ones, the fit says nothing."""

_BOUND = 12.0  # of the logarithms: from 6e-6 to 163,000
_STARTS = ((-1.4, 0.0, -0.3, 0.9), (0.0, 0.0, 0.0, 0.0), (-0.7, -1.0, -2.0, 1.0), (0.5, 1.0, 0.0, 2.5))
_SCOUTED = 20_000  # rows on which all starts are tried; the best is then fitted to everybody
_SEED = 20050101


class Silence(enum.StrEnum):
    """Why the fit does not speak."""

    TOO_FEW = "too_few"
    TOO_SHORT = "too_short"
    NOT_CONVERGED = "not_converged"
    AT_A_BOUND = "at_a_bound"
    UNCERTAIN = "uncertain"
    TOTAL_OFF = "total_off"
    WORSE_THAN_NAIVE = "worse_than_naive"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The model does not speak; *sentence* says why in words for staff."""

    why: Silence
    sentence: str


@dataclass(frozen=True, slots=True)
class Range:
    """Columns of estimates, each with its lower and upper bound."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """
    A fitted model: purchases come at rates of a gamma distribution (*r*, *alpha*, per week), and after each one a
    customer stays away for good with a probability of a beta distribution (*a*, *b*).

    *covariance* is that of the logarithms of r, alpha, a and b, by rows. x counts purchases after the first, *t_x* is
    the time from the first to the last, *t* from the first until now.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    n: int
    again: int
    covariance: tuple[tuple[float, ...], ...]

    def alive(self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike) -> Floats:
        """
        Give the probability (0 to 1) that each customer may still buy.

        It is 1 for x = 0: in this model nobody goes away before a second purchase, so of one who bought once it says
        nothing yet; the small number of purchases that it expects of her tells the rest.
        """
        return alive_of(self._logs, *_columns(x, t_x, t))

    def expected(self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike, weeks: float) -> Floats:
        """Give how many purchases to expect of each customer in the next *weeks*."""
        return expected_of(self._logs, *_columns(x, t_x, t), weeks)

    def expected_new(self, weeks: float) -> float:
        """Give how many purchases to expect of a new customer in the *weeks* after her first: (9) of the paper."""
        nothing = np.zeros(1)
        return float(expected_of(self._logs, nothing, nothing, nothing, weeks)[0])

    def alive_range(self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike, confidence: float = 0.95) -> Range:
        """
        Give the probability of being alive with the bounds that the uncertainty of the four parameters leaves.

        By the delta method on the logit, so that the bounds stay between 0 and 1; for x = 0 all three are 1.
        """
        columns = _columns(x, t_x, t)
        value = self.alive(*columns)

        def moved(logs: Floats) -> Floats:
            return np.asarray(logit(np.clip(alive_of(logs, *columns), 1e-12, 1 - 1e-12)), dtype=np.float64)

        half = z_for(confidence) * self._error(moved)
        middle = logit(np.clip(value, 1e-12, 1 - 1e-12))
        low, high = expit(middle - half), expit(middle + half)
        once = columns[0] <= 0
        return Range(value, np.where(once, value, low), np.where(once, value, high))

    def expected_range(
        self, x: ArrayLike, t_x: ArrayLike, t: ArrayLike, weeks: float, confidence: float = 0.95
    ) -> Range:
        """
        Give the expected purchases with the bounds that the uncertainty of the parameters leaves (delta, on the log).

        It is the range of the mean of customers like her: what one of them does varies more, as the back-test shows.
        """
        columns = _columns(x, t_x, t)
        value = self.expected(*columns, weeks)

        def moved(logs: Floats) -> Floats:
            return np.asarray(np.log(np.maximum(expected_of(logs, *columns, weeks), 1e-12)), dtype=np.float64)

        factor = np.exp(z_for(confidence) * self._error(moved))
        return Range(value, value / factor, value * factor)

    @property
    def _logs(self) -> Floats:
        return np.log([self.r, self.alpha, self.a, self.b])

    def _error(self, moved: Any) -> Floats:
        """Give the standard error of what *moved* reckons from the logarithms of the parameters."""
        step, slopes = 1e-4, []
        for place in range(4):
            shift = np.zeros(4)
            shift[place] = step
            slopes.append((moved(self._logs + shift) - moved(self._logs - shift)) / (2 * step))
        slope = np.stack(slopes)
        variance = np.einsum("ip,ij,jp->p", slope, np.array(self.covariance), slope)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)), dtype=np.float64)


def fit(x: ArrayLike, t_x: ArrayLike, t: ArrayLike, counts: ArrayLike | None = None) -> Fit | Refusal:
    """
    Fit by greatest likelihood to customers who bought *x* times after the first, last *t_x* weeks after it, within *t*.

    *counts* says how many customers each row stands for. Equal rows are put together first, so that a million customers
    take seconds. The same data give the same fit. Raises ValueError for what cannot be: t_x over t, x below 0, or a
    purchase again at no later time.
    """
    columns = _columns(x, t_x, t)
    _refuse_impossible(*columns)
    weights = np.ones(len(columns[0])) if counts is None else np.asarray(counts, dtype=np.float64)
    n, again = int(weights.sum()), int(weights @ columns[0])
    if n < LEAST_CUSTOMERS or again < LEAST_AGAIN:
        return Refusal(
            Silence.TOO_FEW,
            f"There are {n} customers with {again} purchases after their first; "
            f"it takes {LEAST_CUSTOMERS} customers and {LEAST_AGAIN} such purchases to tell.",
        )
    rows = compressed(*columns, weights)
    scale = float(rows[2] @ rows[3]) / n or 1.0  # so that a start means the same for weeks and for years
    unit = (rows[0], rows[1] / scale, rows[2] / scale, rows[3])
    scouted = Likelihood(*_some(unit))
    scouts = [_minimum(scouted, np.array(start), rough=True) for start in _STARTS]
    best = min(scouts, key=lambda scout: float(scout.fun))
    likelihood = Likelihood(*unit)
    found = _minimum(likelihood, best.x, rough=False)
    return _judged(likelihood, found, scale, n, again)


def compressed(x: Floats, t_x: Floats, t: Floats, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Put equal customers together: rows of (x, t_x, t) in their order, and the weight of each."""
    order = np.lexsort((t_x, t, x))
    x, t_x, t, weights = x[order], t_x[order], t[order], weights[order]
    is_new = np.ones(len(x), dtype=bool)
    is_new[1:] = (np.diff(x) != 0) | (np.diff(t) != 0) | (np.diff(t_x) != 0)
    starts = np.flatnonzero(is_new)
    return x[starts], t_x[starts], t[starts], np.add.reduceat(weights, starts)


def _judged(likelihood: Likelihood, found: Any, scale: float, n: int, again: int) -> Fit | Refusal:
    value, gradient = likelihood(found.x)
    logs = found.x + np.array([0.0, np.log(scale), 0.0, 0.0])
    r, alpha, a, b = (float(each) for each in np.exp(logs))
    told = f"r {r:.3g}, alpha {alpha:.3g}, a {a:.3g}, b {b:.3g}"
    if np.abs(found.x).max() > _BOUND - 0.5:
        sentence = f"The fit ran to a bound ({told}): these purchases do not tell how customers differ."
        return Refusal(Silence.AT_A_BOUND, sentence)
    if not np.isfinite(value) or np.abs(gradient).max() > 1e-4:
        return Refusal(Silence.NOT_CONVERGED, f"The search for the four parameters did not settle ({told}).")
    covariance = _covariance(likelihood, found.x, n)
    if covariance is None:
        sentence = f"The four parameters cannot be told from one another ({told}): other values fit as well."
        return Refusal(Silence.UNCERTAIN, sentence)
    # Times were divided by the scale; each time of a purchase again gives its density in weeks.
    log_likelihood = -value * n - again * float(np.log(scale))
    return Fit(r, alpha, a, b, log_likelihood, n, again, covariance)


def _minimum(likelihood: Likelihood, start: Floats, *, rough: bool) -> Any:
    options = {"maxiter": 300, "ftol": 1e-7 if rough else 1e-14, "gtol": 1e-4 if rough else 1e-8}
    bounds = [(-_BOUND, _BOUND)] * 4
    return minimize(likelihood, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)


def _covariance(likelihood: Likelihood, logs: Floats, n: int) -> tuple[tuple[float, ...], ...] | None:
    """Invert the Hessian, taken by differences of the gradient; None where it is not that of a minimum."""
    step = 1e-4
    rows = []
    for place in range(4):
        shift = np.zeros(4)
        shift[place] = step
        rows.append((likelihood(logs + shift)[1] - likelihood(logs - shift)[1]) / (2 * step))
    hessian = np.array(rows) * n
    hessian = (hessian + hessian.T) / 2
    if not np.isfinite(hessian).all() or np.linalg.eigvalsh(hessian).min() <= 1e-6:
        return None
    inverse = np.linalg.inv(hessian)
    return tuple(tuple(float(value) for value in row) for row in inverse)


def _some(rows: tuple[Floats, Floats, Floats, Floats]) -> tuple[Floats, Floats, Floats, Floats]:
    if len(rows[0]) <= _SCOUTED:
        return rows
    chosen = np.random.default_rng(_SEED).choice(len(rows[0]), _SCOUTED, replace=False)
    return rows[0][chosen], rows[1][chosen], rows[2][chosen], rows[3][chosen]


def _columns(x: ArrayLike, t_x: ArrayLike, t: ArrayLike) -> tuple[Floats, Floats, Floats]:
    x, t_x, t = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (x, t_x, t)))
    return np.atleast_1d(x), np.atleast_1d(t_x), np.atleast_1d(t)


def _refuse_impossible(x: Floats, t_x: Floats, t: Floats) -> None:
    if (x < 0).any() or (t_x < 0).any() or (t_x > t).any() or ((x > 0) & (t_x <= 0)).any():
        raise ValueError("repeat buying: x below 0, t_x over t, or a purchase again at no later time; count days anew")
