"""
Whether repeat buying can be foretold here: fitted to the days before a split, held against what came after it.

The model is `insight.repeat_buying`; this module judges it, for everybody, by groups and in total, against the plain
guess that everybody goes on as before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from insight.repeat_buying import Fit, Refusal, Silence, fit
from insight.repeat_buying_model import Floats

TOLERANCE = 0.2
"""The total may be off by this share of what happened, and by what chance explains."""
_CHANCE = 2.0  # standard errors of the total
_MOST_AGAIN = 7  # who bought so many times again or more is one group, as in figure 3 of the paper


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who were alike before the split: how many, and the mean purchases expected and happened after it."""

    label: str
    n: int
    expected: float
    happened: float


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of those who had bought again, by probability alive: its mean, and the share that did buy after it."""

    alive: float
    n: int
    expected: float
    happened: float
    bought: float


@dataclass(frozen=True, slots=True)
class BackTest:
    """
    What was expected of *n* customers in *weeks* after the split, and what happened; totals and errors are purchases.

    *naive* is the total of "everybody goes on at the rate until the split", with its errors. *refusal* is None where
    the model may speak.
    """

    weeks: float
    n: int
    expected: float
    happened: float
    naive: float
    mean_absolute_error: float
    naive_absolute_error: float
    squared_error: float
    naive_squared_error: float
    correlation: float
    groups: tuple[Group, ...]
    deciles: tuple[Decile, ...]
    refusal: Refusal | None

    @property
    def speaks(self) -> bool:
        """Say whether the model held."""
        return self.refusal is None


def back_test(
    x: ArrayLike, t_x: ArrayLike, t: ArrayLike, happened: ArrayLike, weeks: float, counts: ArrayLike | None = None
) -> BackTest | Refusal:
    """
    Fit to customers as they were at the split and compare with the purchases that *happened* in the *weeks* after it.

    *x*, *t_x* and *t* are as for `insight.repeat_buying.fit`, of those who had bought by the split. A Refusal is given
    where there was nothing to compare because the fit itself says why it keeps silent.
    """
    model = fit(x, t_x, t, counts)
    if isinstance(model, Refusal):
        return model
    return judge(model, x, t_x, t, happened, weeks, counts)


def judge(
    model: Fit,
    x: ArrayLike,
    t_x: ArrayLike,
    t: ArrayLike,
    happened: ArrayLike,
    weeks: float,
    counts: ArrayLike | None = None,
) -> BackTest:
    """Compare what *model* expects with what *happened*; as `back_test`."""
    xs, ts, came = (np.asarray(each, dtype=np.float64) for each in (x, t, happened))
    weights = np.ones(len(xs)) if counts is None else np.asarray(counts, dtype=np.float64)
    expected, alive = model.expected(x, t_x, t, weeks), model.alive(x, t_x, t)
    naive = xs / np.maximum(ts, 1.0) * weeks
    n = float(weights.sum())
    squared, naive_squared = (float(weights @ (guess - came) ** 2) for guess in (expected, naive))
    told = BackTest(
        weeks=weeks,
        n=int(n),
        expected=float(weights @ expected),
        happened=float(weights @ came),
        naive=float(weights @ naive),
        mean_absolute_error=float(weights @ np.abs(expected - came)) / n,
        naive_absolute_error=float(weights @ np.abs(naive - came)) / n,
        squared_error=squared / n,
        naive_squared_error=naive_squared / n,
        correlation=_correlation(expected, came, weights),
        groups=_groups(xs, expected, came, weights),
        deciles=_deciles(xs, alive, expected, came, weights),
        refusal=None,
    )
    refusal = _refusal(told, chance=_CHANCE * squared**0.5)
    return dataclasses.replace(told, refusal=refusal)


def _refusal(told: BackTest, chance: float) -> Refusal | None:
    off = abs(told.expected - told.happened)
    figures = f"{told.expected:,.0f} purchases were expected in {told.weeks:.0f} weeks, {told.happened:,.0f} happened"
    if off > TOLERANCE * told.happened + chance:
        return Refusal(
            Silence.TOTAL_OFF,
            f"{figures}: that is off by more than {TOLERANCE:.0%} and chance; they do not buy as the model supposes.",
        )
    if told.squared_error > told.naive_squared_error:
        return Refusal(
            Silence.WORSE_THAN_NAIVE,
            f"{figures}, but customer by customer the plain guess that each goes on as before came nearer "
            f"(mean squared error {told.naive_squared_error:.3g} against {told.squared_error:.3g}).",
        )
    return None


def _correlation(expected: Floats, came: Floats, weights: Floats) -> float:
    """Give Pearson's correlation; 0 where nothing varies."""
    total = weights.sum()
    one, two = expected - weights @ expected / total, came - weights @ came / total
    spread = float((weights @ one**2) * (weights @ two**2)) ** 0.5
    return float(weights @ (one * two)) / spread if spread > 0 else 0.0


def _groups(x: Floats, expected: Floats, came: Floats, weights: Floats) -> tuple[Group, ...]:
    found = []
    again = np.minimum(x, _MOST_AGAIN)
    for number in np.unique(again):
        is_in = again == number
        label = f"{number:.0f}+" if number == _MOST_AGAIN else f"{number:.0f}"
        n, means = _means(is_in, weights, (expected, came))
        found.append(Group(label, n, *means))
    return tuple(found)


def _deciles(x: Floats, alive: Floats, expected: Floats, came: Floats, weights: Floats) -> tuple[Decile, ...]:
    """Cut those who had bought again into ten by alive; the others are 1 by the model and would only blur it."""
    again = np.flatnonzero(x > 0)
    if not len(again):
        return ()
    order = again[np.argsort(alive[again], kind="stable")]
    below = np.cumsum(weights[order]) - weights[order] / 2
    place = np.minimum((below / weights[order].sum() * 10).astype(int), 9)
    found = []
    for number in range(10):
        is_in = np.zeros(len(x), dtype=bool)
        is_in[order[place == number]] = True
        if is_in.any():
            n, (mean, *others) = _means(is_in, weights, (alive, expected, came, (came > 0).astype(np.float64)))
            found.append(Decile(mean, n, *others))
    return tuple(found)


def _means(is_in: NDArray[np.bool_], weights: Floats, columns: Sequence[Floats]) -> tuple[int, list[float]]:
    total = float(weights[is_in].sum())
    return int(total), [float(weights[is_in] @ column[is_in]) / total for column in columns]
