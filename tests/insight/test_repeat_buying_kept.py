"""From days of purchases to what is said of each customer: the split, who speaks, and the document between nights."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import numpy as np
import orjson
import pytest

from insight.histories import day_number
from insight.repeat_buying import Fit, Silence
from insight.repeat_buying_kept import YEAR, Method, RepeatBuying, as_document, from_document, weeks_of
from insight.repeat_buying_learning import (
    PurchaseDays,
    Split,
    drawn,
    joined,
    learn,
    purchase_days,
    split_for,
    split_from,
    split_of,
)
from tests.insight.cdnow import WEEKS, columns

HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")
TODAY = dt.date(1997, 10, 1)  # the morning after CDNOW's first 39 weeks


def everybody() -> PurchaseDays:
    """Give CDNOW's customers as the pictures tell of them."""
    x, t_x, t, _ = columns()
    first = day_number(TODAY) - 1 - np.rint(t * 7).astype(np.int64)
    return PurchaseDays(np.arange(len(x)), first, first + np.rint(t_x * 7).astype(np.int64), x.astype(np.int64) + 1)


def split(happened_times: float = 1.0) -> Split:
    """Give CDNOW's hold-out, as though it were the past."""
    x, t_x, t, happened = columns()
    return Split(dt.date(1997, 9, 30), WEEKS, x, t_x, t, happened * happened_times)


def test_the_model_speaks_where_it_held() -> None:
    """CDNOW: the published parameters come out of days as well, and estimates are those of the fit."""
    told = learn(everybody(), split(), TODAY)
    assert told.method is Method.MODEL
    assert told.fit is not None
    assert round(told.fit.r, 3) == pytest.approx(0.243, abs=0.0011)
    start = day_number(dt.date(1997, 1, 1))
    estimates = told.estimates([start, start, 0], [start + 213, start, 0], [3, 1, 0], TODAY)
    x, t_x, t = weeks_of(start, start + 213, 3, day_number(TODAY) - 1)
    assert estimates.alive[0] == told.fit.alive(x, t_x, t)[0]
    assert estimates.expected[0] == told.fit.expected(x, t_x, t, YEAR)[0]


def test_what_cannot_be_told_is_nan() -> None:
    """One day of purchases has no probability alive by the model, and no purchase has nothing at all."""
    told = learn(everybody(), split(), TODAY)
    start = day_number(dt.date(1997, 1, 1))
    estimates = told.estimates([start, 0], [start, 0], [1, 0], TODAY)
    assert np.isnan(estimates.alive).all()
    assert estimates.expected[0] > 0
    assert np.isnan(estimates.expected[1])
    ranges = told.ranges([start, start], [start, start + 200], [1, 4], TODAY)
    assert ranges.expected.low[0] < ranges.expected.value[0] < ranges.expected.high[0]
    assert np.isnan(ranges.alive.low[0])
    assert 0 < ranges.alive.low[1] < ranges.alive.high[1] < 1


def test_cohorts_speak_where_the_model_was_wrong() -> None:
    """Three times as many purchases came as the model expects: it keeps silent, says why, and cohorts answer."""
    told = learn(everybody(), split(happened_times=3), TODAY)
    assert told.method is Method.COHORT
    assert told.fit is None
    assert told.refusal is not None
    assert told.refusal.why is Silence.TOTAL_OFF
    assert told.test is not None
    start = day_number(dt.date(1997, 1, 1))
    estimates = told.estimates([start], [start], [1], TODAY)
    assert 0 < estimates.alive[0] < 0.3


def test_a_short_time_is_not_split_and_nobody_speaks() -> None:
    """Of 20 weeks nothing can be held out; of 39, 13 weeks can."""
    young = joined([everybody()])
    assert split_for(young, TODAY) == TODAY - dt.timedelta(days=1 + 13 * 7 - 7)
    assert split_for(young, dt.date(1997, 5, 20)) is None
    assert split_for(purchase_days([], [], [], []), TODAY) is None
    told = learn(young, None, TODAY)
    assert told.method is Method.NONE
    assert told.refusal is not None
    assert told.refusal.why is Silence.TOO_SHORT
    assert np.isnan(told.estimates([0], [0], [1], TODAY).expected).all()


def test_the_document_keeps_all_of_it() -> None:
    """What JSON brought back is equal; an unknown form is none."""
    for told in (
        learn(everybody(), split(), TODAY),
        learn(everybody(), split(3), TODAY),
        RepeatBuying(TODAY, 0, None, None, None, None, None),
    ):
        assert from_document(orjson.loads(orjson.dumps(as_document(told)))) == told
    assert from_document(None) is None
    assert from_document({"day": "1997-10-01"}) is None


def test_who_never_bought_or_objects_is_left_out() -> None:
    """Texts and dates are both days; None and 0 days are no purchase."""
    found = purchase_days(
        [1, 2, 3, 4],
        first=["2026-01-01", None, "2026-01-02", "2026-01-03"],
        last=["2026-02-01", None, "2026-01-02", "2026-01-03"],
        days=[2, 0, 1, 1],
        left_out=[3],
    )  # fmt: skip
    assert found.customers.tolist() == [1, 4]
    assert found.first.tolist() == [day_number(dt.date(2026, 1, 1)), day_number(dt.date(2026, 1, 3))]
    assert purchase_days([7], [dt.date(2026, 1, 1)], [dt.date(2026, 1, 1)], [1]).first[0] == found.first[0]


def test_days_before_and_after_the_split_in_the_companys_zone() -> None:
    """23:30 UTC on the day of the split is the day after it in Helsinki; two visits on a day are one purchase day."""
    times = ["2026-03-01 09:00:00.000000", "2026-03-01 15:00:00.000000", "2026-03-10 10:00:00.000000",
             "2026-03-10 23:30:00.000000", "2026-03-20 08:00:00.000000", "2026-03-12 08:00:00.000000"]  # fmt: skip
    part = split_of([1, 1, 1, 1, 1, 2], times, HELSINKI, dt.date(2026, 3, 10), dt.date(2026, 3, 20))
    first, last, days, came = (each.tolist() for each in part)
    assert (first, last) == ([day_number(dt.date(2026, 3, 1))], [day_number(dt.date(2026, 3, 10))])
    assert (days, came) == ([2], [1])  # the one of the 11th; that of the last day is not over
    whole = split_from([part, part], dt.date(2026, 3, 10), dt.date(2026, 3, 20))
    assert whole.x.tolist() == [1, 1]
    assert whole.t_x.tolist() == [9 / 7, 9 / 7]
    assert whole.weeks == 9 / 7


def test_the_draw_is_the_same_for_the_same_customers() -> None:
    """A seeded sample, by id; all where there are few; nobody who came after the split."""
    split_on = dt.date(1997, 2, 1)
    known = everybody()
    few = drawn(known, split_on, most=50)
    assert few == drawn(known, split_on, most=50) == sorted(few)
    assert len(few) == 50
    assert len(drawn(known, split_on)) == int((known.first <= day_number(split_on)).sum()) < len(known.first)


def test_the_fit_is_not_shown_where_the_back_test_refused() -> None:
    """A fit that converged today does not speak when it failed on yesterday."""
    told = learn(everybody(), split(3), TODAY)
    assert told.test is not None
    assert isinstance(told.fit, Fit) is False
