"""The columns of pictures that compare everybody with everybody: RFM, value class, repeat buying, lifetime value."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.pictures import Move, MoveKind
from insight.histories import Flags, Floats, Ints, day_number
from insight.repeat_buying_kept import RepeatBuying, weeks_of
from insight.repeat_buying_learning import PurchaseDays
from insight.rfm_columns import rfm_columns
from insight.settings import InsightRules, ValueBy
from insight.value import CLASSES, lifetime_values, rounded, value_classes

READ = (
    "customer_id", "first_on", "last_on", "purchase_days", "visits_year", "spent_year", "margin", "margin_year",
    "recency", "frequency", "monetary", "scheme", "value_class", "alive", "expected", "clv", "class_since",
    "cluster",
)  # fmt: skip
"""What `Population.add` takes, in this order."""

_NONE = 0  # of scores and value classes
_CODES: dict[str | None, int] = {None: _NONE, **{name: place for place, name in enumerate(CLASSES, 1)}}
_NAMES = (None, *CLASSES)


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of pictures that change, as columns, and the moves among them."""

    columns: dict[str, list[Any]]
    moves: list[Move]


@dataclass(frozen=True, slots=True)
class _Scores:
    """The columns as they are, or as they shall be; NaN and 0 stand for null."""

    recency: Ints
    frequency: Ints
    monetary: Ints
    value: NDArray[np.int8]
    alive: Floats
    expected: Floats
    clv: Floats


class Population:
    """Everybody's pictures, as arrays: filled part by part, then renewed."""

    def __init__(self) -> None:
        self._parts: list[dict[str, NDArray[Any]]] = []
        self._all: dict[str, NDArray[Any]] = {}

    def add(self, columns: Sequence[Sequence[Any]], scheme: str) -> None:
        """Take the next pictures in the order of customers, as the store gives the columns `READ`."""
        named = dict(zip(READ, columns, strict=True))
        part: dict[str, NDArray[Any]] = {"customer_id": np.array(named["customer_id"], dtype=np.int64)}
        for name in ("first_on", "last_on"):
            part[name] = np.array(named[name], dtype="datetime64[D]")
        for name in ("purchase_days", "visits_year", "spent_year"):
            part[name] = np.array(named[name], dtype=np.int64)
        for name in ("margin", "margin_year", "alive", "expected", "clv", "recency", "frequency", "monetary"):
            part[name] = np.array(named[name], dtype=np.float64)
        part["value"] = np.array([_CODES.get(each, _NONE) for each in named["value_class"]], dtype=np.int8)
        part["same_scheme"] = np.array([each == scheme for each in named["scheme"]], dtype=bool)
        part["clustered"] = np.array([each is not None for each in named["cluster"]], dtype=bool)
        part["known"] = np.array([each is not None for each in named["class_since"]], dtype=bool)
        self._parts.append(part)

    def __len__(self) -> int:
        return len(self._of("customer_id"))

    def purchase_days(self, objectors: Sequence[int]) -> PurchaseDays:
        """Give what repeat buying is learnt from: who has bought and is none of *objectors*."""
        has = self._judged(objectors)
        first, last = (self._of(name)[has].astype(np.int64) for name in ("first_on", "last_on"))
        return PurchaseDays(self._of("customer_id")[has], first, last, self._of("purchase_days")[has])

    def changes(
        self,
        day: dt.date,
        rules: InsightRules,
        currency: str,
        objectors: Sequence[int],
        repeat: RepeatBuying | None,
        at_once: int,
    ) -> Iterator[Change]:
        """
        Reckon everybody's columns anew as of *day* and give what changes, by customer, so many at once.

        *objectors* object to profiling or are no customers: nothing is reckoned of them. Who gets another value class
        is marked for her class (by an empty reason), and has a move unless this is her first picture.
        """
        if not len(self):
            return
        before, after = self._before(), self._after(day, rules, currency, objectors, repeat)
        is_scored = after.recency > 0
        changed = np.zeros(len(self), dtype=bool)
        for name in ("recency", "frequency", "monetary", "value"):
            changed |= getattr(before, name) != getattr(after, name)
        for name in ("alive", "expected", "clv"):
            one, two = getattr(before, name), getattr(after, name)
            changed |= (one != two) & ~(np.isnan(one) & np.isnan(two))
        changed |= is_scored & ~self._of("same_scheme")
        self._all["known"] = self._of("known") & ~self._is_one_of(objectors)
        revalued = (before.value != after.value) & changed
        for rows in (np.flatnonzero(changed & revalued), np.flatnonzero(changed & ~revalued)):
            for start in range(0, len(rows), at_once):
                yield self._change(rows[start : start + at_once], before, after, day, rules.rfm.name)
        left = self._of("customer_id")[self._of("clustered") & self._is_one_of(objectors)].tolist()
        for start in range(0, len(left), at_once):
            ids = left[start : start + at_once]
            yield Change({"customer_id": ids, "cluster": [None] * len(ids)}, [])

    def _is_one_of(self, ids: Sequence[int]) -> Flags:
        found: Flags = np.isin(self._of("customer_id"), np.array(ids, dtype=np.int64))
        return found

    def _of(self, name: str) -> NDArray[Any]:
        if name not in self._all:
            parts = [part.pop(name) for part in self._parts]
            self._all[name] = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        return self._all[name]

    def _judged(self, objectors: Sequence[int]) -> Flags:
        return (self._of("purchase_days") > 0) & ~self._is_one_of(objectors)

    def _before(self) -> _Scores:
        recency, frequency, monetary = (
            np.nan_to_num(self._of(name)).astype(np.int64) for name in ("recency", "frequency", "monetary")
        )
        alive, expected, clv = (self._of(name) for name in ("alive", "expected", "clv"))
        return _Scores(recency, frequency, monetary, self._of("value"), alive, expected, clv)

    def _after(
        self, day: dt.date, rules: InsightRules, currency: str, objectors: Sequence[int], repeat: RepeatBuying | None
    ) -> _Scores:
        judged = self._judged(objectors)
        first, last, days = (self._of(name)[judged] for name in ("first_on", "last_on", "purchase_days"))
        first, last = first.astype(np.int64), last.astype(np.int64)
        visits, spent = self._of("visits_year")[judged], self._of("spent_year")[judged]
        rfm = rfm_columns(last, visits, spent, day_number(day), rules.rfm, currency)
        worth = self._of("margin_year")[judged] if rules.value is ValueBy.MARGIN else spent
        value = value_classes(worth, (visits > 0) | (spent != 0), rules.value_cuts)
        alive, expected, clv = (np.full(len(first), np.nan) for _ in range(3))
        if repeat is not None and len(first):
            told = repeat.estimates(first, last, days, day)
            alive, expected = np.round(100 * told.alive), rounded(told.expected)
            speaker = repeat.fit if repeat.fit is not None else repeat.cohorts
            if speaker is not None:
                a_day = self._of("margin")[judged] / days
                weeks = weeks_of(first, last, days, day_number(day) - 1)
                clv = np.round(rounded(lifetime_values(speaker, *weeks, a_day, rules.horizon, rules.rate)))
        recency, frequency, monetary, value = (_spread(each, judged, 0) for each in (*rfm, value))
        alive, expected, clv = (_spread(each, judged, np.nan) for each in (alive, expected, clv))
        return _Scores(recency, frequency, monetary, value, alive, expected, clv)

    def _change(self, rows: Ints, before: _Scores, after: _Scores, day: dt.date, scheme: str) -> Change:
        ids = self._of("customer_id")[rows].tolist()
        columns: dict[str, list[Any]] = {"customer_id": ids}
        for name in ("recency", "frequency", "monetary"):
            columns[name] = [each or None for each in getattr(after, name)[rows].tolist()]
        columns["scheme"] = [scheme if each else "" for each in columns["recency"]]
        columns["value_class"] = [_NAMES[each] for each in after.value[rows].tolist()]
        for name, whole in (("alive", True), ("expected", False), ("clv", True)):
            values = getattr(after, name)[rows].tolist()
            columns[name] = [None if math.isnan(each) else int(each) if whole else each for each in values]
        changed = before.value[rows] != after.value[rows]
        if not changed.all():
            return Change(columns, [])
        columns["class_reason"] = [""] * len(ids)
        pairs = zip(
            ids, before.value[rows].tolist(), after.value[rows].tolist(), self._of("known")[rows].tolist(), strict=True
        )
        moves = [
            Move(who, MoveKind.VALUE, day, _NAMES[old] or "", _NAMES[new] or "", _became(old, new))
            for who, old, new, is_known in pairs
            if is_known
        ]
        return Change(columns, moves)


def _spread(values: NDArray[Any], judged: Flags, empty: float) -> NDArray[Any]:
    found = np.full(len(judged), empty, dtype=values.dtype)
    found[judged] = values
    return found


def _became(old: int, new: int) -> str:
    """Say in words what became of a value class."""
    if new == _NONE:
        return "nothing this year"
    if old == _NONE:
        return "buys again this year"
    return "brings more of the year" if new < old else "brings less of the year"
