"""Rhythms of many customers at once, against the plain definition for each of them."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from insight.histories import NEVER, Histories, date_of
from insight.lifecycle import Bought
from insight.rhythms import rhythms_of

LINES = st.lists(st.tuples(st.integers(-400, 20_000), st.booleans()), max_size=8).map(sorted)


def histories(people: list[list[tuple[int, bool]]]) -> Histories:
    """Histories of customers of whom each has lines (day, bought)."""
    lines = [line for hers in people for line in hers]
    count = len(lines)
    nothing = np.zeros(count, dtype=np.int64)
    return Histories(
        customers=np.arange(1, len(people) + 1, dtype=np.int64),
        offsets=np.concatenate(([0], np.cumsum([len(hers) for hers in people]))).astype(np.int64),
        days=np.array([day for day, _ in lines], dtype=np.int32),
        instants=np.array([day * 86_400 for day, _ in lines], dtype=np.int64),
        receipts=nothing,
        amounts=nothing,
        own=np.ones(count, dtype=np.bool_),
        bought=np.array([bought for _, bought in lines], dtype=np.bool_),
        groups=nothing.astype(np.int32),
        group_names=("",),
        products=nothing.astype(np.int32),
        product_names=("",),
        quantities=np.ones(count),
        next_days=np.full(len(people), NEVER, dtype=np.int32),
    )


def plain(lines: list[tuple[int, bool]]) -> Bought:
    """The definition."""
    days = sorted({date_of(day) for day, bought in lines if bought})
    if not days:
        return Bought()
    gaps = [(later - earlier) // dt.timedelta(days=1) for earlier, later in itertools.pairwise(days)]
    return Bought(len(days), days[0], days[-1], statistics.median(gaps) if gaps else None)


@given(st.lists(LINES, min_size=1, max_size=6))
def test_rhythm_of_each_is_by_the_definition(people: list[list[tuple[int, bool]]]) -> None:
    """Several receipts of a day are one day of buying, returns are none, and nobody gets the gaps of her neighbour."""
    found = rhythms_of(histories(people))
    assert [found.bought(place) for place in range(len(people))] == [plain(lines) for lines in people]
