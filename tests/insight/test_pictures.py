"""The columns that rest on purchases: returns, currencies, margins, the year's bounds, and when time changes them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.durations import Duration, Unit
from insight.histories import histories_of
from insight.pictures import Told, purchase_columns
from insight.settings import InsightRules, Per, ShareRule

ZONE = ZoneInfo("Europe/Helsinki")
DAY = dt.date(2028, 2, 29)
RULES = InsightRules(margins={"wine": 1500, "loss": -1000})


@dataclass(frozen=True, slots=True)
class Raw:
    """One customer's lines as the store gives them."""

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
    zone: dt.tzinfo = ZONE


def columns(
    *lines: tuple[str, str, int, str, str], rules: InsightRules = RULES, told: Told | None = None, later: str = ""
) -> dict[str, Any]:
    """Reckon the columns of a customer with *lines* (day, receipt, amount, group, currency), each at noon."""
    days, receipts, amounts, groups, currencies = zip(*lines, strict=True) if lines else ((),) * 5
    raw = Raw(
        customers=[1],
        owners=[1] * len(lines),
        times=[f"{day} 12:00:00.000000" for day in days],
        receipts=list(receipts),
        amounts=list(amounts),
        own=[int(each == "EUR") for each in currencies],
        quantities=[1.0] * len(lines),
        groups=list(groups),
        products=[""] * len(lines),
        later={1: f"{later} 12:00:00.000000"} if later else {},
    )
    found = purchase_columns(histories_of(raw), DAY, rules, "EUR", told or Told({}))
    return {name: values[0] for name, values in found.items()}


def line(day: str, amount: int = 1000, receipt: str = "", group: str = "food", currency: str = "EUR") -> Any:
    return day, receipt or day, amount, group, currency


def test_returns_take_back_money_and_are_no_visits() -> None:
    """A receipt of several lines is one visit; a return on another day is neither a visit nor a day of buying."""
    found = columns(
        line("2028-01-10", 3000, "R1"), line("2028-01-10", 500, "R1"), line("2028-01-10", 100, "R2"),
        line("2028-01-20", -600, "R3"),
    )  # fmt: skip
    assert (found["purchase_days"], found["visits"], found["spent"]) == (1, 2, 3000)
    assert (found["first_on"], found["last_on"]) == (dt.date(2028, 1, 10),) * 2
    assert (found["margin"], found["usual_gap"]) == (900, None)


def test_foreign_money_is_a_visit_and_no_spending() -> None:
    """What it is worth in ours is not known."""
    found = columns(line("2028-01-10", 3000, currency="SEK"))
    assert (found["visits"], found["purchase_days"], found["spent"], found["margin"]) == (1, 1, 0, 0)


def test_margin_is_that_of_each_group() -> None:
    """30 % unless the group has its own, which may be a loss; cents are rounded once, at the end."""
    found = columns(line("2028-01-10", 1001, "R1", "food"), line("2028-01-11", 1001, "R2", "wine"))
    assert found["margin"] == 450  # 300.3 + 150.15
    assert columns(line("2028-01-10", 1000, group="loss"))["margin"] == -100


def test_year_begins_a_year_ago_and_its_oldest_line_leaves_it_on_a_known_day() -> None:
    """On leap day the year begins on 28 February, and that line is out of it on 1 March."""
    found = columns(line("2027-02-27", 100), line("2027-02-28", 200), line("2028-02-28", 400))
    assert (found["visits"], found["visits_year"], found["spent"], found["spent_year"]) == (3, 2, 700, 600)
    assert found["due_on"] == dt.date(2028, 3, 1)
    assert columns(line("2027-03-02", 200))["due_on"] == dt.date(2028, 3, 3)
    assert columns(line("2027-02-27", 100))["due_on"] is None
    assert columns()["due_on"] is None


def test_line_of_later_makes_her_due_on_its_day() -> None:
    """A till that writes tomorrow's date is looked at tomorrow."""
    assert columns(line("2028-01-10"), later="2028-03-05")["due_on"] == dt.date(2028, 3, 5)
    assert columns(later="2028-03-05")["due_on"] == dt.date(2028, 3, 5)


def test_window_may_be_another_than_a_year() -> None:
    """With 8w the whole of day 56 counts."""
    rules = dataclasses.replace(RULES, window=Duration(8, Unit.WEEKS))
    assert columns(line("2028-01-04", 100), line("2028-01-03", 200), rules=rules)["spent_year"] == 100


@pytest.mark.parametrize(
    ("per", "total", "share"), [(Per.MONTH, 10.0, 0.25), (Per.YEAR, 60.0, 0.5), (Per.MONTH, 0.0, None)]
)
def test_share_is_what_she_spends_here_of_what_she_told(per: Per, total: float, share: float | None) -> None:
    """30 euros of food in the year, whether she told a month's total or a year's; wine does not count."""
    rules = dataclasses.replace(RULES, share=ShareRule("food", "food_budget", per))
    lines = (line("2028-01-10", 3000), line("2028-01-11", 9000, group="wine"), line("2026-01-11", 9000))
    assert columns(*lines, rules=rules, told=Told({1: total}))["share"] == share
    assert columns(*lines, rules=rules, told=Told({2: total}))["share"] is None
    assert columns(*lines, rules=rules, told=Told({1: total}, frozenset({1})))["share"] is None
