"""
The measures of the rule language for many customers at once, and how long each customer's values stay right.

The same numbers as `domain.measures.Measures` gives one by one: a test compares the two.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from domain.durations import Duration
from domain.kept_measures import Measure
from domain.measures import months_after, window_start
from domain.money import minor_digits
from domain.rules_values import EPSILON
from insight.histories import Histories, date_of, day_number
from insight.unbroken import unbroken_runs
from insight.windows import first_days_after

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Days = NDArray[np.int32]

NEVER = day_number(dt.date.max)
"""The day, since 1970-01-01, of values that time alone does not change."""


@dataclass(frozen=True, slots=True)
class KeptMeasures:
    """
    Values (customers by measures; NaN where there is none) and the first day on which time alone may change one.

    *due_on* counts in days since 1970-01-01; a line after the moment makes it that line's day at the latest, which may
    be the moment's own.
    """

    customers: NDArray[np.int64]
    columns: Floats
    due_on: Days

    def for_store(self) -> tuple[list[int], list[dt.date], list[list[float | None]]]:
        """Give customers, dates and columns (None for NaN), as `store.kept_measures.put_kept` takes them."""
        values = self.columns.T.astype(object)
        values[np.isnan(self.columns.T)] = None
        return self.customers.tolist(), [date_of(day) for day in self.due_on.tolist()], values.tolist()


def measure(
    histories: Histories, measures: Sequence[Measure], at: dt.datetime, zone: dt.tzinfo, currency: str
) -> KeptMeasures:
    """Measure everybody in *histories* (lines up to *at*, amounts in minor units of *currency*) as of *at*."""
    at = at.astimezone(zone)
    batch = _Batch(histories, at, currency)
    count = len(histories.customers)
    columns = np.full((count, len(measures)), np.nan)
    due_on = np.full(count, NEVER, dtype=np.int32)
    for place, each in enumerate(measures):
        columns[:, place], due = batch.take(each)
        np.minimum(due_on, due, out=due_on)
    np.minimum(due_on, histories.next_days, out=due_on)
    return KeptMeasures(histories.customers, columns, due_on)


class _Batch:
    """The lines of one batch of customers, and what several measures need of them."""

    def __init__(self, histories: Histories, at: dt.datetime, currency: str) -> None:
        self._lines = histories
        self._at = at
        self.today = day_number(at.date())
        self._scale = 10 ** minor_digits(currency)
        self._count = len(histories.customers)
        self._owner = histories.owners
        self._windows: dict[Duration | None, Flags] = {}

    def take(self, measure: Measure) -> tuple[Floats, Days]:
        """Give a measure's values and the day on which each may change by time alone."""
        word = measure.argument("service" if measure.function == "every_due" else "group")
        lines = self._window(measure.window)
        if isinstance(word, str):
            lines = lines & self._is_of(word)
        match measure.function:
            case "visits":
                lines = lines & self._lines.bought
                return self._receipts(lines), self._due(measure, lines)
            case "purchases":
                lines = lines & self._lines.bought
                return self._sum(lines), self._due(measure, lines)
            case "spent":
                lines = lines & self._lines.own
                return self._spent(lines) / self._scale, self._due(measure, lines)
            case "average_purchase" | "average_monthly":
                lines = lines & self._lines.own
                least = measure.window.months if measure.function == "average_monthly" and measure.window else 1
                return self._average(lines, least), self._due(measure, lines)
            case "product_groups":
                return self._groups(lines), self._due(measure, lines)
            case "bought":
                return self._sum(lines, self._lines.quantities), self._due(measure, lines)
            case "unbroken":
                return self._unbroken(lines, _months(measure, "each"))
            case "every_due":
                return self._every_due(measure, lines)
            case "days_since":
                return self._last_day(), self._never()
            case other:
                raise ValueError(f"{other} is no measure that is kept")

    def _never(self) -> Days:
        return np.full(self._count, NEVER, dtype=np.int32)

    def _window(self, window: Duration | None) -> Flags:
        if window not in self._windows:
            inside = np.ones(len(self._owner), dtype=bool)
            if window is not None:
                inside = self._lines.instants >= window_start(self._at, window).timestamp()
            self._windows[window] = inside
        return self._windows[window]

    def _is_of(self, word: str) -> Flags:
        found = np.zeros(len(self._owner), dtype=bool)
        for codes, names in (
            (self._lines.groups, self._lines.group_names),
            (self._lines.products, self._lines.product_names),
        ):
            for code in (code for code, name in enumerate(names) if name == word):
                found |= codes == code
        return found

    def _sum(self, lines: Flags, weights: NDArray[np.generic] | None = None) -> Floats:
        chosen = None if weights is None else weights[lines]
        return np.bincount(self._owner[lines], chosen, minlength=self._count).astype(np.float64)

    @cached_property
    def _receipt_codes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return _pairs(self._owner, self._lines.receipts)

    @cached_property
    def _group_codes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return _pairs(self._owner, self._lines.groups)

    def _receipts(self, lines: Flags) -> Floats:
        codes, owners = self._receipt_codes
        seen = np.zeros(len(owners), dtype=bool)
        seen[codes[lines]] = True
        return np.bincount(owners[seen], minlength=self._count).astype(np.float64)

    def _spent(self, lines: Flags) -> Floats:
        """Minor units, exactly: amounts are whole, and sums below 2⁵³ stay so."""
        return self._sum(lines, self._lines.amounts)

    def _average(self, lines: Flags, least: int) -> Floats:
        receipts = self._receipts(lines & self._lines.bought)
        enough = receipts >= max(least, 1)
        average = np.full(self._count, np.nan)
        np.divide(self._spent(lines), receipts * self._scale, out=average, where=enough)
        return average

    def _groups(self, lines: Flags) -> Floats:
        codes, owners = self._group_codes
        lines = lines & self._has_group
        net = np.bincount(codes[lines], self._lines.quantities[lines], minlength=len(owners))
        return np.bincount(owners[net > float(EPSILON)], minlength=self._count).astype(np.float64)

    @cached_property
    def _has_group(self) -> Flags:
        named = np.array([bool(name) for name in self._lines.group_names] or [False])
        return named[self._lines.groups] if len(self._owner) else np.zeros(0, dtype=bool)

    def _last_day(self) -> Floats:
        last = np.full(self._count, np.nan)
        lines = np.flatnonzero(self._lines.bought)
        last[self._owner[lines]] = self._lines.days[lines]  # by time, so the last one stays
        return last

    def _due(self, measure: Measure, lines: Flags) -> Days:
        """Find when the oldest of *lines*, which are by time, leaves the window at its far end."""
        due = self._never()
        chosen = np.flatnonzero(lines)
        if measure.window is None or not len(chosen):
            return due
        owners, firsts = np.unique(self._owner[chosen], return_index=True)
        days = self._lines.days[chosen[firsts]]
        edges = first_days_after(self._at.date(), measure.window, int(days.max()))
        places = np.searchsorted(edges, days, side="right")
        due[owners] = np.where(places < len(edges), self.today + 1 + places, NEVER)
        return due

    def _unbroken(self, lines: Flags, each: int) -> tuple[Floats, Days]:
        values, due = np.full(self._count, np.nan), self._never()
        owners, days, counts = self._owner[lines], self._lines.days[lines], self._lines.quantities[lines]
        runs = unbroken_runs(owners, days, counts, each, self.today)
        values[runs.owners], due[runs.owners] = runs.began, np.minimum(runs.lapse, NEVER)
        return values, due

    def _by_customer(self, lines: Flags, reckon: Callable[[list[int]], tuple[float, int]]) -> tuple[Floats, Days]:
        """Reckon one by one, for those who bought some of *lines*; the others have no value and nothing falls due."""
        values, due = np.full(self._count, np.nan), self._never()
        chosen = np.flatnonzero(lines & self._lines.bought)
        owners, firsts = np.unique(self._owner[chosen], return_index=True)
        days = self._lines.days[chosen].tolist()
        bounds = [*firsts.tolist(), len(chosen)]
        for owner, (begin, end) in zip(owners.tolist(), itertools.pairwise(bounds), strict=True):
            values[owner], due[owner] = reckon(days[begin:end])
        return values, due

    def _every_due(self, measure: Measure, services: Flags) -> tuple[Floats, Days]:
        every, after = _months(measure, "every"), measure.argument("after")
        if not isinstance(after, str):
            return self._by_customer(services, lambda days: _every_due(days[0], days, every, self.today))
        starts = self._is_of(after)
        both = services | starts
        chosen = both & self._lines.bought
        is_start, is_service = starts[chosen].tolist(), services[chosen].tolist()
        place = 0

        def reckon(days: list[int]) -> tuple[float, int]:
            nonlocal place
            here, place = place, place + len(days)
            begins = [day for day, is_it in zip(days, is_start[here:place], strict=True) if is_it]
            done = [day for day, is_it in zip(days, is_service[here:place], strict=True) if is_it]
            return _every_due(begins[0], done, every, self.today) if begins else (np.nan, NEVER)

        return self._by_customer(both, reckon)


def _pairs(owner: NDArray[np.int64], codes: NDArray[np.generic]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the different (customer, code) pairs: each line's number, and each number's customer."""
    _, small = np.unique(codes, return_inverse=True)
    width = int(small.max()) + 1 if len(small) else 1
    pairs, numbers = np.unique(owner * width + small, return_inverse=True)
    return numbers, pairs // width


def _months(measure: Measure, name: str) -> int:
    duration = measure.argument(name)
    assert isinstance(duration, Duration)
    return duration.months


@lru_cache(maxsize=1 << 16)
def _after(day: int, months: int) -> int:
    return day_number(months_after(date_of(day), months))


def _every_due(anchor: int, done: Sequence[int], every: int, today: int) -> tuple[float, int]:
    dates = [anchor, *(day for day in done if day > anchor)]
    if any(later > _after(earlier, every) for earlier, later in itertools.pairwise(dates)):
        return 0.0, NEVER
    last = _after(dates[-1], every)
    return (0.0, NEVER) if today > last else (1.0, min(last + 1, NEVER))
