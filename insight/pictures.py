"""The columns of pictures that come from purchases alone, for a batch of histories."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.durations import Duration
from domain.money import minor_digits
from insight.histories import NEVER, Days, Flags, Histories, Ints, day_number
from insight.rhythms import rhythms_of
from insight.settings import InsightRules, Per
from insight.value import share_of_customer
from insight.windows import first_days_after

_WHOLE = 10_000  # margins are in ten-thousandths, so that sums are exact
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Told:
    """What customers told beside their purchases: *totals* for the share, in major units, by customer."""

    totals: Mapping[int, float]
    objectors: frozenset[int] = frozenset()


def purchase_columns(
    histories: Histories, day: dt.date, rules: InsightRules, currency: str, told: Told
) -> dict[str, list[Any]]:
    """
    Give the columns of everybody in *histories*, as the store takes them: those that rest on her purchases.

    Days are of the company's zone; the year begins where `rules.window` before *day* does. `due_on` is the first day on
    which a line leaves the year or one of later comes in, None where neither will.
    """
    batch = _Batch(histories, day, rules)
    rhythms = rhythms_of(histories)
    has = rhythms.days > 0
    margins = batch.margins(rules)
    return {
        "customer_id": histories.customers.tolist(),
        "day": [day] * len(histories.customers),
        "due_on": _dates(batch.due(), batch.due() != NEVER),
        "first_on": _dates(rhythms.first, has),
        "last_on": _dates(rhythms.last, has),
        "purchase_days": rhythms.days.tolist(),
        "usual_gap": [None if math.isnan(gap) else gap for gap in rhythms.usual_gaps.tolist()],
        "visits": batch.receipts(histories.bought).tolist(),
        "visits_year": batch.receipts(histories.bought & batch.in_year).tolist(),
        "spent": batch.sum(histories.amounts).tolist(),
        "spent_year": batch.sum(np.where(batch.in_year, histories.amounts, 0)).tolist(),
        "margin": _parts(batch.sum(margins)),
        "margin_year": _parts(batch.sum(np.where(batch.in_year, margins, 0))),
        "share": batch.shares(rules, currency, told),
        "class_reason": [""] * len(histories.customers),
    }


class _Batch:
    """The lines of a batch, and what several columns need of them."""

    def __init__(self, histories: Histories, day: dt.date, rules: InsightRules) -> None:
        self._lines = histories
        self._owners = histories.owners
        self._day, self._window = day, rules.window
        self.in_year: Flags = histories.days >= day_number(_begin(rules.window, day))

    def sum(self, values: NDArray[np.integer]) -> Ints:
        """Add up by customer, exactly."""
        ends = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(values, dtype=np.int64)))
        found: Ints = ends[self._lines.offsets[1:]] - ends[self._lines.offsets[:-1]]
        return found

    def receipts(self, lines: Flags) -> Ints:
        """Count the different receipts among *lines*."""
        codes, firsts = np.unique(self._lines.receipts[lines], return_index=True)
        return (
            np.bincount(self._owners[lines][firsts], minlength=len(self._lines.customers))
            if len(codes)
            else (np.zeros(len(self._lines.customers), dtype=np.int64))
        )

    def margins(self, rules: InsightRules) -> Ints:
        """Give each line's margin in ten-thousandths of a minor unit."""
        rates = np.array(
            [rules.margins.get(name, rules.margin) for name in self._lines.group_names] or [0], dtype=np.int64
        )
        found: Ints = self._lines.amounts * rates[self._lines.groups]
        return found

    def shares(self, rules: InsightRules, currency: str, told: Told) -> list[float | None]:
        """Give the share of customer; None for unknown."""
        count = len(self._lines.customers)
        share = rules.share
        if share is None or not told.totals:
            return [None] * count
        of_group = np.array([name == share.group for name in self._lines.group_names] or [False])
        spent = self.sum(np.where(of_group[self._lines.groups] & self.in_year, self._lines.amounts, 0))
        months = max(1, round((self._day - _begin(self._window, self._day)).days * _MONTHS_A_YEAR / 365.25))
        scale = 10 ** minor_digits(currency) * (months if share.per is Per.MONTH else months / _MONTHS_A_YEAR)
        totals = np.array([told.totals.get(each, np.nan) for each in self._lines.customers.tolist()], dtype=np.float64)
        found = share_of_customer(spent, totals * scale)
        hidden = np.array([each in told.objectors for each in self._lines.customers.tolist()], dtype=bool)
        return [
            None if math.isnan(part) or hides else round(part, 3)
            for part, hides in zip(found.tolist(), hidden.tolist(), strict=True)
        ]

    def due(self) -> Days:
        """Find when the oldest line of the year leaves it, or one of later comes in."""
        due = self._lines.next_days.copy()
        places = np.flatnonzero(self.in_year)
        if len(places):
            owners, firsts = np.unique(self._owners[places], return_index=True)
            days = self._lines.days[places[firsts]]  # by time, so the first is the oldest
            edges = first_days_after(self._day, self._window, int(days.max()))
            after = np.searchsorted(edges, days, side="right")
            leaves = np.where(after < len(edges), day_number(self._day) + 1 + after, NEVER)
            due[owners] = np.minimum(due[owners], leaves)
        return due


def _begin(window: Duration, day: dt.date) -> dt.date:
    try:
        return window.before_date(day)
    except OverflowError:
        return dt.date.min


def _dates(days: NDArray[np.integer], known: NDArray[np.bool_]) -> list[dt.date | None]:
    found = np.where(known, days, 0).astype("datetime64[D]")
    found[~known] = np.datetime64("NaT")
    dates: list[dt.date | None] = found.tolist()
    return dates


def _parts(margins: Ints) -> list[int]:
    """Turn ten-thousandths of minor units into whole minor units, halves upwards."""
    found: list[int] = ((2 * margins + _WHOLE) // (2 * _WHOLE)).tolist()
    return found
