"""
Who probably still buys, row by row, and what that rests on: for the command line.

Needs numpy and scipy (`pip install "vuoro[insight]"`); whoever imports this module without them gets ImportError.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from insight.back_test import BackTest
from insight.repeat_buying_kept import Method, RepeatBuying
from insight.repeat_buying_learning import purchase_days
from store.customers import customers_by_id
from store.database import Database
from store.night import unjudged
from store.pictures import picture_columns

Past = Mapping[int, Mapping[str, Any]]

_PAGE = 2_000
_READ = ("customer_id", "first_on", "last_on", "purchase_days")


@dataclass(frozen=True, slots=True)
class Bounded:
    """An estimate with its lower and upper bound."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AliveRow:
    """
    One customer who has bought: the probability (0 to 1) that she may still buy, and the purchase days of the year to
    come. None is "cannot be told".
    """

    id: int
    number: str
    name: str
    purchase_days: int
    alive: Bounded | None
    expected: Bounded | None


async def alive_rows(
    database: Database, learnt: RepeatBuying, day: dt.date, past: Past | None = None
) -> AsyncGenerator[AliveRow, None]:
    """
    Give every customer who has bought and does not object to profiling, by id, as of the morning of *day*.

    *past* are the columns of pictures as they were then, by customer; None: those of the last night are taken.
    """
    async with database.read() as tx:
        without = await unjudged(tx)
    async for columns in _pages(database, past):
        known = purchase_days(columns[0], columns[1], columns[2], columns[3], without)
        async with database.read() as tx:
            people = await customers_by_id(tx, known.customers.tolist())
        told = learnt.ranges(known.first, known.last, known.days, day)
        alive, expected = (
            zip(each.value.tolist(), each.low.tolist(), each.high.tolist(), strict=True)
            for each in (told.alive, told.expected)
        )
        for whose, days, one, two in zip(known.customers.tolist(), known.days.tolist(), alive, expected, strict=True):
            if whose in people:
                person = people[whose]
                yield AliveRow(whose, person.number or "", person.name, days, _bounded(*one), _bounded(*two))


async def _pages(database: Database, past: Past | None) -> AsyncGenerator[Sequence[Sequence[Any]], None]:
    if past is not None:
        ids = sorted(past)
        for start in range(0, len(ids), _PAGE):
            part = ids[start : start + _PAGE]
            yield [part, *([past[each][name] for each in part] for name in _READ[1:])]
        return
    after = 0
    while True:
        async with database.read() as tx:
            columns = await picture_columns(tx, _READ, after, _PAGE)
        if not columns[0]:
            return
        after = columns[0][-1]
        yield columns


def head_lines(learnt: RepeatBuying) -> list[str]:
    """Say in lines for staff who speaks, or why nobody does, and what the back-test found."""
    lines = [f"Learnt on {learnt.day.isoformat()} from {learnt.n} customers who have bought."]
    if learnt.fit is not None:
        fit = learnt.fit
        lines.append(
            f"The model speaks: BG/NBD, r {fit.r:.3f}, alpha {fit.alpha:.3f}, a {fit.a:.3f}, b {fit.b:.3f} "
            f"({fit.again} purchases after the first ones)."
        )
    elif learnt.refusal is not None:
        lines.append(f"The model keeps silent. {learnt.refusal.sentence}")
    if learnt.method is Method.COHORT:
        lines.append("Cohorts speak: alive is the share of customers like her who bought again in the time held out.")
    elif learnt.method is Method.NONE:
        lines.append("Nobody speaks: there is no cohort large enough either.")
    if learnt.test is not None:
        lines += _test_lines(learnt.test, learnt.split)
    return lines


def head_document(learnt: RepeatBuying) -> dict[str, Any]:
    """Give the same for JSON."""
    fit, test = learnt.fit, learnt.test
    return {
        "day": learnt.day.isoformat(),
        "customers": learnt.n,
        "method": learnt.method.value,
        "silent": learnt.refusal.sentence if learnt.refusal is not None else None,
        "parameters": None if fit is None else {"r": fit.r, "alpha": fit.alpha, "a": fit.a, "b": fit.b},
        "log_likelihood": None if fit is None else fit.log_likelihood,
        "back_test": None
        if test is None
        else {
            "split": learnt.split.isoformat() if learnt.split is not None else None,
            "weeks": test.weeks,
            "customers": test.n,
            "expected": test.expected,
            "happened": test.happened,
            "as_before": test.naive,
            "mean_absolute_error": test.mean_absolute_error,
            "mean_absolute_error_as_before": test.naive_absolute_error,
            "correlation": test.correlation,
            "groups": [
                {"again": each.label, "customers": each.n, "expected": each.expected, "happened": each.happened}
                for each in test.groups
            ],
            "deciles": [
                {
                    "alive": each.alive,
                    "customers": each.n,
                    "expected": each.expected,
                    "happened": each.happened,
                    "bought": each.bought,
                }
                for each in test.deciles
            ],
        },
    }


def row_document(row: AliveRow, method: Method) -> dict[str, Any]:
    """Give a row for JSON; probabilities from 0 to 1."""
    return {
        "id": row.id,
        "number": row.number or None,
        "name": row.name,
        "purchase_days": row.purchase_days,
        "alive": _document(row.alive),
        "expected": _document(row.expected),
        "method": method.value,
    }


def _test_lines(test: BackTest, split: dt.date | None) -> list[str]:
    until = f" until {split.isoformat()}" if split is not None else ""
    whole = (
        f"Back-test: from purchases{until} of {test.n} customers, {test.expected:,.0f} purchase days were expected in "
        f"the {test.weeks:.0f} weeks after; {test.happened:,.0f} happened."
    )
    single = (
        f"A customer was missed by {test.mean_absolute_error:.2f} on the average, by the plain guess "
        f'"as before" by {test.naive_absolute_error:.2f}; correlation {test.correlation:.2f}.'
    )
    return [whole, single]


def _bounded(value: float, low: float, high: float) -> Bounded | None:
    return None if math.isnan(value) else Bounded(value, low, high)


def _document(told: Bounded | None) -> dict[str, float] | None:
    return None if told is None else {"value": told.value, "low": told.low, "high": told.high}
