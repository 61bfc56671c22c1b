"""
From days of purchases to a verdict on repeat buying: what to learn from, where to split for the back-test, who speaks.

What is kept of it between nights, and what it says of each customer, is `insight.repeat_buying_kept`.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insight.back_test import BackTest, judge
from insight.cohorts import CohortRates, cohort_rates
from insight.histories import date_of, day_number, local_days
from insight.repeat_buying import Fit, Refusal, Silence, fit
from insight.repeat_buying_kept import RepeatBuying, weeks_of

MOST_TESTED = 200_000
"""So many customers are enough for a back-test; with more, they are drawn (seeded)."""
LEAST_WEEKS = 26
"""Purchases that go back less far cannot be split into a time to learn from and a time to foretell."""

_MOST_HELD_OUT = 364  # days: 52 weeks
_SEED = 20050102

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PurchaseDays:
    """Customers with purchases: their ids, the numbers of the first and last day (since 1970), and how many days."""

    customers: Ints
    first: Ints
    last: Ints
    days: Ints


@dataclass(frozen=True, slots=True)
class Split:
    """
    Customers as they were at the end of the day *on*, as `insight.repeat_buying` wants them, and how many purchase days
    *happened* to each from then to the end of the back-test.
    """

    on: dt.date
    weeks: float
    x: NDArray[np.float64]
    t_x: NDArray[np.float64]
    t: NDArray[np.float64]
    happened: NDArray[np.float64]


def purchase_days(
    ids: Sequence[int], first: Sequence[Any], last: Sequence[Any], days: Sequence[int], left_out: Iterable[int] = ()
) -> PurchaseDays:
    """
    Turn columns into arrays: customers, first and last day (ISO texts, dates, or None) and number of purchase days.

    Who has no purchase day, or is *left_out*, is not in it.
    """
    customers, counted = np.array(ids, dtype=np.int64), np.array(days, dtype=np.int64)
    without = np.array(sorted(left_out), dtype=np.int64)
    known = (counted > 0) & ~np.isin(customers, without) & np.array([day is not None for day in first], dtype=np.bool_)
    return PurchaseDays(customers[known], _day_numbers(first)[known], _day_numbers(last)[known], counted[known])


def joined(parts: Sequence[PurchaseDays]) -> PurchaseDays:
    """Put parts of a population together, in their order."""
    if not parts:
        return purchase_days((), (), (), ())
    return PurchaseDays(
        np.concatenate([part.customers for part in parts]),
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.last for part in parts]),
        np.concatenate([part.days for part in parts]),
    )


def split_for(everybody: PurchaseDays, day: dt.date) -> dt.date | None:
    """
    Give the last day to learn from, so that what came until the day before *day* can be foretold; None: too short.

    A third of all time, at the most 52 weeks, is held out. A few days of long ago, mostly typing errors, do not count:
    time begins where a hundredth of the customers have come.
    """
    if not len(everybody.first):
        return None
    today = day_number(day)
    whole = today - int(np.quantile(everybody.first, 0.01))
    if whole < LEAST_WEEKS * 7:
        return None
    return date_of(today - 1 - min(_MOST_HELD_OUT, whole // 21 * 7))


def drawn(everybody: PurchaseDays, split: dt.date, most: int = MOST_TESTED) -> list[int]:
    """Draw who is tested among those who had bought by the *split*: the same ones from the same customers; by id."""
    ids: list[int] = everybody.customers[everybody.first <= day_number(split)].tolist()
    return ids if len(ids) <= most else sorted(random.Random(_SEED).sample(ids, most))


def split_of(
    owners: Sequence[int], times: Sequence[str], zone: dt.tzinfo, split: dt.date, day: dt.date
) -> tuple[Ints, Ints, Ints, Ints]:
    """
    Count moments of purchases (UTC texts, by customer and time) to columns at the split.

    They are first and last day until the *split*, purchase days until then, and those after it before *day*, of each
    customer who had bought by the split. A day with several purchases is one, in the company's *zone*.
    """
    whose = np.array(owners, dtype=np.int64)
    instants = np.array(times, dtype="datetime64[us]").astype(np.int64) // 1_000_000
    days = local_days(instants, zone).astype(np.int64)
    is_new = np.ones(len(days), dtype=np.bool_)
    is_new[1:] = (np.diff(whose) != 0) | (np.diff(days) != 0)
    whose, days = whose[is_new], days[is_new]
    middle, end = day_number(split), day_number(day)
    _, starts, place = np.unique(whose, return_index=True, return_inverse=True)
    before, after = days <= middle, (days > middle) & (days < end)
    counted = np.bincount(place, before).astype(np.int64)
    came = np.bincount(place, after).astype(np.int64)
    had = counted > 0
    first, ends = days[starts[had]], starts[had] + counted[had] - 1
    return first, days[ends], counted[had], came[had]


def split_from(parts: Iterable[tuple[Ints, Ints, Ints, Ints]], split: dt.date, day: dt.date) -> Split:
    """Put the columns of `split_of` together, in weeks."""
    held = list(parts)
    first, last, days, came = (
        np.concatenate([part[place] for part in held]) if held else np.zeros(0, dtype=np.int64) for place in range(4)
    )
    x, t_x, t = weeks_of(first, last, days, day_number(split))
    return Split(split, ((day - split).days - 1) / 7, x, t_x, t, came.astype(np.float64))


def learn(everybody: PurchaseDays, split: Split | None, day: dt.date) -> RepeatBuying:
    """
    Decide who speaks as of the morning of *day*: the model where it held in the back-test and fits today's customers as
    well, else cohorts where the split has customers enough for them, else nobody.
    """
    n = len(everybody.customers)
    x, t_x, t = weeks_of(everybody.first, everybody.last, everybody.days, day_number(day) - 1)
    if split is None:
        sentence = f"The purchases go back less than {LEAST_WEEKS} weeks: too short to foretell a part and compare."
        return RepeatBuying(day, n, None, Refusal(Silence.TOO_SHORT, sentence), None, None, None)
    model, test, rates = fit(x, t_x, t), _tested(split), _rates(split)
    refusal = next((each for each in (model, test) if isinstance(each, Refusal)), None)
    if refusal is None and isinstance(test, BackTest):
        refusal = test.refusal
    return RepeatBuying(
        day,
        n,
        model if isinstance(model, Fit) and refusal is None else None,
        refusal,
        test if isinstance(test, BackTest) else None,
        rates,
        split.on,
    )


def _tested(split: Split) -> BackTest | Refusal:
    before = fit(split.x, split.t_x, split.t)
    if isinstance(before, Refusal):
        return before
    return judge(before, split.x, split.t_x, split.t, split.happened, split.weeks)


def _rates(split: Split) -> CohortRates | None:
    return cohort_rates(split.x, split.t_x, split.t, split.happened, split.weeks)


def _day_numbers(days: Sequence[Any]) -> Ints:
    return np.array(days, dtype="datetime64[D]").astype(np.int64)
