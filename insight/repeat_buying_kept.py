"""What is kept of repeat buying between nights, as a document, and what it says of each customer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from insight.back_test import BackTest, Decile, Group
from insight.cohorts import Cohort, CohortRates
from insight.histories import day_number
from insight.repeat_buying import Fit, Range, Refusal, Silence
from insight.repeat_buying_model import Floats

YEAR = 52.1775
"""Weeks of the coming year, for which purchases are expected."""


class Method(enum.StrEnum):
    """Who tells what to expect of a customer."""

    MODEL = "model"
    COHORT = "cohort"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Estimates:
    """
    Columns of customers: the probability (0 to 1) of being *alive*, and the purchase days *expected* in a year.

    NaN is "cannot be told": for all who never bought, and for *alive* by the model of those who bought on one day only,
    since in the model nobody leaves before a second purchase (it would say 1, whatever time has gone).
    """

    alive: Floats
    expected: Floats


@dataclass(frozen=True, slots=True)
class EstimateRanges:
    """Both estimates with their bounds; NaN as in `Estimates`."""

    alive: Range
    expected: Range


@dataclass(frozen=True, slots=True)
class RepeatBuying:
    """
    What was learnt as of the morning of *day* from *n* customers.

    *fit* is there only where it may speak; else *refusal* says why not, and *cohorts* answer where they can. *test* is
    the back-test, whose learning ended with the day *split*.
    """

    day: dt.date
    n: int
    fit: Fit | None
    refusal: Refusal | None
    test: BackTest | None
    cohorts: CohortRates | None
    split: dt.date | None

    @property
    def method(self) -> Method:
        """Say who speaks."""
        if self.fit is not None:
            return Method.MODEL
        return Method.COHORT if self.cohorts is not None else Method.NONE

    def estimates(self, first: ArrayLike, last: ArrayLike, days: ArrayLike, day: dt.date) -> Estimates:
        """
        Estimate as of the morning of *day*, for customers with *days* purchase days from the *first* to the *last*.

        Those two are numbers of days since 1970-01-01; where *days* is 0 they may be anything.
        """
        spoken = self._speaker()
        known = np.asarray(days) > 0
        alive, expected = np.full(known.shape, np.nan), np.full(known.shape, np.nan)
        if spoken is not None and known.any():
            columns = _weeks(first, last, days, known, day)
            alive[known] = np.where(self._tells(columns[0]), spoken.alive(*columns), np.nan)
            expected[known] = spoken.expected(*columns, YEAR)
        return Estimates(alive, expected)

    def ranges(
        self, first: ArrayLike, last: ArrayLike, days: ArrayLike, day: dt.date, confidence: float = 0.95
    ) -> EstimateRanges:
        """Estimate as `estimates`, with bounds; meant for the customers on a page, not for all."""
        spoken = self._speaker()
        known = np.asarray(days) > 0
        alive, expected = (np.full((3, len(known)), np.nan) for _ in range(2))
        if spoken is not None and known.any():
            columns = _weeks(first, last, days, known, day)
            told, hoped = spoken.alive_range(*columns, confidence), spoken.expected_range(*columns, YEAR, confidence)
            alive[:, known] = np.where(self._tells(columns[0]), (told.value, told.low, told.high), np.nan)
            expected[:, known] = (hoped.value, hoped.low, hoped.high)
        return EstimateRanges(Range(*alive), Range(*expected))

    def _speaker(self) -> Fit | CohortRates | None:
        return self.fit if self.fit is not None else self.cohorts

    def _tells(self, x: Floats) -> NDArray[np.bool_]:
        return x > 0 if self.fit is not None else np.ones(len(x), dtype=np.bool_)


def weeks_of(first: ArrayLike, last: ArrayLike, days: ArrayLike, end: int) -> tuple[Floats, Floats, Floats]:
    """Turn first and last day, number of purchase days and the last day watched into x, t_x and t, in weeks."""
    begin = np.asarray(first, dtype=np.int64)
    x = np.asarray(days, dtype=np.float64) - 1
    t_x = (np.asarray(last, dtype=np.int64) - begin) / 7
    return x, t_x, np.maximum((end - begin) / 7, t_x)


def _weeks(
    first: ArrayLike, last: ArrayLike, days: ArrayLike, known: NDArray[np.bool_], day: dt.date
) -> tuple[Floats, Floats, Floats]:
    begin, end, counted = (np.asarray(each)[known] for each in (first, last, days))
    return weeks_of(begin, end, counted, day_number(day) - 1)


def as_document(kept: RepeatBuying) -> dict[str, Any]:
    """Write it as what JSON can say."""
    return {
        "day": kept.day.isoformat(),
        "n": kept.n,
        "fit": None if kept.fit is None else dataclasses.asdict(kept.fit),
        "refusal": None if kept.refusal is None else dataclasses.asdict(kept.refusal),
        "test": None if kept.test is None else dataclasses.asdict(kept.test),
        "cohorts": None if kept.cohorts is None else _rates_document(kept.cohorts),
        "split": None if kept.split is None else kept.split.isoformat(),
    }


def from_document(document: Mapping[str, Any] | None) -> RepeatBuying | None:
    """Read what `as_document` wrote; None where nothing is kept, or in a form that this version does not know."""
    if document is None:
        return None
    try:
        fit, test, cohorts = document["fit"], document["test"], document["cohorts"]
        return RepeatBuying(
            day=dt.date.fromisoformat(document["day"]),
            n=document["n"],
            fit=None if fit is None else Fit(**{**fit, "covariance": tuple(map(tuple, fit["covariance"]))}),
            refusal=_refusal(document["refusal"]),
            test=None if test is None else _test(test),
            cohorts=None if cohorts is None else _rates(cohorts),
            split=None if document["split"] is None else dt.date.fromisoformat(document["split"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _refusal(document: Mapping[str, Any] | None) -> Refusal | None:
    return None if document is None else Refusal(Silence(document["why"]), document["sentence"])


def _test(document: Mapping[str, Any]) -> BackTest:
    return BackTest(
        **{
            **document,
            "groups": tuple(Group(**group) for group in document["groups"]),
            "deciles": tuple(Decile(**decile) for decile in document["deciles"]),
            "refusal": _refusal(document["refusal"]),
        }
    )


def _rates_document(rates: CohortRates) -> dict[str, Any]:
    return {"weeks": rates.weeks, "cohorts": [list(dataclasses.astuple(each)) for each in rates.cohorts]}


def _rates(document: Mapping[str, Any]) -> CohortRates:
    return CohortRates(document["weeks"], tuple(Cohort(*each) for each in document["cohorts"]))
