"""
The formulas of BG/NBD on numpy columns: likelihood with its gradient, who is alive, how many purchases to expect.

P. S. Fader, B. G. S. Hardie and K. L. Lee, "Counting your customers the easy way: an alternative to the Pareto/NBD
model", Marketing Science 24 (2005) 275-284. Fitting and judging are in `insight.repeat_buying`.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, hyp2f1, psi

Floats: TypeAlias = NDArray[np.float64]

_NEAR = 1e-4  # so near to a removable singularity the formula loses digits; see `_conditional`


class Likelihood:
    """The mean negative log likelihood of customers over log(r, α, a, b), and its gradient; made once per data."""

    def __init__(self, x: Floats, t_x: Floats, t: Floats, weights: Floats) -> None:
        self._levels, self._level = np.unique(x, return_inverse=True)  # the gamma functions see each x once
        self._per_level = np.bincount(self._level, weights)
        self._total = float(weights.sum())
        again = x > 0
        self._again, self._t_x, self._t = self._level[again], t_x[again], t[again]
        self._weights, self._once_weights, self._once_t = weights[again], weights[~again], t[~again]

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        """Give value and gradient at *logs*, the logarithms of r, α, a and b."""
        r, alpha, a, b = (float(value) for value in np.exp(logs))
        x, per = self._levels, self._per_level
        seen = (
            gammaln(r + x) - gammaln(r) + r * np.log(alpha)
            + gammaln(a + b) - gammaln(a + b + x) + gammaln(b + x) - gammaln(b)
        )  # fmt: skip
        value = float(per @ seen)
        by_r = float(per @ (psi(r + x) - psi(r) + np.log(alpha)))
        by_alpha = self._total * r / alpha
        by_a = float(per @ (psi(a + b) - psi(a + b + x)))
        by_b = by_a + float(per @ (psi(b + x) - psi(b)))

        late = np.log(alpha + self._once_t)
        value -= r * float(self._once_weights @ late)
        by_r -= float(self._once_weights @ late)
        by_alpha -= r * float(self._once_weights @ (1 / (alpha + self._once_t)))

        xs, w = x[self._again], self._weights
        late, early = np.log(alpha + self._t), np.log(alpha + self._t_x)
        alive = -(r + xs) * late
        gone = np.log(a) - np.log(b + xs - 1) - (r + xs) * early
        value += float(w @ np.logaddexp(alive, gone))
        is_gone = expit(gone - alive)
        by_r -= float(w @ (late + is_gone * (early - late)))
        by_alpha -= float(w @ ((r + xs) * ((1 - is_gone) / (alpha + self._t) + is_gone / (alpha + self._t_x))))
        by_a += float(w @ is_gone) / a
        by_b -= float(w @ (is_gone / (b + xs - 1)))
        gradient = np.array([by_r * r, by_alpha * alpha, by_a * a, by_b * b])
        return -value / self._total, -gradient / self._total


def alive_of(logs: Floats, x: Floats, t_x: Floats, t: Floats) -> Floats:
    """
    Give the probability of being alive at *t*; 1 where x = 0, because the model lets go only after a purchase again.

    From (7) of the note "Computing P(alive) using the BG/NBD model" by P. S. Fader, B. G. S. Hardie and K. L. Lee
    (2008), on the log scale, so that no power overflows.
    """
    r, alpha, a, b = np.exp(logs)
    odds = np.log(a) - np.log(b + np.maximum(x, 1.0) - 1) + (r + x) * (np.log(alpha + t) - np.log(alpha + t_x))
    return np.asarray(np.where(x > 0, expit(-odds), 1.0), dtype=np.float64)


def expected_of(logs: Floats, x: Floats, t_x: Floats, t: Floats, weeks: float) -> Floats:
    """Give the purchases to expect in the *weeks* after *t*, from (10) of the paper; what is 0 weeks long brings 0."""
    pairs, place = np.unique(x + 1j * t, return_inverse=True)  # what is dear depends on x and t alone
    return _if_alive(logs, pairs.real, pairs.imag, weeks)[place] * alive_of(logs, x, t_x, t)


def _if_alive(logs: Floats, x: Floats, t: Floats, weeks: float) -> Floats:
    """Give the purchases to expect of those who are alive at *t*."""
    _, _, a, b = np.exp(logs)
    if abs(a - 1) > _NEAR and abs(a + b - 1) > _NEAR:
        return _conditional(logs, x, t, weeks)
    # The singularities at a = 1 and (for x = 0) a + b = 1 are removable: the mean of both sides is right to about 1e-8.
    shift = np.array([0.0, 0.0, 3 * _NEAR, 0.0])
    return (_conditional(logs + shift, x, t, weeks) + _conditional(logs - shift, x, t, weeks)) / 2


def _conditional(logs: Floats, x: Floats, t: Floats, weeks: float) -> Floats:
    """
    Reckon (10) of the paper without its last factor, P(alive).

    Euler's transformation (Abramowitz and Stegun 15.3.3) takes r + x and b + x out of the hypergeometric function:
    ((α+t)/(α+t+w))^(r+x) F(r+x, b+x; a+b+x-1; z) = (1-z)^(a-1) F(a+b-1-r, a-1; a+b+x-1; z), z = w/(α+t+w),
    whose series converges the sooner, the larger x is; the form as printed overflows for a customer with many.
    """
    r, alpha, a, b = np.exp(logs)
    z = weeks / (alpha + t + weeks)
    series = hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
    return np.asarray((a + b + x - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * series), dtype=np.float64)
