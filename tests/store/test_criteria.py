"""K4: the four shipped criteria at their borders, the same on SQLite, on PostgreSQL and in Python, live and kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from bot.rule_files import load_rules
from domain.kept_measures import measures_to_keep
from domain.purchases import Purchase
from domain.rules import evaluate
from store.database import Database, Tx
from store.purchases import add_purchases
from store.rules_facts import customer_facts
from store.rules_sql import holds_for, verdict_column
from store.tables import customers
from tests.store.kept_rows import keep
from tests.store.rules_rows import ZONE

NOON = dt.time(12)


def line(
    day: str, amount: str = "10", group: str = "", *, receipt: str = "", quantity: str = "1", currency: str = "EUR"
) -> Purchase:
    at = dt.datetime.fromisoformat(day).replace(tzinfo=ZONE)
    return Purchase(receipt or day, at, int(Decimal(amount) * 100), currency, group=group, quantity=Decimal(quantity))


def shop(visits: int = 20, amount: str = "50.01", groups: int = 6, first: str = "2027-03-01") -> list[Purchase]:
    """One receipt a day, back from *first*."""
    start = dt.date.fromisoformat(first)
    return [line(str(start - dt.timedelta(days=n)), amount, f"g{n % groups}") for n in range(visits)]


def bills(count: int, amount: str = "50.01", last: str = "2027-03-15") -> list[Purchase]:
    end = dt.date.fromisoformat(last)
    months = [end.year * 12 + end.month - 1 - n for n in range(count)]
    return [line(f"{month // 12}-{month % 12 + 1:02}-{end.day:02}", amount, "phone") for month in months]


def paid(*lines: tuple[str, int]) -> list[Purchase]:
    return [line(day, "60", "magazine", quantity=str(months)) for day, months in lines]


def cars(count: int = 2) -> list[Purchase]:
    return [line(f"202{n}-01-10", "20000", "car", receipt=f"car {n}") for n in range(count)]


def services(*days: str) -> list[Purchase]:
    return [line(day, "300", "maintenance") for day in days]


@dataclass(frozen=True)
class Case:
    """A customer, the day (at noon, in the company's zone), and the verdict."""

    told: str
    rule: str
    lines: Sequence[Purchase]
    verdict: bool | None
    day: str = "2027-03-28"
    kind: str = "consumer"


STORE, PHONE, MAGAZINE, DEALER = "department-store", "phone-company", "magazine", "car-dealer"
ONE_DAY = [line("2027-03-01", "50.01", f"g{n}", receipt=f"r{n % 20}") for n in range(40)]
CASES = (
    Case("an average of 50.01", STORE, shop(), True),
    Case("an average of 50.00", STORE, shop(amount="50.00"), False),
    Case("50.00 and a cent on one receipt", STORE, [*shop(amount="50"), line("2027-03-01", "0.01")], True),
    Case("19 visits", STORE, shop(visits=19), False),
    Case("5 groups", STORE, shop(groups=5), False),
    Case("6 groups, of which one came back", STORE, [*shop(), *(line("2027-03-02", "-1", "g5"),) * 3], False),
    Case("20 receipts on one day, each of two lines", STORE, ONE_DAY, True),
    Case("one receipt of 40 lines", STORE, [line("2027-03-01", "50.01", f"g{n}") for n in range(40)], False),
    Case("19 visits and a mere return", STORE, [*shop(visits=19), line("2027-03-05", "-0.01", "g1")], False),
    Case("the 20th visit is a gift", STORE, [*shop(visits=19, amount="60"), line("2027-03-05", "0", "g1")], True),
    Case("a 21st visit in another currency", STORE, [*shop(), line("2027-03-05", "1", currency="SEK")], True),
    Case("nothing bought: an average is not known", STORE, [], False),
    Case("the oldest receipt is of the window's first day", STORE, [*shop(19), line("2026-03-28", "50.01")], True),
    Case("the oldest receipt is of the day before it", STORE, [*shop(19), line("2026-03-27 23:59:59", "99")], False),
    Case(
        "back from a leap day",
        STORE,
        [*shop(19, first="2024-02-10"), line("2023-02-28", "50.01")],
        True,
        "2024-02-29",
    ),
    Case("the day before", STORE, [*shop(19, first="2024-02-10"), line("2023-02-27", "50.01")], False, "2024-02-29"),
    Case(
        "this night, after the clock went on",
        STORE,
        [*shop(19), line("2027-03-28 04:00", "50.01")],
        True,
    ),
    Case("a receipt later today", STORE, [*shop(19), line("2027-03-28 12:00:01", "99")], False),
    Case("12 bills of 50.01", PHONE, bills(12), True),
    Case("12 bills of exactly 50", PHONE, bills(12, "50"), False),
    Case("11 bills, however high", PHONE, bills(11, "99"), None),
    Case("11 bills and one of 13 months ago", PHONE, [*bills(11, "99"), line("2026-03-15", "99", "phone")], None),
    Case("the first bill of the window's first day", PHONE, [*bills(11), line("2026-03-28", "50.01", "phone")], True),
    Case("12 bills and a dear telephone", PHONE, [*bills(12, "50"), line("2027-03-01", "900", "handset")], False),
    Case("12 bills and 0.12 given back", PHONE, [*bills(12), line("2027-03-20", "-0.12", "phone")], False),
    Case("a company with high bills", PHONE, bills(12, "99"), False, kind="company"),
    Case("a company with few bills", PHONE, bills(3, "99"), False, kind="company"),
    Case("exactly three years", MAGAZINE, paid(("2024-03-28", 48)), False),
    Case("three years and a day", MAGAZINE, paid(("2024-03-27", 48)), True),
    Case("renewed on the day after its last", MAGAZINE, paid(("2023-03-01", 12), ("2024-03-01", 48)), True),
    Case("one day unpaid begins again", MAGAZINE, paid(("2023-03-01", 12), ("2024-03-29", 48)), False),
    Case("one day unpaid, and three years since", MAGAZINE, paid(("2020-03-01", 12), ("2021-03-02", 84)), True),
    Case("renewed ahead of time", MAGAZINE, paid(("2023-03-01", 12), ("2023-12-01", 48)), True),
    Case("lapsed yesterday", MAGAZINE, paid(("2022-03-27", 60)), False),
    Case("paid until today", MAGAZINE, paid(("2022-03-28", 60)), True),
    Case("begun on a leap day, on the day before", MAGAZINE, paid(("2024-02-29", 48)), False, "2027-02-28"),
    Case("begun on a leap day, three years on", MAGAZINE, paid(("2024-02-29", 48)), True, "2027-03-01"),
    Case("never subscribed", MAGAZINE, [], False),
    Case("all services done, two cars", DEALER, [*cars(), *services("2025-04-01", "2026-04-01", "2027-03-01")], True),
    Case("one service late by a day", DEALER, [*cars(), *services("2025-04-01", "2026-04-02", "2027-03-01")], False),
    Case("the next service is due today", DEALER, [*cars(), *services("2025-03-28", "2026-03-28")], True),
    Case("it was due yesterday", DEALER, [*cars(), *services("2025-03-27", "2026-03-27")], False),
    Case("service on a leap day", DEALER, [*cars(), *services("2024-02-29")], True, "2025-02-28"),
    Case("a day after that", DEALER, [*cars(), *services("2024-02-29")], False, "2025-03-01"),
    Case("no service yet", DEALER, cars(), None),
    Case("one car", DEALER, [*cars(1), *services("2026-04-01")], False),
    Case("two cars, one returned", DEALER, [*cars(), line("2022-01-01", "-1", "car"), *services("2026-04-01")], False),
    Case("two cars at once", DEALER, [line("2021-01-01", "1", "car", quantity="2"), *services("2026-04-01")], True),
    Case("a company", DEALER, [*cars(), *services("2026-04-01")], False, kind="company"),
)
DAYS = sorted({case.day for case in CASES})


@pytest.fixture
async def everybody(database: Database) -> Database:
    """Each case is a customer; what they bought is in the store."""
    async with database.write() as tx:
        at = dt.datetime(2020, 1, 1, tzinfo=ZONE)
        rows = [{"id": i, "kind": case.kind, "created_at": at} for i, case in enumerate(CASES, start=1)]
        await tx.execute(insert(customers), rows)
        await add_purchases(tx, [(i, each) for i, case in enumerate(CASES, start=1) for each in case.lines])
    return database


async def found(
    tx: Tx, rule_name: str, ids: Sequence[int], at: dt.datetime
) -> dict[int, tuple[bool | None, bool | None, bool]]:
    """Give, for each customer, the verdict in Python, in SQL, and whether it holds by what is kept."""
    rule = load_rules(None)[rule_name]
    known = await customer_facts(tx, ids, at)
    rows = await tx.execute(select(customers.c.id, verdict_column(rule, at)).where(customers.c.id.in_(ids)))
    by_sql = {row[0]: None if row[1] is None else bool(row[1]) for row in rows}
    chosen = set(await tx.scalars(select(customers.c.id).where(await holds_for(tx, rule, at, "EUR"))))
    return {i: (evaluate(rule, facts, at), by_sql[i], i in chosen) for i, facts in known.items()}


@pytest.mark.parametrize("day", DAYS)
async def test_criteria_give_the_right_verdict_on_each_side_of_every_border(everybody: Database, day: str) -> None:
    """50.00 no, 50.01 yes; three years no, a day more yes; and so on: in Python, live in SQL, and by kept measures."""
    at = dt.datetime.combine(dt.date.fromisoformat(day), NOON, ZONE)
    wrong = []
    async with everybody.write() as tx:
        for night in (None, at - dt.timedelta(hours=6), at - dt.timedelta(days=1)):
            if night is not None:
                await keep(tx, night, measures_to_keep(load_rules(None).values()))
            for name in (STORE, PHONE, MAGAZINE, DEALER):
                here = {i: case for i, case in enumerate(CASES, start=1) if (case.rule, case.day) == (name, day)}
                verdicts = await found(tx, name, list(here), at)
                wrong += [
                    (night, case.rule, case.told, verdicts[i])
                    for i, case in here.items()
                    if verdicts[i] != (case.verdict, case.verdict, case.verdict is True)
                ]
    assert wrong == []
