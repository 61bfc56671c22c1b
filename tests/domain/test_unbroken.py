"""Unbroken time: since when a subscription has run, with month ends, early renewals and refunds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.durations import Duration, Unit, parse_duration
from domain.measures import Measures
from domain.purchases import Purchase
from domain.rules_values import Span

HELSINKI = ZoneInfo("Europe/Helsinki")

Paid = tuple[dt.date, int]
"""A day and the months paid for on it; negative for a refund."""


def at_noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), HELSINKI)


def unbroken(paid: Sequence[Paid], today: dt.date, each: str = "1m") -> dt.date:
    """Give the day on which unbroken time began; today where there is none."""
    lines = [
        Purchase(str(n), at_noon(day), 500 if count > 0 else -500, "EUR", group="paper", quantity=Decimal(abs(count)))
        for n, (day, count) in enumerate(paid)
    ]
    measures = Measures(lines, at_noon(today))
    span = measures.call("unbroken", {"group": "paper", "each": parse_duration(each)})
    assert isinstance(span, Span)
    return span.begins


def month_ends(first: dt.date, count: int) -> list[Paid]:
    return [(Duration(n, Unit.MONTHS).after_date(first), 1) for n in range(count)]


@pytest.mark.parametrize("first", [dt.date(2024, 1, 31), dt.date(2023, 12, 30), dt.date(2024, 1, 29)])
def test_who_is_billed_at_the_end_of_the_month_has_unbroken_time(first: dt.date) -> None:
    """28 February pays until 31 March for her who began on a 31st: the day of her first bill stays her day."""
    bills = month_ends(first, 38)
    last = Duration(38, Unit.MONTHS).after_date(first)
    assert unbroken(bills, last) == first
    assert unbroken(bills, last + dt.timedelta(days=1)) == last + dt.timedelta(days=1)


def test_bill_a_day_late_begins_again_at_the_end_of_a_month_too() -> None:
    """A one-day gap starts again (K4), also from the clipped day of February on."""
    paid = [(dt.date(2026, 1, 31), 1), (dt.date(2026, 3, 1), 1)]
    assert unbroken(paid, dt.date(2026, 3, 5)) == dt.date(2026, 3, 1)


def test_early_renewal_keeps_the_months_that_were_paid_twice() -> None:
    """A month early, and the year after it reaches a month farther."""
    paid = [(dt.date(2022, 1, 1), 12), (dt.date(2022, 12, 1), 12), (dt.date(2024, 1, 1), 12)]
    assert unbroken(paid, dt.date(2024, 6, 1)) == dt.date(2022, 1, 1)
    assert unbroken(paid[:2], dt.date(2024, 1, 1)) == dt.date(2022, 1, 1)
    assert unbroken(paid[:2], dt.date(2024, 1, 2)) == dt.date(2024, 1, 2)


def test_subscription_from_a_leap_day_is_renewed_on_28_february() -> None:
    """From 29 February each year ends on the 28th, and the fourth on the 29th."""
    days = ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
    paid = [(dt.date.fromisoformat(day), 1) for day in days]
    assert unbroken(paid, dt.date(2029, 2, 28), "1y") == dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("paid", "today", "begins"),
    [
        ([("2026-01-01", 12), ("2026-02-01", -12)], "2026-03-01", None),  # all of it came back
        ([("2026-01-01", 12), ("2026-02-01", -6)], "2026-07-01", "2026-01-01"),
        ([("2026-01-01", 12), ("2026-02-01", -6)], "2026-07-02", None),
        ([("2026-01-01", 12), ("2026-06-01", -12), ("2026-07-01", 12)], "2026-08-01", "2026-07-01"),
        ([("2026-01-01", 12), ("2026-06-01", -12), ("2026-06-01", 12)], "2026-08-01", "2026-01-01"),  # exchanged
        ([("2026-01-01", -12)], "2026-01-02", None),
        ([("2026-01-01", -12), ("2026-02-01", 1)], "2026-02-02", "2026-02-01"),  # bought before any record
        ([("2020-01-01", 1), ("2026-01-01", 3), ("2026-01-02", -2)], "2026-02-01", "2026-01-01"),
        ([("2020-01-01", 1), ("2026-01-01", 3), ("2026-01-02", -2)], "2026-02-02", None),
    ],
)
def test_refund_takes_its_months_back(paid: list[tuple[str, int]], today: str, begins: str | None) -> None:
    """K1: returns take back what they gave; of one day, what was bought counts first."""
    lines = [(dt.date.fromisoformat(day), months) for day, months in paid]
    assert unbroken(lines, dt.date.fromisoformat(today)) == dt.date.fromisoformat(begins or today)


def by_the_calendar(paid: Sequence[Paid], today: dt.date) -> dt.date:
    """Reckon the same with dates alone: the end is so many months after the beginning, clipped to the month."""
    begins, months = today, -1
    for day, count in paid:
        if count > 0 and (months < 0 or day > Duration(months, Unit.MONTHS).after_date(begins)):
            begins, months = day, 0
        months += count
    lasts = months >= 0 and today <= Duration(months, Unit.MONTHS).after_date(begins)
    return begins if lasts else today


_days = st.one_of(
    st.dates(dt.date(2024, 1, 1), dt.date(2025, 6, 30)),
    st.builds(dt.date, st.just(2024), st.sampled_from([1, 3, 5, 7]), st.integers(28, 31)),
    st.sampled_from([dt.date(2024, 2, 28), dt.date(2024, 2, 29), dt.date(2024, 3, 1), dt.date(2025, 2, 28)]),
)
_counts = st.sampled_from([1, 1, 1, 2, 3, 12, -1, -2, -12])


@given(
    paid=st.lists(st.tuples(_days, _counts), max_size=12), today=st.dates(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
)
def test_unbroken_time_is_what_the_calendar_says(paid: list[Paid], today: dt.date) -> None:
    """Whatever was paid and refunded, on whatever days: a run ends so many months after its first day."""
    paid = [each for each in sorted(paid, key=lambda each: (each[0], -each[1])) if each[0] <= today]
    assert unbroken(paid, today) == by_the_calendar(paid, today)
