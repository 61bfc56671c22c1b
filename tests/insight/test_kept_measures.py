"""Measures of many customers at once: the same as one by one in plain Python, and due no later than they change."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.durations import Duration, Unit
from domain.kept_measures import STANDARD, Measure, measure_to_keep, read_measure
from domain.measures import Measures
from domain.purchases import Purchase
from domain.rules_values import Span, Value
from insight.histories import Histories, day_number, histories_of
from insight.kept_measures import NEVER, KeptMeasures, measure

HELSINKI = ZoneInfo("Europe/Helsinki")
ZONES = (HELSINKI, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/Sao_Paulo"))
DAY = dt.timedelta(days=1)
MEASURES = (
    *STANDARD,
    *(
        read_measure(text)
        for text in (
            'purchases(window=8w, group="wine")',
            'purchases(group="none")',
            'spent(window=3m, group="merlot")',
            "average_monthly(window=2m)",
            'average_monthly(window=1m, group="phone")',
            'bought(group="car")',
            'bought(group="wine", window=1m)',
            "product_groups(window=1d)",
            'unbroken(group="magazine", each=1m)',
            'unbroken(group="magazine", each=1y)',
            'every_due(service="maintenance", every=2m)',
            'every_due(service="maintenance", every=1m, after="car")',
            "visits(window=9999y)",
            "visits(window=0d)",
        )
    ),
)


@dataclass(frozen=True)
class Columns:
    """Lines as the store reads them."""

    customers: list[int]
    owners: list[int]
    times: list[str]
    receipts: list[str]
    amounts: list[int]
    own: list[int]
    quantities: list[float]
    groups: list[str]
    products: list[str]
    later: dict[int, str]
    zone: dt.tzinfo


def histories(known: dict[int, list[Purchase]], at: dt.datetime, currency: str = "EUR") -> Histories:
    assert at.tzinfo is not None
    lines = [
        (who, line) for who in sorted(known) for line in sorted(known[who], key=lambda line: line.at) if line.at <= at
    ]
    to_come = {who: [line.at for line in known[who] if line.at > at] for who in known}
    later = {who: min(moments) for who, moments in to_come.items() if moments}
    return histories_of(
        Columns(
            customers=sorted(known),
            owners=[who for who, _ in lines],
            times=[_text(line.at) for _, line in lines],
            receipts=[line.receipt for _, line in lines],
            amounts=[line.amount_minor for _, line in lines],
            own=[int(line.currency == currency) for _, line in lines],
            quantities=[float(line.quantity) for _, line in lines],
            groups=[line.group for _, line in lines],
            products=[line.product for _, line in lines],
            later={who: _text(when) for who, when in later.items()},
            zone=at.tzinfo,
        )
    )


def _text(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def kept(known: dict[int, list[Purchase]], measures: Sequence[Measure], at: dt.datetime) -> KeptMeasures:
    assert at.tzinfo is not None
    return measure(histories(known, at), measures, at, at.tzinfo, "EUR")


def expected(lines: list[Purchase], each: Measure, at: dt.datetime) -> float:
    return number(Measures(lines, at).call(each.function, dict(each.arguments)), at)


def number(value: Value | None, at: dt.datetime) -> float:
    """Write a value as it is kept."""
    match value:
        case None:
            return math.nan
        case Span(begins=begins):
            return math.nan if begins == at.date() else day_number(begins)
        case dt.date():
            return day_number(value)
        case bool() | Decimal():
            return float(value)
        case _:
            raise AssertionError(value)


def random_lines(dice: random.Random, at: dt.datetime) -> list[Purchase]:
    return [
        Purchase(
            dice.choice(["a", "b", "c", f"r{n}"]),
            _instant(dice, at),
            dice.choice([5000, 5001, 4999, 1, 0, -5000, -1, 2_000_000, 333]),
            dice.choice(["EUR", "EUR", "EUR", "SEK"]),
            product=dice.choice(["", "wine", "merlot"]),
            group=dice.choice(["wine", "car", "maintenance", "magazine", "phone", ""]),
            quantity=Decimal(dice.choice(["1", "2", "0.5", "12", "36", "0", "1.333", "-1"])),
        )
        for n in range(dice.choice([0, 1, 2, 5, 14]))
    ]


def _instant(dice: random.Random, at: dt.datetime) -> dt.datetime:
    days = dice.choice([0, 1, 2, 27, 28, 29, 30, 31, 55, 56, 57, 89, 90, 91, 92, 364, 365, 366, 367, 730, 1096])
    time = dice.choice([dt.time(0), dt.time(0, 0, 0, 1), dt.time(2, 30), dt.time(12), dt.time(23, 59, 59)])
    moment = dt.datetime.combine(at.date() - days * DAY, time, at.tzinfo)
    return moment if dice.random() < 0.97 else at + dice.choice([1, 40]) * DAY


@pytest.mark.parametrize("seed", range(12))
def test_measures_of_many_customers_are_those_of_each(seed: int) -> None:
    """K2: whatever is kept is what the rule language measures, in any zone and at any moment, near its borders too."""
    dice = random.Random(seed)
    zone = dice.choice(ZONES)
    day = dice.choice([dt.date(2027, 3, 28), dt.date(2026, 10, 25), dt.date(2024, 2, 29), dt.date(2027, 3, 31)])
    at = dt.datetime.combine(day, dice.choice([dt.time(0), dt.time(3), dt.time(12)]), zone)
    known = {who * 3: random_lines(dice, at) for who in range(80)}
    found = kept(known, MEASURES, at)
    assert found.customers.tolist() == sorted(known)
    for row, who in enumerate(sorted(known)):
        for place, each in enumerate(MEASURES):
            value, wanted = float(found.columns[row, place]), expected(known[who], each, at)
            if (each.function == "unbroken" and wanted == day_number(at.date())) or math.isnan(wanted):
                assert math.isnan(value) or value == day_number(at.date()), (each, known[who])
            else:
                assert value == pytest.approx(wanted, abs=1e-9), (each, known[who])


@pytest.mark.parametrize("seed", range(4))
def test_no_value_changes_before_the_day_on_which_it_is_due(seed: int) -> None:
    """Until then a kept value may stand for the lines: windows, subscriptions and services are all told in time."""
    dice = random.Random(seed)
    at = dt.datetime.combine(dice.choice([dt.date(2027, 1, 30), dt.date(2026, 8, 1)]), dt.time(3), HELSINKI)
    known = {who: random_lines(dice, at) for who in range(25)}
    found = kept(known, MEASURES, at)
    changed = 0
    for later in range(1, 75):
        moment = dt.datetime.combine(at.date() + later * DAY, dt.time(23, 59, 59, 999999), HELSINKI)
        now = kept(known, MEASURES, moment)
        is_right = found.due_on > day_number(moment.date())
        for row in range(len(known)):
            same = all(
                (math.isnan(old) and math.isnan(new)) or old == new
                for old, new in zip(found.columns[row], now.columns[row], strict=True)
            )
            assert same or not is_right[row], (known[row], moment)
            changed += not same
    assert changed


@pytest.mark.parametrize(
    ("text", "line", "due"),
    [
        ("visits(window=90d)", dt.date(2027, 1, 1), dt.date(2027, 4, 2)),  # day 90 still counts
        ("visits(window=1m)", dt.date(2027, 2, 28), dt.date(2027, 4, 1)),  # 28 March to 31 March reach back to it
        ("visits(window=12m)", dt.date(2027, 3, 28), dt.date(2028, 3, 29)),
        ("visits()", dt.date(2020, 1, 1), None),
        ('unbroken(group="g", each=1m)', dt.date(2027, 3, 1), dt.date(2027, 4, 2)),
        ('unbroken(group="g", each=3m)', dt.date(2027, 1, 31), dt.date(2027, 5, 1)),  # April has 30 days
        ('every_due(service="g", every=1y)', dt.date(2026, 3, 28), dt.date(2027, 3, 29)),
        ('every_due(service="g", every=1m)', dt.date(2026, 3, 28), None),  # missed, and it stays so
        ('days_since(what="purchase")', dt.date(2026, 3, 28), None),
    ],
)
def test_value_is_due_on_the_very_day(text: str, line: dt.date, due: dt.date | None) -> None:
    """Not earlier than needed either, or every audience would read all lines."""
    at = dt.datetime(2027, 3, 28, 3, tzinfo=HELSINKI)
    bought = Purchase("r", dt.datetime.combine(line, dt.time(2), HELSINKI), 100, "EUR", group="g")
    found = kept({1: [bought]}, [read_measure(text)], at)
    assert found.due_on.tolist() == [NEVER if due is None else day_number(due)]


def test_line_in_the_future_makes_the_values_due_on_its_day() -> None:
    """A purchase that an import dated ahead begins to count by itself."""
    at = dt.datetime(2027, 3, 28, 3, tzinfo=HELSINKI)
    lines = {n: [Purchase("r", at + n * DAY, 100, "EUR")] for n in (0, 1, 2)}
    customers, due_on, columns = kept(lines, STANDARD[:3], at).for_store()
    assert (customers, due_on[1:]) == ([0, 1, 2], [dt.date(2027, 3, 29), dt.date(2027, 3, 30)])
    assert columns == [[1, 0, 0], [1, 0, 0], [1, None, None]]


def test_measure_is_written_and_read_as_the_rule_language_does() -> None:
    """Which column holds what is kept as text; hours move with the clock and are never kept."""
    assert [str(each) for each in STANDARD[:2]] == ["visits(window=12m)", "spent(window=12m)"]
    assert all(read_measure(str(each)) == each for each in MEASURES)
    assert measure_to_keep("visits", {"window": Duration(12, Unit.HOURS)}) is None
    assert measure_to_keep("since", {"what": "contact"}) is None
    for text in ("visits(12m)", "nps", "visits(window=3h)", 'member(club="x")'):
        with pytest.raises(ValueError, match="no measure"):
            read_measure(text)
